import Columnar
import Dataflow

/// Makes a scenario of a seed: a topology, its records, the lives of its process.
public struct RandomScenario {
    var random: SeededRandom
    let seed: UInt64

    public init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
    }

    /// A topology of the operators that the batch computation knows.
    public mutating func make() -> Scenario {
        var plans = RandomPlan(random: random)
        plans.build()
        random = plans.random
        var topics: [String: [[Scenario.Record]]] = [:]
        for source in plans.sources {
            var records = RandomRecords(random: random, source: source, unit: plans.unit)
            topics[source.topic] = records.make()
            random = records.random
        }
        return Scenario(seed: random.next(), plan: plans.plan, topics: topics, lives: lives(unit: plans.unit))
    }

    /// None, some, or many lives that end before everything is processed.
    mutating func lives(unit: Int64) -> [Life] {
        (0..<random.pick([0, 1, 1, 2, 2, 3, 4, 6])).map { _ in life(unit: unit) } + [life(unit: unit, isLast: true)]
    }

    private mutating func life(unit: Int64, isLast: Bool = false) -> Life {
        var life = Life()
        life.parallelism = random.pick([1, 1, 2, 3, 4])
        life.roundRecords = random.pick([1, 2, 3, 5, 8, 16, 64])
        life.epochRecords = random.pick([3, 8, 20, 50, 1_000])
        life.epochLength = Int64(random.pick([1, 20, 100, 500])) * 1_000
        if random.chance(30) { life.alignment = Int64(random.number(0...20)) * unit }
        if isLast { return life }
        if random.chance(12) {
            life.stopAfter = random.number(1...8)
            return life
        }
        let kinds: [Fault.Kind] = [
            .powerLoss, .powerLoss, .powerLoss, .powerLoss, .powerLoss, .kill, .kill, .diskFull, .error, .error,
            .timeout,
            .timeout, .bitFlip, .outOfRange,
        ]
        let kind = random.pick(kinds)
        // Early ones meet recovery, late ones the end of the input.
        life.fault = Fault(kind, at: random.number(0...random.pick([15, 60, 200])))
        return life
    }
}
