import ArgumentParser
import Dataflow
import Foundation
import Runtime

/// The command `simulate` of every topology binary.
public struct SimulateTopology: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs this topology over random records, through crashes and faults.",
        discussion: """
            It needs neither brokers nor tables: disk, Kafka, threads and clock are simulated, and decided by a seed. What \
            comes of the records must be the same as without crashes, in batches of any size and with any parallelism.

            Examples:
              \(TopologyCommand.program) simulate --seeds 1000
              \(TopologyCommand.program) simulate --seed 17
            """)
    @Option(help: "How many seeds are tried.") var seeds = 200
    @Option(help: "Only this seed.") var seed: UInt64?
    @Option(help: "Records of a run, of all topics.") var records = 120
    @Option(help: "Seeds that run side by side.") var jobs = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "With --seed: print everything that is done.") var trace = false
    @Flag(help: "Print the result as JSON.") var json = false

    public init() {}

    public func validate() throws {
        guard seeds > 0, jobs > 0, records > 0 else {
            throw ValidationError("--seeds, --records and --jobs are 1 or more")
        }
        guard seed ?? 0 <= UInt64(Int64.max) else { throw ValidationError("--seed is \(Int64.max) at most") }
        if trace && seed == nil { throw ValidationError("--trace prints one seed: name it with --seed") }
    }

    public func run() throws {
        let campaign: SimulationCampaign
        do {
            let scenarios = try TopologyScenarios(try TopologyCommand.currentPlan(), records: records)
            campaign = SimulationCampaign { scenarios.scenario(seed: $0) }
        } catch { TopologyCommand.fail(error) }
        if trace, let seed { return campaign.trace(seed: seed).forEach { print($0) } }
        let progress = SimulationProgress()
        let range = seed.map { $0..<$0 + 1 } ?? 1..<UInt64(seeds) + 1
        let report = campaign.run(range, jobs: jobs, progress)
        progress.finish()
        print(json ? report.json : report.text)
        if report.failure != nil { throw ExitCode.failure }
    }
}
