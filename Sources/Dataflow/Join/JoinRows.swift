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
    private(set) var isMatched: [Bool] = []
    /// By row, where rows are settled: a number that no other row of its key has, by which a snapshot replaces it.
    private var ids: [Int64] = []
    /// The group of each row.
    private var groups: [Int32] = []
    /// Rows below this are in the last snapshot, as they were; but for those that were settled since.
    private var savedCount = 0
    private var settled: [Int32] = []

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
        /// The numbers of the rows; empty where they have none.
        var ids: [Int64] = []
    }

    /// Takes note that a match was found for a row, or that it was given without.
    mutating func settle(_ row: Int) {
        if !isMatched[row], row < savedCount { settled.append(Int32(row)) }
        isMatched[row] = true
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
        self.groups += groups
        guard let rows else {
            times += added.times.eventTimes
            watermarks += added.times.watermarks
            isMatched += added.isMatched
            ids += added.ids
            return first
        }
        for row in rows {
            times.append(added.times.eventTimes[Int(row)])
            watermarks.append(added.times.watermarks[Int(row)])
        }
        if !added.isMatched.isEmpty { for row in rows { isMatched.append(added.isMatched[Int(row)]) } }
        if !added.ids.isEmpty { for row in rows { ids.append(added.ids[Int(row)]) } }
        return first
    }

    /// Kept columns and times of some rows.
    func taking(_ rows: [Int32]) -> (columns: [ColumnVector], times: RowTimes) {
        (columns.map { $0.taking(rows) }, RowTimes(eventTimes: times, watermarks: watermarks).taking(rows))
    }
}

extension JoinRows {
    /// The columns of a snapshot: the keys' hash, times, what is known of matches, the keys, then the kept columns.
    /// - Parameter settles: whether rows are settled, and so have numbers.
    static func stateSchema(keyTypes: [DataType], columnTypes: [DataType], settles: Bool) -> RecordSchema {
        RecordSchema(
            [
                Field(StateSnapshot.shardColumn, .int64), Field("time", .int64), Field("watermark", .int64),
                Field("matched", .bool),
            ] + (settles ? [Field(Self.id, .int64)] : [])
                + keyTypes.enumerated().map { Field("key_\($0)", $1, isNullable: true) }
                + columnTypes.enumerated().map { Field("column_\($0)", $1, isNullable: true) })
    }

    private static let id = "id"

    /// By what the rows of a snapshot replace earlier ones: nothing where they never change.
    static func stateKeys(settles: Bool) -> [String] { settles ? [StateSnapshot.shardColumn, id] : [] }

    /// All rows, or those that are new or were settled since the last time.
    mutating func takeState(_ schema: RecordSchema, _ extent: SnapshotExtent) -> RecordBatch {
        let new = Int32(extent == .changes ? savedCount : 0)..<Int32(count)
        let rows = (extent == .changes ? settled : []) + new
        markSaved()
        let groups = rows.map { self.groups[Int($0)] }
        let flags = isMatched.isEmpty ? [Bool](repeating: false, count: rows.count) : rows.map { isMatched[Int($0)] }
        var own: [ColumnVector] = [
            ColumnVector(.int64, .int64(groups.map { Int64(bitPattern: table.hashes[Int($0)]) })),
            ColumnVector(.int64, .int64(rows.map { times[Int($0)] })),
            ColumnVector(.int64, .int64(rows.map { watermarks[Int($0)] })), ColumnVector(.bool, .bool(flags)),
        ]
        if !ids.isEmpty { own.append(ColumnVector(.int64, .int64(rows.map { ids[Int($0)] }))) }
        return RecordBatch(
            schema: schema, columns: own + table.keys.map { $0.taking(groups) } + columns.map { $0.taking(rows) },
            count: rows.count)
    }

    /// Takes note that a snapshot has all rows as they are.
    mutating func markSaved() {
        savedCount = count
        settled = []
    }

    /// The rows of a snapshot that a shard owns, to be added.
    /// - Parameters:
    ///   - settles: whether rows are settled. Those of version 1 had no numbers then, and get new ones.
    ///   - nextID: behind those of all rows, of all shards.
    /// - Throws: `PlanError` for a batch of another schema.
    static func restored(
        _ batch: RecordBatch, keyTypes: [DataType], columnTypes: [DataType], settles: Bool, nextID: inout Int64,
        shard: Shard
    ) throws -> Addition {
        let schema = stateSchema(keyTypes: keyTypes, columnTypes: columnTypes, settles: settles)
        let isOfVersion1 =
            settles && batch.schema == stateSchema(keyTypes: keyTypes, columnTypes: columnTypes, settles: false)
        if case .int64(let ids)? = batch.column(id)?.values { nextID = max(nextID, (ids.max() ?? -1) + 1) }
        let owned = batch.rows(ownedBy: shard)
        guard batch.schema == schema || isOfVersion1, case .int64(let hashes) = owned.columns[0].values,
            case .int64(let times) = owned.columns[1].values, case .int64(let watermarks) = owned.columns[2].values,
            case .bool(let flags) = owned.columns[3].values
        else { throw PlanError("join state of another shape") }
        var ids: [Int64] = []
        if isOfVersion1 {
            ids = (0..<Int64(owned.count)).map { nextID + $0 }
            nextID += Int64(owned.count)
        } else if case .int64(let values)? = owned.column(id)?.values {
            ids = values
        }
        let firstKey = settles && !isOfVersion1 ? 5 : 4
        let firstColumn = firstKey + keyTypes.count
        let keys = BoundJoin.Keys(
            columns: Array(owned.columns[firstKey..<firstColumn]), hashes: hashes.map { UInt64(bitPattern: $0) })
        return Addition(
            keys: keys, columns: Array(owned.columns[firstColumn...]),
            times: RowTimes(eventTimes: times, watermarks: watermarks), isMatched: settles ? flags : [], ids: ids)
    }
}
