import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Topologies that are refused before the first record, and the sentences that say so.
@Suite struct MistakeTests {
    struct Target: Schema {
        let orderID = Column<Int64>("order_id")
        let customer = Column<String>("customer")
        let total = Column<Decimal>("total", precision: 9, scale: 2)
        let share = Column<Double?>("share")
    }

    struct NullsIntoColumns: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
                .select(into: Target.self) { order, row in
                    row.orderID.set(to: order.orderID + 1)
                    row.customer.set(to: order.customer.uppercased())
                    row.total.set(to: order.price * "2.5")
                    row.share.set(to: order.weight / 100)
                }
                .append(to: "silver.orders")
        }
    }

    @Test func whatCanBeNullIsRefused() {
        #expect(
            throws: PlanError(
                """
                column 'order_id' is never null by its declaration, but (order_id + 1) can be: make the column \
                optional, or say what stands for null with coalesce
                column 'customer' is never null by its declaration, but upper(customer) can be: make the column \
                optional, or say what stands for null with coalesce
                column 'total' is decimal(9,2) and never null by its declaration, but (price * 2.5) is decimal(12,3), \
                which does not always fit: declare the column with more digits, or make it optional
                """)
        ) { try NullsIntoColumns.makePlan() }
    }

    struct Statistics: Schema {
        let country = Column<String>("country")
        let orders = Column<Int64>("orders")
        let quantity = Column<Int64>("quantity")
        let heaviest = Column<Double>("heaviest")
        let mean = Column<Double?>("mean")
        let next = Column<String?>("next")
    }

    struct NullsIntoAggregates: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
                .withWatermark(\.placedAt, delay: .seconds(1))
                .window(.tumbling(.hours(1)))
                .groupBy(\.country)
                .aggregate(into: Statistics.self) { order, window, row in
                    row.country.set(to: order.country.lowercased().concat(order.customer))
                    row.orders.set(to: .count(order.weight))
                    row.quantity.set(to: .sum(order.quantity))
                    row.heaviest.set(to: .max(order.weight))
                    row.mean.set(to: .average(order.weight))
                    row.next.set(to: when(window.end.hour < 12, then: order.country).otherwiseNull)
                }
                .merge(into: "gold.statistics", on: \.country)
        }
    }

    @Test func aggregatesOfNullsAreRefused() {
        #expect(
            throws: PlanError(
                """
                column 'country' takes 'customer', which has many values in a group: group by it, or aggregate it
                column 'heaviest' is never null by its declaration, but max(weight) can be, when the argument is null \
                in the whole group: make the column optional, or say what stands for null with coalesce
                """)
        ) { try NullsIntoAggregates.makePlan() }
    }

    struct Twice: Schema {
        let first = Column<Int64>("id")
        let second = Column<Int64>("id")
    }

    struct Empty: Schema {}

    struct LooseEnds: Topology {
        func build(_ topology: TopologyBuilder) {
            let orders = topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
            _ = orders.filter { $0.price > 10 }
            orders.merge(into: "orders")
            orders.append(to: "silver/../secret.orders")
            _ = topology.read(.kafka(topic: "twice"), as: .json(Twice.self), invalid: .counted)
                .select(into: Empty.self) { _, _ in }
        }
    }

    struct Nothing: Topology {
        func build(_ topology: TopologyBuilder) {}
    }

    @Test func looseEndsAndNamesAreSaid() {
        #expect(
            throws: PlanError(
                """
                merge(into: "orders") has no keys: say on which columns rows are the same, or append them
                'orders' is not the name of a table: write database.table, in ASCII letters, digits and _
                'silver/../secret.orders' is not the name of a table: write database.table, in ASCII letters, digits \
                and _
                Twice declares the column 'id' twice: give each column a name of its own
                Empty has no columns: declare them as `let name = Column<Type>("name")`
                nothing takes the rows of 'filter (price > 10)': end with merge(into:on:), append(to:) or write(to:as:)
                nothing takes the rows of 'select ': end with merge(into:on:), append(to:) or write(to:as:)
                """)
        ) { try LooseEnds.makePlan() }
        #expect(throws: PlanError("the topology reads nothing: begin with read(_:as:invalid:)")) {
            try Nothing.makePlan()
        }
    }

    @Test func decimalLiteralsAreExact() {
        #expect(Decimal("-12.50") == Decimal(unscaled: -1250, scale: 2))
        #expect(Decimal("0") == Decimal(unscaled: 0, scale: 0))
        let nines = String(repeating: "9", count: 38)
        #expect(Decimal(nines)?.unscaled == Int128(nines))
        for text in ["", "-", ".", ".5", "5.", "1e3", "1,5", "+1", "1.2.3", "--1", " 1", nines + "0"] {
            #expect(Decimal(text) == nil, "'\(text)'")
        }
    }
}
