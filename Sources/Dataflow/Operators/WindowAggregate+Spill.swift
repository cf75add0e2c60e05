import Columnar

/// Windows whose groups are more than memory holds. A pane in memory is then a buffer of partial aggregates, of which files
/// have more; a group's result is the sum of all. A window that closes adds them up hash by hash, a part in each round.
extension WindowAggregate: SpillingOperator, GradualOperator {
    var stateByteCount: Int { panes.values.reduce(0) { $0 + $1.byteCount } }
    var spilledByteCount: Int { panes.values.reduce(0) { $0 + $1.runs.reduce(0) { $0 + $1.file.size } } }
    var heldEventTime: Int64? { giving.map { $0.window.end.saturatingSubtract(1) }.min() }

    /// The hash, the keys, the aggregates' state.
    var savedTypes: [DataType] {
        [.int64] + aggregation.keyTypes + aggregation.accumulators.flatMap { $0.state().map(\.type) }
    }

    func spill(into output: inout OperatorOutput) {
        if panes.values.contains(where: { !$0.changed.isEmpty }) { giveChanged(into: &output) }
        let goal = stateByteCount / 4
        for (key, pane) in panes.sorted(by: { $0.value.byteCount > $1.value.byteCount }) where pane.table.count > 0 {
            save(key)
            if stateByteCount <= goal { return }
        }
    }

    /// Before a checkpoint: large panes go to files, but for those with rows that wait to be given.
    func saveForCheckpoint() {
        guard let memory else { return }
        for (key, pane) in panes where pane.changed.isEmpty && pane.byteCount > memory.checkpointLimit { save(key) }
    }

    /// Moves the groups of a pane to a file.
    private func save(_ key: PaneKey) {
        guard let memory, var pane = panes[key], pane.table.count > 0 else { return }
        let types = savedTypes
        memory.attempt {
            let run = try StateRuns.write(
                (0..<Int32(pane.table.count)).map { $0 }, hashes: pane.table.hashes, types: types, to: memory
            ) { pane.columns($0) }
            let runs = pane.runs + [run]
            pane = WindowPane(aggregation)
            pane.runs = runs
            panes[key] = pane
            // Whole files are read at the end only, so that there may be many; changed groups are looked for in each.
            let width = policy.specification.emission == .onClose ? 16 : 4
            try StateRuns.merge(&pane.runs, width: width, types: types, to: memory) { parts in
                var sum = WindowPane(aggregation)
                for part in parts { sum.add(aggregation.state(part)) }
                return sum.columns((0..<Int32(sum.table.count)).map { $0 })
            }
            panes[key] = pane
        }
    }
}

extension WindowAggregate {
    /// Has a window give all its groups in the next rounds, when they are partly in files.
    /// - Returns: whether that is so.
    func beginGiving(_ window: TimeWindow, _ order: [PaneKey], isFinal: Bool) -> Bool {
        let parts = parts(of: window, order)
        guard let memory, parts.contains(where: { panes[$0]?.runs.isEmpty == false }) else { return false }
        // Groups whose rows are still to be given stay where they are marked.
        for key in parts where panes[key]?.changed.isEmpty == true { save(key) }
        let runs = parts.flatMap { panes[$0]?.runs ?? [] }
        giving.append(
            GivingWindow(
                window: window, isFinal: isFinal, stretches: StateRuns.stretches(runs, memory)))
        return true
    }

    /// Gives the next groups of the windows that are giving theirs.
    func give(into output: inout OperatorOutput) {
        let order = panes.keys.sorted()
        let limit = memory?.roundRows ?? .max
        var count = 0
        while !giving.isEmpty, count < limit {
            if giving[0].stretches.isEmpty {
                giving.removeFirst()
                continue
            }
            let sum = groups(of: parts(of: giving[0].window, order), in: giving[0].stretches.removeFirst())
            count += sum.table.count
            if sum.table.count == 0 { continue }
            output.batches.append(
                result(sum.table.keys, sum.accumulators, sum.table.count, giving[0].window, giving[0].isFinal))
        }
        giving.removeAll { $0.stretches.isEmpty }
        if giving.isEmpty { removeClosed() }
    }

    /// The groups of panes whose hash is in a stretch.
    private func groups(of parts: [PaneKey], in stretch: HashRange) -> WindowPane {
        var sum = WindowPane(aggregation)
        for key in parts {
            guard let pane = panes[key] else { continue }
            for run in pane.runs {
                guard let columns = memory?.attempt({ try run.rows(in: stretch) }) ?? nil else { continue }
                sum.add(aggregation.state(columns))
            }
            let here = pane.table.hashes.indices.filter { stretch.contains(pane.table.hashes[$0]) }.map { Int32($0) }
            if !here.isEmpty { sum.add(aggregation.state(pane.columns(here))) }
        }
        return sum
    }

    /// The groups of panes that have changed, with what files have of them.
    func changedGroups(of parts: [PaneKey]) -> WindowPane {
        var changed = GroupTable(keyTypes: aggregation.keyTypes)
        for key in parts {
            guard let pane = panes[key], !pane.changed.isEmpty else { continue }
            let groups = pane.changed.groups
            _ = changed.intern(
                pane.table.keys.map { $0.taking(groups) }, hashes: groups.map { pane.table.hashes[Int($0)] })
        }
        var sum = WindowPane(aggregation)
        let hashes = Set(changed.hashes).sorted()
        if hashes.isEmpty { return sum }
        for key in parts {
            guard let pane = panes[key] else { continue }
            let here = pane.table.find(changed.keys, hashes: changed.hashes).filter { $0 >= 0 }
            if !here.isEmpty { sum.add(aggregation.state(pane.columns(here))) }
            for run in pane.runs {
                guard let columns = memory?.attempt({ try run.rows(with: hashes) }) ?? nil else { continue }
                let state = aggregation.state(columns)
                let groups = changed.find(state.keys, hashes: state.hashes)
                sum.add(state, rows: groups.indices.filter { groups[$0] >= 0 }.map { Int32($0) })
            }
        }
        return sum
    }
}
