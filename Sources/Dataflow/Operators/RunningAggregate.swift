import Columnar

/// Groups rows by keys over all time and aggregates them: running totals, given when they have changed.
///
/// With a time to live a group is forgotten when the watermark has passed its last row by so much. Whether a row finds its
/// group or begins anew is decided by the watermark that the row carries, so that for keys whose rows share a partition
/// it does not depend on how rows were batched; the operator's watermark decides when the group and its row go. A row
/// that is older than its watermark by the time to live is late: its group may be forgotten.
final class RunningAggregate: Operator {
    var outputSchema: RecordSchema { aggregation.outputSchema }
    let aggregation: BoundAggregation
    let timeToLive: TimeToLive?
    private let stateSchema: RecordSchema
    /// Groups in memory are whole: what their runs have of them is older.
    var groups: WindowPane
    /// The largest event time of each group's rows; empty without a time to live.
    var lastSeen: [Int64] = []
    /// Groups in memory that no run has as they are.
    var unsaved = GroupMarks()
    var memory: LaneMemory?
    private(set) var advancedTo = Int64.min
    /// No group in memory is older than this.
    var oldest = Int64.max
    /// Since the last snapshot groups were forgotten whose last row is older than this; later ones have later rows.
    private var endedBefore = Int64.min
    private var early: EarlyEmission

    /// - Throws: `PlanError` or `BindingError` when the aggregation does not fit the input.
    init(_ aggregation: WindowedAggregation, input: RecordSchema) throws {
        try WindowPolicy.check(aggregation.window)
        early = EarlyEmission(aggregation.window.emission)
        timeToLive = aggregation.window.timeToLive
        self.aggregation = try BoundAggregation(aggregation, input: input)
        let life = timeToLive == nil ? [] : [Field("last_seen", .int64)]
        stateSchema = self.aggregation.stateSchema([Field("changed", .bool)] + life)
        groups = WindowPane(self.aggregation)
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let timeToLive else {
            let inputs = aggregation.inputs(batch)
            fetch(inputs, rows: nil)
            return mark(groups.add(inputs, rows: nil, marksChanges: true))
        }
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        // On time is what keeps its group alive: its time + the time to live is after the watermark.
        let (onTime, late) = times.splitLate(
            reached: advancedTo, lateness: timeToLive.microseconds.saturatingSubtract(1))
        output.drop(late, of: batch, .late)
        guard !onTime.isEmpty else { return }
        let inputs = aggregation.inputs(batch)
        fetch(inputs, rows: onTime)
        let rows = beginAnew(inputs, times, onTime, timeToLive)
        mark(groups.add(inputs, rows: rows, marksChanges: true))
    }

    private func mark(_ numbers: [Int32]) { if memory != nil { unsaved.mark(numbers) } }

    /// Finds the groups that were forgotten before one of their rows, and gives their keys new ones.
    /// - Returns: the rows that count: those of a key that came before its group was forgotten do not.
    private func beginAnew(
        _ inputs: BoundAggregation.Inputs, _ times: RowTimes, _ rows: [Int32], _ timeToLive: TimeToLive
    ) -> [Int32] {
        let known = groups.table.count
        let numbers = groups.table.intern(inputs.keys, hashes: inputs.hashes, rows: rows)
        lastSeen.append(contentsOf: repeatElement(Int64.min, count: groups.table.count - lastSeen.count))
        // By group: the first of these rows that counts.
        var begins: [Int32: Int] = [:]
        for (index, group) in numbers.enumerated() {
            let row = Int(rows[index])
            let last = lastSeen[Int(group)]
            if last != .min, timeToLive.hasEnded(last, at: max(times.watermarks[row], advancedTo)) {
                begins[group] = index
                lastSeen[Int(group)] = times.eventTimes[row]
            } else {
                lastSeen[Int(group)] = max(last, times.eventTimes[row])
            }
            oldest = min(oldest, lastSeen[Int(group)])
        }
        if begins.isEmpty { return rows }
        let renewed = begins.keys.filter { $0 < known }.sorted()
        groups.table.renew(renewed)
        lastSeen += renewed.map { lastSeen[Int($0)] }
        return rows.indices.filter { $0 >= begins[numbers[$0]] ?? 0 }.map { rows[$0] }
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        let isDue = early.isDue(at: processingTime, atEnd: watermark == .endOfInput)
        if isDue || memory != nil && groups.changed.groups.count > Self.mostWaiting { giveChanged(into: &output) }
        guard case .time(let time) = watermark, time > advancedTo else { return }
        let before = advancedTo
        advancedTo = time
        guard let timeToLive else { return }
        let swept = time.saturatingSubtract(time.remainder(of: timeToLive.sweepInterval, from: 0))
        guard swept > before else { return }
        forgetSaved(timeToLive, at: swept, into: &output)
        if timeToLive.hasEnded(oldest, at: swept) { forget(timeToLive, at: swept, into: &output) }
    }

    /// With a memory budget, rows that wait for an interval are given when they are so many.
    private static let mostWaiting = 262_144

    func giveChanged(into output: inout OperatorOutput) {
        let changed = groups.changed.groups.filter { !groups.table.isRetired($0) }
        groups.markGiven()
        if !changed.isEmpty { output.batches.append(rows(changed)) }
    }

    private func rows(_ numbers: [Int32], areDeleted: Bool = false) -> RecordBatch {
        aggregation.rows(
            keys: groups.table.keys.map { $0.taking(numbers) },
            windows: [TimeWindow](repeating: .always, count: numbers.count),
            isFinal: [Bool](repeating: false, count: numbers.count),
            values: groups.accumulators.map { $0.taking(numbers).finish() },
            deletions: areDeleted ? Bitmap(repeating: true, count: numbers.count) : nil)
    }

    /// Forgets the groups whose life has ended.
    private func forget(_ timeToLive: TimeToLive, at time: Int64, into output: inout OperatorOutput) {
        var kept: [Int32] = []
        var ended: [Int32] = []
        for group in 0..<Int32(groups.table.count) where !groups.table.isRetired(group) {
            if timeToLive.hasEnded(lastSeen[Int(group)], at: time) { ended.append(group) } else { kept.append(group) }
        }
        for group in ended { endedBefore = max(endedBefore, lastSeen[Int(group)].saturatingAdd(1)) }
        if timeToLive.deletesRows {
            if !ended.isEmpty { output.batches.append(rows(ended, areDeleted: true)) }
        } else {
            // What waits for an interval is given before it is forgotten: the row stays.
            let waiting = ended.filter { groups.changed.contains($0) }
            if !waiting.isEmpty { output.batches.append(rows(waiting)) }
        }
        let marked = kept.indices.filter { unsaved.contains(kept[$0]) }.map { Int32($0) }
        unsaved = GroupMarks()
        unsaved.mark(marked)
        groups.keep(kept)
        lastSeen = kept.map { lastSeen[Int($0)] }
        oldest = lastSeen.min() ?? .max
    }
}

extension RunningAggregate {
    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        saveForCheckpoint()
        // With files, what memory has beside them is little, and whole.
        let extent = memory == nil ? extent : .whole
        let unstored = groups.takeUnstored(extent)
        let numbers = (memory == nil ? unstored : unsaved.groups).filter { !groups.table.isRetired($0) }
        var own = [ColumnVector(.bool, .bool(groups.areChanged(numbers)))]
        if timeToLive != nil { own.append(ColumnVector(.int64, .int64(numbers.map { lastSeen[Int($0)] }))) }
        let batch = RecordBatch(schema: stateSchema, columns: groups.columns(numbers, own: own), count: numbers.count)
        var snapshot = StateSnapshot(sections: ["panes": [batch], "progress": [ProgressState.batch(advancedTo)]])
        if extent == .changes {
            snapshot.changes["panes"] = SectionChanges(
                keys: [StateSnapshot.shardColumn] + aggregation.stateKeys,
                expired: timeToLive == nil ? nil : .init("last_seen", before: endedBefore))
        }
        endedBefore = .min
        // Also none, in the place of those that there were.
        if memory != nil { snapshot.sections[StateRuns.section] = [StateRuns.state(groups.runs)] }
        return snapshot
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        groups.runs = try StateRuns.restore(snapshots, types: savedTypes, memory: memory).map(\.run)
        for batch in snapshots.flatMap({ $0.sections["panes"] ?? [] }) {
            guard let state = try state(batch, shard: shard), case .bool(let changed) = state.own[0].values else {
                continue
            }
            let numbers = groups.add(state)
            mark(numbers)
            groups.restoreChanged(numbers.indices.filter { changed[$0] }.map { numbers[$0] })
            if timeToLive != nil, case .int64(let times) = state.own[1].values { lastSeen += times }
        }
        oldest = lastSeen.min() ?? .max
    }

    /// The rows of a snapshot that a shard owns. In checkpoints of version 1 totals stood in a window without bounds.
    private func state(_ batch: RecordBatch, shard: Shard) throws -> BoundAggregation.State? {
        let old = aggregation.stateSchema(PaneKey.fields + [Field("changed", .bool)])
        guard timeToLive == nil, batch.schema == old else {
            return try aggregation.state(batch, schema: stateSchema, shard: shard)
        }
        var state = try aggregation.state(batch, schema: old, shard: shard)
        state?.own.removeFirst(PaneKey.fields.count)
        return state
    }
}
