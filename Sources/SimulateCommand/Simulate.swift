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

    @Option(help: "How many seeds are tried: 100, or only the one that --seed names.") var seeds: Int?
    @Option(help: "The first of them.") var seed: UInt64?
    @Option(help: "Seeds that run side by side.") var jobs = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "Crash at every I/O operation of one run.") var exhaustive = false
    @Flag(help: "Print the result as JSON.") var json = false
    @Flag(help: "With --seed: print everything that is done.") var trace = false
    @Option(help: "Make a mistake on purpose: \(Mistake.allCases.map(\.rawValue).joined(separator: ", ")).")
    var mistake: Mistake?

    func validate() throws {
        guard seeds ?? 1 > 0, jobs > 0 else { throw ValidationError("--seeds and --jobs are 1 or more") }
        guard seed ?? 0 <= UInt64(Int64.max) else { throw ValidationError("--seed is \(Int64.max) at most") }
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
            let (first, count) = (seed ?? 1, seeds ?? (seed == nil ? 100 : 1))
            report = campaign.run(first..<first + UInt64(count), jobs: jobs, progress)
        }
        progress.finish()
        print(json ? report.json : report.text)
        if report.failure != nil { throw ExitCode.failure }
    }
}

extension Mistake: ExpressibleByArgument {}
