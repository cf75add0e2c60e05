import Columnar

/// Writing, merging and naming the runs of an operator's groups.
enum StateRuns {
    /// Writes groups of an operator as a run.
    /// - Parameters:
    ///   - hashes: of all groups that the operator has in memory; `groups` are those to write.
    ///   - columns: what the file has of some groups; `times` the number of the column with their event times.
    static func write(
        _ groups: [Int32], hashes: [UInt64], types: [DataType], to memory: LaneMemory, times: Int? = nil,
        columns: (_ groups: [Int32]) -> [ColumnVector]
    ) throws -> StateRun {
        var writer = try StateRunWriter(memory.store, types: types, expected: groups.count)
        let order = hashOrder(groups.map { hashes[Int($0)] })
        for start in stride(from: 0, to: order.count, by: memory.stretchRows) {
            let next = order[start..<min(start + memory.stretchRows, order.count)].map { groups[Int($0)] }
            try writer.append(columns(next), times: times)
        }
        return try writer.finish(range: memory.range)
    }

    /// The hashes that a lane owns in stretches of so many rows that they fit into memory.
    static func stretches(_ runs: [StateRun], _ memory: LaneMemory) -> [HashRange] {
        let rows = runs.reduce(0) { $0 + $1.rowCount }
        return memory.range.divided(into: rows / memory.stretchRows + 1)
    }

    /// Merges the newest runs into one when there are so many of about one size (tiered compaction), so that a group is in
    /// few files.
    /// - Parameters:
    ///   - width: how many.
    ///   - combine: makes one of the rows of several runs, the oldest first, in any order.
    static func merge(
        _ runs: inout [StateRun], width: Int, types: [DataType], to memory: LaneMemory, times: Int? = nil,
        combine: (_ parts: [[ColumnVector]]) -> [ColumnVector]
    ) throws {
        guard let last = runs.last else { return }
        var first = runs.count - 1
        var rows = last.rowCount
        while first > 0, runs[first - 1].rowCount <= 2 * rows {
            first -= 1
            rows += runs[first].rowCount
        }
        guard runs.count - first >= width else { return }
        let merged = try self.merged(
            Array(runs[first...]), types: types, to: memory, times: times, combine: combine)
        runs.replaceSubrange(first..., with: [merged])
    }

    /// All rows of some runs as one.
    static func merged(
        _ runs: [StateRun], types: [DataType], to memory: LaneMemory, times: Int? = nil,
        combine: (_ parts: [[ColumnVector]]) -> [ColumnVector]
    ) throws -> StateRun {
        let rows = runs.reduce(0) { $0 + $1.rowCount }
        var writer = try StateRunWriter(memory.store, types: types, expected: rows)
        for stretch in stretches(runs, memory) {
            let parts = try runs.compactMap { try $0.rows(in: stretch) }
            if parts.isEmpty { continue }
            let columns = combine(parts)
            guard case .int64(let hashes) = columns[0].values else { continue }
            let order = hashOrder(hashes.map { UInt64(bitPattern: $0) })
            try writer.append(columns.map { $0.taking(order) }, times: times)
        }
        return try writer.finish(range: memory.range)
    }

    /// Of rows of several runs the newest of each key.
    /// - Parameters:
    ///   - parts: the oldest first.
    ///   - keys: the columns that make the key.
    static func newest(_ parts: [[ColumnVector]], keys: Range<Int>) -> [ColumnVector] {
        if parts.count == 1 { return parts[0] }
        var table = GroupTable(keyTypes: parts[0][keys].map(\.type))
        var columns = parts[0].map { ColumnVector($0.type, scalars: []) }
        for part in parts.reversed() {
            let rows = newRows(of: part, keys: keys, in: &table)
            for index in columns.indices { columns[index].append(contentsOf: part[index].taking(rows)) }
        }
        return columns
    }

    /// The first row of each key that a table does not have; it has them then.
    static func newRows(of part: [ColumnVector], keys: Range<Int>, in table: inout GroupTable) -> [Int32] {
        guard case .int64(let hashes) = part[0].values else { return [] }
        var next = Int32(table.count)
        let groups = table.intern(Array(part[keys]), hashes: hashes.map { UInt64(bitPattern: $0) })
        var rows: [Int32] = []
        for (row, group) in groups.enumerated() where group == next {
            rows.append(Int32(row))
            next += 1
        }
        return rows
    }
}

extension StateRuns {
    /// The name of the section of a snapshot that names runs.
    static let section = "runs"
    private static let placeFields = [Field("file", .string), Field("first_hash", .int64), Field("last_hash", .int64)]

    /// - Parameter own: the operator's columns.
    private static func schema(_ own: [Field]) -> RecordSchema { RecordSchema(placeFields + own) }

    /// Runs as rows of a snapshot, in order.
    static func state(_ runs: [StateRun], own: [(field: Field, values: [Int64])] = []) -> RecordBatch {
        let names = runs.map { Scalar.string($0.file.name) }
        let places = [
            ColumnVector(.string, scalars: names),
            ColumnVector(.int64, .int64(runs.map { Int64(bitPattern: $0.range.first) })),
            ColumnVector(.int64, .int64(runs.map { Int64(bitPattern: $0.range.last) })),
        ]
        return RecordBatch(
            schema: schema(own.map(\.field)),
            columns: places + own.map { ColumnVector(.int64, .int64($0.values)) }, count: runs.count)
    }

    /// The runs that snapshots name, as far as the lane owns their hashes, with the operator's values of each.
    /// - Throws: `PlanError` without a store, and for a snapshot of another shape; what the store threw.
    static func restore(
        _ snapshots: [StateSnapshot], types: [DataType], own: [Field] = [], memory: LaneMemory?
    ) throws -> [(run: StateRun, own: [Int64])] {
        var restored: [(run: StateRun, own: [Int64])] = []
        for batch in snapshots.flatMap({ $0.sections[section] ?? [] }) where batch.count > 0 {
            guard batch.schema == schema(own) else { throw PlanError("state in files of another shape") }
            guard let memory else {
                throw PlanError("the state is partly in files: run with a memory budget, as the run before did")
            }
            let places = batch.columns.dropFirst().map { column in
                if case .int64(let values) = column.values { values } else { [Int64]() }
            }
            for row in 0..<batch.count {
                let range = HashRange(
                    first: UInt64(bitPattern: places[0][row]), last: UInt64(bitPattern: places[1][row]))
                guard let owned = range.intersection(memory.range),
                    case .string(let name) = batch.columns[0].scalar(at: row)
                else { continue }
                let run = try StateRunWriter.open(name, of: memory.store, range: owned, types: types)
                restored.append((run, places.dropFirst(2).map { $0[row] }))
            }
        }
        return restored
    }
}

extension StateSnapshot {
    /// The files that the state is partly in: they are needed as long as it may be restored.
    public var files: [String] {
        (sections[StateRuns.section] ?? []).flatMap { batch in
            (0..<batch.count).compactMap { batch.columns[0].scalar(at: $0).text }
        }
    }
}
