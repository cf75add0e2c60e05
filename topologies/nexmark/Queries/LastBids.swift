import Tidemark

/// Find last bid: that of each bidder for each auction.
public struct Q18: Topology {
    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .overAllTime()
            .groupBy(\.bidder, \.auction)
            .top(1, by: .descending(\.dateTime), into: Bid.self) { bid, _, _, row in
                row.auction.set(to: bid.auction)
                row.bidder.set(to: bid.bidder)
                row.price.set(to: bid.price)
                row.channel.set(to: bid.channel)
                row.url.set(to: bid.url)
                row.dateTime.set(to: bid.dateTime)
                row.extra.set(to: bid.extra)
            }
            .merge(into: "nexmark.q18", on: \.auction, \.bidder)
    }
}
