import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Orders, and what several topologies without aggregation make of them.
struct Order: Schema {
    let orderID = Column<Int64>("order_id")
    let placedAt = Column<Timestamp>("placed_at")
    let customer = Column<String?>("customer")
    let country = Column<String>("country")
    let quantity = Column<Int32>("quantity")
    let price = Column<Decimal>("price", precision: 9, scale: 2)
    let weight = Column<Double?>("weight")
}

struct OrderLine: Schema {
    let orderID = Column<Int>("order_id")
    let customer = Column<String>("customer")
    let region = Column<String>("region")
    let total = Column<Decimal>("total", precision: 20, scale: 2)
    let size = Column<String?>("size")
    let source = Column<String>("source")
    let day = Column<CalendarDate>("day")
    let month = Column<Timestamp>("month")
}

struct OrderLines: Topology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
            .filter { $0.quantity > 0 && !$0.country.isIn("XX", "") }
            .select(into: OrderLine.self) { order, line in
                line.orderID.set(to: order.orderID)
                line.customer.set(to: order.customer.trimmed().lowercased().coalesce("unknown"))
                line.region.set(
                    to: when(order.country.isIn("DE", "AT", "CH"), then: "dach")
                        .when(order.country.hasPrefix("U"), then: order.country.concat("-").concat(order.country))
                        .otherwise("other"))
                line.total.set(to: (order.price * "1.2").rounded(toDigits: 2))
                line.size.set(
                    to: when(order.weight > 10, then: "heavy").when(order.weight.isNotNull, then: "light")
                        .otherwiseNull)
                line.source.set(to: "shop")
                line.day.set(to: order.placedAt.date)
                line.month.set(to: order.placedAt.truncated(to: .month))
            }
            .append(to: "silver.order_lines", partitionedBy: \.day, \.region)
    }
}

/// Parts of times and numbers, merged by key; event time comes before the select and is used after it.
struct OrderPart: Schema {
    let orderID = Column<Int64>("order_id")
    let hour = Column<Int32>("hour")
    let parts = Column<Int32>("parts")
    let code = Column<String>("code")
    let price = Column<Double>("price")
    let off = Column<Decimal?>("off", precision: 5, scale: 1)
}

struct OrderParts: Topology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .deadLetter(topic: "orders.dlq"))
            .withWatermark(\.placedAt, delay: .minutes(1))
            .select(into: OrderPart.self) { order, part in
                part.orderID.set(to: order.orderID % 100)
                part.hour.set(to: order.placedAt.hour)
                part.parts.set(
                    to: when(order.quantity > 5, then: order.placedAt.minute).otherwise(order.placedAt.dayOfWeek))
                part.code.set(
                    to: order.country.uppercased().substring(from: 2).concat(
                        order.country.length.cast(to: String.self)))
                part.price.set(to: order.price.cast(to: Double.self) - 0.5)
                part.off.set(to: -order.price.abs() / 3)
            }
            .filter { !($0.code == "E2" || $0.code.contains("Q") || $0.code.hasSuffix("Z")) }
            .dropDuplicates(by: \.orderID)
            .merge(into: "silver.order_parts", on: \.orderID)
    }
}

@Suite struct SelectTests {
    static func order(
        _ id: Int, _ time: String = "2026-02-28T23:59:59.5Z", customer: String = "\" Ada \"", country: String = "DE",
        quantity: Int = 1, price: String = "10.05", weight: String = "null"
    ) -> String {
        #"{"order_id":\#(id),"placed_at":"\#(time)","customer":\#(customer),"country":"\#(country)","#
            + #""quantity":\#(quantity),"price":\#(price),"weight":\#(weight)}"#
    }

    @Test func selectedRowsAreAppended() throws {
        let orders = [
            Self.order(1), Self.order(2, customer: "null", country: "US", price: "0.05", weight: "10"),
            Self.order(3, quantity: 0), Self.order(4, country: "XX"), "{", Self.order(2, country: "FR", weight: "11"),
        ]
        let outcome = try HostileHarness(OrderLines.self).run(TopologyInput(orders, topic: "orders"))
        // 2026-02-28 is day 20,512; February began 27 days before it.
        let day = "day=20512 month=1769904000000000"
        #expect(
            outcome.rows(of: "silver.order_lines") == [
                "order_id=1 customer=ada region=dach total=1206e-2 size=null source=shop \(day)",
                "order_id=2 customer=ada region=other total=1206e-2 size=heavy source=shop \(day)",
                "order_id=2 customer=unknown region=US-US total=6e-2 size=light source=shop \(day)",
            ])
        let counts = outcome.reconciliation
        #expect([counts.read, counts.processed, counts.filtered, counts.malformed] == [6, 3, 2, 1])
    }

    @Test func selectKeepsEventTime() throws {
        let orders = [
            Self.order(101, country: "FR", price: "-1"), Self.order(2, country: "fra", quantity: 6, price: "7"),
            Self.order(201, country: "FR", price: "5"), Self.order(3, country: "Z"), Self.order(4, country: "de"),
            Self.order(5, "2026-03-01T07:08:00Z", price: "0"), Self.order(6, "2026-02-28T00:00:00Z", country: "FR"),
        ]
        let outcome = try HostileHarness(OrderParts.self).run(TopologyInput(orders, topic: "orders"))
        #expect(
            outcome.rows(of: "silver.order_parts") == [
                "order_id=1 hour=23 parts=6 code=R2 price=-1.5 off=-3e-1",
                "order_id=2 hour=23 parts=59 code=RA3 price=6.5 off=-23e-1",
                "order_id=3 hour=23 parts=6 code=1 price=9.55 off=-34e-1",
            ])
        let counts = outcome.reconciliation
        #expect([counts.read, counts.processed, counts.filtered, counts.late, counts.duplicate] == [7, 3, 2, 1, 1])
    }

    @Test func thePlan() throws {
        #expect(
            try OrderParts.makePlan().text.split(separator: "\n").dropFirst(3).joined(separator: "\n") == """
                  2: select (order_id % 100) as order_id, hour(placed_at) as hour, case when (quantity > 5) then \
                minute(placed_at) else dayofweek_iso(placed_at) end as parts, concat(substring(upper(country), 2, \
                9223372036854775807), cast(length(country) as string)) as code, (cast(price as double) - 0.5) as price, \
                cast((-abs(price) / 3) as decimal(5,1)) as off <- 1
                  3: filter not (((code = 'E2') or contains(code, 'Q')) or endswith(code, 'Z')) <- 2
                  4: drop duplicates by order_id [state: keys within the watermark, sharded] <- 3
                  5: merge into silver.order_parts on order_id <- 4
                """)
    }
}
