import Dataflow
import Dispatch
import Foundation
import Synchronization

/// Many scenarios, one after the other and side by side, until one fails.
public struct SimulationCampaign: Sendable {
    private let mistake: Mistake?
    private let makeScenario: @Sendable (_ seed: UInt64) -> Scenario

    /// - Parameters:
    ///   - mistake: one that is made on purpose, in every scenario.
    ///   - scenario: makes a scenario of a seed; random topologies by default.
    public init(
        mistake: Mistake? = nil,
        scenario: @escaping @Sendable (_ seed: UInt64) -> Scenario = { seed in
            var random = RandomScenario(seed: seed)
            return random.make()
        }
    ) {
        self.mistake = mistake
        makeScenario = scenario
    }

    /// Runs seeds in their order until one fails; that one is made smaller.
    /// - Parameter jobs: scenarios that run side by side.
    public func run(_ seeds: Range<UInt64>, jobs: Int, _ progress: SimulationProgress? = nil) -> SimulationReport {
        let all = Array(seeds)
        return run(all.count, jobs: jobs, progress) { index in (all[index], makeScenario(all[index])) }
    }

    /// Crashes at every I/O operation of one run, by a loss of power and by a kill, and goes on from there.
    /// - Parameter seed: of the run.
    public func exhaustive(seed: UInt64, jobs: Int, _ progress: SimulationProgress? = nil) -> SimulationReport {
        var scenario = makeScenario(seed)
        scenario.lives = [Life()]
        scenario.lives[0].roundRecords = 6
        scenario.lives[0].epochRecords = 12
        scenario.lives[0].parallelism = 2
        let undisturbed = Simulation(scenario, mistake: mistake)
        _ = try? undisturbed.run(lives: scenario.lives)
        let faults = (0..<undisturbed.operations).flatMap { operation in
            [Fault(.powerLoss, at: operation), Fault(.kill, at: operation)]
        }
        return run(faults.count, jobs: jobs, progress) { [scenario] index in
            var crashing = scenario
            crashing.lives[0].fault = faults[index]
            return (seed, crashing)
        }
    }

    /// Everything that a seed's scenario does.
    public func trace(seed: UInt64) -> [String] {
        let simulation = Simulation(makeScenario(seed), mistake: mistake, keepsTrace: true)
        _ = try? simulation.run()
        return simulation.trace.lines
    }

    private struct Progress {
        var next = 0
        var done = 0
        var digest: String?
        var failure: (index: Int, seed: UInt64, scenario: Scenario, verdict: SimulationCheck.Verdict)?
    }

    private func run(
        _ count: Int, jobs: Int, _ progress: SimulationProgress?,
        _ scenario: @escaping @Sendable (Int) -> (seed: UInt64, scenario: Scenario)
    ) -> SimulationReport {
        let state = Mutex(Progress())
        let check = SimulationCheck(mistake: mistake)
        DispatchQueue.concurrentPerform(iterations: max(1, min(jobs, count))) { _ in
            while let index = state.withLock({ state -> Int? in
                guard state.next < count, state.failure == nil else { return nil }
                defer { state.next += 1 }
                return state.next
            }) {
                let (seed, scenario) = scenario(index)
                let verdict = check.run(scenario)
                state.withLock { state in
                    state.done += 1
                    state.digest = verdict.traceDigest
                    progress?.update(done: state.done, of: count)
                    if verdict.problems.isEmpty || state.failure.map({ $0.index < index }) ?? false { return }
                    state.failure = (index, seed, scenario, verdict)
                }
            }
        }
        let result = state.withLock { $0 }
        var report = SimulationReport(runs: result.done, traceDigest: count == 1 ? result.digest : nil)
        guard let failure = result.failure else { return report }
        progress?.note("seed \(failure.seed) fails; looking for a smaller case")
        var shrinker = Shrinker { check.run($0).subject == failure.verdict.subject }
        let smallest = shrinker.shrink(failure.scenario)
        report.failure = SimulationReport.Failure(
            seed: failure.seed, problems: failure.verdict.problems, smallest: smallest.text,
            smallestProblems: check.run(smallest).problems)
        return report
    }
}

/// What a campaign found.
public struct SimulationReport: Sendable, Codable {
    /// Scenarios that were run.
    public var runs: Int
    /// Of the one scenario, where there was one: what tells whether two runs of a seed were the same.
    public var traceDigest: String?
    /// Of the first seed that failed.
    public var failure: Failure?

    public struct Failure: Sendable, Codable {
        public var seed: UInt64
        public var problems: [String]
        /// The smallest scenario that fails too, as text.
        public var smallest: String
        public var smallestProblems: [String]
    }

    public init(runs: Int, traceDigest: String?) {
        self.runs = runs
        self.traceDigest = traceDigest
    }

    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    public var text: String {
        let digest = traceDigest.map { ", trace \($0)" } ?? ""
        guard let failure else { return "\(runs) runs, all right\(digest)" }
        return
            (["seed \(failure.seed) fails:"] + failure.problems.map { "  \($0)" }
            + ["the smallest case that was found:", failure.smallest, "which gives:"]
            + failure.smallestProblems.map { "  \($0)" } + ["again with --seed \(failure.seed)"])
            .joined(separator: "\n")
    }
}

/// Says on standard error how far a campaign has come.
public final class SimulationProgress: Sendable {
    private let last = Mutex(ContinuousClock.now)
    private let isTerminal = isatty(STDERR_FILENO) == 1

    public init() {}

    func update(done: Int, of count: Int) {
        let isDue = last.withLock { last in
            // A terminal's line is written anew; a log gets a line now and then.
            guard ContinuousClock.now - last > .seconds(isTerminal ? 0.2 : 10) else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        let text = "\(done) of \(count) runs"
        write(isTerminal ? "\r\(text)\u{1B}[K" : "\(text)\n")
    }

    func note(_ text: String) { write(isTerminal ? "\r\(text)\u{1B}[K\n" : "\(text)\n") }

    /// Takes the line away.
    public func finish() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

extension Scenario {
    /// The scenario for people.
    public var text: String {
        var lines = [plan.text]
        for (topic, partitions) in topics.sorted(by: { $0.key < $1.key }) {
            for (number, records) in partitions.enumerated() {
                for (offset, record) in records.enumerated() {
                    let value = record.value.map { String(decoding: $0, as: UTF8.self) } ?? "no value"
                    lines.append(
                        "  \(topic)-\(number) \(offset): \(record.isHidden ? "of no committed transaction" : value)")
                }
            }
        }
        return (lines + lives.enumerated().map { "  life \($0): \($1)" }).joined(separator: "\n")
    }
}
