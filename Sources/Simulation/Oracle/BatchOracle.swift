import Columnar
import Dataflow

/// What a topology gives for its topics, computed row by row over all records at once: no batches, state, watermarks of
/// operators or restarts. It shares the plan with the runtime, and nothing else. See `docs/SEMANTICS.md` for what follows.
struct BatchOracle {
    let plan: LogicalPlan
    /// By step: the rows that it gives.
    private var rows: [[OracleRow]] = []
    /// By step and source: what became of the records there.
    private var fates: [[Int: Fates]] = []
    private var received: [[Input: Int]] = []
    private var read: [Int: Int] = [:]
    var outcome = Expectation()

    struct Fates {
        var filtered = 0
        var late = 0
        var duplicate = 0
        var malformed = 0
    }

    private struct Input: Hashable {
        var port: Int
        var source: Int
    }

    /// - Throws: `NoOracle` for a plan that it does not know to compute.
    init(_ scenario: Scenario) throws {
        plan = scenario.plan
        for (number, step) in plan.steps.enumerated() {
            fates.append([:])
            received.append([:])
            for (port, input) in step.inputs.enumerated() {
                for row in rows[input] {
                    received[number][Input(port: port, source: row.place?.source ?? -1), default: 0] += 1
                }
            }
            rows.append(try result(of: step, number, scenario))
        }
        outcome.counts = counts()
    }

    private mutating func result(of step: PlanStep, _ number: Int, _ scenario: Scenario) throws -> [OracleRow] {
        let inputs = step.inputs.map { rows[$0] }
        switch step.kind {
        case .read(let source): return readRows(source, number, scenario.topics[source.topic] ?? [])
        case .withWatermark(let column, let delay): return try timed(inputs[0], column, delay)
        case .filter(let condition):
            return try inputs[0].filter { row in
                if try OracleExpression.value(condition, row.values) == .bool(true) { return true }
                if let place = row.place { fates[number][place.source, default: Fates()].filtered += 1 }
                return false
            }
        case .select(let projections):
            return try inputs[0].map { row in
                var row = row
                row.values = try Self.project(projections, row.values)
                return row
            }
        case .union: return inputs.flatMap { $0 }
        case .dropDuplicates(let keys): return dropDuplicates(inputs[0], keys, number)
        case .keepLast(let selection): return keepLast(inputs[0], selection, number)
        case .aggregate(let aggregation): return try aggregate(inputs[0], aggregation, number)
        case .top(let ranking): return try top(inputs[0], ranking, number)
        case .join(let join): return try self.join(inputs[0], inputs[1], join, number)
        case .write(let sink):
            try write(inputs[0], sink, number)
            return []
        default: throw NoOracle(reason: "step \(number), \(step.kind.text)")
        }
    }

    static func project(_ projections: [Projection], _ row: [String: Scalar]) throws -> [String: Scalar] {
        try projections.reduce(into: [:]) { $0[$1.name] = try OracleExpression.value($1.expression, row) }
    }

    /// Counts a row that ends in a step, and its dead letter.
    mutating func drop(_ row: OracleRow, _ reason: RejectionReason, _ number: Int) {
        guard let place = row.place else { return }
        switch reason {
        case .late: fates[number][place.source, default: Fates()].late += 1
        case .duplicate: fates[number][place.source, default: Fates()].duplicate += 1
        default: fates[number][place.source, default: Fates()].malformed += 1
        }
        guard case .read(let source) = plan.steps[place.source].kind, source.deadLetterTopic != nil,
            reason != .duplicate || source.deadLettersDuplicates
        else { return }
        outcome.letters.insert(
            "\(plan.name)/\(source.topic)-\(place.partition)-\(place.offset)/\(reason.rawValue)")
    }

    private mutating func readRows(
        _ source: SourceDescription, _ number: Int, _ partitions: [[Scenario.Record]]
    ) -> [OracleRow] {
        var result: [OracleRow] = []
        for (partition, records) in partitions.enumerated() {
            for (offset, record) in records.enumerated() where !record.isHidden {
                read[number, default: 0] += 1
                let place = OracleRow.Place(source: number, partition: partition, offset: offset)
                if let row = record.row {
                    result.append(OracleRow(values: row, place: place))
                } else {
                    drop(OracleRow(values: [:], place: place), record.defect ?? .malformed, number)
                }
            }
        }
        return result
    }

    /// Rows with their event time, and the largest of their partition before them less the delay.
    private func timed(_ rows: [OracleRow], _ column: String, _ delay: Int64) throws -> [OracleRow] {
        var largest: [[Int]: Int64] = [:]
        return try rows.map { row in
            guard case .timestamp(let time)? = row.values[column], let place = row.place else {
                throw NoOracle(reason: "event time of computed rows")
            }
            var row = row
            let partition = [place.source, place.partition]
            row.time = time
            row.watermark = largest[partition].map { $0 - delay }
            largest[partition] = max(largest[partition] ?? .min, time)
            return row
        }
    }

    private func counts() -> [Outcome.Path] {
        plan.steps.indices.filter { plan.steps[$0].isLast }.flatMap { terminal in
            plan.steps[terminal].inputs.enumerated().flatMap { port, input in
                sources(of: input).sorted().map { source in
                    Outcome.Path(source: source, step: terminal, counts: counts(source, terminal, port, input))
                }
            }
        }
    }

    /// The sources whose records come out of a step as rows of their own.
    private func sources(of step: Int) -> Set<Int> {
        if case .read = plan.steps[step].kind { return [step] }
        if plan.steps[step].isLast { return [] }
        return plan.steps[step].inputs.reduce(into: []) { $0.formUnion(sources(of: $1)) }
    }

    private func counts(_ source: Int, _ terminal: Int, _ port: Int, _ input: Int) -> Reconciliation {
        var counts = Reconciliation()
        counts.read = read[source] ?? 0
        let ended = ended(terminal, port, source)
        counts.processed = (received[terminal][Input(port: port, source: source)] ?? 0) - ended.late - ended.duplicate
        counts.late = ended.late
        counts.duplicate = ended.duplicate
        var steps: Set<Int> = [input]
        var waiting = [input]
        while let step = waiting.popLast() {
            let fates = fates[step][source] ?? Fates()
            counts.filtered += fates.filtered
            counts.late += fates.late
            counts.duplicate += fates.duplicate
            counts.malformed += fates.malformed
            for before in plan.steps[step].inputs where steps.insert(before).inserted { waiting.append(before) }
        }
        return counts
    }

    /// What ended in a step itself, of one input: a source reaches a step through one of them only.
    private func ended(_ terminal: Int, _ port: Int, _ source: Int) -> Fates {
        guard received[terminal][Input(port: port, source: source)] != nil else { return Fates() }
        return fates[terminal][source] ?? Fates()
    }
}

extension PlanStep {
    /// Whether records end here as processed.
    fileprivate var isLast: Bool {
        switch kind {
        case .keepLast, .aggregate, .top, .process, .join, .write: true
        default: false
        }
    }
}
