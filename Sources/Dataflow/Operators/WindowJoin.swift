import Columnar

/// Joins rows of two streams that are in one window; see `JoinSpecification.Match.window`. A row is in a window's result
/// when that had not closed by the watermark that the row carries: like an aggregation's, it does not depend on how rows
/// were batched or on how the streams interleave.
///
/// Rows are kept once, by pane; a window joins its panes when it closes.
final class WindowJoin: MeasuredOperator {
    var outputSchema: RecordSchema { join.outputSchema }
    private let join: BoundJoin
    private let policy: WindowPolicy
    private let stateSchemas: [RecordSchema]
    /// The panes of the left and of the right, by their start. Rows carry the watermark that they came under.
    private var panes: [[Int64: JoinRows]] = [[:], [:]]
    /// The highest watermark that was advanced to: windows closed by it have given their rows.
    private var advancedTo = Int64.min
    /// The least watermark at which a window closes.
    private var nextClose = Int64.max
    /// Since the last snapshot all panes were forgotten that end here or before.
    private var expiredBefore = Int64.min

    /// - Throws: `PlanError` or `BindingError` when the join does not fit its inputs.
    init(_ specification: JoinSpecification, window: WindowSpecification, inputs: [RecordSchema]) throws {
        policy = try WindowPolicy(window)
        if case .global = window.kind {
            throw PlanError("a join over all time would keep every row: join within an interval or in windows")
        }
        guard window.emission == .onClose else {
            throw PlanError("a join of windows gives its rows when they close: let them emit on close")
        }
        join = try BoundJoin(specification, inputs: inputs)
        let keyTypes = join.keyTypes
        stateSchemas = join.keptTypes.map { JoinRows.stateSchema(keyTypes: keyTypes, columnTypes: $0, settles: false) }
    }

    var stateByteCount: Int { panes.joined().reduce(0) { $0 + $1.value.byteCount } }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard var times = batch.times else { preconditionFailure("rows without event time") }
        for row in times.watermarks.indices { times.watermarks[row] = max(times.watermarks[row], advancedTo) }
        let keys = join.keys(batch, port: port)
        let added = JoinRows.Addition(
            keys: keys, columns: join.keptColumns(batch, port: port), times: times, isMatched: [])
        var late: [Int32] = []
        let all = times.eventTimes.indices.map(Int32.init)
        for (pane, rows) in all.divided(by: times.eventTimes, policy.pane) {
            let lastClose = policy.close(of: policy.lastWindow(of: pane))
            var onTime = rows.filter { times.watermarks[Int($0)] < lastClose }
            if onTime.count < rows.count { late += rows.filter { times.watermarks[Int($0)] >= lastClose } }
            if !join.kind.keeps(port) { onTime = keys.split(onTime).known }
            if !onTime.isEmpty { add(added, rows: onTime.count == batch.count ? nil : onTime, port: port, pane: pane) }
        }
        output.drop(late.sorted(), of: batch, .late)
    }

    private func add(_ added: JoinRows.Addition, rows: [Int32]?, port: Int, pane: Int64) {
        // Taken out while it changes, so that its arrays are unique and grow in place.
        var stored =
            panes[port].removeValue(forKey: pane)
            ?? JoinRows(keyTypes: join.keyTypes, columnTypes: join.keptTypes[port])
        if stored.count == 0, let close = firstClose(of: pane) { nextClose = min(nextClose, close) }
        stored.add(added, rows: rows)
        panes[port][pane] = stored
    }

    /// The least watermark, of those not reached, at which a window of a pane closes.
    private func firstClose(of pane: Int64) -> Int64? {
        policy.windows(of: pane).map(policy.close).first { $0 > advancedTo }
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        let time = max(target(watermark), advancedTo)
        guard time >= nextClose else { return advancedTo = time }
        let starts = Set(panes.joined().map(\.key))
        let due = starts.reduce(into: Set<TimeWindow>()) { due, pane in
            due.formUnion(
                policy.windows(of: pane).filter { policy.close(of: $0) > advancedTo && policy.close(of: $0) <= time })
        }
        for window in due.sorted() { give(window, into: &output) }
        advancedTo = time
        nextClose = .max
        for pane in starts {
            if let close = firstClose(of: pane) {
                nextClose = min(nextClose, close)
            } else {
                for port in panes.indices { panes[port][pane] = nil }
                expiredBefore = max(expiredBefore, policy.pane(of: pane).end)
            }
        }
    }

    /// How far event time moves; at the end of the input as far as closes every window.
    private func target(_ watermark: Watermark) -> Int64 {
        switch watermark {
        case .none: .min
        case .time(let time): time
        case .endOfInput:
            panes.joined().map { policy.close(of: policy.lastWindow(of: $0.key)) }.max() ?? advancedTo
        }
    }

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        var snapshot = StateSnapshot(sections: ["progress": [ProgressState.batch(advancedTo)]])
        for (port, section) in Self.sections.enumerated() {
            var batches: [RecordBatch] = []
            for pane in panes[port].keys.sorted() {
                guard let batch = panes[port][pane]?.takeState(stateSchemas[port], extent) else { continue }
                if batch.count > 0 { batches.append(batch) }
            }
            snapshot.sections[section] = batches
            // Rows do not change.
            guard extent == .changes else { continue }
            snapshot.changes[section] = SectionChanges(keys: [], expired: .init("time", before: expiredBefore))
        }
        expiredBefore = .min
        return snapshot
    }

    private static let sections = ["left", "right"]

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        var noID: Int64 = 0
        for (port, section) in Self.sections.enumerated() {
            for batch in snapshots.flatMap({ $0.sections[section] ?? [] }) {
                let added = try JoinRows.restored(
                    batch, keyTypes: join.keyTypes, columnTypes: join.keptTypes[port], settles: false, nextID: &noID,
                    shard: shard)
                let times = added.times.eventTimes
                for (pane, rows) in times.indices.map(Int32.init).divided(by: times, policy.pane) {
                    add(added, rows: rows.count == times.count ? nil : rows, port: port, pane: pane)
                }
            }
            for pane in panes[port].keys { panes[port][pane]?.markSaved() }
        }
    }
}

extension WindowJoin {
    /// Gives the rows of a window that closes.
    private func give(_ window: TimeWindow, into output: inout OperatorOutput) {
        let sides = panes.map { panes in
            panes.filter { window.contains($0.key) }.sorted { $0.key < $1.key }
                .map { WindowJoinPart($0.value, before: policy.close(of: window)) }
        }
        for left in sides[0] {
            for right in sides[1] {
                let pairs = left.pairs(right)
                guard !pairs.left.isEmpty else { continue }
                var joined = join.joined(
                    left: left.rows.columns.map { $0.taking(pairs.left) },
                    right: right.rows.columns.map { $0.taking(pairs.right) }, count: pairs.left.count, window: window)
                let holding = join.satisfying(joined)
                if let holding { joined = joined.taking(holding) }
                left.mark(pairs.left, holding)
                right.mark(pairs.right, holding)
                if joined.count > 0 { output.batches.append(join.result(joined, times(window, joined.count))) }
            }
        }
        for port in sides.indices where join.kind.keeps(port) {
            for part in sides[port] {
                let rows = part.unmatched
                guard !rows.isEmpty else { continue }
                let columns = part.rows.columns.map { $0.taking(rows) }
                output.batches.append(
                    join.unmatched(columns, port: port, times(window, rows.count), window: window))
            }
        }
    }

    /// The last instant of the window, for every row of its result. Windows give their rows in the order of their ends, so
    /// that it is the rows' watermark too.
    private func times(_ window: TimeWindow, _ count: Int) -> RowTimes {
        let times = [Int64](repeating: window.end.saturatingSubtract(1), count: count)
        return RowTimes(eventTimes: times, watermarks: times)
    }
}

/// A pane of one side, and which of its rows a window's result has.
private final class WindowJoinPart {
    let rows: JoinRows
    /// Rows that came under a later watermark are not in the window.
    private let close: Int64
    private var isMatched: [Bool]

    init(_ rows: JoinRows, before close: Int64) {
        self.rows = rows
        self.close = close
        isMatched = [Bool](repeating: false, count: rows.count)
    }

    /// The pairs of rows with equal keys, group by group.
    func pairs(_ right: WindowJoinPart) -> (left: [Int32], right: [Int32]) {
        var pairs: (left: [Int32], right: [Int32]) = ([], [])
        let validities = rows.table.keys.compactMap(\.validity)
        let others = right.rows.table.find(rows.table.keys, hashes: rows.table.hashes)
        for (group, other) in others.enumerated() where other >= 0 {
            guard validities.allSatisfy({ $0[group] }) else { continue }
            let matches = right.members(of: other)
            for row in members(of: Int32(group)) {
                for match in matches {
                    pairs.left.append(row)
                    pairs.right.append(match)
                }
            }
        }
        return pairs
    }

    private func members(of group: Int32) -> [Int32] {
        var members: [Int32] = []
        var row = rows.heads[Int(group)]
        while row >= 0 {
            if rows.watermarks[Int(row)] < close { members.append(row) }
            row = rows.older[Int(row)]
        }
        return members
    }

    /// - Parameter holding: the positions of the rows that have a match; nil for all.
    func mark(_ matched: [Int32], _ holding: [Int32]?) {
        guard let holding else {
            for row in matched { isMatched[Int(row)] = true }
            return
        }
        for pair in holding { isMatched[Int(matched[Int(pair)])] = true }
    }

    var unmatched: [Int32] {
        (0..<Int32(rows.count)).filter { !isMatched[Int($0)] && rows.watermarks[Int($0)] < close }
    }
}
