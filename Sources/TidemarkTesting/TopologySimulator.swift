import Simulation
import Streams

/// Runs a topology as `run` would, over random records that its contracts accept, in simulated worlds: with crashes and
/// faults of disk, Kafka and threads, restarts, other parallelisms and batches. Its tables, topics, dead letters and counts
/// must be the same as without any of it.
///
///     try TopologySimulator(InvoiceRevenue.self).run(seeds: 1..<101)
///
/// A seed gives the same run each time. `swift run invoice-revenue simulate` does the same from the command line.
public struct TopologySimulator {
    private let scenarios: TopologyScenarios

    /// - Parameter records: of a run, of all topics.
    /// - Throws: what is wrong with the topology, and `SimulationFailure` for one whose results depend on the time of day.
    public init(_ topology: any Topology.Type, records: Int = 120) throws {
        scenarios = try TopologyScenarios(topology.makePlan(), records: records)
    }

    /// - Throws: `SimulationFailure` with the first seed that fails, and the smallest case that fails too.
    public func run(seeds: Range<UInt64>) throws {
        let report = SimulationCampaign { [scenarios] in scenarios.scenario(seed: $0) }.run(seeds, jobs: 1)
        if report.failure != nil { throw SimulationFailure(report.text) }
    }
}
