import Columnar

/// Rows of one side of a join in columns, chained by key. They are added in any order and go all together.
struct JoinRows {
    private(set) var table: GroupTable
    /// By group: its newest row.
    private(set) var heads: [Int32] = []
    /// By row: the one that came before it in its group, -1 at the end.
    private(set) var older: [Int32] = []
    private(set) var columns: [ColumnVector]
    /// µs since 1970 UTC.
    private(set) var times: [Int64] = []
    /// The watermark that each row carries.
    private(set) var watermarks: [Int64] = []
    /// Whether a row is settled: a match was found, or it was given without. Empty on a side whose rows are not given
    /// without.
    var isMatched: [Bool] = []

    init(keyTypes: [DataType], columnTypes: [DataType]) {
        table = GroupTable(keyTypes: keyTypes)
        columns = columnTypes.map { ColumnVector($0, scalars: []) }
    }

    var count: Int { times.count }

    /// Bytes of memory, nearly.
    var byteCount: Int {
        columns.reduce(table.byteCount + heads.capacity * 4 + times.capacity * 20 + isMatched.capacity) {
            $0 + $1.byteCount
        }
    }

    /// What rows are added from.
    struct Addition {
        var keys: BoundJoin.Keys
        /// The kept ones.
        var columns: [ColumnVector]
        var times: RowTimes
        /// Whether a match was found, by row; empty where that is not kept.
        var isMatched: [Bool]
    }

    /// Adds rows; gives the number of the first.
    /// - Parameter rows: nil for all of them.
    @discardableResult
    mutating func add(_ added: Addition, rows: [Int32]?) -> Int {
        let first = count
        for index in columns.indices {
            columns[index].append(contentsOf: rows.map { added.columns[index].taking($0) } ?? added.columns[index])
        }
        let groups = table.intern(added.keys.columns, hashes: added.keys.hashes, rows: rows)
        heads.append(contentsOf: repeatElement(-1, count: table.count - heads.count))
        for (index, group) in groups.enumerated() {
            older.append(heads[Int(group)])
            heads[Int(group)] = Int32(first + index)
        }
        guard let rows else {
            times += added.times.eventTimes
            watermarks += added.times.watermarks
            isMatched += added.isMatched
            return first
        }
        for row in rows {
            times.append(added.times.eventTimes[Int(row)])
            watermarks.append(added.times.watermarks[Int(row)])
        }
        if !added.isMatched.isEmpty { for row in rows { isMatched.append(added.isMatched[Int(row)]) } }
        return first
    }

    /// Kept columns and times of some rows.
    func taking(_ rows: [Int32]) -> (columns: [ColumnVector], times: RowTimes) {
        (columns.map { $0.taking(rows) }, RowTimes(eventTimes: times, watermarks: watermarks).taking(rows))
    }
}

extension JoinRows {
    /// The columns of a snapshot: the keys' hash, times, what is known of matches, the keys, then the kept columns.
    static func stateSchema(keyTypes: [DataType], columnTypes: [DataType]) -> RecordSchema {
        RecordSchema(
            [
                Field(StateSnapshot.shardColumn, .int64), Field("time", .int64), Field("watermark", .int64),
                Field("matched", .bool),
            ] + keyTypes.enumerated().map { Field("key_\($0)", $1, isNullable: true) }
                + columnTypes.enumerated().map { Field("column_\($0)", $1, isNullable: true) })
    }

    func state(_ schema: RecordSchema) -> RecordBatch {
        var groups = [Int32](repeating: 0, count: count)
        for (group, head) in heads.enumerated() {
            var row = head
            while row >= 0 {
                groups[Int(row)] = Int32(group)
                row = older[Int(row)]
            }
        }
        let hashes = groups.map { Int64(bitPattern: table.hashes[Int($0)]) }
        let flags = isMatched.isEmpty ? [Bool](repeating: false, count: count) : isMatched
        let own: [ColumnVector] = [
            ColumnVector(.int64, .int64(hashes)), ColumnVector(.int64, .int64(times)),
            ColumnVector(.int64, .int64(watermarks)), ColumnVector(.bool, .bool(flags)),
        ]
        return RecordBatch(schema: schema, columns: own + table.keys.map { $0.taking(groups) } + columns, count: count)
    }

    /// The rows of a snapshot that a shard owns, to be added.
    /// - Throws: `PlanError` for a batch of another schema.
    static func restored(
        _ batch: RecordBatch, _ schema: RecordSchema, keyCount: Int, keepsMatches: Bool, shard: Shard
    ) throws -> Addition {
        let owned = batch.rows(ownedBy: shard)
        guard batch.schema == schema, case .int64(let hashes) = owned.columns[0].values,
            case .int64(let times) = owned.columns[1].values, case .int64(let watermarks) = owned.columns[2].values,
            case .bool(let flags) = owned.columns[3].values
        else { throw PlanError("join state of another shape") }
        let keys = BoundJoin.Keys(
            columns: Array(owned.columns[4..<4 + keyCount]), hashes: hashes.map { UInt64(bitPattern: $0) })
        return Addition(
            keys: keys, columns: Array(owned.columns[(4 + keyCount)...]),
            times: RowTimes(eventTimes: times, watermarks: watermarks), isMatched: keepsMatches ? flags : [])
    }
}
