import ArgumentParser
import Foundation
import Simulation

@main struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs random topologies through crashes and faults, and compares them with a batch computation.",
        discussion: """
            Everything follows from a seed: the topology, its records, interleavings, batches, restarts and faults. A seed \
            that fails is printed, made smaller, and can be run again alone.

            Examples:
              simulate --seeds 10000
              simulate --seed 4711
              simulate --exhaustive
            """)

    @Option(help: "How many seeds are tried.") var seeds = 100
    @Option(help: "The first of them; without --seeds, only this one.") var seed: UInt64?
    @Option(help: "Seeds that run side by side.") var jobs = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "Crash at every I/O operation of one run.") var exhaustive = false
    @Flag(help: "Print the result as JSON.") var json = false
    @Flag(help: "With --seed: print everything that is done.") var trace = false
    @Option(help: "Make a mistake on purpose: \(Mistake.allCases.map(\.rawValue).joined(separator: ", ")).")
    var mistake: Mistake?

    func validate() throws {
        guard seeds > 0, jobs > 0 else { throw ValidationError("--seeds and --jobs are 1 or more") }
        if trace && seed == nil { throw ValidationError("--trace prints one seed: name it with --seed") }
    }

    func run() throws {
        let campaign = SimulationCampaign(mistake: mistake)
        let report: SimulationReport
        if trace, let seed {
            for line in campaign.trace(seed: seed) { print(line) }
            return
        }
        let progress = SimulationProgress()
        if exhaustive {
            report = campaign.exhaustive(seed: seed ?? 1, jobs: jobs, progress)
        } else {
            let first = seed ?? 1
            let isAlone = seed != nil && !CommandLine.arguments.contains { $0.hasPrefix("--seeds") }
            report = campaign.run(first..<first + UInt64(isAlone ? 1 : seeds), jobs: jobs, progress)
        }
        progress.finish()
        print(json ? report.json : report.text)
        if report.failure != nil { throw ExitCode.failure }
    }
}

extension Mistake: ExpressibleByArgument {}
