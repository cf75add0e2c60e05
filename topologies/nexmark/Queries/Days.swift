import Tidemark

// Queries that keep the figures of a day up to date.

/// What is below it is a small bid, and what is not below the other a large one.
private let (small, large): (Int64, Int64) = (10_000, 1_000_000)

/// The figures that several queries give, and how they are set.
protocol BidCounts: Schema {
    var totalBids: Column<Int64> { get }
    var smallBids: Column<Int64> { get }
    var middleBids: Column<Int64> { get }
    var largeBids: Column<Int64> { get }
}

extension ResultRow where S: BidCounts {
    fileprivate func setCounts(of bid: AggregateRow<Bid>) {
        self[dynamicMember: \.totalBids].set(to: .count)
        self[dynamicMember: \.smallBids].set(to: .count(where: bid.price < small))
        self[dynamicMember: \.middleBids].set(to: .count(where: bid.price >= small && bid.price < large))
        self[dynamicMember: \.largeBids].set(to: .count(where: bid.price >= large))
    }
}

/// Of how many bidders and auctions the bids of a kind are.
protocol DistinctCounts: Schema {
    var totalBidders: Column<Int64> { get }
    var smallBidders: Column<Int64> { get }
    var middleBidders: Column<Int64> { get }
    var largeBidders: Column<Int64> { get }
    var totalAuctions: Column<Int64> { get }
    var smallAuctions: Column<Int64> { get }
    var middleAuctions: Column<Int64> { get }
    var largeAuctions: Column<Int64> { get }
}

extension ResultRow where S: DistinctCounts {
    fileprivate func setDistinctCounts(of bid: AggregateRow<Bid>) {
        let isSmall = bid.price < small
        let isMiddle = bid.price >= small && bid.price < large
        let isLarge = bid.price >= large
        self[dynamicMember: \.totalBidders].set(to: .countDistinct(bid.bidder))
        self[dynamicMember: \.smallBidders].set(to: .countDistinct(bid.bidder).filtered(where: isSmall))
        self[dynamicMember: \.middleBidders].set(to: .countDistinct(bid.bidder).filtered(where: isMiddle))
        self[dynamicMember: \.largeBidders].set(to: .countDistinct(bid.bidder).filtered(where: isLarge))
        self[dynamicMember: \.totalAuctions].set(to: .countDistinct(bid.auction))
        self[dynamicMember: \.smallAuctions].set(to: .countDistinct(bid.auction).filtered(where: isSmall))
        self[dynamicMember: \.middleAuctions].set(to: .countDistinct(bid.auction).filtered(where: isMiddle))
        self[dynamicMember: \.largeAuctions].set(to: .countDistinct(bid.auction).filtered(where: isLarge))
    }
}

/// Bidding statistics: a day's figures over all bids.
public struct Q15: Topology {
    struct Row: BidCounts, DistinctCounts {
        let day = Column<Timestamp>("day")
        let totalBids = Column<Int64>("total_bids")
        let smallBids = Column<Int64>("rank1_bids")
        let middleBids = Column<Int64>("rank2_bids")
        let largeBids = Column<Int64>("rank3_bids")
        let totalBidders = Column<Int64>("total_bidders")
        let smallBidders = Column<Int64>("rank1_bidders")
        let middleBidders = Column<Int64>("rank2_bidders")
        let largeBidders = Column<Int64>("rank3_bidders")
        let totalAuctions = Column<Int64>("total_auctions")
        let smallAuctions = Column<Int64>("rank1_auctions")
        let middleAuctions = Column<Int64>("rank2_auctions")
        let largeAuctions = Column<Int64>("rank3_auctions")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .window(.tumbling(.days(1), emitting: .early()))
            .groupBy()
            .aggregate(into: Row.self) { bid, window, row in
                row.day.set(to: window.start)
                row.setCounts(of: bid)
                row.setDistinctCounts(of: bid)
            }
            .merge(into: "nexmark.q15", on: \.day)
    }
}

/// Channel statistics: a day's figures of each channel.
public struct Q16: Topology {
    struct Row: BidCounts, DistinctCounts {
        let channel = Column<String>("channel")
        let day = Column<Timestamp>("day")
        let minute = Column<String?>("minute")
        let totalBids = Column<Int64>("total_bids")
        let smallBids = Column<Int64>("rank1_bids")
        let middleBids = Column<Int64>("rank2_bids")
        let largeBids = Column<Int64>("rank3_bids")
        let totalBidders = Column<Int64>("total_bidders")
        let smallBidders = Column<Int64>("rank1_bidders")
        let middleBidders = Column<Int64>("rank2_bidders")
        let largeBidders = Column<Int64>("rank3_bidders")
        let totalAuctions = Column<Int64>("total_auctions")
        let smallAuctions = Column<Int64>("rank1_auctions")
        let middleAuctions = Column<Int64>("rank2_auctions")
        let largeAuctions = Column<Int64>("rank3_auctions")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .window(.tumbling(.days(1), emitting: .early()))
            .groupBy(\.channel)
            .aggregate(into: Row.self) { bid, window, row in
                row.channel.set(to: bid.channel)
                row.day.set(to: window.start)
                row.minute.set(to: .max(bid.dateTime.formatted("HH:mm")))
                row.setCounts(of: bid)
                row.setDistinctCounts(of: bid)
            }
            .merge(into: "nexmark.q16", on: \.channel, \.day)
    }
}

/// Auction statistics: a day's figures of each auction.
public struct Q17: Topology {
    struct Row: BidCounts {
        let auction = Column<Int64>("auction")
        let day = Column<Timestamp>("day")
        let totalBids = Column<Int64>("total_bids")
        let smallBids = Column<Int64>("rank1_bids")
        let middleBids = Column<Int64>("rank2_bids")
        let largeBids = Column<Int64>("rank3_bids")
        let minPrice = Column<Int64>("min_price")
        let maxPrice = Column<Int64>("max_price")
        let avgPrice = Column<Double>("avg_price")
        let sumPrice = Column<Int64?>("sum_price")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .window(.tumbling(.days(1), emitting: .early()))
            .groupBy(\.auction)
            .aggregate(into: Row.self) { bid, window, row in
                row.auction.set(to: bid.auction)
                row.day.set(to: window.start)
                row.setCounts(of: bid)
                row.minPrice.set(to: .min(bid.price))
                row.maxPrice.set(to: .max(bid.price))
                row.avgPrice.set(to: .average(bid.price))
                row.sumPrice.set(to: .sum(bid.price))
            }
            .merge(into: "nexmark.q17", on: \.auction, \.day)
    }
}
