import Columnar
import ObjectStorage

extension DeltaTable {
    /// The rows of the newest version, file by file, so that memory holds one file at a time.
    /// - Parameters:
    ///   - columns: their names, all when nil.
    ///   - limit: the most rows to give, all when nil.
    ///   - body: takes each batch.
    public func forEachBatch(
        columns: [String]? = nil, limit: Int? = nil, _ body: (RecordBatch) throws -> Void
    ) throws {
        let names = columns ?? schema.fields.map(\.name)
        for name in names where schema.index(of: name) == nil {
            throw DeltaError(.mismatch, "table \(location) has no column '\(name)'; it has \(schema)")
        }
        let files = DataFiles(store: log.store, schema: schema, partitionColumns: partitionColumns)
        var left = limit ?? Int.max
        for file in snapshot.files.values.sorted(by: { ($0.modificationTime, $0.path) < ($1.modificationTime, $1.path) }
        ) {
            for batch in try files.read(file, columns: names) {
                guard left > 0 else { return }
                try body(batch.count <= left ? batch : batch.taking((0..<Int32(left)).map { $0 }))
                left -= batch.count
            }
        }
    }

    /// The number of rows, from the log where it says so.
    public func rowCount() throws -> Int {
        var rows = 0
        let files = DataFiles(store: log.store, schema: schema, partitionColumns: partitionColumns)
        for file in snapshot.files.values {
            if let known = FileStatistics(file.stats, schema).rowCount {
                rows += known
            } else {
                rows += try files.read(file, columns: schema.fields.prefix(1).map(\.name)).reduce(0) { $0 + $1.count }
            }
        }
        return rows
    }

    /// A commit, for people.
    public struct HistoryEntry: Sendable, Hashable {
        public var version: Int64
        /// ms since 1970 UTC; nil when the writer did not say.
        public var timestamp: Int64?
        public var operation: String?
        public var metrics: [String: String]
        public var engine: String?
    }

    /// The newest commits whose files are there, newest first.
    public func history(limit: Int? = nil) throws -> [HistoryEntry] {
        try log.versions(suffix: ".json").suffix(limit ?? Int.max).reversed().map { version in
            let info = try log.commit(version)?.compactMap(\.commitInfo).first
            return HistoryEntry(
                version: version, timestamp: info?.timestamp, operation: info?.operation,
                metrics: info?.operationMetrics ?? [:], engine: info?.engineInfo)
        }
    }
}

extension DeltaTable {
    /// Says whether a sink could write to the place, without making anything: there is no table yet, or one that fits.
    /// - Throws: `DeltaError` that says what does not fit.
    public static func validate(
        _ store: any ObjectStore, schema: RecordSchema, partitionColumns: [String]
    ) throws {
        try checkPartitions(partitionColumns, schema, store)
        guard let table = try openIfPresent(store) else { return }
        try table.snapshot.checkWritable(table: store.location)
        try table.requireSchema(schema, partitionColumns: partitionColumns)
    }
}
