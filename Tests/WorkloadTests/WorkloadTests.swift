import Testing
import TidemarkTesting
import Workloads

/// The workloads over a few thousand bids against naive computations, in every mode of the driver.
@Suite struct WorkloadTests {
    private static let bids = Bids.generate(count: 2_000, seed: 7)

    /// One parallelism, one that does not divide the partitions, and one that changes with each restart.
    private static let parallelisms = [[1], [3], [1, 3, 2]]

    private func driver(
        _ workload: Workload, _ mode: TopologyDriver.Mode, _ parallelism: [Int]
    ) throws -> TopologyDriver {
        let driver = try TopologyDriver(workload.topology, mode: mode, parallelism: parallelism)
        for chunk in Self.bids.chunks {
            try driver.feed(chunk.map(\.json), topic: "bids", partition: chunk[0].partition)
        }
        try driver.endInput()
        #expect(driver.reconciliation.isBalanced)
        #expect(driver.reconciliation.read == Self.bids.all.count)
        return driver
    }

    @Test(arguments: TopologyDriver.Mode.allCases, parallelisms)
    func filterAndProjection(mode: TopologyDriver.Mode, parallelism: [Int]) throws {
        let rows = try driver(.w1, mode, parallelism).rows(of: "bids.converted")
        let expected = Self.bids.all.filter { $0.auction % 123 == 0 }.map { bid in
            "auction=\(bid.auction) bidder=\(bid.bidder) price=\(bid.price * 908)e-3 channel=Google url=\(bid.url) "
                + "dateTime=\(bid.time)"
        }
        #expect(rows == expected.sorted())
        #expect(rows.count > 10)
    }

    @Test(arguments: TopologyDriver.Mode.allCases, parallelisms)
    func tumblingWindows(mode: TopologyDriver.Mode, parallelism: [Int]) throws {
        let driver = try driver(.w2, mode, parallelism)
        let windows = Self.bids.windows(size: 10_000_000, slide: 10_000_000, delay: 5_000_000)
        let expected = windows.groups.map { group, bids in
            "window_start=\(group.start) auction=\(group.auction) bids=\(bids.count) "
                + "total=\(bids.reduce(0) { $0 + $1.price }) highest=\(bids.map(\.price).max() ?? 0)"
        }
        #expect(driver.rows(of: "bids.auction_windows") == expected.sorted())
        #expect(driver.reconciliation.late == windows.late)
        #expect(windows.late > 10)
    }

    @Test(arguments: TopologyDriver.Mode.allCases, parallelisms)
    func hoppingWindows(mode: TopologyDriver.Mode, parallelism: [Int]) throws {
        let driver = try driver(.w3, mode, parallelism)
        let windows = Self.bids.windows(size: 10_000_000, slide: 2_000_000, delay: 5_000_000)
        let expected = windows.groups.map { group, bids in
            "window_start=\(group.start) auction=\(group.auction) bids=\(bids.count)"
        }
        #expect(driver.rows(of: "bids.hot_auctions") == expected.sorted())
        #expect(driver.reconciliation.late == windows.late)
    }

    @Test(arguments: TopologyDriver.Mode.allCases, parallelisms)
    func firstBids(mode: TopologyDriver.Mode, parallelism: [Int]) throws {
        let driver = try driver(.w4, mode, parallelism)
        let first = Self.bids.first(delay: 10_000_000)
        #expect(
            driver.rows(of: "bids.first")
                == first.kept.map { "auction=\($0.auction) bidder=\($0.bidder) dateTime=\($0.time)" }.sorted())
        #expect(driver.reconciliation.late == first.late)
        #expect(driver.reconciliation.duplicate == Self.bids.all.count - first.kept.count - first.late)
        #expect(first.late > 0 && driver.reconciliation.duplicate > 100)
    }
}
