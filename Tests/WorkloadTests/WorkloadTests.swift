import Testing
import TidemarkTesting
import Workloads

/// The workloads over a few thousand bids against naive computations, in every mode of the driver.
@Suite struct WorkloadTests {
    private static let bids = Bids.generate(count: 2_000, seed: 7)

    private func outcome(
        _ workload: Workload, ways: [HostileHarness.Way] = HostileHarness.Way.all
    ) throws -> TopologyOutcome {
        var input = TopologyInput()
        for chunk in Self.bids.chunks { input.feed(chunk.map(\.json), topic: "bids", partition: chunk[0].partition) }
        input.endInput()
        let outcome = try HostileHarness(workload.topology, ways: ways).run(input)
        #expect(outcome.reconciliation.read == Self.bids.all.count)
        return outcome
    }

    @Test func filterAndProjection() throws {
        let rows = try outcome(.w1).rows(of: "bids.converted")
        let expected = Self.bids.all.filter { $0.auction % 123 == 0 }.map { bid in
            "auction=\(bid.auction) bidder=\(bid.bidder) price=\(bid.price * 908)e-3 channel=Google url=\(bid.url) "
                + "dateTime=\(bid.time)"
        }
        #expect(rows == expected.sorted())
        #expect(rows.count > 10)
    }

    @Test func tumblingWindows() throws {
        let outcome = try outcome(.w2)
        let windows = Self.bids.windows(size: 10_000_000, slide: 10_000_000, delay: 5_000_000)
        let expected = windows.groups.map { group, bids in
            "window_start=\(group.start) auction=\(group.auction) bids=\(bids.count) "
                + "total=\(bids.reduce(0) { $0 + $1.price }) highest=\(bids.map(\.price).max() ?? 0)"
        }
        #expect(outcome.rows(of: "bids.auction_windows") == expected.sorted())
        #expect(outcome.reconciliation.late == windows.late)
        #expect(windows.late > 10)
    }

    @Test func hoppingWindows() throws {
        let outcome = try outcome(.w3)
        let windows = Self.bids.windows(size: 10_000_000, slide: 2_000_000, delay: 5_000_000)
        let expected = windows.groups.map { group, bids in
            "window_start=\(group.start) auction=\(group.auction) bids=\(bids.count)"
        }
        #expect(outcome.rows(of: "bids.hot_auctions") == expected.sorted())
        #expect(outcome.reconciliation.late == windows.late)
    }

    @Test func firstBids() throws {
        // Bidders bid in both partitions: which of two bids came first is a matter of the order in which they were read.
        let outcome = try outcome(.w4, ways: HostileHarness.Way.inOrder)
        let first = Self.bids.first(delay: 10_000_000)
        #expect(
            outcome.rows(of: "bids.first")
                == first.kept.map { "auction=\($0.auction) bidder=\($0.bidder) dateTime=\($0.time)" }.sorted())
        #expect(outcome.reconciliation.late == first.late)
        #expect(outcome.reconciliation.duplicate == Self.bids.all.count - first.kept.count - first.late)
        #expect(first.late > 0 && outcome.reconciliation.duplicate > 100)
    }
}
