import Columnar

/// Gives the first rows of each key and window by an order, with their ranks.
///
/// Rows that are equal in the order are told apart by event time, partition and offset, the earliest first; computed rows
/// by event time and their values. A row is late when all its windows had closed before it, as in `WindowAggregate`.
/// Over a changelog, which says which columns identify a row, all rows are kept, since any may move up when one above it
/// is taken away; otherwise a key keeps about twice as many rows as it gives.
final class TopN: MeasuredOperator {
    let outputSchema: RecordSchema
    private let policy: WindowPolicy
    private let keys: [Int]
    private let order: [BoundExpression]
    private let directions: [SortDirection]
    private let outputs: [BoundExpression]
    private let resultSchema: RecordSchema
    private let givesRank: Bool
    private let stateSchema: RecordSchema
    private var groups: RankedGroups
    private var identity: RowIdentity?
    /// The highest watermark that was advanced to: windows closed by it have given their final rows.
    private var advancedTo = Int64.min
    /// The least watermark at which a window gives rows or goes.
    private var nextDue = Int64.max
    private var early: EarlyEmission

    /// - Parameter isOfChangelog: whether the input may replace rows and take them away.
    /// - Throws: `PlanError` or `BindingError` when the ranking does not fit the input.
    init(_ ranking: Ranking, input: RecordSchema, isOfChangelog: Bool) throws {
        try ranking.check(isOfChangelog: isOfChangelog)
        policy = try WindowPolicy(ranking.window)
        early = EarlyEmission(ranking.window.emission)
        keys = try ranking.keys.map { try input.position(of: $0) }
        order = try ranking.order.map { try $0.expression.bound(to: input) }
        directions = ranking.order.map(\.direction)
        let resultSchema = RecordSchema(
            input.fields + ranking.window.boundFields + [Field(Ranking.rank, .int64)])
        self.resultSchema = resultSchema
        outputs = try ranking.outputs.map { try $0.expression.bound(to: resultSchema) }
        outputSchema = RecordSchema(try ranking.outputs.map { try $0.field(over: resultSchema) })
        givesRank = ranking.outputs.contains { $0.expression.columns.contains(Ranking.rank) }
        groups = RankedGroups(
            keyTypes: keys.map { input.fields[$0].type }, rows: input, limit: ranking.limit, keepsAll: isOfChangelog)
        identity = isOfChangelog ? try RowIdentity(ranking.identity, input: input) : nil
        stateSchema = groups.pool.stateSchema(RankedGroups.stateFields)
    }

    /// What orders rows: the columns that are asked for, then what tells equal rows apart.
    private func sortKeys(_ batch: RecordBatch) -> SortKeys {
        var columns = order.map { $0.evaluate(batch) }
        columns.append(
            ColumnVector(.timestamp, .int64(batch.times?.eventTimes ?? [Int64](repeating: 0, count: batch.count))))
        if let origin = batch.origin {
            columns += [ColumnVector(.int32, .int32(origin.partitions)), ColumnVector(.int64, .int64(origin.offsets))]
        } else {
            columns += batch.columns
        }
        let rest = [SortDirection](repeating: .ascending, count: columns.count - order.count)
        return SortKeys(columns, directions + rest, count: batch.count)
    }

    var stateByteCount: Int { groups.byteCount + (identity?.byteCount ?? 0) }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        let placed = place(batch)
        output.drop(placed.late, of: batch, .late)
        guard let replaced = identity?.replace(batch) else {
            _ = add(batch, placed.rows, placed.windows)
            return
        }
        for row in replaced.old { groups.remove(row) }
        let numbers = add(batch, replaced.rows, [TimeWindow](repeating: .always, count: replaced.rows.count))
        identity?.put(numbers, of: replaced.identities)
    }

    private func add(_ batch: RecordBatch, _ rows: [Int32], _ windows: [TimeWindow]) -> [Int32] {
        for window in windows { nextDue = min(nextDue, due(window)) }
        return groups.add(
            batch, rows: rows, windows: windows, keys: keys.map { batch.columns[$0] }, order: sortKeys(batch))
    }

    /// The watermark at which a window gives rows, or goes, for the first time.
    private func due(_ window: TimeWindow) -> Int64 {
        policy.specification.emission == .onClose ? policy.close(of: window) : window.end
    }

    /// The open windows of each row, a row once for each, and the rows that have none.
    private func place(_ batch: RecordBatch) -> (rows: [Int32], windows: [TimeWindow], late: [Int32]) {
        if policy.specification.kind == .global {
            let rows = (0..<Int32(batch.count)).map { $0 }
            return (rows, [TimeWindow](repeating: .always, count: batch.count), [])
        }
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        var rows: [Int32] = []
        var windows: [TimeWindow] = []
        var late: [Int32] = []
        var pane = TimeWindow(start: 0, end: 0)
        var ofPane: [TimeWindow] = []
        for row in 0..<batch.count {
            if !pane.contains(times.eventTimes[row]) {
                pane = policy.pane(of: times.eventTimes[row])
                ofPane = policy.windows(of: pane.start)
            }
            let watermark = max(times.watermarks[row], advancedTo)
            let known = rows.count
            for window in ofPane where !policy.isClosed(window, at: watermark) {
                rows.append(Int32(row))
                windows.append(window)
            }
            if rows.count == known { late.append(Int32(row)) }
        }
        return (rows, windows, late)
    }
}

extension TopN {
    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        advancedTo = max(target(watermark), advancedTo)
        let isFlush = early.isDue(at: processingTime, atEnd: watermark == .endOfInput)
        guard advancedTo >= nextDue || isFlush || early.isUpdating else { return }
        if policy.specification.emission == .onClose {
            let due = groups.live.filter { policy.isClosed(groups.window(of: $0), at: advancedTo) }
            append(groups.final(due), deletions: false, &output)
        } else {
            giveChanges(isFlush: isFlush, &output)
        }
        guard advancedTo >= nextDue else { return }
        groups.forget(groups.live.filter { policy.isClosed(groups.window(of: $0), at: advancedTo) })
        if groups.isSparse { compact() }
        nextDue = groups.live.reduce(Int64.max) { due, group in
            let window = groups.window(of: group)
            return min(due, window.end > advancedTo ? self.due(window) : policy.close(of: window))
        }
    }

    /// How far event time comes. The end of the input closes every window that can be closed.
    private func target(_ watermark: Watermark) -> Int64 {
        switch watermark {
        case .none: return .min
        case .time(let time): return time
        case .endOfInput:
            if policy.specification.kind == .global { return advancedTo }
            return groups.live.map { policy.close(of: groups.window(of: $0)) }.max() ?? advancedTo
        }
    }

    /// Gives what has changed in windows that have ended, and if asked in the others.
    private func giveChanges(isFlush: Bool, _ output: inout OperatorOutput) {
        let changed = groups.changed.groups
        let due = changed.filter { isFlush || groups.window(of: $0).end <= advancedTo }
        guard !due.isEmpty else { return }
        let changes = groups.changes(of: due, byRank: givesRank)
        append(changes.withdrawn, deletions: true, &output)
        append(changes.given, deletions: false, &output)
        let given = Set(due)
        groups.keepChanged(changed.filter { !given.contains($0) })
        if groups.isSparse { compact() }
    }

    private func compact() {
        let numbers = groups.compact()
        identity?.renumber(numbers)
    }

    private func append(_ ranks: RankedGroups.Ranks, deletions: Bool, _ output: inout OperatorOutput) {
        let count = ranks.rows.count
        guard count > 0 else { return }
        let hasBounds = !policy.specification.boundFields.isEmpty
        let ends = ranks.windows.map(\.end)
        let bounds = hasBounds ? [ranks.windows.map(\.start), ends].map { ColumnVector(.timestamp, .int64($0)) } : []
        let rows = RecordBatch(
            schema: resultSchema,
            columns: groups.pool.columns.map { $0.taking(ranks.rows) } + bounds
                + [ColumnVector(.int64, .int64(ranks.ranks))], count: count)
        let times = RowTimes(
            eventTimes: ends.map { $0.saturatingSubtract(1) }, watermarks: [Int64](repeating: .min, count: count))
        output.batches.append(
            RecordBatch(
                schema: outputSchema, columns: outputs.map { $0.evaluate(rows) }, count: count,
                times: hasBounds ? times : nil, deletions: deletions ? Bitmap(repeating: true, count: count) : nil))
    }

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        let changes = groups.takeChanges(keys: keys)
        return StateSnapshot(
            sections: [
                "rows": [groups.takeState(keys: keys, stateSchema, extent)],
                "progress": [ProgressState.batch(advancedTo)],
            ], changes: extent == .changes ? ["rows": changes] : [:])
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        nextDue = .min
        for batch in snapshots.flatMap({ $0.sections["rows"] ?? [] }) {
            let rows = try groups.restore(batch, keys: keys, stateSchema, shard: shard, orderOf: sortKeys)
            identity?.restore(rows, groups.pool)
        }
    }
}

/// Which row of a pool stands for each identity of a changelog.
private struct RowIdentity {
    private let columns: [Int]
    private var table: GroupTable
    private var rows: [Int32] = []

    var byteCount: Int { table.byteCount + rows.capacity * 4 }

    init(_ names: [String], input: RecordSchema) throws {
        columns = try names.map { try input.position(of: $0) }
        table = GroupTable(keyTypes: columns.map { input.fields[$0].type })
    }

    /// What a batch of a changelog replaces.
    struct Replacement {
        /// Rows of the pool that are no more.
        var old: [Int32] = []
        /// Rows of the batch that are to come in, and the identity of each.
        var rows: [Int32] = []
        var identities: [Int32] = []
    }

    /// Takes out the rows that a batch replaces or takes away. Of rows of one identity in it the last counts.
    mutating func replace(_ batch: RecordBatch) -> Replacement {
        let keys = columns.map { batch.columns[$0] }
        let identities = table.intern(keys, hashes: rowHashes(keys, count: batch.count))
        rows.append(contentsOf: repeatElement(-1, count: table.count - rows.count))
        var replacement = Replacement()
        var seen: Set<Int32> = []
        for row in (0..<batch.count).reversed() where seen.insert(identities[row]).inserted {
            let identity = identities[row]
            if rows[Int(identity)] >= 0 { replacement.old.append(rows[Int(identity)]) }
            rows[Int(identity)] = -1
            if batch.deletions?[row] == true { continue }
            replacement.rows.append(Int32(row))
            replacement.identities.append(identity)
        }
        return replacement
    }

    /// Puts rows of the pool in the place of those that were taken.
    mutating func put(_ added: [Int32], of identities: [Int32]) {
        for (row, identity) in zip(added, identities) { rows[Int(identity)] = row }
    }

    /// Takes the pool's new numbers, and forgets the identities without a row.
    mutating func renumber(_ numbers: [Int32]) {
        let kept = rows.indices.filter { rows[$0] >= 0 }.map { Int32($0) }
        table.keep(kept)
        rows = kept.map { numbers[Int(rows[Int($0)])] }
    }

    mutating func restore(_ restored: [Int32], _ pool: RowPool) {
        let keys = columns.map { pool.columns[$0].taking(restored) }
        for (identity, row) in zip(table.intern(keys, hashes: rowHashes(keys, count: restored.count)), restored) {
            if Int(identity) == rows.count { rows.append(row) } else { rows[Int(identity)] = row }
        }
    }
}
