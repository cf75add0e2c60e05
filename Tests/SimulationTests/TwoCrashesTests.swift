import Columnar
import Dataflow
import Testing

@testable import Simulation

/// A process that is killed leaves names that are there and not safe. The next one goes on from them, and may lose power.
@Suite struct TwoCrashesTests {
    @Test func aLossOfPowerAfterAKill() throws {
        var plan = LogicalPlan(name: "log")
        let source = RandomSource(topic: "events", timestampFormat: .iso8601, delay: 0)
        let read = plan.add(.read(SourceDescription(topic: source.topic, contract: source.contract)))
        _ = plan.add(.write(SinkDescription(table: "t", mode: .append(partitionedBy: ["k"]))), after: [read])
        var records = RandomRecords(random: SeededRandom(seed: 3), source: source, unit: 1_000_000)
        var life = Life()
        life.roundRecords = 4
        life.epochRecords = 6
        var scenario = Scenario(seed: 5, plan: plan, topics: [source.topic: records.make()], lives: [])
        let undisturbed = Simulation(scenario, keepsTrace: true)
        _ = try undisturbed.run(lives: [life])
        let check = SimulationCheck()
        // A kill is worth it where something was named last.
        let operations = undisturbed.trace.lines.compactMap { line -> Int? in
            let words = line.split(separator: " ")
            guard words.count > 1, ["mkdir", "rename", "link"].contains(words[1]) else { return nil }
            return Int(words[0].dropFirst())
        }
        #expect(operations.count > 6)
        for operation in operations {
            for second in stride(from: 2, to: 40, by: 3) {
                var (killed, powerless) = (life, life)
                killed.fault = Fault(.kill, at: operation + 1)
                powerless.fault = Fault(.powerLoss, at: second)
                scenario.lives = [killed, powerless]
                let problems = check.run(scenario).problems
                #expect(problems.isEmpty, "a kill at \(operation + 1), a loss of power at \(second)")
            }
        }
    }
}
