import Dataflow
import Streams
import Testing
import TidemarkTesting

struct Visit: Schema {
    let site = Column<String>("site")
    let at = Column<Timestamp>("at", timestamps: .epochSeconds)
    let user = Column<String?>("user")
    let pages = Column<Int32>("pages")
    let seconds = Column<Double?>("seconds")
    let price = Column<Decimal>("price", precision: 9, scale: 2)
    let isNew = Column<Bool>("is_new")
    let flags = Column<Int64>("flags")
}

struct VisitSummary: Schema {
    let site = Column<String>("site")
    let start = Column<Timestamp>("start")
    let visits = Column<Int64>("visits")
    let newVisits = Column<Int64>("new_visits")
    let pagesOfNew = Column<Int64?>("pages_of_new")
    let users = Column<Int64>("users")
    let usersAbout = Column<Int64>("users_about")
    let newUsers = Column<Int64>("new_users")
    let median = Column<Double?>("median")
    let spread = Column<Int64>("spread")
    let deviation = Column<Double?>("deviation")
    let meanPrice = Column<Decimal>("mean_price", precision: 9, scale: 3)
    let firstUser = Column<String?>("first_user")
    let lastUser = Column<String?>("last_user")
    let bestUser = Column<String?>("best_user")
    let cheapest = Column<Int32>("cheapest")
    let allNew = Column<Bool>("all_new")
    let anyNew = Column<Bool>("any_new")
    let flags = Column<Int64>("flags")
    let list = Column<String?>("list")
    let distinct = Column<String?>("distinct")
}

/// The greatest number less the least, as an aggregate of one's own; `taking` is left to the default.
struct Spread: AggregateDefinition {
    let name = "spread"

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        guard arguments == [.int32] else { throw AggregateRefusal("takes an int") }
        return .int64
    }

    func makeState(of arguments: [DataType]) -> any AggregateState { State() }

    private struct State: AggregateState {
        var least: [Int64] = []
        var greatest: [Int64] = []

        mutating func grow(to count: Int) {
            while least.count < count {
                least.append(.max)
                greatest.append(.min)
            }
        }

        mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
            grow(to: groupCount)
            guard case .int32(let values) = columns[0].values else { return }
            for (row, group) in groups.enumerated() where columns[0].validity?[row] ?? true {
                least[Int(group)] = min(least[Int(group)], Int64(values[row]))
                greatest[Int(group)] = max(greatest[Int(group)], Int64(values[row]))
            }
        }

        mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
            grow(to: groupCount)
            guard case .int64(let otherLeast) = state[0].values, case .int64(let otherGreatest) = state[1].values else {
                return
            }
            for (row, group) in groups.enumerated() {
                least[Int(group)] = min(least[Int(group)], otherLeast[row])
                greatest[Int(group)] = max(greatest[Int(group)], otherGreatest[row])
            }
        }

        func state() -> [ColumnVector] {
            [ColumnVector(.int64, .int64(least)), ColumnVector(.int64, .int64(greatest))]
        }

        func finish() -> ColumnVector {
            let scalars = zip(least, greatest).map { $0 > $1 ? Scalar.null : .int64($1 - $0) }
            return ColumnVector(.int64, scalars: scalars)
        }
    }
}

protocol VisitTopology: Topology {
    static var window: Window { get }
}

extension VisitTopology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "visits"), as: .json(Visit.self), invalid: .counted)
            .withWatermark(\.at, delay: .hours(1))
            .window(Self.window)
            .groupBy(\.site)
            .aggregate(into: VisitSummary.self) { visit, window, row in
                row.site.set(to: visit.site)
                row.start.set(to: window.start)
                row.visits.set(to: .count)
                row.newVisits.set(to: .count(where: visit.isNew))
                row.pagesOfNew.set(to: .sum(visit.pages, where: visit.isNew))
                row.users.set(to: .countDistinct(visit.user))
                row.usersAbout.set(to: .approximateCountDistinct(visit.user))
                row.newUsers.set(to: .countDistinct(visit.user).filtered(where: visit.isNew))
                row.median.set(to: .approximateMedian(visit.seconds))
                row.spread.set(to: .custom(Spread(), visit.pages))
                row.deviation.set(to: .standardDeviationPopulation(visit.seconds))
                row.meanPrice.set(to: .average(visit.price))
                row.firstUser.set(to: .first(visit.user))
                row.lastUser.set(to: .last(visit.user))
                row.bestUser.set(to: .maxBy(visit.user, visit.pages))
                row.cheapest.set(to: .minBy(visit.pages, visit.price))
                row.allNew.set(to: .all(visit.isNew))
                row.anyNew.set(to: .any(visit.isNew))
                row.flags.set(to: .bitOr(visit.flags))
                row.list.set(to: .collectJSON(visit.user, limit: 3))
                row.distinct.set(to: .collectDistinctJSON(visit.user, limit: 3))
            }
            .merge(into: "gold.visits", on: \.site, \.start)
    }
}

struct HourlyVisits: VisitTopology {
    static var window: Window { .tumbling(.hours(1)) }
}

struct HoppingVisits: VisitTopology {
    static var window: Window { .hopping(.hours(1), every: .minutes(20)) }
}

struct VisitSessions: VisitTopology {
    static var window: Window { .session(gap: .minutes(2), emitting: .early()) }
}

struct WrongAggregates: Topology {
    struct Result: Schema {
        let site = Column<String>("site")
        let sample = Column<Double>("sample")
        let users = Column<String>("users")
        let spread = Column<Int64?>("spread")
        let text = Column<String?>("text")
        let quantile = Column<Double?>("quantile")
    }

    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "visits"), as: .json(Visit.self), invalid: .counted)
            .withWatermark(\.at, delay: .hours(1)).window(.tumbling(.hours(1))).groupBy(\.site)
            .aggregate(into: Result.self) { visit, _, row in
                row.site.set(to: visit.site)
                row.sample.set(to: .varianceSample(visit.pages))
                row.users.set(to: .first(visit.user))
                row.spread.set(to: .custom(Spread(), visit.price))
                row.text.set(to: .custom(Spread(), visit.pages))
                row.quantile.set(to: .approximateQuantile(95, of: visit.seconds))
            }
            .merge(into: "gold.wrong", on: \.site)
    }
}

struct UntimedFirst: Topology {
    struct Result: Schema {
        let site = Column<String>("site")
        let user = Column<String?>("user")
    }

    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "visits"), as: .json(Visit.self), invalid: .counted)
            .overAllTime().groupBy(\.site)
            .aggregate(into: Result.self) { visit, _, row in
                row.site.set(to: visit.site)
                row.user.set(to: .first(visit.user))
            }
            .merge(into: "gold.untimed", on: \.site)
    }
}

@Suite struct AggregateTests {
    static func visit(
        _ site: String, _ second: Int, _ user: String?, _ pages: Int, _ seconds: String, _ price: String, _ isNew: Bool,
        _ flags: Int
    ) -> String {
        let user = user.map { "\"\($0)\"" } ?? "null"
        return #"{"site":"\#(site)","at":\#(second),"user":\#(user),"pages":\#(pages),"seconds":\#(seconds),"#
            + #""price":\#(price),"is_new":\#(isNew),"flags":\#(flags)}"#
    }

    /// Out of order, with two rows at one time and nulls.
    static let records = [
        visit("a", 50, "eve", 3, "10", "2.00", false, 1), visit("a", 20, nil, 9, "null", "1.00", true, 2),
        visit("a", 30, "ada", 5, "30", "1.50", true, 4), visit("a", 30, "bob", 5, "20", "1.00", false, 8),
        visit("a", 40, "ada", 1, "null", "9.99", true, 1), visit("b", 10, nil, 2, "null", "0.01", true, 0),
    ]

    @Test func oneRowForEachSite() throws {
        let outcome = try HostileHarness(HourlyVisits.self).run(TopologyInput(Self.records, topic: "visits"))
        // The median of 10, 20, 30 within 1 %; the bucket of 20 is the same in every order.
        let rows = outcome.rows(of: "gold.visits").map { $0.split(separator: " ") }
        try #require(rows.count == 2)
        let median = try #require(rows[0].first { $0.hasPrefix("median=") }.flatMap { Double($0.dropFirst(7)) })
        #expect(abs(median - 20) <= 0.2)
        #expect(
            rows[0].filter { !$0.hasPrefix("median=") }.joined(separator: " ") == """
                site=a start=0 visits=5 new_visits=3 pages_of_new=15 users=3 users_about=3 new_users=1 spread=8 \
                deviation=8.16496580927726 mean_price=3098e-3 first_user=ada last_user=eve best_user=ada cheapest=9 \
                all_new=false any_new=true flags=15 list=["ada","bob","ada"] distinct=["ada","bob","eve"]
                """)
        #expect(
            rows[1].joined(separator: " ") == """
                site=b start=0 visits=1 new_visits=1 pages_of_new=2 users=0 users_about=0 new_users=0 median=null \
                spread=0 deviation=null mean_price=10e-3 first_user=null last_user=null best_user=null cheapest=2 \
                all_new=true any_new=true flags=0 list=null distinct=null
                """)
    }

    /// Panes and sessions that merge, with several hundred rows in two partitions.
    @Test(arguments: [false, true])
    func mergedStateGivesTheSameRows(isSession: Bool) throws {
        let topology: any Topology.Type = isSession ? VisitSessions.self : HoppingVisits.self
        let records = (0..<300).map { row in
            Self.visit(
                "s\((row * 7) % 5)", ((row * 97) % 3500) * 2 + 10, row % 9 == 0 ? nil : "u\((row * 31) % 40)",
                (row * 13) % 50, row % 4 == 0 ? "null" : "\((row * 17) % 600).25", "\((row * 11) % 90).50",
                row % 3 == 0, row % 128)
        }
        func run(_ ways: [HostileHarness.Way], chunk: Int) throws -> [String] {
            var input = TopologyInput()
            for start in stride(from: 0, to: 300, by: chunk) {
                let part = Array(records[start..<min(start + chunk, 300)])
                input.feed(part, topic: "visits", partition: Int32((start / 50) % 2))
            }
            input.endInput()
            return try HostileHarness(topology, ways: ways, comparable: Self.withoutLastDigits).run(input)
                .rows(of: "gold.visits")
        }
        let whole = try run([.init(.asFed)], chunk: 50)
        #expect(whole.count > 5)
        #expect(try run(HostileHarness.Way.all, chunk: 10) == whole)
    }

    /// Deviations are doubles, rounded as rows come: nine digits of them are compared.
    static func withoutLastDigits(_ row: String) -> String {
        row.split(separator: " ").map { part in
            guard part.hasPrefix("deviation="), let value = Double(part.dropFirst(10)) else { return String(part) }
            return "deviation=\((value * 1e6).rounded())"
        }.joined(separator: " ")
    }

    @Test func thePlanNamesThem() throws {
        let text = try HourlyVisits.makePlan().text
        for call in [
            "__spread = spread(pages)", "__median = approximateQuantile(seconds, 0.5, within 0.01)",
            "__list = collectJSON(user, limit 3)", "__cheapest = minBy(pages, price)",
            "__new_users = countDistinct(case when is_new then user end)",
        ] { #expect(text.contains(call)) }
    }

    @Test func whatDoesNotFitIsSaidBeforeTheRun() {
        #expect(
            throws: PlanError(
                """
                column 'sample' is never null by its declaration, but varianceSample(pages) can be: make the column \
                optional
                column 'users' is never null by its declaration, but first(user) can be, when the argument is null in \
                the whole group: make the column optional, or say what stands for null with coalesce
                spread(price) is not possible: spread takes an int, and price is decimal(9,2)
                column 'text' is string, and spread(pages) gives bigint
                approximateQuantile(seconds, 95.0, within 0.01) is not possible: approximateQuantile takes a share from \
                0 to 1, and seconds is double
                """)
        ) { try WrongAggregates.makePlan() }
    }

    @Test func orderedAggregatesNeedEventTime() {
        do {
            _ = try TopologyDriver(UntimedFirst.self)
            Issue.record("no event time, and no complaint")
        } catch { #expect("\(error)".contains("add withWatermark before it")) }
    }
}
