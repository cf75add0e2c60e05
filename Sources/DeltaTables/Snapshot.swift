import Columnar

/// A table at one version: the outcome of its log up to there (Delta protocol, "Action Reconciliation").
struct Snapshot {
    /// The newest commit that is counted in; -1 before the first.
    private(set) var version: Int64 = -1
    private(set) var versions: ProtocolVersions?
    private(set) var metadata: TableMetadata?
    /// The data files by path.
    private(set) var files: [String: AddFile] = [:]
    /// The files that were removed, by path, until nobody reads the versions that had them.
    private(set) var tombstones: [String: RemoveFile] = [:]
    /// The newest version of each application.
    private(set) var transactions: [String: TransactionVersion] = [:]

    /// Counts a commit in.
    mutating func apply(_ actions: [LogAction], version: Int64, table: String) throws {
        for action in actions {
            if let versions = action.protocol { self.versions = versions }
            if let metadata = action.metaData { self.metadata = metadata }
            if let transaction = action.txn { transactions[transaction.appId] = transaction }
            if let file = action.add {
                guard file.deletionVector == nil else {
                    throw DeltaError(
                        .unsupported,
                        "table \(table) has deletion vectors, which Tidemark does not read yet. Purge them "
                            + "(REORG TABLE … APPLY (PURGE)) or rewrite the table")
                }
                files[file.path] = file
                tombstones[file.path] = nil
            }
            if let file = action.remove {
                files[file.path] = nil
                tombstones[file.path] = file
            }
        }
        self.version = version
    }

    /// Everything as actions, as a checkpoint holds it.
    /// - Parameter horizon: ms since 1970; files removed before it are left out.
    func actions(tombstonesSince horizon: Int64) -> [LogAction] {
        var actions: [LogAction] = []
        if let versions { actions.append(LogAction(protocol: versions)) }
        if let metadata { actions.append(LogAction(metaData: metadata)) }
        actions += transactions.values.sorted { $0.appId < $1.appId }.map { LogAction(txn: $0) }
        actions += files.values.sorted { $0.path < $1.path }.map { LogAction(add: $0) }
        actions += tombstones.values.sorted { $0.path < $1.path }
            .filter { ($0.deletionTimestamp ?? 0) >= horizon }.map { LogAction(remove: $0) }
        return actions
    }

    /// Refuses what this program would read or write wrongly.
    func check(table: String) throws {
        guard let versions, let metadata else {
            throw DeltaError(.corrupt, "table \(table): its log has no protocol or no metadata")
        }
        let readable: Set<String> = ["timestampNtz"]
        let features = (versions.readerFeatures ?? []).filter { !readable.contains($0) }
        if versions.minReaderVersion > 3 || versions.minReaderVersion == 3 && !features.isEmpty {
            throw DeltaError(
                .unsupported,
                "table \(table) needs a reader of version \(versions.minReaderVersion)"
                    + (features.isEmpty ? "" : " with \(features.sorted().joined(separator: ", "))")
                    + ", which Tidemark is not yet")
        }
        if let mapping = metadata.configuration?["delta.columnMapping.mode"], mapping != "none" {
            throw DeltaError(
                .unsupported, "table \(table) maps columns by \(mapping), which Tidemark does not know yet")
        }
        guard metadata.format.provider == "parquet" else {
            throw DeltaError(.unsupported, "table \(table) has files of format \(metadata.format.provider)")
        }
    }

    /// Refuses tables whose rules for writers this program does not keep.
    func checkWritable(table: String) throws {
        try check(table: table)
        guard let versions else { return }
        let kept: Set<String> = ["appendOnly", "invariants"]
        let features = (versions.writerFeatures ?? []).filter { !kept.contains($0) }
        if versions.minWriterVersion > 2 && !(versions.minWriterVersion == 7 && features.isEmpty) {
            throw DeltaError(
                .unsupported,
                "table \(table) needs a writer of version \(versions.minWriterVersion)"
                    + (features.isEmpty ? "" : " with \(features.sorted().joined(separator: ", "))")
                    + ", which Tidemark is not yet")
        }
    }
}
