import Columnar

/// A window that gives its rows in several rounds, since they are more than memory holds: what is left of it.
struct GivingWindow {
    var window: TimeWindow
    /// Whether no later row follows for its groups.
    var isFinal: Bool
    /// The hashes of the groups that are still to come, in stretches that fit into memory.
    var stretches: [HashRange]

    static let section = "giving"
    private static let schema = RecordSchema([
        Field("start", .int64), Field("end", .int64), Field("is_final", .bool), Field("first_hash", .int64),
        Field("last_hash", .int64), Field("stretches", .int64),
    ])

    /// As rows of a snapshot.
    static func state(_ giving: [GivingWindow]) -> RecordBatch {
        let left = giving.filter { !$0.stretches.isEmpty }
        func integers(_ value: (GivingWindow) -> Int64) -> ColumnVector {
            ColumnVector(.int64, .int64(left.map(value)))
        }
        return RecordBatch(
            schema: schema,
            columns: [
                integers(\.window.start), integers(\.window.end), ColumnVector(.bool, .bool(left.map(\.isFinal))),
                integers { Int64(bitPattern: $0.stretches[0].first) },
                integers { Int64(bitPattern: $0.stretches[$0.stretches.count - 1].last) },
                integers { Int64($0.stretches.count) },
            ], count: left.count)
    }

    /// What a shard owns of what the shards of an earlier run had still to give. The same window may stand here several
    /// times, each with groups of its own.
    static func restore(_ snapshots: [StateSnapshot], range: HashRange) throws -> [GivingWindow] {
        var giving: [GivingWindow] = []
        for batch in snapshots.flatMap({ $0.sections[section] ?? [] }) {
            guard batch.schema == schema, case .bool(let isFinal) = batch.columns[2].values else {
                throw PlanError("state of windows that are giving rows, of another shape")
            }
            let values = [0, 1, 3, 4, 5].map { column in
                if case .int64(let values) = batch.columns[column].values { values } else { [Int64]() }
            }
            for row in 0..<batch.count {
                let left = HashRange(
                    first: UInt64(bitPattern: values[2][row]), last: UInt64(bitPattern: values[3][row]))
                guard let owned = left.intersection(range) else { continue }
                giving.append(
                    GivingWindow(
                        window: TimeWindow(start: values[0][row], end: values[1][row]), isFinal: isFinal[row],
                        stretches: owned.divided(into: Int(values[4][row]))))
            }
        }
        return giving
    }
}
