import Dataflow
import Runtime

/// Makes a scenario that fails smaller, as long as it fails: fewer lives, steps and records, plainer ways of running.
public struct Shrinker {
    private let fails: (Scenario) -> Bool
    private var runs = 0
    /// Scenarios that are tried at most.
    private let limit: Int

    public init(limit: Int = 400, fails: @escaping (Scenario) -> Bool) {
        self.limit = limit
        self.fails = fails
    }

    /// - Returns: the smallest that was found.
    public mutating func shrink(_ scenario: Scenario) -> Scenario {
        var smallest = scenario
        var isSmaller = true
        while isSmaller, runs < limit {
            isSmaller = false
            for candidates in [Self.withFewerLives, Self.withFewerSteps, Self.withFewerRecords, Self.plainer] {
                // From the largest step to the smallest, and again from where it led.
                var tried = 0
                while tried < candidates(smallest).count, runs < limit {
                    let candidate = candidates(smallest)[tried]
                    runs += 1
                    if fails(candidate) {
                        smallest = candidate
                        isSmaller = true
                    } else {
                        tried += 1
                    }
                }
            }
        }
        return smallest
    }

    private static func withFewerLives(_ scenario: Scenario) -> [Scenario] {
        scenario.lives.indices.map { index in
            var smaller = scenario
            smaller.lives.remove(at: index)
            return smaller
        }
    }

    /// Halves, quarters, …, single records of each partition.
    private static func withFewerRecords(_ scenario: Scenario) -> [Scenario] {
        var candidates: [(size: Int, scenario: Scenario)] = []
        for (topic, partitions) in scenario.topics.sorted(by: { $0.key < $1.key }) {
            for (number, records) in partitions.enumerated() {
                var size = records.count
                while size > 0 {
                    for start in stride(from: 0, to: records.count, by: size) {
                        var smaller = scenario
                        smaller.topics[topic]?[number].removeSubrange(start..<min(start + size, records.count))
                        candidates.append((size, smaller))
                    }
                    size /= 2
                }
            }
        }
        return candidates.sorted { $0.size > $1.size }.map(\.scenario)
    }

    private static func plainer(_ scenario: Scenario) -> [Scenario] {
        scenario.lives.indices.flatMap { index -> [Scenario] in
            var candidates: [Scenario] = []
            func change(_ body: (inout Life) -> Void) {
                var plainer = scenario
                body(&plainer.lives[index])
                if plainer.lives[index] != scenario.lives[index] { candidates.append(plainer) }
            }
            change { $0.fault = nil }
            change { $0.parallelism = 1 }
            change { $0.alignment = nil }
            change { $0.roundRecords = 64 }
            change { $0.epochRecords = 1_000 }
            if let fault = scenario.lives[index].fault, fault.operation > 0 {
                change { $0.fault?.operation = fault.operation / 2 }
                change { $0.fault?.operation = fault.operation - 1 }
            }
            return candidates
        }
    }

    /// Without one of the steps that its input could take the place of, or without one of several sinks.
    private static func withFewerSteps(_ scenario: Scenario) -> [Scenario] {
        scenario.plan.steps.indices.compactMap { number in
            scenario.plan.removing(number).map { plan in
                var smaller = scenario
                smaller.plan = plan
                return smaller
            }
        }
    }
}

extension LogicalPlan {
    /// The plan without a step; nil where it makes no sense.
    fileprivate func removing(_ number: Int) -> LogicalPlan? {
        let step = steps[number]
        switch step.kind {
        case .read, .withWatermark: return nil
        case .write: if steps.count(where: { if case .write = $0.kind { true } else { false } }) == 1 { return nil }
        default: break
        }
        var plan = self
        for other in plan.steps.indices {
            plan.steps[other].inputs = plan.steps[other].inputs.map { $0 == number ? step.inputs[0] : $0 }
        }
        plan.steps[number].inputs = []
        plan.removeUnused(besides: number)
        return plan.isRunnable ? plan : nil
    }

    /// Whether a job would take the plan.
    private var isRunnable: Bool {
        guard let schemas = try? Execution(self, decoders: PlanBinder.decoders(self)).schemas else { return false }
        return sinks.allSatisfy { step, sink in
            let keys: [String]
            switch sink.destination {
            case .table(_, .merge(let columns)), .table(_, .append(let columns)): keys = columns
            case .topic(let description): keys = description.keys
            }
            return keys.allSatisfy { schemas[step].index(of: $0) != nil }
        }
    }

    /// Leaves out a step and all that leads nowhere.
    private mutating func removeUnused(besides number: Int) {
        var used = Set(steps.indices.filter { if case .write = steps[$0].kind { $0 != number } else { false } })
        for step in steps.indices.reversed() where used.contains(step) { used.formUnion(steps[step].inputs) }
        let kept = steps.indices.filter { used.contains($0) }
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        steps = kept.map { step in
            var kept = steps[step]
            kept.inputs = kept.inputs.compactMap { places[$0] }
            return kept
        }
    }
}
