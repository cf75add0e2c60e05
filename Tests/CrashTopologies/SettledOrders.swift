import Tidemark

struct Order: Schema {
    let id = Column<String>("id")
    let customer = Column<String>("customer")
    let placedAt = Column<Timestamp>("placed_at")
    let amount = Column<Decimal>("amount", precision: 12, scale: 2)
}

struct Payment: Schema {
    let number = Column<Int64>("number")
    let orderID = Column<String>("order_id")
    let paidAt = Column<Timestamp>("paid_at")
    let paid = Column<Decimal>("paid", precision: 12, scale: 2)
}

/// A payment with its order, or an order that nobody paid in time.
struct SettledOrder: Schema {
    let id = Column<String>("id")
    let customer = Column<String>("customer")
    let placedAt = Column<Timestamp>("placed_at")
    let amount = Column<Decimal>("amount", precision: 12, scale: 2)
    let payment = Column<Int64?>("payment")
    let paidAt = Column<Timestamp?>("paid_at")
    let paid = Column<Decimal?>("paid", precision: 12, scale: 2)
}

/// Two topics joined. The rows are appended: one that is given twice stands there twice.
struct SettledOrders: Topology {
    func build(_ topology: TopologyBuilder) {
        let payments =
            topology
            .read(.kafka(topic: "payments"), as: .json(Payment.self), invalid: .deadLetter(topic: "payments.dlq"))
            .withWatermark(\.paidAt, delay: .hours(2))
        let settled =
            topology
            .read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .deadLetter(topic: "orders.dlq"))
            .withWatermark(\.placedAt, delay: .hours(2))
            .join(
                payments, on: { $0.id == $1.orderID }, within: .after(upTo: .minutes(30)), joinKind: .left,
                into: SettledOrder.self
            ) { order, payment, row in
                row.id.set(to: order.id)
                row.customer.set(to: order.customer)
                row.placedAt.set(to: order.placedAt)
                row.amount.set(to: order.amount)
                row.payment.set(to: payment.number)
                row.paidAt.set(to: payment.paidAt)
                row.paid.set(to: payment.paid)
            }
        settled.append(to: "silver.settled_orders")
        settled.write(to: .kafka(topic: "settled"), as: .json, key: \.customer)
    }
}
