import Tidemark

/// User sessions: how many bids a bidder makes without a pause of ten seconds.
public struct Q11: Topology {
    struct Row: Schema {
        let bidder = Column<Int64>("bidder")
        let bids = Column<Int64>("bids")
        let windowStart = Column<Timestamp>("window_start")
        let windowEnd = Column<Timestamp>("window_end")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .window(.session(gap: .seconds(10)))
            .groupBy(\.bidder)
            .aggregate(into: Row.self) { bid, window, row in
                row.bidder.set(to: bid.bidder)
                row.bids.set(to: .count)
                row.windowStart.set(to: window.start)
                row.windowEnd.set(to: window.end)
            }
            .append(to: "nexmark.q11")
    }
}
