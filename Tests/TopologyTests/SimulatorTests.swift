import TidemarkTesting
import Testing

/// Topologies of users in simulated worlds.
@Suite struct SimulatorTests {
    @Test func aTopologyGivesTheSameThroughCrashesAndFaults() throws {
        try TopologySimulator(InvoiceRevenue.self, records: 60).run(seeds: 1..<21)
    }

    /// Steps that the batch computation does not know: compared with a run that nothing disturbs.
    @Test func soDoesOneOfOwnCodeAndNestedValues() throws {
        try TopologySimulator(KeyedProcessorTests.Silences.self, records: 60).run(seeds: 1..<11)
        try TopologySimulator(SoldItems.self, records: 60).run(seeds: 1..<11)
    }

    @Test func oneThatGoesByTheTimeOfDayIsRefused() {
        #expect {
            _ = try TopologySimulator(RecordTimeTests.ByClock.self)
        } throws: {
            "\($0)".contains("goes by the time of day")
        }
    }
}
