import Streams
import TestSupport
import Testing
import TidemarkTesting

/// Every operator with state in one topology, in every way that must not matter: checkpoints of changes among them, each
/// of which is compared with the whole state.
@Suite struct EveryStateTests {
    @Test(arguments: [0, 1000]) func isTheSameInEveryWay(first: Int) throws {
        var input = TopologyInput()
        input.setTable("silver.labels", EveryState.labels)
        input.append(EveryState.input(first..<first + 130))
        input.endInput()
        // Its records come one by one.
        let ways: [HostileHarness.Way] = [
            .init(.asFed), .init(.asFed, parallelism: [3]), .init(.restartAfterEveryEpoch, parallelism: [1, 3, 2]),
        ]
        let outcome = try HostileHarness(EveryState.self, ways: ways).run(input)
        for table in outcome.tables.keys { #expect(!outcome.rows(of: table).isEmpty, "\(table)") }
    }
}
