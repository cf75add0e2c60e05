import Columnar

/// Keeps the first row of each key within the watermark; later ones are dropped as duplicates.
///
/// A key is remembered until the watermark has passed the event time of its first row. A row older than the watermark
/// is dropped as late, since its key may be forgotten. Both are decided by the watermark that the row carries, so that
/// the result does not depend on how rows were batched; `advance` only frees memory.
final class DropDuplicates: Operator {
    private let keys: [Int]
    private var table: GroupTable
    /// The event time of each key's first row, by group.
    private var firstSeen: [Int64] = []
    /// The highest watermark that was advanced to: keys older than it may be forgotten.
    private var evictedTo = Int64.min
    private let stateSchema: RecordSchema

    /// - Throws: `BindingError` for a key that is not in the input.
    init(keys names: [String], input: RecordSchema) throws {
        guard !names.isEmpty else { throw PlanError("dropDuplicates needs at least one key") }
        keys = try names.map { name in
            _ = try Expression.column(name).bound(to: input)
            return input.index(of: name) ?? 0
        }
        let types = keys.map { input.fields[$0].type }
        table = GroupTable(keyTypes: types)
        stateSchema = RecordSchema(
            [Field(StateSnapshot.shardColumn, .int64), Field("first_seen", .int64)]
                + types.enumerated().map { Field("key_\($0)", $1, isNullable: true) })
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        let columns = keys.map { batch.columns[$0] }
        let (onTime, late) = times.splitLate(reached: evictedTo)
        output.drop(late, of: batch, .late)
        let known = Int32(table.count)
        let groups = table.intern(columns, hashes: rowHashes(columns, count: batch.count), rows: onTime)
        var kept: [Int32] = []
        var duplicates: [Int32] = []
        var next = known
        for (row, group) in zip(onTime, groups) {
            let eventTime = times.eventTimes[Int(row)]
            if group == next {
                next += 1
                firstSeen.append(eventTime)
                kept.append(row)
            } else if firstSeen[Int(group)] < times.watermarks[Int(row)] {
                firstSeen[Int(group)] = eventTime
                kept.append(row)
            } else {
                duplicates.append(row)
            }
        }
        output.drop(duplicates, of: batch, .duplicate)
        if kept.count == batch.count {
            output.batches.append(batch)
        } else if !kept.isEmpty {
            output.batches.append(batch.taking(kept))
        }
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        guard case .time(let time) = watermark, time > evictedTo else { return }
        evictedTo = time
        let remembered = firstSeen.indices.filter { firstSeen[$0] >= time }
        // Rebuilding costs as much as the table is large: it waits until half of it can go.
        guard remembered.count * 2 <= firstSeen.count, !firstSeen.isEmpty else { return }
        table.keep(remembered.map(Int32.init))
        firstSeen = remembered.map { firstSeen[$0] }
    }

    func snapshot() -> StateSnapshot {
        let hashes = table.hashes.map { Int64(bitPattern: $0) }
        let columns =
            [ColumnVector(.int64, .int64(hashes)), ColumnVector(.int64, .int64(firstSeen))] + table.keys
        return StateSnapshot(sections: [
            "keys": [RecordBatch(schema: stateSchema, columns: columns, count: table.count)],
            "progress": [ProgressState.batch(evictedTo)],
        ])
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        evictedTo = try ProgressState.latest(snapshots)
        for batch in snapshots.flatMap({ $0.sections["keys"] ?? [] }) {
            guard batch.schema == stateSchema else { throw PlanError("deduplication state of another shape") }
            let owned = batch.rows(ownedBy: shard)
            guard case .int64(let hashes) = owned.columns[0].values, case .int64(let times) = owned.columns[1].values
            else { continue }
            let bits = hashes.map { UInt64(bitPattern: $0) }
            _ = table.intern(Array(owned.columns.dropFirst(2)), hashes: bits)
            firstSeen += times
        }
    }
}
