import Streams

/// The reference workloads: what is measured, and compared with other engines. NEXMark's queries 2 and 1 in one, then
/// windows of its queries 12 and 5 and a deduplication.
public enum Workload: String, Sendable, CaseIterable {
    /// A filter and a projection.
    case w1 = "W1"
    /// Tumbling windows with three aggregates.
    case w2 = "W2"
    /// Hopping windows, each row in five.
    case w3 = "W3"
    /// Deduplication by two keys.
    case w4 = "W4"
    /// A join of two streams within ten seconds.
    case w6 = "W6"

    public var topology: any Topology.Type {
        switch self {
        case .w1: ConvertedBids.self
        case .w2: AuctionWindows.self
        case .w3: HotAuctions.self
        case .w4: FirstBids.self
        case .w6: ShippedOrders.self
        }
    }
}

/// W1: the bids for every 123rd auction, their prices in another currency.
public struct ConvertedBids: Topology {
    struct Converted: Schema {
        let auction = Column<Int64>("auction")
        let bidder = Column<Int64>("bidder")
        let price = Column<Decimal>("price", precision: 23, scale: 3)
        let channel = Column<String>("channel")
        let url = Column<String>("url")
        let dateTime = Column<Timestamp>("dateTime")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "bids"), as: .json(Bid.self), invalid: .counted)
            .filter { $0.auction % 123 == 0 }
            .select(into: Converted.self) { bid, row in
                row.auction.set(to: bid.auction)
                row.bidder.set(to: bid.bidder)
                row.price.set(to: bid.price.cast(to: Decimal.self, precision: 19, scale: 0) * "0.908")
                row.channel.set(to: bid.channel)
                row.url.set(to: bid.url)
                row.dateTime.set(to: bid.dateTime)
            }
            .append(to: "bids.converted")
    }
}

/// W2: each auction's bids in ten seconds: how many, the sum of their prices, the highest.
public struct AuctionWindows: Topology {
    struct Totals: Schema {
        let windowStart = Column<Timestamp>("window_start")
        let auction = Column<Int64>("auction")
        let bids = Column<Int64>("bids")
        let total = Column<Int64>("total")
        let highest = Column<Int64>("highest")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "bids"), as: .json(AuctionPrice.self), invalid: .counted)
            .withWatermark(\.dateTime, delay: .seconds(5))
            .window(.tumbling(.seconds(10)))
            .groupBy(\.auction)
            .aggregate(into: Totals.self) { bid, window, row in
                row.windowStart.set(to: window.start)
                row.auction.set(to: bid.auction)
                row.bids.set(to: .count)
                row.total.set(to: .sum(bid.price))
                row.highest.set(to: .max(bid.price))
            }
            .merge(into: "bids.auction_windows", on: \.windowStart, \.auction)
    }
}

/// W3: how many bids each auction had in ten seconds, every two seconds.
public struct HotAuctions: Topology {
    struct Counts: Schema {
        let windowStart = Column<Timestamp>("window_start")
        let auction = Column<Int64>("auction")
        let bids = Column<Int64>("bids")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "bids"), as: .json(AuctionBid.self), invalid: .counted)
            .withWatermark(\.dateTime, delay: .seconds(5))
            .window(.hopping(.seconds(10), every: .seconds(2)))
            .groupBy(\.auction)
            .aggregate(into: Counts.self) { bid, window, row in
                row.windowStart.set(to: window.start)
                row.auction.set(to: bid.auction)
                row.bids.set(to: .count)
            }
            .append(to: "bids.hot_auctions")
    }
}

/// W4: the first bid of each bidder for each auction, within ten seconds.
public struct FirstBids: Topology {
    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "bids"), as: .json(BidderBid.self), invalid: .counted)
            .withWatermark(\.dateTime, delay: .seconds(10))
            .dropDuplicates(by: \.auction, \.bidder)
            .append(to: "bids.first")
    }
}
