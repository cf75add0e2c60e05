import Streams

// Bids in an auction house, as NEXMark has them, a JSON object each:
//
//     {"auction":10052,"bidder":1703,"price":27100,"channel":"Google","url":"https://…","dateTime":"2026-01-01T00:00:00.000Z","extra":"…"}
//
// Each workload's contract names the fields that it needs; the others are checked as JSON and skipped.

/// What the conversion of prices reads.
public struct Bid: Schema {
    let auction = Column<Int64>("auction")
    let bidder = Column<Int64>("bidder")
    let price = Column<Int64>("price")
    let channel = Column<String>("channel")
    let url = Column<String>("url")
    let dateTime = Column<Timestamp>("dateTime")

    public init() {}
}

/// What was bid for which auction, and when.
public struct AuctionPrice: Schema {
    let auction = Column<Int64>("auction")
    let price = Column<Int64>("price")
    let dateTime = Column<Timestamp>("dateTime")

    public init() {}
}

/// When a bid was made for which auction.
public struct AuctionBid: Schema {
    let auction = Column<Int64>("auction")
    let dateTime = Column<Timestamp>("dateTime")

    public init() {}
}

/// Who bid for which auction, and when.
public struct BidderBid: Schema {
    let auction = Column<Int64>("auction")
    let bidder = Column<Int64>("bidder")
    let dateTime = Column<Timestamp>("dateTime")

    public init() {}
}
