import Tidemark

/// Hot items: the auctions with the most bids in ten seconds, every two seconds; all of those that have as many.
public struct Q5: Topology {
    struct Row: Schema {
        let auction = Column<Int64>("auction")
        let windowStart = Column<Timestamp>("window_start")
        let bids = Column<Int64>("bids")
    }

    struct Most: Schema {
        let windowStart = Column<Timestamp>("window_start")
        let bids = Column<Int64>("bids")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        let counts = topology.bids()
            .window(.hopping(.seconds(10), every: .seconds(2)))
            .groupBy(\.auction)
            .aggregate(into: Row.self) { bid, window, row in
                row.auction.set(to: bid.auction)
                row.windowStart.set(to: window.start)
                row.bids.set(to: .count)
            }
        // The counts of each ten seconds are in other two seconds than those of the next.
        let most = counts.window(.tumbling(.seconds(2)))
            .groupBy(\.windowStart)
            .aggregate(into: Most.self) { count, _, row in
                row.windowStart.set(to: count.windowStart)
                row.bids.set(to: .max(count.bids))
            }
        counts.window(.tumbling(.seconds(2)))
            .join(
                most.asEvents, on: { $0.windowStart == $1.windowStart && $0.bids == $1.bids }, into: Row.self
            ) { count, _, _, row in
                row.auction.set(to: count.auction)
                row.windowStart.set(to: count.windowStart)
                row.bids.set(to: count.bids)
            }
            .merge(into: "nexmark.q5", on: \.auction, \.windowStart)
    }
}

/// Highest bid: those of each ten seconds that no other exceeds.
public struct Q7: Topology {
    struct Row: Schema {
        let auction = Column<Int64>("auction")
        let price = Column<Int64>("price")
        let bidder = Column<Int64>("bidder")
        let dateTime = Column<Timestamp>("dateTime")
        let extra = Column<String>("extra")
    }

    struct Highest: Schema {
        let price = Column<Int64>("price")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        let bids = topology.bids()
        let highest = bids.window(.tumbling(.seconds(10)))
            .groupBy()
            .aggregate(into: Highest.self) { bid, _, row in row.price.set(to: .max(bid.price)) }
        bids.window(.tumbling(.seconds(10)))
            .join(highest.asEvents, on: { $0.price == $1.price }, into: Row.self) { bid, _, _, row in
                row.auction.set(to: bid.auction)
                row.price.set(to: bid.price)
                row.bidder.set(to: bid.bidder)
                row.dateTime.set(to: bid.dateTime)
                row.extra.set(to: bid.extra)
            }
            .append(to: "nexmark.q7")
    }
}

/// Windowed by the clock: how many bids of a bidder come in ten seconds of processing time.
public struct Q12: Topology {
    struct Row: Schema {
        let bidder = Column<Int64>("bidder")
        let bids = Column<Int64>("bids")
        let windowStart = Column<Timestamp>("window_start")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "bids"), as: .json(Bid.self), invalid: .counted)
            .withProcessingTime()
            .window(.tumbling(.seconds(10)))
            .groupBy(\.bidder)
            .aggregate(into: Row.self) { bid, window, row in
                row.bidder.set(to: bid.bidder)
                row.bids.set(to: .count)
                row.windowStart.set(to: window.start)
            }
            .merge(into: "nexmark.q12", on: \.bidder, \.windowStart)
    }
}
