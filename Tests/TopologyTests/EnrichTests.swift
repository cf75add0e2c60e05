import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Rows put together with a table, against a loop over both, in every way that must not matter.
@Suite struct EnrichTests {
    struct Order: Schema {
        let id = Column<Int64>("id")
        let at = Column<Timestamp>("at", timestamps: .epochSeconds)
        let customer = Column<Int64?>("customer")
        let country = Column<String>("country")
    }

    struct Customer: Schema {
        let id = Column<Int64?>("id")
        let country = Column<String>("country")
        let name = Column<String>("name")
        let discount = Column<Decimal?>("discount", precision: 5, scale: 2)
    }

    struct NamedOrder: Schema {
        let id = Column<Int64>("id")
        let name = Column<String>("name")
        let discount = Column<Decimal?>("discount", precision: 5, scale: 2)
    }

    struct Left: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
                .enrich(
                    with: .table("silver.customers", as: Customer.self), on: .equal(\.customer, \.id),
                    .equal(\.country, \.country), into: NamedOrder.self
                ) { order, customer, row in
                    row.id.set(to: order.id)
                    row.name.set(to: customer.name.coalesce("unknown"))
                    row.discount.set(to: customer.discount)
                }
                .append(to: "t.orders")
        }
    }

    struct PerName: Schema {
        let name = Column<String>("name")
        let start = Column<Timestamp>("start")
        let orders = Column<Int64>("orders")
    }

    struct Inner: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(5))
                .enrich(
                    with: .file("customers.csv", as: Customer.self, refreshEvery: .seconds(5)),
                    on: .equal(\.customer, \.id), unmatched: .drop, into: NamedOrder.self
                ) { order, customer, row in
                    row.id.set(to: order.id)
                    row.name.set(to: customer.name)
                    row.discount.set(to: customer.discount)
                }
                .window(.tumbling(.minutes(1)))
                .groupBy(\.name)
                .aggregate(into: PerName.self) { order, window, row in
                    row.name.set(to: order.name)
                    row.start.set(to: window.start)
                    row.orders.set(to: .count)
                }
                .merge(into: "t.names", on: \.name, \.start)
        }
    }

    static func order(_ id: Int, at: Int = 0, _ customer: Int?, _ country: String = "de") -> String {
        #"{"id":\#(id),"at":\#(at),"customer":\#(customer.map { "\($0)" } ?? "null"),"country":"\#(country)"}"#
    }

    static func customer(_ id: Int?, _ name: String, _ country: String = "de", discount: String = "null") -> String {
        #"{"id":\#(id.map { "\($0)" } ?? "null"),"country":"\#(country)","name":"\#(name)","discount":\#(discount)}"#
    }

    @Test func rowsWithoutAMatchAreKeptOrNot() throws {
        var input = TopologyInput()
        input.setTable(
            "silver.customers",
            [
                Self.customer(1, "ada", discount: "\"12.50\""), Self.customer(2, "bob"), Self.customer(1, "eve"),
                Self.customer(1, "ana", "at"), Self.customer(nil, "nobody"),
            ])
        input.feed(
            [
                Self.order(1, 1), Self.order(2, 2), Self.order(3, nil), Self.order(4, 9), Self.order(5, 1, "at"),
                Self.order(6, 2, "at"),
            ], topic: "orders")
        input.endInput()
        let outcome = try HostileHarness(Left.self).run(input)
        #expect(
            outcome.rows(of: "t.orders") == [
                "id=1 name=ada discount=1250e-2", "id=1 name=eve discount=null", "id=2 name=bob discount=null",
                "id=3 name=unknown discount=null", "id=4 name=unknown discount=null", "id=5 name=ana discount=null",
                "id=6 name=unknown discount=null",
            ])
        let counts = outcome.reconciliation
        #expect([counts.read, counts.added, counts.processed, counts.filtered] == [6, 1, 7, 0])
    }

    @Test func anEmptyTableMatchesNothing() throws {
        var input = TopologyInput()
        input.setTable("silver.customers", [])
        input.feed([Self.order(1, 1), Self.order(2, nil)], topic: "orders")
        let outcome = try HostileHarness(Left.self).run(input)
        #expect(
            outcome.rows(of: "t.orders") == ["id=1 name=unknown discount=null", "id=2 name=unknown discount=null"])
    }

    @Test(arguments: [1, 2] as [UInt64])
    func equalsALoopOverBoth(seed: UInt64) throws {
        var state = seed
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let customers = (0..<30).map { _ in (id: random(12) == 0 ? nil : random(40), name: "n\(random(9))") }
        var input = TopologyInput()
        input.setTable("customers.csv", customers.map { Self.customer($0.id, $0.name) })
        var expected: [String: Int] = [:]
        var counts = Reconciliation()
        var largest: [Int32: Int] = [:]
        for id in 0..<150 {
            let (at, partition) = (id * 2 - (random(9) == 0 ? random(90) : 0), Int32(random(2)))
            let customer = random(15) == 0 ? nil : random(40)
            input.feed([Self.order(id, at: at, customer)], topic: "orders", partition: partition)
            let watermark = largest[partition].map { $0 - 5 } ?? .min
            largest[partition] = max(largest[partition] ?? .min, at)
            let matches = customers.filter { $0.id != nil && $0.id == customer }
            counts.read += 1
            if matches.isEmpty { counts.filtered += 1 } else { counts.added += matches.count - 1 }
            let start = at - (at % 60 + 60) % 60
            if start + 60 <= watermark {
                counts.late += matches.count
            } else {
                counts.processed += matches.count
                for match in matches { expected["name=\(match.name) start=\(start * 1_000_000)", default: 0] += 1 }
            }
        }
        input.endInput()
        let outcome = try HostileHarness(Inner.self).run(input)
        #expect(outcome.rows(of: "t.names") == expected.map { "\($0.key) orders=\($0.value)" }.sorted())
        #expect(outcome.reconciliation == counts && counts.late > 0 && counts.added > 0 && counts.filtered > 0)
    }

    @Test(arguments: TopologyDriver.Mode.allCases, [[1], [1, 3, 2]])
    func aNewVersionIsForTheRecordsThatFollow(mode: TopologyDriver.Mode, parallelism: [Int]) throws {
        let driver = try TopologyDriver(Left.self, mode: mode, parallelism: parallelism)
        #expect { try driver.feed([Self.order(1, 1)], topic: "orders") } throws: { "\($0)".contains("setTable") }
        try driver.setTable("silver.customers", [Self.customer(1, "ada")])
        try driver.feed([Self.order(1, 1), Self.order(2, 1)], topic: "orders")
        try driver.setTable("silver.customers", [Self.customer(1, "ada lovelace")])
        try driver.feed([Self.order(3, 1)], topic: "orders")
        #expect(
            driver.rows(of: "t.orders") == [
                "id=1 name=ada discount=null", "id=2 name=ada discount=null", "id=3 name=ada lovelace discount=null",
            ])
        #expect { try driver.setTable("silver.other", []) } throws: { "\($0)".contains("enriches nothing") }
        #expect {
            try driver.setTable("silver.customers", [#"{"id":1,"country":"de"}"#])
        } throws: { "\($0)" == "silver.customers, row 0: name is null or missing" }
    }

    struct Mistaken: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
                .enrich(with: .table("silver.customers", as: Customer.self), into: NamedOrder.self) {
                    order, customer, row in
                    row.id.set(to: order.id)
                    row.name.set(to: customer.name)
                    row.discount.set(to: customer.discount)
                }
                .append(to: "t.orders")
        }
    }

    @Test func whatDoesNotFitIsSaid() {
        #expect(
            throws: PlanError(
                """
                enrich(with: "silver.customers") has no keys: say with on: which columns have to be equal
                column 'name' is never null by its declaration, but table.name can be: make the column optional, or say \
                what stands for null with coalesce
                """)
        ) { try Mistaken.makePlan() }
    }

    @Test func thePlan() throws {
        #expect(
            try Inner.makePlan().text.contains(
                "2: enrich with file customers.csv, looked at every 5 s (id bigint, country string not null, name string "
                    + "not null, discount decimal(5,2)) on customer = id -> id as id, table.name as name, table.discount as "
                    + "discount [cached table, for every thread the same] <- 1"))
    }
}
