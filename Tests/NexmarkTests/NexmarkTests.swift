import NexmarkQueries
import Streams
import TestSupport
import Testing
import TidemarkTesting

/// NEXMark's queries against DuckDB's answers over the same events, in every way that must not matter.
@Suite(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct NexmarkTests {
    private static let events = Result { try Events(count: 2_000) }

    @Test(arguments: Nexmark.queries.map(\.name))
    func theTableIsThatOfDuckDB(_ query: String) throws {
        let topology = try #require(Nexmark.queries.first { $0.name == query }?.topology)
        let events = try Self.events.get()
        // What comes of the time of day is other in a replay.
        let isByClock = query == "q12"
        let ways = isByClock ? HostileHarness.Way.inOrder : HostileHarness.Way.all
        let outcome = try HostileHarness(topology, ways: ways).run(
            events.input(for: try topology.topics(), isByClock: isByClock))
        let expected = try events.expected(query)
        #expect(!expected.isEmpty && outcome.rows(of: "nexmark.\(query)") == expected)
        #expect(outcome.deadLetters.isEmpty && outcome.reconciliations.allSatisfy { $0.late == 0 })
    }
}

extension Topology {
    /// The topics that it reads.
    fileprivate static func topics() throws -> Set<String> {
        Set(try makePlan().steps.compactMap { if case .read(let source) = $0.kind { source.topic } else { nil } })
    }
}
