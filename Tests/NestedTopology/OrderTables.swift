import Tidemark

/// Orders as a shop sends them: three levels with lists, maps, and a part without a schema.
struct Order: Schema {
    let id = Column<String>("id")
    let placedAt = Column<Timestamp>("placed_at")
    let customer = Column<Customer>("customer")
    let lines = Column<[LineItem]>("lines")
    let discounts = Column<[String: Decimal]?>("discounts", precision: 9, scale: 2)
    let extra = Column<JSON?>("extra")
}

struct Customer: Schema {
    let name = Column<String>("name")
    let address = Column<Address?>("address")
    let emails = Column<[String?]>("emails")
}

struct Address: Schema {
    let city = Column<String>("city")
    let position = Column<[Double]?>("position")
}

struct LineItem: Schema {
    let sku = Column<String>("sku")
    let quantity = Column<Int32>("quantity")
    let price = Column<Decimal>("price", precision: 12, scale: 2)
    let shippedAt = Column<Timestamp?>("shipped_at", timestamps: .epochMilliseconds)
    let attributes = Column<[String: String?]?>("attributes")
    let parts = Column<[Part]?>("parts")
}

struct Part: Schema {
    let number = Column<Int64>("number")
    let weight = Column<Double?>("weight")
}

/// A row for each line of an order.
struct OrderLine: Schema {
    let orderID = Column<String>("order_id")
    let line = Column<Int32?>("line")
    let city = Column<String?>("city")
    let sku = Column<String?>("sku")
    let color = Column<String?>("color")
    let firstPart = Column<Int64?>("first_part")
    let parts = Column<[Part]?>("parts")
    let emails = Column<Int32>("emails")
}

@main struct OrderTables: Topology {
    func build(_ topology: TopologyBuilder) {
        let orders = topology.read(
            .kafka(topic: "orders"), as: .json(Order.self), invalid: .deadLetter(topic: "orders.dlq"))
        orders.append(to: "bronze.orders")
        orders
            .explode(\.lines, keepingEmpty: true, into: OrderLine.self) { order, line, row in
                row.orderID.set(to: order.id)
                row.line.set(to: line.position)
                row.city.set(to: order.customer.address.city)
                row.sku.set(to: line.sku)
                row.color.set(to: line.attributes["color"])
                row.firstPart.set(to: line.parts[0].number)
                row.parts.set(to: line.parts)
                row.emails.set(to: order.customer.emails.count())
            }
            .merge(into: "silver.order_lines", on: \.orderID, \.line)
    }
}
