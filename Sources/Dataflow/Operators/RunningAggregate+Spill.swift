import Columnar

/// Totals that are more than memory holds. Files have whole groups, of which the newest counts, and those in memory are newer
/// than all files: a group is fetched before it changes. So memory is a cache of the groups that change.
extension RunningAggregate: SpillingOperator {
    var stateByteCount: Int {
        groups.byteCount + lastSeen.capacity * 8 + (unsaved.groups.capacity + groups.table.count) * 5
    }
    var spilledByteCount: Int { groups.runs.reduce(0) { $0 + $1.file.size } }

    /// The hash, the last time where groups have a life, the keys, the aggregates' state.
    var savedTypes: [DataType] {
        [.int64] + (timeToLive == nil ? [] : [.int64]) + aggregation.keyTypes
            + aggregation.accumulators.flatMap { $0.state().map(\.type) }
    }

    private var timeColumn: Int? { timeToLive == nil ? nil : 1 }

    private var keyColumns: Range<Int> {
        let first = timeToLive == nil ? 1 : 2
        return first..<first + aggregation.keyTypes.count
    }

    private func savedColumns(_ numbers: [Int32]) -> [ColumnVector] {
        let own = timeToLive == nil ? [] : [ColumnVector(.int64, .int64(numbers.map { lastSeen[Int($0)] }))]
        return groups.columns(numbers, own: own)
    }

    /// Brings the groups of some rows into memory that are in files only.
    /// - Parameter rows: all when nil.
    func fetch(_ inputs: BoundAggregation.Inputs, rows: [Int32]?) {
        guard let memory, !groups.runs.isEmpty else { return }
        var missing = rows ?? inputs.hashes.indices.map { Int32($0) }
        for run in groups.runs.reversed() {
            let found = groups.table.find(inputs.keys, hashes: inputs.hashes, rows: missing)
            missing = zip(missing, found).compactMap { $1 < 0 ? $0 : nil }
            if missing.isEmpty { return }
            let hashes = Set(missing.map { inputs.hashes[Int($0)] }).sorted()
            guard let columns = memory.attempt({ try run.rows(with: hashes) }) ?? nil else { continue }
            add(columns)
        }
    }

    /// Adds groups of a file that are not in memory.
    private func add(_ columns: [ColumnVector]) {
        let state = aggregation.state(columns)
        let known = groups.table.find(state.keys, hashes: state.hashes)
        let fresh = known.indices.filter { known[$0] < 0 }.map { Int32($0) }
        if fresh.isEmpty { return }
        groups.add(state, rows: fresh)
        if timeToLive != nil, case .int64(let times) = columns[1].values {
            lastSeen += fresh.map { times[Int($0)] }
            oldest = min(oldest, times.min() ?? .max)
        }
    }

    func spill(into output: inout OperatorOutput) {
        giveChanged(into: &output)
        guard save(unsaved.groups) else { return }
        let runs = groups.runs
        groups = WindowPane(aggregation)
        groups.runs = runs
        lastSeen = []
    }

    /// Before a checkpoint: groups go to a file when they are many, and stay in memory, too. Those that wait to be given are
    /// in the checkpoint, which says so.
    func saveForCheckpoint() {
        guard let memory, groups.table.count > 0 else { return }
        let bytes = stateByteCount / groups.table.count * unsaved.groups.count
        guard bytes > memory.checkpointLimit else { return }
        save(unsaved.groups.filter { !groups.changed.contains($0) })
    }

    /// Writes groups to a file.
    /// - Returns: whether they are there.
    @discardableResult
    private func save(_ numbers: [Int32]) -> Bool {
        guard let memory else { return false }
        let live = numbers.filter { !groups.table.isRetired($0) }
        if !live.isEmpty {
            let run = memory.attempt {
                try StateRuns.write(
                    live, hashes: groups.table.hashes, types: savedTypes, to: memory, times: timeColumn,
                    columns: savedColumns)
            }
            guard let run else { return false }
            groups.runs.append(run)
            merge(memory)
        }
        let saved = Set(numbers)
        let left = unsaved.groups.filter { !saved.contains($0) }
        unsaved = GroupMarks()
        unsaved.mark(left)
        return memory.failure == nil
    }

    /// A group is looked for in every file, so there are few.
    private func merge(_ memory: LaneMemory) {
        _ = memory.attempt {
            try StateRuns.merge(&groups.runs, width: 4, types: savedTypes, to: memory, times: timeColumn) {
                StateRuns.newest($0, keys: keyColumns)
            }
        }
    }

    /// Forgets the groups in files whose life has ended, unless memory has them as they are now.
    func forgetSaved(_ timeToLive: TimeToLive, at time: Int64, into output: inout OperatorOutput) {
        guard let memory, groups.runs.contains(where: { timeToLive.hasEnded($0.index.oldest, at: time) }) else {
            return
        }
        var deleted: [RecordBatch] = []
        let merged = memory.attempt {
            try StateRuns.merged(groups.runs, types: savedTypes, to: memory, times: 1) { parts in
                let columns = StateRuns.newest(parts, keys: keyColumns)
                guard case .int64(let times) = columns[1].values else { return columns }
                let state = aggregation.state(columns)
                let known = groups.table.find(state.keys, hashes: state.hashes)
                let here = times.indices.filter { known[$0] < 0 }
                let ended = here.filter { timeToLive.hasEnded(times[$0], at: time) }.map { Int32($0) }
                if timeToLive.deletesRows, !ended.isEmpty {
                    deleted.append(deletions(columns.map { $0.taking(ended) }))
                }
                return columns.map { column in
                    column.taking(here.filter { !timeToLive.hasEnded(times[$0], at: time) }.map { Int32($0) })
                }
            }
        }
        guard let merged else { return }
        // What is in memory is in no file now.
        unsaved.mark((0..<Int32(groups.table.count)).map { $0 })
        groups.runs = merged.index.rowCount == 0 ? [] : [merged]
        output.batches += deleted
    }

    private func deletions(_ columns: [ColumnVector]) -> RecordBatch {
        var pane = WindowPane(aggregation)
        pane.add(aggregation.state(columns))
        let count = pane.table.count
        return aggregation.rows(
            keys: pane.table.keys, windows: [TimeWindow](repeating: .always, count: count),
            isFinal: [Bool](repeating: false, count: count), values: pane.accumulators.map { $0.finish() },
            deletions: Bitmap(repeating: true, count: count))
    }
}
