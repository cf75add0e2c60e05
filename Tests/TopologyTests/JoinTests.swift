import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Joins as a topology's author writes them.
@Suite struct JoinTests {
    struct Sale: Schema {
        let id = Column<String>("id")
        let shop = Column<Int32>("shop")
        let currency = Column<String?>("currency")
        let amount = Column<Int64>("amount")
        let soldAt = Column<Timestamp>("sold_at")
    }

    struct Payment: Schema {
        let sale = Column<String>("sale")
        let paid = Column<Int64>("paid")
        let paidAt = Column<Timestamp>("paid_at")
    }

    struct Rate: Schema {
        let currency = Column<String>("currency")
        let perMille = Column<Int64>("per_mille")
        let isGone = Column<Bool>("is_gone")
        let validFrom = Column<Timestamp>("valid_from")
    }

    struct Settled: Schema {
        let sale = Column<String>("sale")
        let amount = Column<Int64>("amount")
        let paid = Column<Int64?>("paid")
        let rate = Column<Int64?>("rate")
        let soldAt = Column<Timestamp>("sold_at")
    }

    struct Step: Schema {
        let sale = Column<String>("sale")
        let currency = Column<String?>("currency")
        let amount = Column<Int64>("amount")
        let paid = Column<Int64?>("paid")
        let soldAt = Column<Timestamp>("sold_at")
    }

    struct PerMinute: Schema {
        let minute = Column<Timestamp>("minute")
        let sales = Column<Int64>("sales")
        let paid = Column<Int64>("paid")
    }

    /// Each sale with its payment within half a minute and the rate of its time; and how many a minute.
    struct Settlement: Topology {
        func build(_ topology: TopologyBuilder) {
            let invalid = TopologyBuilder.InvalidRecords.deadLetter(topic: "dead")
            let sales = topology.read(.kafka(topic: "sales"), as: .json(Sale.self), invalid: invalid)
                .withWatermark(\.soldAt, delay: .seconds(10))
            let payments = topology.read(.kafka(topic: "payments"), as: .json(Payment.self), invalid: invalid)
                .withWatermark(\.paidAt, delay: .seconds(10))
            let rates = topology.read(.kafka(topic: "rates"), as: .json(Rate.self), invalid: invalid)
                .withWatermark(\.validFrom, delay: .zero)
            let paid = sales.join(
                payments, on: { $0.id == $1.sale && $1.paid > 0 }, within: .between(.seconds(-5), .seconds(30)),
                joinKind: .left, into: Step.self
            ) { sale, payment, row in
                row.sale.set(to: sale.id)
                row.currency.set(to: sale.currency)
                row.amount.set(to: sale.amount)
                row.paid.set(to: payment.paid)
                row.soldAt.set(to: sale.soldAt)
            }
            paid.join(
                asOf: rates, on: { $0.currency == $1.currency }, deletedWhere: { $0.isGone }, joinKind: .left,
                into: Settled.self
            ) { step, rate, row in
                row.sale.set(to: step.sale)
                row.amount.set(to: step.amount)
                row.paid.set(to: step.paid)
                row.rate.set(to: rate.perMille)
                row.soldAt.set(to: step.soldAt)
            }
            .merge(into: "gold.settled", on: \.sale)
            paid.window(.tumbling(.minutes(1))).groupBy().aggregate(into: PerMinute.self) { step, window, row in
                row.minute.set(to: window.start)
                row.sales.set(to: .count)
                row.paid.set(to: .count(step.paid))
            }
            .merge(into: "gold.per_minute", on: \.minute)
        }
    }

    static func time(_ second: Int) -> String {
        "\"2026-01-01T10:0\(second / 60):\(second % 60 < 10 ? "0" : "")\(second % 60)Z\""
    }

    static func sale(_ id: String, _ currency: String?, _ amount: Int, at second: Int) -> String {
        let currency = currency.map { "\"\($0)\"" } ?? "null"
        return #"{"id":"\#(id)","shop":1,"currency":\#(currency),"amount":\#(amount),"sold_at":\#(time(second))}"#
    }

    static func payment(_ sale: String, _ paid: Int, at second: Int) -> String {
        #"{"sale":"\#(sale)","paid":\#(paid),"paid_at":\#(time(second))}"#
    }

    static func rate(_ currency: String, _ perMille: Int, gone: Bool = false, at second: Int) -> String {
        #"{"currency":"\#(currency)","per_mille":\#(perMille),"is_gone":\#(gone),"valid_from":\#(time(second))}"#
    }

    static let start: Int64 = 1_767_261_600_000_000

    @Test func threeTopicsInEveryWay() throws {
        var input = TopologyInput()
        input.feed([Self.rate("EUR", 1000, at: 0), Self.rate("USD", 900, at: 0)], topic: "rates")
        input.feed(
            [Self.sale("a", "EUR", 10, at: 5), Self.sale("b", "USD", 20, at: 20), "{broken"], topic: "sales")
        input.feed([Self.payment("b", 20, at: 15), Self.payment("a", 0, at: 16)], topic: "payments", partition: 1)
        input.feed([Self.sale("c", "USD", 30, at: 40), Self.sale("d", nil, 40, at: 41)], topic: "sales", partition: 1)
        input.feed([Self.rate("USD", 950, at: 40), Self.rate("EUR", 1, gone: true, at: 65)], topic: "rates")
        input.feed(
            [Self.payment("c", 30, at: 70), Self.payment("b", 1, at: 65), Self.payment("a", 10, at: 40)],
            topic: "payments", partition: 1)
        input.feed([Self.sale("e", "EUR", 50, at: 70), Self.sale("late", "EUR", 1, at: 20)], topic: "sales")
        input.feed([Self.payment("d", 40, at: 72), Self.payment("e", 50, at: 100)], topic: "payments")
        input.feed([Self.rate("CHF", 1, at: 100)], topic: "rates")
        input.endInput()
        let outcome = try HostileHarness(Settlement.self).run(input)
        func row(_ sale: String, _ amount: Int, _ paid: String, _ rate: String, at second: Int64) -> String {
            "sale=\(sale) amount=\(amount) paid=\(paid) rate=\(rate) sold_at=\(Self.start + second * 1_000_000)"
        }
        #expect(
            outcome.rows(of: "gold.settled") == [
                // A payment of nothing is none, and the next came too late in its topic.
                row("a", 10, "null", "1000", at: 5), row("b", 20, "20", "900", at: 20),
                // The last instant of the half minute, and the rate of then; then a second too late, and no currency.
                row("c", 30, "30", "950", at: 40), row("d", 40, "null", "null", at: 41),
                // The rate has ended.
                row("e", 50, "50", "null", at: 70),
            ])
        // A pair counts when the later of the two happened.
        #expect(
            outcome.rows(of: "gold.per_minute") == [
                "minute=\(Self.start) sales=3 paid=1", "minute=\(Self.start + 60_000_000) sales=2 paid=2",
            ])
        #expect(outcome.deadLetters.count == 3)
        let all = outcome.reconciliations
        #expect(all.map(\.read) == [7, 7, 5] && all.map(\.late) == [1, 1, 0] && all.map(\.malformed) == [1, 0, 0])
        #expect(all.map(\.processed) == [5, 6, 5])
    }

    struct Pair: Schema {
        let sale = Column<String?>("sale")
        let other = Column<String?>("other")
        let start = Column<Timestamp>("start")
    }

    /// Sales and payments of one shop in one minute, all of both; a stream is joined with itself, too.
    struct Windows: Topology {
        func build(_ topology: TopologyBuilder) {
            let sales = topology.read(.kafka(topic: "sales"), as: .json(Sale.self), invalid: .counted)
                .union(topology.read(.kafka(topic: "old-sales"), as: .json(Sale.self), invalid: .counted))
                .withWatermark(\.soldAt, delay: .seconds(10))
            let payments = topology.read(.kafka(topic: "payments"), as: .json(Payment.self), invalid: .counted)
                .withWatermark(\.paidAt, delay: .seconds(10))
            sales.window(.tumbling(.minutes(1))).join(
                payments, on: { $1.sale.uppercased() == $0.id.uppercased() }, joinKind: .full, into: Pair.self
            ) { sale, payment, window, row in
                row.sale.set(to: sale.id)
                row.other.set(to: payment.sale)
                row.start.set(to: window.start)
            }
            .append(to: "gold.windows")
            sales.join(
                sales, on: { $0.shop == $1.shop && $0.id < $1.id }, within: .around(.seconds(20)), into: Pair.self
            ) { first, second, row in
                row.sale.set(to: first.id)
                row.other.set(to: second.id)
                row.start.set(to: first.soldAt)
            }
            .append(to: "gold.pairs")
        }
    }

    @Test func windowsUnionsAndAStreamWithItself() throws {
        var input = TopologyInput()
        input.feed([Self.sale("a", nil, 1, at: 10), Self.sale("b", nil, 1, at: 30)], topic: "sales")
        input.feed([Self.payment("A", 1, at: 59), Self.payment("b", 1, at: 60)], topic: "payments")
        input.feed([Self.sale("c", nil, 1, at: 51)], topic: "old-sales", partition: 3)
        input.endInput()
        let outcome = try HostileHarness(Windows.self).run(input)
        #expect(
            outcome.rows(of: "gold.windows") == [
                "sale=a other=A start=\(Self.start)", "sale=b other=null start=\(Self.start)",
                "sale=c other=null start=\(Self.start)", "sale=null other=b start=\(Self.start + 60_000_000)",
            ])
        #expect(outcome.rows(of: "gold.pairs") == ["sale=a other=b start=\(Self.start + 10_000_000)"])
    }

    struct Mistaken: Topology {
        func build(_ topology: TopologyBuilder) {
            let sales = topology.read(.kafka(topic: "sales"), as: .json(Sale.self), invalid: .counted)
                .withWatermark(\.soldAt, delay: .seconds(10))
            let payments = topology.read(.kafka(topic: "payments"), as: .json(Payment.self), invalid: .counted)
                .withWatermark(\.paidAt, delay: .seconds(10))
            sales.join(
                payments, on: { $0.amount > $1.paid }, within: .before(upTo: .seconds(1)), joinKind: .full,
                into: Settled.self
            ) { sale, payment, row in
                row.sale.set(to: sale.id)
                row.amount.set(to: sale.amount.coalesce(0))
                row.paid.set(to: payment.paid)
                row.soldAt.set(to: payment.paidAt)
            }
            .append(to: "gold.settled")
        }
    }

    @Test func mistakesAreNamedBeforeTheFirstRecord() {
        #expect(
            throws: PlanError(
                """
                a join needs an equality between its two sides, such as on: { $0.id == $1.id }; (left.amount > right.paid) \
                has none
                column 'sale' is never null by its declaration, but left.id can be: make the column optional, or say what \
                stands for null with coalesce
                column 'rate' of Settled is set never in join(into:): set it once
                column 'sold_at' is never null by its declaration, but right.paid_at can be: make the column optional, or \
                say what stands for null with coalesce
                """)
        ) { try Mistaken.makePlan() }
    }

    @Test func thePlanAsText() throws {
        let plan = try Settlement.makePlan()
        #expect(
            plan.text.contains(
                "left join on left.id = right.sale, right from -5 s to 30 s after left, where (right.paid > 0) -> "))
        #expect(
            plan.text.contains(
                "left join on left.currency = right.currency, right as of left, deleted where is_gone -> "))
        #expect(plan.text.contains("sharded] <- 1, 3") && plan.text.contains("sharded] <- 6, 5"))
    }
}
