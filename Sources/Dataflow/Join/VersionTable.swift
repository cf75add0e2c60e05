import Columnar

/// The versions of each key that a row to come may meet: the one that is valid at the watermark, and those after it.
struct VersionTable {
    private var table: GroupTable
    private(set) var columns: [ColumnVector]
    private var times: [Int64] = []
    private var partitions: [Int32] = []
    private var offsets: [Int64] = []
    private var isDeletion: [Bool] = []
    /// The group of each row.
    private var groups: [Int32] = []
    /// By group: the row that is valid, -1 for none.
    private var current: [Int32] = []
    /// The rows that are not valid yet.
    private var waiting = TimeHeap()
    private var currentCount = 0
    /// Groups that are not as they were in the last snapshot.
    private var unsaved = ChangedGroups()
    /// Keys without a version whose groups are gone.
    private var gone: [RecordBatch] = []

    /// Bytes of memory, nearly.
    var byteCount: Int {
        columns.reduce(table.byteCount + times.capacity * 25 + current.capacity * 4 + waiting.count * 16) {
            $0 + $1.byteCount
        }
    }

    init(keyTypes: [DataType], columnTypes: [DataType]) {
        table = GroupTable(keyTypes: keyTypes)
        columns = columnTypes.map { ColumnVector($0, scalars: []) }
    }

    /// Versions, and where they stand among those of one instant.
    struct Addition {
        var keys: BoundJoin.Keys
        /// The kept ones.
        var columns: [ColumnVector]
        var times: [Int64]
        var origins: RowOrigins
        var isDeletion: [Bool]
    }

    /// - Parameters:
    ///   - rows: of the addition.
    ///   - isCurrent: whether they are valid already; the others wait for their time.
    mutating func add(_ added: Addition, rows: [Int32], isCurrent: (Int32) -> Bool = { _ in false }) {
        for index in columns.indices { columns[index].append(contentsOf: added.columns[index].taking(rows)) }
        let found = table.intern(added.keys.columns, hashes: added.keys.hashes, rows: rows)
        current.append(contentsOf: repeatElement(-1, count: table.count - current.count))
        unsaved.mark(found, of: table.count)
        for (row, group) in zip(rows, found) {
            let number = Int32(times.count)
            times.append(added.times[Int(row)])
            partitions.append(added.origins.partitions[Int(row)])
            offsets.append(added.origins.offsets[Int(row)])
            isDeletion.append(added.isDeletion[Int(row)])
            groups.append(group)
            if isCurrent(row) { apply(number) } else { waiting.insert(number, at: added.times[Int(row)]) }
        }
    }

    private mutating func apply(_ row: Int32) {
        let group = Int(groups[Int(row)])
        currentCount += (isDeletion[Int(row)] ? 0 : 1) - (current[group] < 0 ? 0 : 1)
        current[group] = isDeletion[Int(row)] ? -1 : row
        unsaved.mark(group)
    }

    /// Moves to a watermark past rows in the order of their event time, and finds the version that is valid at each, -1
    /// for none. Versions before the watermark are valid then.
    mutating func meet(_ keys: [ColumnVector], times rowTimes: [Int64], before end: Int64) -> [Int32] {
        let due = waiting.take(before: end).sorted { left, right in
            (times[Int(left)], partitions[Int(left)], offsets[Int(left)])
                < (times[Int(right)], partitions[Int(right)], offsets[Int(right)])
        }
        let found = table.find(keys, hashes: rowHashes(keys, count: rowTimes.count))
        var next = 0
        var met: [Int32] = []
        met.reserveCapacity(rowTimes.count)
        for (time, group) in zip(rowTimes, found) {
            while next < due.count, times[Int(due[next])] <= time {
                apply(due[next])
                next += 1
            }
            met.append(group < 0 ? -1 : current[Int(group)])
        }
        for row in due[next...] { apply(row) }
        return met
    }

    /// Forgets versions that are over, when they are more than half. Row numbers change.
    mutating func compact() {
        guard times.count > 2 * (currentCount + waiting.count) else { return }
        let rows = (waiting.rows + current.filter { $0 >= 0 }).sorted()
        var numbers = [Int32](repeating: -1, count: times.count)
        for (number, row) in rows.enumerated() { numbers[Int(row)] = Int32(number) }
        let keptGroups = Set(rows.map { groups[Int($0)] }).sorted()
        var groupNumbers = [Int32](repeating: -1, count: table.count)
        for (number, group) in keptGroups.enumerated() { groupNumbers[Int(group)] = Int32(number) }
        gone += keys(of: unsaved.groups.filter { groupNumbers[Int($0)] < 0 })
        unsaved.keep(keptGroups)
        table.keep(keptGroups)
        columns = columns.map { $0.taking(rows) }
        times = rows.map { times[Int($0)] }
        partitions = rows.map { partitions[Int($0)] }
        offsets = rows.map { offsets[Int($0)] }
        isDeletion = rows.map { isDeletion[Int($0)] }
        groups = rows.map { groupNumbers[Int(groups[Int($0)])] }
        current = keptGroups.map { current[Int($0)] }.map { $0 < 0 ? -1 : numbers[Int($0)] }
        waiting.renumber(numbers)
    }
}

extension VersionTable {
    /// The columns of a snapshot: the keys' hash, times and origins, what they are, the keys, then the kept columns.
    static func stateSchema(keyTypes: [DataType], columnTypes: [DataType]) -> RecordSchema {
        RecordSchema(
            [
                Field(StateSnapshot.shardColumn, .int64), Field("time", .int64), Field("partition", .int32),
                Field("offset", .int64), Field("deletion", .bool), Field("current", .bool),
            ] + keyTypes.enumerated().map { Field("key_\($0)", $1, isNullable: true) }
                + columnTypes.enumerated().map { Field("column_\($0)", $1, isNullable: true) })
    }

    private var keyNames: [String] {
        [StateSnapshot.shardColumn] + table.keys.indices.map { "key_\($0)" }
    }

    private func keys(of groups: [Int32]) -> [RecordBatch] {
        guard !groups.isEmpty else { return [] }
        let hashes = ColumnVector(.int64, .int64(groups.map { Int64(bitPattern: table.hashes[Int($0)]) }))
        return [SectionChanges.removed(keyNames, [hashes] + table.keys.map { $0.taking(groups) })]
    }

    /// Puts all versions into a snapshot, or those of the keys that have changed since the last time.
    mutating func takeState(
        _ section: String, _ schema: RecordSchema, _ extent: SnapshotExtent, into snapshot: inout StateSnapshot
    ) {
        guard extent == .changes else {
            snapshot.sections[section] = [state(waiting.rows, current.filter { $0 >= 0 }, schema)]
            return markSaved()
        }
        let changed = unsaved.groups
        let rows = waiting.rows.filter { unsaved.contains(groups[Int($0)]) }
        let valid = changed.map { current[Int($0)] }.filter { $0 >= 0 }
        let present = Set((rows + valid).map { groups[Int($0)] })
        snapshot.sections[section] = [state(rows, valid, schema)]
        snapshot.changes[section] = SectionChanges(
            keys: keyNames, removed: gone + keys(of: changed.filter { !present.contains($0) }))
        markSaved()
    }

    private mutating func markSaved() {
        unsaved.removeAll()
        gone = []
    }

    private func state(_ waiting: [Int32], _ valid: [Int32], _ schema: RecordSchema) -> RecordBatch {
        let rows = waiting + valid
        let rowGroups = rows.map { groups[Int($0)] }
        let isCurrent = rows.indices.map { $0 >= waiting.count }
        let own: [ColumnVector] = [
            ColumnVector(.int64, .int64(rowGroups.map { Int64(bitPattern: table.hashes[Int($0)]) })),
            ColumnVector(.int64, .int64(rows.map { times[Int($0)] })),
            ColumnVector(.int32, .int32(rows.map { partitions[Int($0)] })),
            ColumnVector(.int64, .int64(rows.map { offsets[Int($0)] })),
            ColumnVector(.bool, .bool(rows.map { isDeletion[Int($0)] })), ColumnVector(.bool, .bool(isCurrent)),
        ]
        let keys = table.keys.map { $0.taking(rowGroups) }
        return RecordBatch(schema: schema, columns: own + keys + columns.map { $0.taking(rows) }, count: rows.count)
    }

    /// Adds the rows of a snapshot that a shard owns.
    /// - Throws: `PlanError` for a batch of another schema.
    mutating func restore(_ batch: RecordBatch, _ schema: RecordSchema, shard: Shard) throws {
        let owned = batch.rows(ownedBy: shard)
        guard batch.schema == schema, case .int64(let hashes) = owned.columns[0].values,
            case .int64(let times) = owned.columns[1].values, case .int32(let partitions) = owned.columns[2].values,
            case .int64(let offsets) = owned.columns[3].values, case .bool(let deletions) = owned.columns[4].values,
            case .bool(let isCurrent) = owned.columns[5].values
        else { throw PlanError("join state of another shape") }
        let firstColumn = 6 + table.keys.count
        let keys = BoundJoin.Keys(
            columns: Array(owned.columns[6..<firstColumn]), hashes: hashes.map { UInt64(bitPattern: $0) })
        let added = Addition(
            keys: keys, columns: Array(owned.columns[firstColumn...]), times: times,
            origins: RowOrigins(partitions: partitions, offsets: offsets), isDeletion: deletions)
        add(added, rows: times.indices.map(Int32.init)) { isCurrent[Int($0)] }
        markSaved()
    }
}
