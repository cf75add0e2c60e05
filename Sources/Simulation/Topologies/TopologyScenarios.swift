import Columnar
import Dataflow
import Runtime

/// Scenarios of one topology: random records that its contracts accept, and a process with crashes and faults.
///
/// Its results are compared with the batch computation where that knows all of its steps, else with a run that nothing
/// disturbs.
public struct TopologyScenarios: Sendable {
    private let plan: LogicalPlan
    private let records: Int

    /// - Parameter records: of all topics together.
    /// - Throws: `SimulationFailure` for a topology whose results depend on the time of day.
    public init(_ plan: LogicalPlan, records: Int = 120) throws {
        self.plan = plan
        self.records = records
        if plan.steps.contains(where: { $0.kind == .withProcessingTime }) {
            throw SimulationFailure(
                "\(plan.name) goes by the time of day, so that two runs differ and cannot be compared: give its stream an "
                    + "event time, or ingestion time")
        }
        for (step, _) in plan.steps.enumerated() where isByOrder(step) && sources(of: step).count > 1 {
            throw SimulationFailure(
                "\(plan.name) keeps rows of several topics by the order in which they are read (step \(step)), so that two "
                    + "runs may differ: keep them before the topics come together")
        }
    }

    public func scenario(seed: UInt64) -> Scenario {
        var random = RandomScenario(seed: seed)
        let unit = unit
        var topics: [String: [[Scenario.Record]]] = [:]
        for (step, source) in plan.sources where topics[source.topic] == nil {
            let isOrdered = plan.steps.indices.contains { isByOrder($0) && sources(of: $0).contains(step) }
            var records = ContractRecords(
                random: random.random, contract: source.contract, identities: identities, unit: unit)
            topics[source.topic] = records.make(
                count: max(1, self.records / plan.sources.count), partitions: isOrdered ? 1 : 3)
            random.random = records.random
        }
        var scenario = Scenario(
            seed: random.random.next(), plan: plan, topics: topics, lives: random.lives(unit: unit))
        for step in plan.steps {
            guard case .enrich(let enrichment) = step.kind else { continue }
            var rows = ContractRecords(
                random: random.random, contract: enrichment.table.contract, identities: [], unit: unit)
            scenario.lookups[enrichment.table.name] = rows.rows(count: 12)
            random.random = rows.random
        }
        return scenario
    }

    /// Whether what a step gives depends on the order in which rows of different partitions are read.
    private func isByOrder(_ step: Int) -> Bool {
        switch plan.steps[step].kind {
        case .dropDuplicates, .keepLast, .process: true
        default: false
        }
    }

    private func sources(of step: Int) -> Set<Int> {
        if case .read = plan.steps[step].kind { return [step] }
        return plan.steps[step].inputs.reduce(into: []) { $0.formUnion(sources(of: $1)) }
    }

    /// Columns that name records.
    private var identities: Set<String> {
        plan.steps.reduce(into: []) { names, step in
            if case .dropDuplicates(let keys) = step.kind { names.formUnion(keys) }
        }
    }

    /// µs between records: so many that the longest window holds some dozen.
    private var unit: Int64 {
        let lengths = plan.steps.compactMap { step -> Int64? in
            switch step.kind {
            case .aggregate(let aggregation): aggregation.window.kind.length
            case .top(let ranking): ranking.window.kind.length
            case .join(let join):
                switch join.match {
                case .interval(let lower, let upper): max(upper - lower, 1)
                case .window(let window): window.kind.length
                case .version: nil
                }
            default: nil
            }
        }
        return max((lengths.max() ?? 60_000_000) / 12, 1_000_000)
    }
}

extension WindowSpecification.Kind {
    /// About how long a window is, µs; nil without an end.
    fileprivate var length: Int64? {
        switch self {
        case .hopping(let size, _), .cumulate(let size, _): size
        case .session(let gap): gap * 4
        case .calendar(let unit, _):
            switch unit {
            case .day: 86_400_000_000
            case .week: 604_800_000_000
            case .month: 2_592_000_000_000
            case .quarter: 7_776_000_000_000
            case .year: 31_536_000_000_000
            }
        case .global: nil
        }
    }
}
