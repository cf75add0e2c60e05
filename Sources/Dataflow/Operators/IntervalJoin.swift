import Columnar

/// Joins rows of two streams whose event times are at most so far apart; see `JoinSpecification.Match.interval`.
///
/// Every row looks for matches among the rows of the other side that came before it, then waits for those that come after
/// it. A row of the left at t is kept until event time has passed t + upper, one of the right at t until it has passed
/// t - lower: rows that are not late are not older than event time, so that whoever comes later has nothing to match.
final class IntervalJoin: MeasuredOperator {
    var outputSchema: RecordSchema { join.outputSchema }
    private let join: BoundJoin
    /// The left and the right.
    private var sides: [IntervalSide]
    /// The highest watermark that was advanced to.
    private var advancedTo = Int64.min

    /// Bounds are far from where sums of times overflow: 73,000 years.
    private static let limit = Int64.max / 4

    /// - Throws: `PlanError` or `BindingError` when the join does not fit its inputs.
    init(_ specification: JoinSpecification, lower: Int64, upper: Int64, inputs: [RecordSchema]) throws {
        guard lower <= upper, (-Self.limit...Self.limit).contains(lower), upper <= Self.limit else {
            throw PlanError("a join's interval ends before it begins, or is longer than time: see its bounds")
        }
        let join = try BoundJoin(specification, inputs: inputs)
        self.join = join
        sides = [(lower, upper), (-upper, -lower)].enumerated().map { port, bounds in
            IntervalSide(
                lower: bounds.0, upper: bounds.1, isKept: join.kind.keeps(port), keyTypes: join.keyTypes,
                columnTypes: join.keptTypes[port])
        }
    }

    var stateByteCount: Int { sides.reduce(0) { $0 + $1.byteCount } }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        let (onTime, late) = times.splitLate(reached: advancedTo)
        output.drop(late, of: batch, .late)
        let keys = join.keys(batch, port: port)
        let (rows, unmatchable) = keys.split(onTime)
        let columns = join.keptColumns(batch, port: port)
        if join.kind.keeps(port), !unmatchable.isEmpty {
            let columns = columns.map { $0.taking(unmatchable) }
            output.batches.append(join.unmatched(columns, port: port, times.taking(unmatchable)))
        }
        guard !rows.isEmpty else { return }
        var added = JoinRows.Addition(keys: keys, columns: columns, times: times, isMatched: [])
        if join.kind.keeps(port) { added.isMatched = [Bool](repeating: false, count: batch.count) }
        match(&added, rows: rows, port: port, into: &output)
        sides[port].add(added, rows: rows)
    }

    /// Gives the pairs of new rows with those of the other side, and notes which rows have a match.
    private func match(
        _ added: inout JoinRows.Addition, rows: [Int32], port: Int, into output: inout OperatorOutput
    ) {
        let own = sides[port]
        sides[1 - port].match(added.keys, times: added.times.eventTimes, rows: rows, from: own) { pairs, stored in
            let mine = added.columns.map { $0.taking(pairs.probing) }
            let others = stored.columns.map { $0.taking(pairs.stored) }
            var joined = join.joined(
                left: port == 0 ? mine : others, right: port == 0 ? others : mine, count: pairs.stored.count)
            let holding = join.satisfying(joined)
            if let holding { joined = joined.taking(holding) }
            if !added.isMatched.isEmpty {
                if let holding {
                    for pair in holding { added.isMatched[Int(pairs.probing[Int(pair)])] = true }
                } else {
                    for row in pairs.probing { added.isMatched[Int(row)] = true }
                }
            }
            if joined.count > 0 {
                output.batches.append(join.result(joined, pairs.times(added.times, stored, holding: holding)))
            }
            return holding
        }
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        switch watermark {
        case .none: break
        case .time(let time): advancedTo = max(time, advancedTo)
        case .endOfInput: advancedTo = max(advancedTo, sides.compactMap(\.lastFinal).max() ?? .min)
        }
        for port in sides.indices {
            for (columns, times) in sides[port].expire(at: advancedTo, isEnd: watermark == .endOfInput) {
                output.batches.append(join.unmatched(columns, port: port, times))
            }
        }
    }

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        var snapshot = StateSnapshot(sections: ["progress": [ProgressState.batch(advancedTo)]])
        for (port, section) in Self.sections.enumerated() {
            sides[port].takeState(section, extent, into: &snapshot)
        }
        return snapshot
    }

    private static let sections = ["left", "right"]

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        for (port, section) in Self.sections.enumerated() {
            try sides[port].restore(snapshots.flatMap { $0.sections[section] ?? [] }, shard: shard)
        }
    }
}

extension IntervalSide.Pairs {
    /// A pair's event time is the later of the two; it carries the lesser of their watermarks, so that nothing that follows
    /// takes it for late.
    fileprivate func times(_ probing: RowTimes, _ others: JoinRows, holding: [Int32]?) -> RowTimes {
        let count = holding?.count ?? stored.count
        var times = RowTimes(eventTimes: [], watermarks: [])
        times.eventTimes.reserveCapacity(count)
        times.watermarks.reserveCapacity(count)
        for index in 0..<count {
            let pair = holding.map { Int($0[index]) } ?? index
            let (mine, other) = (Int(self.probing[pair]), Int(stored[pair]))
            times.eventTimes.append(max(probing.eventTimes[mine], others.times[other]))
            times.watermarks.append(min(probing.watermarks[mine], others.watermarks[other]))
        }
        return times
    }
}
