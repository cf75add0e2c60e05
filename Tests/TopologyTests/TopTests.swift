import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Rankings against a sort of all rows, in every way that must not matter.
@Suite struct TopTests {
    struct Bid: Schema {
        let auction = Column<String>("auction")
        let at = Column<Timestamp>("at", timestamps: .epochSeconds)
        let price = Column<Int64?>("price")
        let bidder = Column<String>("bidder")
    }

    struct TopBid: Schema {
        let auction = Column<String>("auction")
        let start = Column<Timestamp?>("start")
        let rank = Column<Int64>("rank")
        let price = Column<Int64?>("price")
        let bidder = Column<String>("bidder")
    }

    static func windowed(_ topology: TopologyBuilder, _ window: Window) {
        topology.read(.kafka(topic: "bids"), as: .json(Bid.self), invalid: .deadLetter(topic: "dead"))
            .withWatermark(\.at, delay: .seconds(5))
            .window(window)
            .groupBy(\.auction)
            .top(3, by: .descending(\.price), .ascending(\.bidder), into: TopBid.self) { bid, window, rank, row in
                row.auction.set(to: bid.auction)
                row.start.set(to: window.start)
                row.rank.set(to: rank)
                row.price.set(to: bid.price)
                row.bidder.set(to: bid.bidder)
            }
            .merge(into: "t.top", on: \.auction, \.start, \.rank)
    }

    struct Tumbling: Topology {
        func build(_ topology: TopologyBuilder) { windowed(topology, .tumbling(.seconds(20))) }
    }
    struct Hopping: Topology {
        func build(_ topology: TopologyBuilder) { windowed(topology, .hopping(.seconds(20), every: .seconds(10))) }
    }
    struct Early: Topology {
        func build(_ topology: TopologyBuilder) { windowed(topology, .tumbling(.seconds(20), emitting: .early())) }
    }
    struct Updating: Topology {
        func build(_ topology: TopologyBuilder) {
            windowed(topology, .tumbling(.seconds(20), allowedLateness: .seconds(7), emitting: .updates))
        }
    }

    struct Bidding {
        var auction: Int
        var at: Int
        var price: Int?
        var bidder: Int
        var partition: Int32
        var json: String {
            let price = price.map { "\($0)" } ?? "null"
            return #"{"auction":"a\#(auction)","at":\#(at),"price":\#(price),"bidder":"b\#(bidder)"}"#
        }
    }

    /// In two partitions, with few prices and bidders, so that many are equal in both.
    static func bids(_ seed: UInt64, count: Int = 150) -> [Bidding] {
        var state = seed
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        return (0..<count).map { index in
            Bidding(
                auction: random(3), at: index / 2 - random(5) - (random(10) == 0 ? random(40) : 0),
                price: random(8) == 0 ? nil : random(20), bidder: random(4), partition: Int32(random(2)))
        }
    }

    static func input(_ bids: [Bidding]) -> TopologyInput {
        var input = TopologyInput()
        for bid in bids { input.feed([bid.json], topic: "bids", partition: bid.partition) }
        input.endInput()
        return input
    }

    /// The ranks of rows in the order that the topologies ask for; rows of both equal columns by time, partition, offset.
    static func ranked(_ bids: [(offset: Int, bid: Bidding)]) -> [Bidding] {
        bids.sorted { left, right in
            let (l, r) = (left.bid, right.bid)
            // Descending, a null is last.
            if l.price != r.price { return l.price ?? -1 > r.price ?? -1 }
            if l.bidder != r.bidder { return l.bidder < r.bidder }
            return (l.at, l.partition, Int32(left.offset)) < (r.at, r.partition, Int32(right.offset))
        }.map(\.bid)
    }

    static func text(_ bid: Bidding, _ rank: Int, start: Int?) -> String {
        "auction=a\(bid.auction) start=\(start.map { "\($0 * 1_000_000)" } ?? "null") rank=\(rank) "
            + "price=\(bid.price.map { "\($0)" } ?? "null") bidder=b\(bid.bidder)"
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func equalsASortOfEachWindow(seed: UInt64) throws {
        let bids = Self.bids(seed)
        let cases: [(any Topology.Type, slide: Int, lateness: Int)] = [
            (Tumbling.self, 20, 0), (Hopping.self, 10, 0), (Early.self, 20, 0), (Updating.self, 20, 7),
        ]
        for (topology, slide, lateness) in cases {
            var windows: [[Int]: [(offset: Int, bid: Bidding)]] = [:]
            var largest: [Int32: Int] = [:]
            var late = 0
            for (offset, bid) in bids.enumerated() {
                let watermark = largest[bid.partition].map { $0 - 5 } ?? .min
                largest[bid.partition] = max(largest[bid.partition] ?? .min, bid.at)
                let last = bid.at - (bid.at % slide + slide) % slide
                let starts = stride(from: last, to: last - 20, by: -slide).filter { $0 + 20 + lateness > watermark }
                for start in starts { windows[[bid.auction, start], default: []].append((offset, bid)) }
                if starts.isEmpty { late += 1 }
            }
            let expected = windows.flatMap { key, bids in
                Self.ranked(bids).prefix(3).enumerated().map { Self.text($1, $0 + 1, start: key[1]) }
            }
            let outcome = try HostileHarness(topology).run(Self.input(bids))
            #expect(outcome.rows(of: "t.top") == expected.sorted(), "\(topology)")
            #expect(outcome.reconciliation.late == late && late > 0)
        }
    }

    struct OfAllTime: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "bids"), as: .json(Bid.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(5))
                .overAllTime()
                .groupBy(\.auction)
                .top(3, by: .descending(\.price), .ascending(\.bidder), into: TopBid.self) { bid, _, rank, row in
                    row.auction.set(to: bid.auction)
                    row.start.set(to: when(bid.price.isNull, then: bid.at).otherwiseNull)
                    row.rank.set(to: rank)
                    row.price.set(to: bid.price)
                    row.bidder.set(to: bid.bidder)
                }
                .merge(into: "t.top", on: \.auction, \.rank)
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func equalsASortOfAllTime(seed: UInt64) throws {
        let bids = Self.bids(seed)
        let expected = Dictionary(grouping: Array(bids.enumerated()), by: \.element.auction).values.flatMap { bids in
            Self.ranked(bids.map { ($0.offset, $0.element) }).prefix(3).enumerated().map {
                Self.text($1, $0 + 1, start: $1.price == nil ? $1.at : nil)
            }
        }
        let outcome = try HostileHarness(OfAllTime.self).run(Self.input(bids))
        #expect(outcome.rows(of: "t.top") == expected.sorted())
        #expect(outcome.reconciliation.processed == bids.count)
    }

    struct Total: Schema {
        let auction = Column<String>("auction")
        let bidder = Column<String>("bidder")
        let total = Column<Int64?>("total")
    }

    struct Leader: Schema {
        let auction = Column<String>("auction")
        let bidder = Column<String>("bidder")
        let total = Column<Int64?>("total")
        let rank = Column<Int64>("rank")
    }

    /// Totals may fall, so that a bidder moves down and another one up.
    static func totals(_ topology: TopologyBuilder) -> ResultStream<Total> {
        topology.read(.kafka(topic: "bids"), as: .json(Bid.self), invalid: .counted)
            .withWatermark(\.at, delay: .seconds(5))
            .overAllTime()
            .groupBy(\.auction, \.bidder)
            .aggregate(into: Total.self) { bid, _, row in
                row.auction.set(to: bid.auction)
                row.bidder.set(to: bid.bidder)
                row.total.set(to: .sum(bid.price - 10))
            }
    }

    struct RankedTotals: Topology {
        func build(_ topology: TopologyBuilder) {
            totals(topology).overAllTime().groupBy(\.auction)
                .top(2, by: .descending(\.total), identifiedBy: \.auction, \.bidder, into: Leader.self) {
                    total, _, rank, row in
                    row.auction.set(to: total.auction)
                    row.bidder.set(to: total.bidder)
                    row.total.set(to: total.total)
                    row.rank.set(to: rank)
                }
                .merge(into: "t.leaders", on: \.auction, \.rank)
        }
    }

    /// The same without the rank, merged by what identifies a row: those that fall out have to be taken away.
    struct Leaders: Topology {
        func build(_ topology: TopologyBuilder) {
            totals(topology).overAllTime().groupBy(\.auction)
                .top(2, by: .descending(\.total), identifiedBy: \.auction, \.bidder, into: Total.self) {
                    total, _, _, row in
                    row.auction.set(to: total.auction)
                    row.bidder.set(to: total.bidder)
                    row.total.set(to: total.total)
                }
                .merge(into: "t.leaders", on: \.auction, \.bidder)
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func followsAChangelog(seed: UInt64) throws {
        let bids = Self.bids(seed, count: 120)
        var totals: [[Int]: Int?] = [:]
        for bid in bids {
            let key = [bid.auction, bid.bidder]
            let old = totals[key] ?? nil
            totals[key] = bid.price.map { (old ?? 0) + $0 - 10 } ?? old
        }
        var ranked: [String] = []
        var plain: [String] = []
        for auction in 0..<3 {
            let bidders = totals.filter { $0.key[0] == auction }.sorted { left, right in
                if left.value != right.value { return left.value ?? .min > right.value ?? .min }
                return left.key[1] < right.key[1]
            }
            for (index, bidder) in bidders.prefix(2).enumerated() {
                let total = bidder.value.map { "\($0)" } ?? "null"
                plain.append("auction=a\(auction) bidder=b\(bidder.key[1]) total=\(total)")
                ranked.append(plain[plain.count - 1] + " rank=\(index + 1)")
            }
        }
        #expect(try HostileHarness(RankedTotals.self).run(Self.input(bids)).rows(of: "t.leaders") == ranked.sorted())
        #expect(try HostileHarness(Leaders.self).run(Self.input(bids)).rows(of: "t.leaders") == plain.sorted())
    }

    struct Count: Schema {
        let start = Column<Timestamp>("start")
        let auction = Column<String>("auction")
        let bids = Column<Int64>("bids")
    }

    struct HotAuctions: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "bids"), as: .json(Bid.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(5))
                .window(.hopping(.seconds(20), every: .seconds(10)))
                .groupBy(\.auction)
                .aggregate(into: Count.self) { bid, window, row in
                    row.start.set(to: window.start)
                    row.auction.set(to: bid.auction)
                    row.bids.set(to: .count)
                }
                .top(1, per: \.start, by: .descending(\.bids), into: Count.self) { count, rank, row in
                    row.start.set(to: count.start)
                    row.auction.set(to: count.auction)
                    row.bids.set(to: when(rank == 1, then: count.bids).otherwise(0))
                }
                .append(to: "t.hot")
        }
    }

    /// The busiest auction of each window; of several the one that comes first by its values.
    @Test func ranksWhatAnAggregationGave() throws {
        let bids = Self.bids(5)
        var counts: [Int: [Int: Int]] = [:]
        var largest: [Int32: Int] = [:]
        for bid in bids {
            let watermark = largest[bid.partition].map { $0 - 5 } ?? .min
            largest[bid.partition] = max(largest[bid.partition] ?? .min, bid.at)
            let last = bid.at - (bid.at % 10 + 10) % 10
            for start in [last, last - 10] where start + 20 > watermark {
                counts[start, default: [:]][bid.auction, default: 0] += 1
            }
        }
        let expected = counts.map { start, auctions in
            let best = auctions.min { ($1.value, $0.key) < ($0.value, $1.key) }!
            return "start=\(start * 1_000_000) auction=a\(best.key) bids=\(best.value)"
        }
        #expect(try HostileHarness(HotAuctions.self).run(Self.input(bids)).rows(of: "t.hot") == expected.sorted())
    }

    struct UnidentifiedTotals: Topology {
        func build(_ topology: TopologyBuilder) {
            totals(topology).overAllTime().groupBy(\.auction)
                .top(2, by: .descending(\.total), into: Total.self) { total, _, _, row in
                    row.auction.set(to: total.auction)
                    row.bidder.set(to: total.bidder)
                    row.total.set(to: total.total)
                }
                .merge(into: "t.leaders", on: \.auction, \.bidder)
        }
    }

    @Test func aChangelogNeedsAnIdentity() {
        #expect { try TopologyDriver(UnidentifiedTotals.self) } throws: { "\($0)".contains("identifiedBy") }
    }

    @Test func thePlan() throws {
        #expect(
            try Tumbling.makePlan().text.contains(
                "2: tumbling window 20 s, emit onClose, top 3 per auction by price descending, bidder ascending -> auction, "
                    + "__window_start as start, __rank as rank, price, bidder [state: the first rows of open windows, "
                    + "sharded] <- 1"))
        #expect(
            try RankedTotals.makePlan().text.contains(
                "top 2 per auction by total descending, of rows by auction, bidder -> auction, bidder, total, __rank as rank "
                    + "[state: all rows, sharded]"))
    }
}
