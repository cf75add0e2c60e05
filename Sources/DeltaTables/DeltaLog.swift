import Foundation
import ObjectStorage

/// The log of one table: reads snapshots, adds commits.
struct DeltaLog {
    let store: any ObjectStore
    static let directory = "_delta_log/"
    static let lastCheckpoint = directory + "_last_checkpoint"

    /// The file `_last_checkpoint`: where to begin to read.
    struct CheckpointHint: Codable {
        var version: Int64
        /// Actions in the checkpoint.
        var size: Int64
        /// Files of a checkpoint in several parts.
        var parts: Int?
    }

    static func commitPath(_ version: Int64) -> String { directory + padded(version) + ".json" }
    static func checkpointPath(_ version: Int64) -> String { directory + padded(version) + ".checkpoint.parquet" }

    private static func padded(_ version: Int64) -> String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    /// The newest snapshot; nil where there is no table.
    func newest() throws -> Snapshot? {
        if let hint = hint(), let snapshot = try? checkpoint(hint.version) { return try advanced(snapshot) }
        // Without the hint the checkpoints are looked for, the newest that can be read first.
        let versions = try versions(suffix: ".checkpoint.parquet")
        for version in versions.reversed() {
            if let snapshot = try? checkpoint(version) { return try advanced(snapshot) }
        }
        let snapshot = try advanced(Snapshot())
        if snapshot.version >= 0 { return snapshot }
        guard let oldest = try self.versions(suffix: ".json").first else { return nil }
        throw DeltaError(
            .corrupt,
            "table \(store.location): its log begins with version \(oldest), and no checkpoint before it can be read")
    }

    /// The snapshot of a version; nil when the log does not lead there.
    func snapshot(at version: Int64) throws -> Snapshot? {
        guard version >= 0 else { return nil }
        let checkpoints = try versions(suffix: ".checkpoint.parquet").filter { $0 <= version }
        var snapshot = Snapshot()
        for candidate in checkpoints.reversed() {
            if let found = try? checkpoint(candidate) {
                snapshot = found
                break
            }
        }
        while snapshot.version < version {
            guard let actions = try commit(snapshot.version + 1) else { return nil }
            try snapshot.apply(actions, version: snapshot.version + 1, table: store.location)
        }
        return snapshot
    }

    /// The snapshot with all later commits counted in.
    func advanced(_ snapshot: Snapshot) throws -> Snapshot {
        var snapshot = snapshot
        while let actions = try commit(snapshot.version + 1) {
            try snapshot.apply(actions, version: snapshot.version + 1, table: store.location)
        }
        return snapshot
    }

    /// The actions of one commit; nil where there is none.
    func commit(_ version: Int64) throws -> [LogAction]? {
        let path = Self.commitPath(version)
        do {
            return try LogJSON.actions(try store.get(path), file: "\(store.location)/\(path)")
        } catch let error as StorageError where error.kind == .notFound {
            return nil
        }
    }

    /// Adds a commit.
    /// - Returns: false when another writer was first.
    func add(_ actions: [LogAction], version: Int64) throws -> Bool {
        try store.putIfAbsent(Self.commitPath(version), try LogJSON.bytes(actions))
    }

    /// Writes the snapshot as a checkpoint, so that readers need not read all commits.
    /// - Parameter horizon: ms since 1970; files removed before it are left out.
    func writeCheckpoint(_ snapshot: Snapshot, tombstonesSince horizon: Int64) throws {
        let actions = snapshot.actions(tombstonesSince: horizon)
        try store.put(Self.checkpointPath(snapshot.version), CheckpointFile.write(actions))
        let hint = CheckpointHint(version: snapshot.version, size: Int64(actions.count))
        try store.put(Self.lastCheckpoint, Array(try LogJSON.text(hint).utf8))
    }

    private func hint() -> CheckpointHint? {
        guard let bytes = try? store.get(Self.lastCheckpoint),
            let hint = try? JSONDecoder().decode(CheckpointHint.self, from: Data(bytes)), hint.parts == nil
        else { return nil }
        return hint
    }

    private func checkpoint(_ version: Int64) throws -> Snapshot {
        var snapshot = Snapshot()
        let actions = try CheckpointFile.read(try store.get(Self.checkpointPath(version)))
        try snapshot.apply(actions, version: version, table: store.location)
        return snapshot
    }

    /// The versions that have a file of that kind, ascending.
    func versions(suffix: String) throws -> [Int64] {
        try store.list(prefix: Self.directory).compactMap { object in
            let name = object.path.dropFirst(Self.directory.count)
            guard name.hasSuffix(suffix), name.count == 20 + suffix.count else { return nil }
            return Int64(name.prefix(20))
        }.sorted()
    }
}
