import Columnar
import Foundation
import ObjectStorage
import Parquet

/// A Delta table in an object store: its newest snapshot, its rows, its history. Used by one thread.
public final class DeltaTable {
    let log: DeltaLog
    private(set) var snapshot: Snapshot
    /// The table's columns, partition columns among them.
    public private(set) var schema: RecordSchema
    /// Commits after which a checkpoint is written, as the table's configuration says (default 10).
    private static let checkpointInterval: Int64 = 10
    /// ms for which removed files stay named in checkpoints (the protocol's default, a week).
    private static let tombstoneRetention: Int64 = 7 * 24 * 3_600_000
    private var lastCheckpoint: Int64 = -1

    private init(log: DeltaLog, snapshot: Snapshot) throws {
        self.log = log
        self.snapshot = snapshot
        try snapshot.check(table: log.store.location)
        schema = try TableSchema.parse(snapshot.metadata?.schemaString ?? "", table: log.store.location)
    }

    /// Opens a table.
    /// - Throws: `DeltaError` of kind `.noTable` where there is none, `.unsupported` for features that are not read.
    public static func open(_ store: any ObjectStore) throws -> DeltaTable {
        guard let table = try openIfPresent(store) else {
            throw DeltaError(.noTable, "\(store.location) is not a Delta table: it has no \(DeltaLog.directory)")
        }
        return table
    }

    /// Opens a table as it was.
    /// - Returns: nil when that version is no longer in the log, or was never. Its files may be gone all the same, if the
    ///   table was vacuumed.
    public static func open(_ store: any ObjectStore, version: Int64) throws -> DeltaTable? {
        let log = DeltaLog(store: store)
        return try log.snapshot(at: version).map { try DeltaTable(log: log, snapshot: $0) }
    }

    static func openIfPresent(_ store: any ObjectStore) throws -> DeltaTable? {
        let log = DeltaLog(store: store)
        return try log.newest().map { try DeltaTable(log: log, snapshot: $0) }
    }

    /// Opens a table to write to it, making it when it is not there; of several processes that make it one does.
    /// - Throws: `DeltaError` of kind `.mismatch` when the table has other columns or partitions.
    static func openOrCreate(
        _ store: any ObjectStore, schema: RecordSchema, partitionColumns: [String]
    ) throws -> DeltaTable {
        try checkPartitions(partitionColumns, schema, store)
        if try DeltaLog(store: store).newest() == nil {
            let now = store.now
            let metadata = TableMetadata(
                id: store.makeUniqueName(), schemaString: try TableSchema.text(schema),
                partitionColumns: partitionColumns, configuration: [:], createdTime: now)
            let info = CommitInfo(
                timestamp: now, operation: "CREATE TABLE", parameters: [:], metrics: [:], isBlindAppend: true)
            _ = try DeltaLog(store: store).add(
                [
                    LogAction(commitInfo: info),
                    LogAction(protocol: ProtocolVersions(minReaderVersion: 1, minWriterVersion: 2)),
                    LogAction(metaData: metadata),
                ], version: 0)
        }
        let table = try open(store)
        try table.snapshot.checkWritable(table: store.location)
        try table.requireSchema(schema, partitionColumns: partitionColumns)
        return table
    }

    /// The newest version.
    public var version: Int64 { snapshot.version }
    /// Data files of the newest version, and their bytes.
    public var fileCount: Int { snapshot.files.count }
    public var byteCount: Int64 { snapshot.files.values.reduce(0) { $0 + $1.size } }
    var location: String { log.store.location }
    var partitionColumns: [String] { snapshot.metadata?.partitionColumns ?? [] }

    /// Counts the commits in that others made.
    func refresh() throws {
        let known = snapshot.metadata
        snapshot = try log.advanced(snapshot)
        guard snapshot.metadata != known else { return }
        try snapshot.check(table: location)
        schema = try TableSchema.parse(snapshot.metadata?.schemaString ?? "", table: location)
    }

    /// Adds a commit after the snapshot.
    /// - Returns: false when another writer was first; then the caller refreshes and computes again.
    func commit(_ actions: [LogAction]) throws -> Bool {
        let version = snapshot.version + 1
        guard try log.add(actions, version: version) else { return false }
        try snapshot.apply(actions, version: version, table: location)
        let configured = snapshot.metadata?.configuration?["delta.checkpointInterval"].flatMap(Int64.init)
        let interval = max(1, configured ?? Self.checkpointInterval)
        if version / interval > lastCheckpoint / interval && version >= interval
            || version - lastCheckpoint >= 2 * interval
        {
            // The commit stands already: a checkpoint that fails costs readers time, and is tried after the next commit.
            let horizon = log.store.now - Self.tombstoneRetention
            if (try? log.writeCheckpoint(snapshot, tombstonesSince: horizon)) != nil { lastCheckpoint = version }
        }
        return true
    }

    /// Says in a sentence how the table differs from what a writer wants.
    func requireSchema(_ wanted: RecordSchema, partitionColumns wantedPartitions: [String]) throws {
        let mend = "Change the topology's output, or write to another table"
        func refuse(_ reason: String) -> DeltaError {
            DeltaError(.mismatch, "table \(location) has another schema: \(reason). \(mend)")
        }
        for field in wanted.fields {
            guard let index = schema.index(of: field.name) else {
                throw refuse("it has no column '\(field.name)' (\(field.type))")
            }
            let known = schema.fields[index]
            guard known.type.holds(field.type.stored) else {
                throw refuse("column '\(field.name)' is \(known.type) in the table and \(field.type) in the topology")
            }
            guard known.isNullable || !field.isNullable else {
                throw refuse("column '\(field.name)' is never null in the table, but may be in the topology")
            }
        }
        for field in schema.fields where wanted.index(of: field.name) == nil {
            throw refuse("its column '\(field.name)' is not written by the topology")
        }
        guard partitionColumns == wantedPartitions else {
            let named = { (columns: [String]) in columns.isEmpty ? "not partitioned" : columns.joined(separator: ", ") }
            throw DeltaError(
                .mismatch,
                "table \(location) has other partitions: it is \(named(partitionColumns)), the topology wants "
                    + "\(named(wantedPartitions)). \(mend)")
        }
    }

    /// Partition values are text in names of directories; nested ones have none.
    static func checkPartitions(
        _ columns: [String], _ schema: RecordSchema, _ store: any ObjectStore
    ) throws {
        for name in columns {
            guard let index = schema.index(of: name), schema.fields[index].type.isNested else { continue }
            throw DeltaError(
                .mismatch,
                "table \(store.location) cannot be partitioned by '\(name)', which is \(schema.fields[index].type): "
                    + "choose a column that is not nested")
        }
    }

    /// The columns that a writer of `wanted` gives, in the types that the table has for them.
    /// - Precondition: `requireSchema` took them.
    func written(_ wanted: RecordSchema) -> RecordSchema {
        RecordSchema(
            wanted.fields.map { field in
                let type = schema.index(of: field.name).map { schema.fields[$0].type } ?? field.type.stored
                return Field(field.name, type, isNullable: field.isNullable)
            })
    }
}
