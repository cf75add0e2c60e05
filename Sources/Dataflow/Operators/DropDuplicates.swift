import Columnar

/// Keeps the first row of each key within the watermark; later ones are dropped as duplicates.
///
/// A key is remembered until the watermark has passed the event time of its first row. A row older than the watermark
/// is dropped as late, since its key may be forgotten. Both are decided by the watermark that the row carries, so that
/// the result does not depend on how rows were batched; `advance` only frees memory.
final class DropDuplicates: Operator {
    private let keys: [Int]
    /// Keys in memory are as they are; what files have of them is older.
    var table: GroupTable
    /// The event time of each key's first row, by group.
    var firstSeen: [Int64] = []
    /// Keys that are in files, the oldest first.
    var runs: [StateRun] = []
    /// Groups in memory that no file has as they are.
    var unsaved = GroupMarks()
    /// Groups that are not as they were in the last snapshot.
    private var unstored = ChangedGroups()
    /// Since the last snapshot keys older than this were forgotten.
    private var forgottenBefore = Int64.min
    var memory: LaneMemory?
    /// The highest watermark that was advanced to: keys older than it may be forgotten.
    private(set) var evictedTo = Int64.min
    let stateSchema: RecordSchema

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
        let hashes = rowHashes(columns, count: batch.count)
        fetch(columns, hashes, onTime)
        let known = Int32(table.count)
        let groups = table.intern(columns, hashes: hashes, rows: onTime)
        var kept: [Int32] = []
        var changed: [Int32] = []
        var duplicates: [Int32] = []
        var next = known
        for (row, group) in zip(onTime, groups) {
            let eventTime = times.eventTimes[Int(row)]
            if group == next {
                next += 1
                firstSeen.append(eventTime)
                kept.append(row)
                changed.append(group)
            } else if firstSeen[Int(group)] < max(times.watermarks[Int(row)], evictedTo) {
                firstSeen[Int(group)] = eventTime
                kept.append(row)
                changed.append(group)
            } else {
                duplicates.append(row)
            }
        }
        if memory == nil { unstored.mark(changed, of: table.count) } else { unsaved.mark(changed) }
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
        runs.removeAll { $0.index.newest < time }
        let remembered = firstSeen.indices.filter { firstSeen[$0] >= time }
        // Rebuilding costs as much as the table is large: it waits until half of it can go.
        guard remembered.count * 2 <= firstSeen.count, !firstSeen.isEmpty else { return }
        keep(remembered.map(Int32.init))
        forgottenBefore = time
    }

    private func keep(_ groups: [Int32]) {
        let marked = groups.indices.filter { unsaved.contains(groups[$0]) }.map { Int32($0) }
        unsaved = GroupMarks()
        unsaved.mark(marked)
        table.keep(groups)
        unstored.keep(groups)
        firstSeen = groups.map { firstSeen[Int($0)] }
    }

    /// Some groups as rows of the state.
    func columns(_ groups: [Int32]) -> [ColumnVector] {
        let hashes = groups.map { Int64(bitPattern: table.hashes[Int($0)]) }
        let times = groups.map { firstSeen[Int($0)] }
        return [ColumnVector(.int64, .int64(hashes)), ColumnVector(.int64, .int64(times))]
            + table.keys.map { $0.taking(groups) }
    }

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        saveForCheckpoint()
        // With files, what memory has beside them is little, and whole.
        let extent = memory == nil ? extent : .whole
        let inMemory = extent == .changes ? unstored.groups : (0..<Int32(table.count)).map { $0 }
        let groups = memory == nil ? inMemory : unsaved.groups
        let batch = RecordBatch(schema: stateSchema, columns: columns(groups), count: groups.count)
        var snapshot = StateSnapshot(sections: ["keys": [batch], "progress": [ProgressState.batch(evictedTo)]])
        if extent == .changes {
            snapshot.changes["keys"] = SectionChanges(
                keys: [StateSnapshot.shardColumn] + keys.indices.map { "key_\($0)" },
                expired: .init("first_seen", before: forgottenBefore))
        }
        unstored.removeAll()
        forgottenBefore = .min
        // Also none, in the place of those that there were.
        if memory != nil { snapshot.sections[StateRuns.section] = [StateRuns.state(runs)] }
        return snapshot
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        evictedTo = try ProgressState.latest(snapshots)
        runs = try StateRuns.restore(snapshots, types: savedTypes, memory: memory).map(\.run)
        for batch in snapshots.flatMap({ $0.sections["keys"] ?? [] }) {
            guard batch.schema == stateSchema else { throw PlanError("deduplication state of another shape") }
            let owned = batch.rows(ownedBy: shard)
            guard case .int64(let hashes) = owned.columns[0].values, case .int64(let times) = owned.columns[1].values
            else { continue }
            let bits = hashes.map { UInt64(bitPattern: $0) }
            let groups = table.intern(Array(owned.columns.dropFirst(2)), hashes: bits)
            firstSeen += times
            if memory != nil { unsaved.mark(groups) }
        }
    }
}
