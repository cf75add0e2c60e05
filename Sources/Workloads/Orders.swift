import Streams

// Orders, and shipments that may follow them, a JSON object each:
//
//     {"order":10052,"customer":1703,"amount":27100,"placedAt":"2026-01-01T00:00:00.000Z","note":"…"}
//     {"order":10052,"carrier":"north","shippedAt":"2026-01-01T00:00:04.000Z","note":"…"}

/// An order when it is placed.
public struct Order: Schema {
    let order = Column<Int64>("order")
    let customer = Column<Int64>("customer")
    let amount = Column<Int64>("amount")
    let placedAt = Column<Timestamp>("placedAt")

    public init() {}
}

/// What left the house.
public struct Shipment: Schema {
    let order = Column<Int64>("order")
    let carrier = Column<String>("carrier")
    let shippedAt = Column<Timestamp>("shippedAt")

    public init() {}
}

/// W6: the shipments that left within ten seconds of their orders.
public struct ShippedOrders: Topology {
    struct Shipped: Schema {
        let order = Column<Int64>("order")
        let customer = Column<Int64>("customer")
        let amount = Column<Int64>("amount")
        let carrier = Column<String>("carrier")
        let placedAt = Column<Timestamp>("placedAt")
        let shippedAt = Column<Timestamp>("shippedAt")
    }

    public init() {}

    public func build(_ topology: TopologyBuilder) {
        let orders = topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
            .withWatermark(\.placedAt, delay: .seconds(5))
        let shipments = topology.read(.kafka(topic: "shipments"), as: .json(Shipment.self), invalid: .counted)
            .withWatermark(\.shippedAt, delay: .seconds(5))
        orders.join(
            shipments, on: { $0.order == $1.order }, within: .after(upTo: .seconds(10)), into: Shipped.self
        ) { order, shipment, row in
            row.order.set(to: order.order)
            row.customer.set(to: order.customer)
            row.amount.set(to: order.amount)
            row.carrier.set(to: shipment.carrier)
            row.placedAt.set(to: order.placedAt)
            row.shippedAt.set(to: shipment.shippedAt)
        }
        .append(to: "orders.shipped")
    }
}
