import Tidemark

// Queries of the bids that were made while their auction was open.

/// A bid with its auction.
struct ValidBid: Schema {
    let id = Column<Int64>("id")
    let itemName = Column<String>("itemName")
    let seller = Column<Int64>("seller")
    let category = Column<Int64>("category")
    let bidder = Column<Int64>("bidder")
    let price = Column<Int64>("price")
    let dateTime = Column<Timestamp>("dateTime")
}

/// No auction is open for longer.
private let longestAuction = Duration.seconds(21)

extension TopologyBuilder {
    fileprivate func validBids() -> EventTimeStream<ValidBid> {
        auctions()
            .join(
                bids(), on: { $0.id == $1.auction && $1.dateTime <= $0.expires }, within: .after(upTo: longestAuction),
                into: ValidBid.self
            ) { auction, bid, row in
                row.id.set(to: auction.id)
                row.itemName.set(to: auction.itemName)
                row.seller.set(to: auction.seller)
                row.category.set(to: auction.category)
                row.bidder.set(to: bid.bidder)
                row.price.set(to: bid.price)
                row.dateTime.set(to: bid.dateTime)
            }
    }
}

/// Average price for a category: the mean of what auctions were sold for.
public struct Q4: Topology {
    struct Sale: Schema {
        let id = Column<Int64>("id")
        let category = Column<Int64>("category")
        let final = Column<Int64>("final")
    }

    struct Row: Schema {
        let category = Column<Int64>("category")
        let average = Column<Double>("average")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.validBids()
            // All bids for an auction are in one session, which is over when the auction must be.
            .window(.session(gap: longestAuction + .seconds(1)))
            .groupBy(\.id, \.category)
            .aggregate(into: Sale.self) { bid, _, row in
                row.id.set(to: bid.id)
                row.category.set(to: bid.category)
                row.final.set(to: .max(bid.price))
            }
            .overAllTime()
            .groupBy(\.category)
            .aggregate(into: Row.self) { sale, _, row in
                row.category.set(to: sale.category)
                row.average.set(to: .average(sale.final))
            }
            .merge(into: "nexmark.q4", on: \.category)
    }
}

/// Winning bids: of each auction the highest, of equal ones the earliest.
public struct Q9: Topology {
    public init() {}

    public func build(_ topology: TopologyBuilder) {
        topology.validBids()
            .overAllTime()
            .groupBy(\.id)
            .top(1, by: .descending(\.price), .ascending(\.dateTime), into: ValidBid.self) { bid, _, _, row in
                row.id.set(to: bid.id)
                row.itemName.set(to: bid.itemName)
                row.seller.set(to: bid.seller)
                row.category.set(to: bid.category)
                row.bidder.set(to: bid.bidder)
                row.price.set(to: bid.price)
                row.dateTime.set(to: bid.dateTime)
            }
            .merge(into: "nexmark.q9", on: \.id)
    }
}
