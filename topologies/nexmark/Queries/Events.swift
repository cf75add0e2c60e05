import Tidemark

/// Somebody who registered.
struct Person: Schema {
    let id = Column<Int64>("id")
    let name = Column<String>("name")
    let emailAddress = Column<String>("emailAddress")
    let creditCard = Column<String>("creditCard")
    let city = Column<String>("city")
    let state = Column<String>("state")
    let dateTime = Column<Timestamp>("dateTime")
    let extra = Column<String>("extra")
}

/// An auction that opened.
struct Auction: Schema {
    let id = Column<Int64>("id")
    let itemName = Column<String>("itemName")
    let description = Column<String>("description")
    let initialBid = Column<Int64>("initialBid")
    let reserve = Column<Int64>("reserve")
    let dateTime = Column<Timestamp>("dateTime")
    let expires = Column<Timestamp>("expires")
    let seller = Column<Int64>("seller")
    let category = Column<Int64>("category")
    let extra = Column<String>("extra")
}

/// A bid for an auction; prices are cents.
struct Bid: Schema {
    let auction = Column<Int64>("auction")
    let bidder = Column<Int64>("bidder")
    let price = Column<Int64>("price")
    let channel = Column<String>("channel")
    let url = Column<String>("url")
    let dateTime = Column<Timestamp>("dateTime")
    let extra = Column<String>("extra")
}

/// How far events may be out of order.
let disorder = Duration.seconds(5)

extension TopologyBuilder {
    func persons() -> EventTimeStream<Person> {
        read(.kafka(topic: "persons"), as: .json(Person.self), invalid: .counted)
            .withWatermark(\.dateTime, delay: disorder)
    }

    func auctions() -> EventTimeStream<Auction> {
        read(.kafka(topic: "auctions"), as: .json(Auction.self), invalid: .counted)
            .withWatermark(\.dateTime, delay: disorder)
    }

    func bids() -> EventTimeStream<Bid> {
        read(.kafka(topic: "bids"), as: .json(Bid.self), invalid: .counted)
            .withWatermark(\.dateTime, delay: disorder)
    }
}
