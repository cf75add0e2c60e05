import Tidemark

// Queries that put persons, auctions and bids together. Persons and auctions can be joined for a day after and before the
// other: without a bound they would be kept for ever.

private let aDay = JoinInterval.around(.days(1))

/// Local item suggestion: who sells in category 10 in three states.
public struct Q3: Topology {
    struct Row: Schema {
        let name = Column<String>("name")
        let city = Column<String>("city")
        let state = Column<String>("state")
        let id = Column<Int64>("id")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        let sellers = topology.persons().filter { $0.state.isIn("OR", "ID", "CA") }
        topology.auctions()
            .filter { $0.category == 10 }
            .join(sellers, on: { $0.seller == $1.id }, within: aDay, into: Row.self) { auction, person, row in
                row.name.set(to: person.name)
                row.city.set(to: person.city)
                row.state.set(to: person.state)
                row.id.set(to: auction.id)
            }
            .append(to: "nexmark.q3")
    }
}

/// Monitor new users: who opened an auction within the ten seconds of the registration.
public struct Q8: Topology {
    struct Row: Schema {
        let id = Column<Int64>("id")
        let name = Column<String>("name")
        let windowStart = Column<Timestamp>("window_start")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.persons()
            .window(.tumbling(.seconds(10)))
            .join(topology.auctions(), on: { $0.id == $1.seller }, into: Row.self) { person, _, window, row in
                row.id.set(to: person.id)
                row.name.set(to: person.name)
                row.windowStart.set(to: window.start)
            }
            // A row for each auction; one stays.
            .merge(into: "nexmark.q8", on: \.id, \.name, \.windowStart)
    }
}

/// Expand bid with auction: the bids in category 10 with what they are for.
public struct Q20: Topology {
    struct Row: Schema {
        let auction = Column<Int64>("auction")
        let bidder = Column<Int64>("bidder")
        let price = Column<Int64>("price")
        let dateTime = Column<Timestamp>("dateTime")
        let itemName = Column<String>("itemName")
        let initialBid = Column<Int64>("initialBid")
        let seller = Column<Int64>("seller")
        let category = Column<Int64>("category")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        let auctions = topology.auctions().filter { $0.category == 10 }
        topology.bids()
            .join(auctions, on: { $0.auction == $1.id }, within: aDay, into: Row.self) { bid, auction, row in
                row.auction.set(to: bid.auction)
                row.bidder.set(to: bid.bidder)
                row.price.set(to: bid.price)
                row.dateTime.set(to: bid.dateTime)
                row.itemName.set(to: auction.itemName)
                row.initialBid.set(to: auction.initialBid)
                row.seller.set(to: auction.seller)
                row.category.set(to: auction.category)
            }
            .append(to: "nexmark.q20")
    }
}
