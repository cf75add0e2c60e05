import Dataflow
import Streams
import Testing
import TidemarkTesting

struct Invoice: Schema {
    let invoiceID = Column<String>("invoice_id")
    let customerID = Column<Int64>("customer_id")
    let issuedAt = Column<Timestamp>("issued_at")
    let amount = Column<Decimal>("amount", precision: 12, scale: 2)
    let status = Column<String?>("status")
}

struct CustomerRevenue: Schema {
    let customerID = Column<Int64>("customer_id")
    let windowStart = Column<Timestamp>("window_start")
    let invoices = Column<Int64>("invoices")
    let revenue = Column<Decimal>("revenue", precision: 18, scale: 2)
}

struct InvoiceRevenue: Topology {
    func build(_ topology: TopologyBuilder) {
        topology
            .read(
                .kafka(topic: "invoices"), as: .json(Invoice.self),
                invalid: .deadLetter(topic: "invoices.dlq", duplicates: true)
            )
            .withWatermark(\.issuedAt, delay: .seconds(10))
            .dropDuplicates(by: \.invoiceID)
            .filter { $0.status != "void" }
            .window(.tumbling(.minutes(1)))
            .groupBy(\.customerID)
            .aggregate(into: CustomerRevenue.self) { invoice, window, row in
                row.customerID.set(to: invoice.customerID)
                row.windowStart.set(to: window.start)
                row.invoices.set(to: .count)
                row.revenue.set(to: .sum(invoice.amount))
            }
            .merge(into: "gold.customer_revenue", on: \.customerID, \.windowStart)
    }
}

struct Misspelt: Topology {
    struct Result: Schema {
        let customerID = Column<Int64>("customer_id")
        let amount = Column<Decimal>("amount", precision: 12, scale: 2)
        let invoices = Column<Int64>("invoices")
    }

    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "invoices"), as: .json(Invoice.self), invalid: .counted)
            .withWatermark(\.issuedAt, delay: .seconds(10))
            .window(.hopping(.minutes(2), every: .minutes(1)))
            .groupBy(\.customerID)
            .aggregate(into: Result.self) { invoice, _, row in
                row.customerID.set(to: invoice.customerID)
                row.amount.set(to: invoice.amount)
            }
            .merge(into: "gold.wrong", on: \.customerID)
    }
}

@Suite struct InvoiceRevenueTests {
    static func invoice(_ id: String, _ customer: Int, _ time: String, _ amount: String, _ status: String = "\"open\"")
        -> String
    {
        #"{"invoice_id":"\#(id)","customer_id":\#(customer),"issued_at":"2026-01-01T\#(time)Z","amount":\#(amount),"status":\#(status)}"#
    }

    static let records = [
        invoice("a", 1, "10:00:05", "10.10"), invoice("b", 2, "10:00:10", "5"), invoice("a", 1, "10:00:05", "10.10"),
        invoice("c", 1, "10:00:59.999999", "0.05"), invoice("d", 1, "10:01:00", "7", "\"void\""),
        invoice("e", 2, "10:01:00", "100.00", "null"), invoice("f", 2, "10:00:55", "1"), "{broken",
        invoice("g", 3, "10:01:05", "1.005"), invoice("h", 3, "10:02:30", "9.99"), invoice("i", 1, "10:00:30", "3"),
    ]

    @Test func revenueByCustomerAndMinute() throws {
        let outcome = try HostileHarness(InvoiceRevenue.self).run(TopologyInput(Self.records, topic: "invoices"))
        let minute = { (minutes: Int64) in 1_767_261_600_000_000 + minutes * 60_000_000 }
        #expect(
            outcome.rows(of: "gold.customer_revenue") == [
                "customer_id=1 window_start=\(minute(0)) invoices=2 revenue=1015e-2",
                "customer_id=2 window_start=\(minute(0)) invoices=2 revenue=600e-2",
                "customer_id=3 window_start=\(minute(2)) invoices=1 revenue=999e-2",
            ])
        let counts = outcome.reconciliation
        #expect(
            [counts.read, counts.processed, counts.filtered, counts.late, counts.duplicate, counts.malformed] == [
                11, 5, 2, 1, 1, 2,
            ])
    }

    @Test(arguments: TopologyDriver.Mode.allCases)
    func deadLettersHaveTheBytesOfTheirRecords(mode: TopologyDriver.Mode) throws {
        let driver = try TopologyDriver(InvoiceRevenue.self, mode: mode)
        try driver.feed(Self.records, topic: "invoices")
        let letters = driver.deadLetters.map { "\($0.offset) \($0.reason.rawValue) \($0.field ?? "-")" }
        #expect(Set(letters) == ["2 duplicate -", "7 malformed -", "8 contract_violation amount", "10 late -"])
        #expect(letters.count == 4)
        #expect(driver.deadLetters.allSatisfy { $0.value == Array(Self.records[Int($0.offset)].utf8) })
    }

    @Test func theNameAndThePlan() throws {
        #expect(InvoiceRevenue.name == "invoice-revenue")
        #expect(
            try InvoiceRevenue.makePlan().text.split(separator: "\n").dropFirst(2).joined(separator: "\n") == """
                  1: event time issued_at, delay 10 s <- 0
                  2: drop duplicates by invoice_id [state: keys within the watermark, sharded] <- 1
                  3: filter (status <> 'void') <- 2
                  4: tumbling window 1 min, emit onClose, group by customer_id: __invoices = count(*), \
                __revenue = sum(amount) -> customer_id, __window_start as window_start, \
                cast(__invoices as bigint) as invoices, cast(__revenue as decimal(18,2)) as revenue \
                [state: groups of open windows, sharded] <- 3
                  5: merge into gold.customer_revenue on customer_id, window_start <- 4
                """)
    }

    @Test func whatIsWrongIsSaidTogether() {
        #expect(
            throws: PlanError(
                """
                column 'amount' takes 'amount', which has many values in a group: group by it, or aggregate it
                column 'invoices' of Result is set never in aggregate(into:): set it once
                """)
        ) { try Misspelt.makePlan() }
    }
}
