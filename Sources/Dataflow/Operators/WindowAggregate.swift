import Columnar

/// Groups rows by window and keys, aggregates them, and gives a row for each group of a window.
///
/// A row is late when all its windows had closed before it: by the watermark that it carries, or because they have given
/// their final rows already. A row whose earlier windows alone are closed counts for the later ones. Since the row's
/// own watermark decides, the result does not depend on how rows were batched.
final class WindowAggregate: Operator {
    let outputSchema: RecordSchema
    private let policy: WindowPolicy
    private let keys: [BoundExpression]
    private let arguments: [BoundExpression?]
    private let outputs: [BoundExpression]
    private let emptyPane: WindowPane
    /// The columns that `outputs` are computed from: keys, bounds, aggregates.
    private let resultSchema: RecordSchema
    private let stateSchema: RecordSchema
    private var panes: [PaneKey: WindowPane] = [:]
    /// The highest watermark that was advanced to: windows closed by it have given their final rows.
    private var advancedTo = Int64.min

    /// - Throws: `PlanError` or `BindingError` when the aggregation does not fit the input.
    init(_ aggregation: WindowedAggregation, input: RecordSchema) throws {
        policy = try WindowPolicy(aggregation.window)
        let keys = try aggregation.keys.map { try $0.expression.bound(to: input) }
        let arguments = try aggregation.aggregates.map { try $0.argument?.bound(to: input) }
        let accumulators = try zip(aggregation.aggregates, arguments).map { aggregate, argument in
            try Accumulator(aggregate.function, argument: argument?.type)
        }
        let keyFields = zip(aggregation.keys, keys).map { Field($0.name, $1.type, isNullable: $1.isNullable) }
        let bounds = [WindowedAggregation.windowStart, WindowedAggregation.windowEnd].map { Field($0, .timestamp) }
        let values = zip(zip(aggregation.aggregates, arguments), accumulators).map { aggregate, accumulator in
            Field(
                aggregate.0.name, accumulator.resultType,
                isNullable: accumulator.canBeNull(ofNullable: aggregate.1?.isNullable ?? false))
        }
        let resultSchema = RecordSchema(keyFields + bounds + values)
        let outputs = try aggregation.outputs.map { try $0.expression.bound(to: resultSchema) }
        outputSchema = RecordSchema(try aggregation.outputs.map { try $0.field(over: resultSchema) })
        emptyPane = WindowPane(keyTypes: keys.map(\.type), accumulators: accumulators)
        stateSchema = Self.stateSchema(emptyPane)
        self.keys = keys
        self.arguments = arguments
        self.outputs = outputs
        self.resultSchema = resultSchema
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        let placed = place(times, batch.count)
        if !placed.late.isEmpty, let origin = batch.origin {
            output.dropped.append(DroppedRows(reason: .late, origins: origin.taking(placed.late)))
        }
        let keyColumns = keys.map { $0.evaluate(batch) }
        let hashes = rowHashes(keyColumns, count: batch.count)
        let values = arguments.map { $0?.evaluate(batch) }
        for (key, rows) in placed.rows {
            // Taken out while it changes, so that its arrays are unique and grow in place.
            var pane = panes.removeValue(forKey: key) ?? emptyPane
            pane.add(
                keys: keyColumns, hashes: hashes, arguments: values, rows: rows.count == batch.count ? nil : rows,
                marksChanges: hasGivenRows(key))
            panes[key] = pane
        }
    }

    /// Which pane each row belongs to, and which rows are late. Neighbouring rows are nearly always in one pane.
    private func place(_ times: RowTimes, _ count: Int) -> (rows: [PaneKey: [Int32]], late: [Int32]) {
        var rows: [PaneKey: [Int32]] = [:]
        var late: [Int32] = []
        var current: [Int32] = []
        var currentKey = PaneKey(start: 0, firstWindow: 0)
        var lastClose = Int64.min
        for row in 0..<count {
            let start = policy.paneStart(of: times.eventTimes[row])
            let watermark = max(times.watermarks[row], advancedTo)
            if current.isEmpty || start != currentKey.start {
                if !current.isEmpty { rows[currentKey, default: []] += current }
                current = []
                currentKey = PaneKey(start: start, firstWindow: .min)
                lastClose = policy.close(of: policy.lastWindow(of: start))
            }
            if lastClose <= watermark {
                late.append(Int32(row))
            } else if let first = firstOpenWindow(start, at: watermark) {
                rows[PaneKey(start: start, firstWindow: first), default: []].append(Int32(row))
            } else {
                current.append(Int32(row))
            }
        }
        if !current.isEmpty { rows[currentKey, default: []] += current }
        return (rows, late)
    }

    /// The first window of a pane that is open, nil when all are.
    private func firstOpenWindow(_ pane: Int64, at watermark: Int64) -> Int64? {
        if policy.pane == policy.specification.size { return nil }
        let windows = policy.windows(of: pane)
        guard let first = windows.first, policy.isClosed(first, at: watermark) else { return nil }
        return windows.first { !policy.isClosed($0, at: watermark) }
    }

    private func hasGivenRows(_ key: PaneKey) -> Bool {
        policy.specification.emission == .updates
            && policy.windows(of: key.start).contains { policy.end(of: $0) <= advancedTo }
    }
}

extension WindowAggregate {
    func advance(to watermark: Watermark, into output: inout OperatorOutput) {
        let time: Int64
        switch watermark {
        case .none: return
        case .time(let value): time = max(value, advancedTo)
        case .endOfInput:
            time = panes.keys.map { policy.close(of: policy.lastWindow(of: $0.start)) }.max() ?? advancedTo
        }
        let isNew = time > advancedTo
        guard isNew || policy.specification.emission == .updates else { return }
        for window in windows() {
            if let batch = result(of: window, at: max(time, advancedTo)) { output.batches.append(batch) }
        }
        advancedTo = max(time, advancedTo)
        panes = panes.filter { !policy.isClosed(policy.lastWindow(of: $0.key.start), at: advancedTo) }
        for key in panes.keys where panes[key]?.changed.isEmpty == false { panes[key]?.changed = [] }
    }

    /// The windows that have panes, in the order of their starts.
    private func windows() -> [Int64] {
        Set(panes.keys.flatMap { policy.windows(of: $0.start) }).sorted()
    }

    /// The rows that a window gives when event time moves from `advancedTo` to `time`: all of it the first time, with
    /// updates the groups that changed since, else nothing.
    private func result(of window: Int64, at time: Int64) -> RecordBatch? {
        let isOnClose = policy.specification.emission == .onClose
        let due = isOnClose ? policy.close(of: window) : policy.end(of: window)
        guard due <= time else { return nil }
        let isFirst = due > advancedTo
        if !isFirst && (isOnClose || policy.isClosed(window, at: advancedTo)) { return nil }
        let parts = panes.filter { key, _ in
            key.start >= window && key.start < policy.end(of: window) && key.firstWindow <= window
        }.sorted { $0.key < $1.key }
        guard var merged = parts.first?.value else { return nil }
        for part in parts.dropFirst() { merged.merge(part.value) }
        let batch = result(merged, window: window)
        if isFirst { return batch }
        return merged.changed.isEmpty ? nil : batch.taking(merged.changed.sorted())
    }

    private func result(_ pane: WindowPane, window: Int64) -> RecordBatch {
        let count = pane.table.count
        let bounds = [window, policy.end(of: window)].map {
            ColumnVector(.timestamp, .int64([Int64](repeating: $0, count: count)))
        }
        let batch = RecordBatch(
            schema: resultSchema, columns: pane.table.keys + bounds + pane.accumulators.map { $0.finish() },
            count: count)
        return RecordBatch(schema: outputSchema, columns: outputs.map { $0.evaluate(batch) }, count: count)
    }
}

extension WindowAggregate {
    /// Hash, pane, keys, then the aggregates' state.
    private static func stateSchema(_ pane: WindowPane) -> RecordSchema {
        let head = [Field(StateSnapshot.shardColumn, .int64), Field("start", .int64), Field("first_window", .int64)]
        let keys = pane.table.keys.enumerated().map { Field("key_\($0)", $1.type, isNullable: true) }
        let states = pane.accumulators.enumerated().flatMap { index, accumulator in
            accumulator.state().enumerated().map { Field("state_\(index)_\($0)", $1.type, isNullable: true) }
        }
        return RecordSchema(head + keys + states)
    }

    func snapshot() -> StateSnapshot {
        let batches = panes.sorted { $0.key < $1.key }.map { key, pane in
            let count = pane.table.count
            func constant(_ value: Int64) -> ColumnVector {
                ColumnVector(.int64, .int64([Int64](repeating: value, count: count)))
            }
            let hashes = ColumnVector(.int64, .int64(pane.table.hashes.map { Int64(bitPattern: $0) }))
            let columns =
                [hashes, constant(key.start), constant(key.firstWindow)] + pane.table.keys
                + pane.accumulators.flatMap { $0.state() }
            return RecordBatch(schema: stateSchema, columns: columns, count: count)
        }
        return StateSnapshot(sections: ["panes": batches, "progress": [ProgressState.batch(advancedTo)]])
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        for batch in snapshots.flatMap({ $0.sections["panes"] ?? [] }) {
            guard batch.schema == stateSchema else { throw PlanError("window state of another shape") }
            let owned = batch.rows(ownedBy: shard)
            guard owned.count > 0, case .int64(let hashes) = owned.columns[0].values,
                case .int64(let starts) = owned.columns[1].values, case .int64(let firsts) = owned.columns[2].values
            else { continue }
            let key = PaneKey(start: starts[0], firstWindow: firsts[0])
            var pane = panes.removeValue(forKey: key) ?? emptyPane
            let keyColumns = Array(owned.columns[3..<3 + keys.count])
            let groups = pane.table.intern(keyColumns, hashes: hashes.map { UInt64(bitPattern: $0) })
            var next = 3 + keys.count
            for index in pane.accumulators.indices {
                let width = emptyPane.accumulators[index].state().count
                pane.accumulators[index].merge(
                    Array(owned.columns[next..<next + width]), groups: groups, groupCount: pane.table.count)
                next += width
            }
            panes[key] = pane
        }
    }
}
