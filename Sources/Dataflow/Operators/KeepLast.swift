import Columnar

/// Keeps the last row of each key within the watermark: by event time, then partition, then offset.
///
/// The twin of `DropDuplicates`. A key's last row is final when the watermark has passed it; a row of the key that comes
/// then begins anew. As there, that is decided by the watermark that the rows carry, so that the result does not depend
/// on how they were batched, and a row older than its watermark is late.
///
/// On close each last row is given once, when it is final. As updates every row is given that is later than those of its
/// key before it, at once: a changelog in which it replaces them.
final class KeepLast: MeasuredOperator {
    private let keys: [Int]
    private let givesUpdates: Bool
    private var table: GroupTable
    /// The last row of each key in the pool; -1 for a key whose last row was given.
    private var last: [Int32] = []
    /// Rows, or as updates their keys only.
    private var pool: RowPool
    /// The highest watermark that was advanced to: what is older was given.
    private var advancedTo = Int64.min
    /// No last row is older than this.
    private var oldest = Int64.max
    private var liveCount = 0
    /// Groups that are not as they were in the last snapshot.
    private var unsaved = ChangedGroups()
    private let stateSchema: RecordSchema

    /// - Throws: `BindingError` for a key that is not in the input.
    init(_ selection: LastRows, input: RecordSchema) throws {
        guard !selection.keys.isEmpty else { throw PlanError("dropDuplicates needs at least one key") }
        keys = try selection.keys.map { name in
            _ = try Expression.column(name).bound(to: input)
            return input.index(of: name) ?? 0
        }
        givesUpdates = selection.givesUpdates
        let fields = keys.map { input.fields[$0] }
        table = GroupTable(keyTypes: fields.map(\.type))
        pool = RowPool(givesUpdates ? RecordSchema(fields) : input)
        stateSchema = pool.stateSchema([])
    }

    var stateByteCount: Int { table.byteCount + last.capacity * 4 + pool.byteCount }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        let (onTime, late) = times.splitLate(reached: advancedTo)
        output.drop(late, of: batch, .late)
        let columns = keys.map { batch.columns[$0] }
        let groups = table.intern(columns, hashes: rowHashes(columns, count: batch.count), rows: onTime)
        last.append(contentsOf: repeatElement(-1, count: table.count - last.count))
        let base = Int32(pool.count)
        pool.append(givesUpdates ? columns : batch.columns, batch, onTime)
        var choice = Choice()
        for (index, group) in groups.enumerated() {
            choose(base + Int32(index), Int(group), watermark: times.watermarks[Int(onTime[index])], &choice)
        }
        let superseded = choice.superseded.filter { pool.partitions[Int($0)] >= 0 }
        if !superseded.isEmpty {
            output.dropped.append(DroppedRows(reason: .duplicate, origins: pool.origins(superseded)))
        }
        if givesUpdates {
            let kept = choice.updates.map { onTime[Int($0 - base)] }
            if !kept.isEmpty { output.batches.append(kept.count == batch.count ? batch : batch.taking(kept)) }
        } else if !choice.final.isEmpty {
            output.batches.append(pool.batch(choice.final))
        }
        if pool.count > 2 * liveCount + 1024 { compact() }
    }

    /// What became of the rows of a batch and of those that they met; numbers of the pool.
    private struct Choice {
        var final: [Int32] = []
        var updates: [Int32] = []
        var superseded: [Int32] = []
    }

    private func choose(_ row: Int32, _ group: Int, watermark: Int64, _ choice: inout Choice) {
        let current = last[group]
        if current < 0 {
            liveCount += 1
        } else if pool.times[Int(current)] < watermark {
            choice.final.append(current)
        } else if pool.isLater(row, than: current) {
            if !givesUpdates { choice.superseded.append(current) }
        } else {
            return choice.superseded.append(row)
        }
        choice.updates.append(row)
        last[group] = row
        unsaved.mark(group)
        oldest = min(oldest, pool.times[Int(row)])
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        switch watermark {
        case .none: return
        case .time(let time): advancedTo = max(time, advancedTo)
        case .endOfInput:
            let newest = last.reduce(Int64.min) { $1 < 0 ? $0 : max($0, pool.times[Int($1)]) }
            advancedTo = max(newest.saturatingAdd(1), advancedTo)
        }
        guard oldest < advancedTo else { return }
        var final: [Int32] = []
        oldest = .max
        for group in last.indices where last[group] >= 0 {
            let time = pool.times[Int(last[group])]
            if time < advancedTo {
                final.append(last[group])
                last[group] = -1
            } else {
                oldest = min(oldest, time)
            }
        }
        liveCount -= final.count
        final.sort { pool.isLater($1, than: $0) }
        if !givesUpdates, !final.isEmpty { output.batches.append(pool.batch(final)) }
        if pool.count > 2 * liveCount + 1024 { compact() }
    }

    /// Forgets the keys without a row, and the rows that are none's last.
    private func compact() {
        let groups = last.indices.filter { last[$0] >= 0 }.map { Int32($0) }
        pool.keep(groups.map { last[Int($0)] })
        table.keep(groups)
        unsaved.keep(groups)
        last = groups.indices.map { Int32($0) }
    }

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        let groups = (extent == .changes ? unsaved.groups : table.hashes.indices.map { Int32($0) })
            .filter { last[Int($0)] >= 0 }
        let rows = pool.state(
            groups.map { last[Int($0)] }, hashes: groups.map { table.hashes[Int($0)] }, own: [], stateSchema)
        var snapshot = StateSnapshot(sections: ["rows": [rows], "progress": [ProgressState.batch(advancedTo)]])
        if extent == .changes {
            let names = (givesUpdates ? Array(keys.indices) : keys).map { "row_\($0)" }
            // Rows that are older were given, and forgotten.
            snapshot.changes["rows"] = SectionChanges(
                keys: [StateSnapshot.shardColumn] + names, expired: .init("time", before: advancedTo))
        }
        unsaved.removeAll()
        return snapshot
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        for batch in snapshots.flatMap({ $0.sections["rows"] ?? [] }) {
            let hashes = try pool.restore(batch, stateSchema, shard: shard).hashes
            let rows = (Int32(pool.count - hashes.count)..<Int32(pool.count)).map { $0 }
            let columns = givesUpdates ? pool.columns : keys.map { pool.columns[$0] }
            _ = table.intern(columns.map { $0.taking(rows) }, hashes: hashes)
            last += rows
        }
        liveCount = last.count
        oldest = last.reduce(Int64.max) { min($0, pool.times[Int($1)]) }
    }
}
