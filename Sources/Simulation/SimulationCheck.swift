import Dataflow

/// Runs scenarios and says what is wrong with what they gave.
public struct SimulationCheck: Sendable {
    private let mistake: Mistake?

    /// - Parameter mistake: one that is made on purpose, in every scenario.
    public init(mistake: Mistake? = nil) { self.mistake = mistake }

    /// What came of a scenario.
    public struct Verdict: Sendable {
        /// A line each; none when everything is right.
        public var problems: [String]
        /// Of everything that was done.
        public var traceDigest: String
        /// I/O operations of the last life.
        public var operations: Int

        /// What the first problem is about: the rows of a table, the counts, a life.
        var subject: String? { problems.first.map { String($0.prefix { $0 != " " }) } }
    }

    /// Runs a scenario and compares its outcome with the batch computation or, of a plan that it does not know, with a run
    /// that nothing disturbs.
    public func run(_ scenario: Scenario) -> Verdict {
        let simulation = Simulation(scenario, mistake: mistake)
        var problems: [String]
        do {
            problems = try expectation(of: scenario).differences(from: try simulation.run())
        } catch {
            problems = ["\(error)"]
        }
        return Verdict(
            problems: problems, traceDigest: simulation.trace.digest, operations: simulation.operations)
    }

    private func expectation(of scenario: Scenario) throws -> Expectation {
        do { return try BatchOracle(scenario).outcome } catch is NoOracle {
            var undisturbed = scenario
            undisturbed.lives = []
            return try Expectation(try Simulation(undisturbed).run(), of: scenario.plan)
        }
    }
}
