import Columnar

/// Groups rows by window and keys, aggregates them, and gives a row for each group of a window. Session windows have an
/// operator of their own, `SessionAggregate`, and so do aggregations over all time, `RunningAggregate`.
///
/// A row is late when all its windows had closed before it: by the watermark that it carries, or because they have given
/// their final rows already. A row whose earlier windows alone are closed counts for the later ones. Since the row's
/// own watermark decides, the result does not depend on how rows were batched.
final class WindowAggregate: Operator {
    var outputSchema: RecordSchema { aggregation.outputSchema }
    let aggregation: BoundAggregation
    let policy: WindowPolicy
    private let stateSchema: RecordSchema
    var panes: [PaneKey: WindowPane] = [:]
    var memory: LaneMemory?
    /// Windows that are giving their rows, a part in each round; only where there are files.
    var giving: [GivingWindow] = []
    /// The highest watermark that was advanced to: windows closed by it have given their final rows, or are giving them.
    private(set) var advancedTo = Int64.min
    /// The least watermark at which a window has to give rows or goes; no pane holds an earlier one.
    private var nextDue = Int64.max
    private var early: EarlyEmission
    /// Since the last snapshot all panes were forgotten that begin before this; later ones begin later.
    private var expiredStart = Int64.min

    /// - Throws: `PlanError` or `BindingError` when the aggregation does not fit the input.
    init(_ aggregation: WindowedAggregation, input: RecordSchema) throws {
        policy = try WindowPolicy(aggregation.window)
        early = EarlyEmission(aggregation.window.emission)
        self.aggregation = try BoundAggregation(aggregation, input: input)
        stateSchema = self.aggregation.stateSchema([
            Field("start", .int64), Field("first_end", .int64), Field("changed", .bool),
        ])
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        let placed = place(batch)
        output.drop(placed.late, of: batch, .late)
        let inputs = aggregation.inputs(batch)
        for (key, rows) in placed.rows {
            // Taken out while it changes, so that its arrays are unique and grow in place.
            var pane = panes.removeValue(forKey: key) ?? newPane(key)
            pane.add(inputs, rows: rows.count == batch.count ? nil : rows, marksChanges: marksChanges(key))
            panes[key] = pane
        }
    }

    private func newPane(_ key: PaneKey) -> WindowPane {
        nextDue = min(nextDue, dueTime(after: advancedTo, key))
        return WindowPane(aggregation)
    }

    /// Which pane each row belongs to, and which rows are late. Neighbouring rows are nearly always in one pane.
    private func place(_ batch: RecordBatch) -> (rows: [PaneKey: [Int32]], late: [Int32]) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        var rows: [PaneKey: [Int32]] = [:]
        var late: [Int32] = []
        var current: [Int32] = []
        var pane = TimeWindow(start: 0, end: 0)
        var (firstClose, lastClose) = (Int64.min, Int64.min)
        for row in 0..<batch.count {
            let time = times.eventTimes[row]
            let watermark = max(times.watermarks[row], advancedTo)
            if !pane.contains(time) {
                if !current.isEmpty { rows[PaneKey(start: pane.start, firstEnd: .min), default: []] += current }
                current.removeAll(keepingCapacity: true)
                pane = policy.pane(of: time)
                // Asked once a pane: listing windows for each row costs more than all else together.
                firstClose = policy.windows(of: pane.start).first.map(policy.close) ?? .min
                lastClose = policy.close(of: policy.lastWindow(of: pane.start))
            }
            if watermark < firstClose {
                current.append(Int32(row))
            } else if watermark < lastClose, let first = firstOpenWindow(pane.start, at: watermark) {
                rows[PaneKey(start: pane.start, firstEnd: first.end), default: []].append(Int32(row))
            } else {
                late.append(Int32(row))
            }
        }
        if !current.isEmpty { rows[PaneKey(start: pane.start, firstEnd: .min), default: []] += current }
        return (rows, late)
    }

    /// The first window of a pane that is open, nil when all are closed.
    private func firstOpenWindow(_ pane: Int64, at watermark: Int64) -> TimeWindow? {
        policy.windows(of: pane).first { !policy.isClosed($0, at: watermark) }
    }

    /// The windows that a pane's rows count for.
    private func windows(of key: PaneKey) -> [TimeWindow] {
        let windows = policy.windows(of: key.start)
        return key.firstEnd == .min ? windows : windows.filter { $0.end >= key.firstEnd }
    }

    private func marksChanges(_ key: PaneKey) -> Bool {
        switch policy.specification.emission {
        case .onClose: false
        case .updates: windows(of: key).contains { $0.end <= advancedTo }
        case .early: true
        }
    }

    /// The least watermark above `time` at which one of a pane's windows ends or closes.
    private func dueTime(after time: Int64, _ key: PaneKey) -> Int64 {
        var due = Int64.max
        for window in windows(of: key) {
            if window.end > time, policy.specification.emission != .onClose { due = min(due, window.end) }
            let close = policy.close(of: window)
            if close > time { due = min(due, close) }
        }
        return due
    }
}

extension WindowAggregate {
    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        close(at: watermark, processingTime, into: &output)
        if !giving.isEmpty { give(into: &output) }
    }

    private func close(at watermark: Watermark, _ processingTime: Int64, into output: inout OperatorOutput) {
        let time = max(target(watermark), advancedTo)
        let isFlush = early.isDue(at: processingTime, atEnd: watermark == .endOfInput)
        let isDue = time >= nextDue
        let hasChanges = policy.specification.emission != .onClose
        guard isDue || isFlush || hasChanges && early.isUpdating else { return advancedTo = time }
        let order = panes.keys.sorted()
        for (window, rows) in dueWindows(at: time, isFlush: isFlush || isDue) {
            let isFinal = policy.isClosed(window, at: time)
            if rows == .all, beginGiving(window, order, isFinal: isFinal) { continue }
            if let batch = result(of: window, rows, order, isFinal: isFinal) { output.batches.append(batch) }
        }
        advancedTo = time
        guard isDue || isFlush || early.isUpdating else { return }
        for key in order where panes[key]?.changed.isEmpty == false { panes[key]?.markGiven() }
        guard isDue else { return }
        removeClosed()
        nextDue = panes.keys.map { dueTime(after: advancedTo, $0) }.min() ?? .max
    }

    /// Forgets the panes whose windows are all closed, and have given their rows.
    func removeClosed() {
        for key in panes.keys where policy.isClosed(policy.lastWindow(of: key.start), at: advancedTo) {
            if giving.contains(where: { $0.window.contains(key.start) }) { continue }
            panes[key] = nil
            expiredStart = max(expiredStart, key.start.saturatingAdd(1))
        }
    }

    /// Gives the rows of changed groups now, whatever interval they wait for.
    func giveChanged(into output: inout OperatorOutput) {
        let order = panes.keys.sorted()
        for (window, rows) in dueWindows(at: advancedTo, isFlush: true) {
            if let batch = result(of: window, rows, order, isFinal: false) { output.batches.append(batch) }
        }
        for key in order where panes[key]?.changed.isEmpty == false { panes[key]?.markGiven() }
    }

    /// How far event time comes. The end of the input closes every window that can be closed.
    private func target(_ watermark: Watermark) -> Int64 {
        switch watermark {
        case .none: return .min
        case .time(let time): return time
        case .endOfInput:
            return panes.keys.map { policy.close(of: policy.lastWindow(of: $0.start)) }.max() ?? advancedTo
        }
    }

    enum Rows { case all, changed }

    /// The windows that give rows when event time moves from `advancedTo` to `time`: all their groups the first time,
    /// those that changed later, or while they are open when that is asked for.
    private func dueWindows(at time: Int64, isFlush: Bool) -> [(TimeWindow, Rows)] {
        var due: [TimeWindow: Rows] = [:]
        for (key, pane) in panes {
            for window in windows(of: key) where due[window] != .all {
                let close = policy.close(of: window)
                let closes = close > advancedTo && close <= time
                switch policy.specification.emission {
                case .onClose: if closes { due[window] = .all }
                case _ where closes && aggregation.marksFinal: due[window] = .all
                case .updates:
                    if window.end > advancedTo {
                        if window.end <= time { due[window] = .all }
                    } else if close > advancedTo, !pane.changed.isEmpty {
                        due[window] = .changed
                    }
                case .early:
                    if isFlush, !pane.changed.isEmpty, !policy.isClosed(window, at: advancedTo) {
                        due[window] = .changed
                    }
                }
            }
        }
        return due.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// - Parameter order: all panes, ascending.
    private func result(
        of window: TimeWindow, _ rows: Rows, _ order: [PaneKey], isFinal: Bool
    ) -> RecordBatch? {
        let parts = parts(of: window, order)
        if rows == .changed, parts.contains(where: { panes[$0]?.runs.isEmpty == false }) {
            let merged = changedGroups(of: parts)
            if merged.table.count == 0 { return nil }
            return result(merged.table.keys, merged.accumulators, merged.table.count, window, isFinal)
        }
        guard let first = parts.first, var merged = panes[first] else { return nil }
        for part in parts.dropFirst() { if let pane = panes[part] { merged.merge(pane) } }
        guard rows == .changed else {
            return result(merged.table.keys, merged.accumulators, merged.table.count, window, isFinal)
        }
        let groups = merged.changed.groups
        if groups.isEmpty { return nil }
        return result(
            merged.table.keys.map { $0.taking(groups) }, merged.accumulators.map { $0.taking(groups) }, groups.count,
            window, isFinal)
    }

    /// The panes of a window.
    /// - Parameter order: all panes, ascending.
    func parts(of window: TimeWindow, _ order: [PaneKey]) -> [PaneKey] {
        order[firstIndex(order, from: window.start)...].prefix { $0.start < window.end }
            .filter { $0.firstEnd <= window.end }
    }

    func result(
        _ keys: [ColumnVector], _ accumulators: [Accumulator], _ count: Int, _ window: TimeWindow, _ isFinal: Bool
    ) -> RecordBatch {
        aggregation.rows(
            keys: keys, windows: [TimeWindow](repeating: window, count: count),
            isFinal: [Bool](repeating: isFinal, count: count),
            values: accumulators.map { $0.finish() })
    }

    /// The first pane that does not begin before a time.
    private func firstIndex(_ order: [PaneKey], from start: Int64) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension WindowAggregate {
    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        saveForCheckpoint()
        // With files, what memory has beside them is little, and whole.
        let extent = memory == nil ? extent : .whole
        let order = panes.keys.sorted()
        var batches: [RecordBatch] = []
        for key in order {
            guard let groups = panes[key]?.takeUnstored(extent), !groups.isEmpty, let pane = panes[key] else {
                continue
            }
            let bounds = [key.start, key.firstEnd].map {
                ColumnVector(.int64, .int64([Int64](repeating: $0, count: groups.count)))
            }
            let own = bounds + [ColumnVector(.bool, .bool(pane.areChanged(groups)))]
            batches.append(
                RecordBatch(schema: stateSchema, columns: pane.columns(groups, own: own), count: groups.count))
        }
        var snapshot = StateSnapshot(sections: ["panes": batches, "progress": [ProgressState.batch(advancedTo)]])
        if extent == .changes {
            let keys = [StateSnapshot.shardColumn, "start", "first_end"] + aggregation.stateKeys
            snapshot.changes["panes"] = SectionChanges(keys: keys, expired: .init("start", before: expiredStart))
        }
        expiredStart = .min
        addFiles(order, to: &snapshot)
        return snapshot
    }

    /// Names the files that panes are in, and what windows have still to give of them; also none, in the place of those
    /// that there were.
    private func addFiles(_ order: [PaneKey], to snapshot: inout StateSnapshot) {
        guard memory != nil else { return }
        let runs = order.flatMap { key in (panes[key]?.runs ?? []).map { (key: key, run: $0) } }
        let fields = PaneKey.fields
        snapshot.sections[StateRuns.section] = [
            StateRuns.state(
                runs.map(\.run), own: [(fields[0], runs.map(\.key.start)), (fields[1], runs.map(\.key.firstEnd))])
        ]
        snapshot.sections[GivingWindow.section] = [GivingWindow.state(giving)]
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        for batch in snapshots.flatMap({ $0.sections["panes"] ?? [] }) {
            guard let state = try aggregation.state(batch, schema: stateSchema, shard: shard),
                case .int64(let starts) = state.own[0].values, case .int64(let firsts) = state.own[1].values,
                case .bool(let changed) = state.own[2].values
            else { continue }
            for (key, rows) in Self.divide(starts, firsts) {
                var pane = panes.removeValue(forKey: key) ?? newPane(key)
                let groups = pane.add(state, rows: rows)
                pane.restoreChanged(
                    groups.indices.filter { changed[Self.row($0, of: rows)] }.map { groups[$0] })
                panes[key] = pane
            }
        }
        let saved = try StateRuns.restore(snapshots, types: savedTypes, own: PaneKey.fields, memory: memory)
        for (run, own) in saved {
            let key = PaneKey(start: own[0], firstEnd: own[1])
            panes[key, default: newPane(key)].runs.append(run)
        }
        giving = try GivingWindow.restore(snapshots, range: HashRange(shard))
    }

    private static func row(_ index: Int, of rows: [Int32]?) -> Int { rows.map { Int($0[index]) } ?? index }

    /// The rows of each pane; nil for all, as nearly always.
    private static func divide(_ starts: [Int64], _ firsts: [Int64]) -> [(key: PaneKey, rows: [Int32]?)] {
        let first = PaneKey(start: starts[0], firstEnd: firsts[0])
        if starts.allSatisfy({ $0 == first.start }), firsts.allSatisfy({ $0 == first.firstEnd }) {
            return [(first, nil)]
        }
        var rows: [PaneKey: [Int32]] = [:]
        for row in starts.indices {
            rows[PaneKey(start: starts[row], firstEnd: firsts[row]), default: []].append(Int32(row))
        }
        return rows.map { ($0.key, $0.value) }
    }
}
