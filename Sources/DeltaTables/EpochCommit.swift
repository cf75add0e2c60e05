import ObjectStorage

extension DeltaTable {
    /// The newest epoch that an application committed to a table, without a look at its columns; nil for none.
    public static func committedEpoch(_ store: any ObjectStore, appID: String) throws -> Int64? {
        try DeltaLog(store: store).newest()?.transactions[appID]?.version
    }

    /// What one commit does to the table.
    struct Change {
        var operation: String
        var parameters: [String: String]
        var metrics: [String: Int]
        var added: [AddFile]
        var removed: [AddFile]
        /// Whether the change was made without a look at the table.
        var isBlindAppend: Bool
    }

    /// Other writers that came first, after which the sink gives up.
    private static let attempts = 100

    /// The newest epoch that an application committed.
    func lastEpoch(appID: String) throws -> Int64? {
        try refresh()
        return snapshot.transactions[appID]?.version
    }

    /// Commits a change as an epoch of an application, once: an epoch that is there already is left as it is. When
    /// another writer came first, the change is computed again on the newest snapshot.
    func commitEpoch(_ epoch: Int64, appID: String, _ change: (DeltaTable) throws -> Change) throws {
        for _ in 0..<Self.attempts {
            if let last = snapshot.transactions[appID]?.version, last >= epoch { return }
            let before = (schema, partitionColumns)
            let change = try change(self)
            let now = log.store.now
            let info = CommitInfo(
                timestamp: now, operation: change.operation, parameters: change.parameters, metrics: change.metrics,
                isBlindAppend: change.isBlindAppend)
            var actions = [
                LogAction(commitInfo: info),
                LogAction(txn: TransactionVersion(appId: appID, version: epoch, lastUpdated: now)),
            ]
            actions += change.removed.map { file in
                LogAction(
                    remove: RemoveFile(
                        path: file.path, deletionTimestamp: now, dataChange: true, extendedFileMetadata: true,
                        partitionValues: file.partitionValues, size: file.size))
            }
            actions += change.added.map { LogAction(add: $0) }
            if try commit(actions) { return }
            try refresh()
            try snapshot.checkWritable(table: location)
            try requireSchema(before.0, partitionColumns: before.1)
        }
        throw DeltaError(
            .contention,
            "table \(location): others committed before Tidemark \(Self.attempts) times in a row. Nothing was written; "
                + "stop one of the writers, and start again")
    }
}
