import Tidemark

// Queries that look at one bid at a time.

/// Everything as it came: what reading and writing cost.
public struct Q0: Topology {
    struct Row: Schema {
        let auction = Column<Int64>("auction")
        let bidder = Column<Int64>("bidder")
        let price = Column<Int64>("price")
        let dateTime = Column<Timestamp>("dateTime")
        let extra = Column<String>("extra")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .select(into: Row.self) { bid, row in
                row.auction.set(to: bid.auction)
                row.bidder.set(to: bid.bidder)
                row.price.set(to: bid.price)
                row.dateTime.set(to: bid.dateTime)
                row.extra.set(to: bid.extra)
            }
            .append(to: "nexmark.q0")
    }
}

/// Currency conversion: prices in another currency.
public struct Q1: Topology {
    struct Row: Schema {
        let auction = Column<Int64>("auction")
        let bidder = Column<Int64>("bidder")
        let price = Column<Decimal>("price", precision: 23, scale: 3)
        let dateTime = Column<Timestamp>("dateTime")
        let extra = Column<String>("extra")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .select(into: Row.self) { bid, row in
                row.auction.set(to: bid.auction)
                row.bidder.set(to: bid.bidder)
                row.price.set(to: bid.price.cast(to: Decimal.self, precision: 19, scale: 0) * "0.908")
                row.dateTime.set(to: bid.dateTime)
                row.extra.set(to: bid.extra)
            }
            .append(to: "nexmark.q1")
    }
}

/// Selection: the bids for some auctions.
public struct Q2: Topology {
    struct Row: Schema {
        let auction = Column<Int64>("auction")
        let price = Column<Int64>("price")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .filter { $0.auction % 123 == 0 }
            .select(into: Row.self) { bid, row in
                row.auction.set(to: bid.auction)
                row.price.set(to: bid.price)
            }
            .append(to: "nexmark.q2")
    }
}

/// The parts of the address that a bid came from.
public struct Q22: Topology {
    struct Row: Schema {
        let auction = Column<Int64>("auction")
        let bidder = Column<Int64>("bidder")
        let price = Column<Int64>("price")
        let channel = Column<String>("channel")
        let dir1 = Column<String?>("dir1")
        let dir2 = Column<String?>("dir2")
        let dir3 = Column<String?>("dir3")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.bids()
            .select(into: Row.self) { bid, row in
                row.auction.set(to: bid.auction)
                row.bidder.set(to: bid.bidder)
                row.price.set(to: bid.price)
                row.channel.set(to: bid.channel)
                row.dir1.set(to: bid.url.part(4, separatedBy: "/"))
                row.dir2.set(to: bid.url.part(5, separatedBy: "/"))
                row.dir3.set(to: bid.url.part(6, separatedBy: "/"))
            }
            .append(to: "nexmark.q22")
    }
}
