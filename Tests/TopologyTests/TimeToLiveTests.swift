import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Totals over all time with a time to live, against their definition over lists, in every way that must not matter.
@Suite struct TimeToLiveTests {
    struct Visit: Schema {
        let user = Column<String>("user")
        let at = Column<Timestamp>("at", timestamps: .epochSeconds)
        let pages = Column<Int64>("pages")
    }

    struct Total: Schema {
        let user = Column<String>("user")
        let visits = Column<Int64>("visits")
        let pages = Column<Int64?>("pages")
        let most = Column<Int64>("most")
    }

    /// By what becomes of the rows of users that are forgotten.
    struct Deleting: Topology {
        func build(_ topology: TopologyBuilder) { totals(topology, .deleted).merge(into: "t.totals", on: \.user) }
    }

    struct Keeping: Topology {
        func build(_ topology: TopologyBuilder) { totals(topology, .kept).merge(into: "t.totals", on: \.user) }
    }

    /// The best of what is there: what is forgotten leaves the ranking.
    struct Best: Topology {
        func build(_ topology: TopologyBuilder) {
            totals(topology, .deleted).overAllTime().groupBy()
                .top(2, by: .descending(\.visits), identifiedBy: \.user, into: Total.self) { total, _, _, row in
                    row.user.set(to: total.user)
                    row.visits.set(to: total.visits)
                    row.pages.set(to: total.pages)
                    row.most.set(to: total.most)
                }
                .merge(into: "t.best", on: \.user)
        }
    }

    static let life = 64

    static func totals(_ topology: TopologyBuilder, _ expired: ExpiredRows) -> ResultStream<Total> {
        topology.read(.kafka(topic: "visits"), as: .json(Visit.self), invalid: .deadLetter(topic: "dead"))
            .withWatermark(\.at, delay: .seconds(5))
            .overAllTime(timeToLive: .seconds(life), expired: expired)
            .groupBy(\.user)
            .aggregate(into: Total.self) { visit, _, row in
                row.user.set(to: visit.user)
                row.visits.set(to: .count)
                row.pages.set(to: .sum(visit.pages))
                row.most.set(to: .max(visit.pages))
            }
    }

    struct Row {
        var user: Int
        var at: Int
        var pages: Int
        var json: String { #"{"user":"u\#(user)","at":\#(at),"pages":\#(pages)}"# }
    }

    /// Users come often, now and then, and once; a few rows are late.
    static func rows(_ seed: UInt64) -> [Row] {
        var state = seed
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        return (0..<200).map { index in
            let user = random(3) == 0 ? random(4) : 10 + random(40)
            return Row(user: user, at: index * 3 - random(20) - (random(12) == 0 ? 80 : 0), pages: random(9))
        }
    }

    struct Life {
        var visits = 0
        var pages = 0
        var most = 0
        var last = Int.min
    }

    /// What the definition makes of the rows of one partition: the users that are there, and all that ever were.
    static func expected(_ rows: [Row]) -> (live: [Int: Life], all: [Int: Life], late: Int, renewed: Int) {
        var all: [Int: Life] = [:]
        var (late, renewed) = (0, 0)
        var largest: Int?
        for row in rows {
            let watermark = largest.map { $0 - 5 }
            largest = max(largest ?? .min, row.at)
            if let watermark, row.at + life <= watermark {
                late += 1
                continue
            }
            var total = all[row.user] ?? Life()
            if let watermark, total.visits > 0, total.last + life <= watermark {
                renewed += 1
                total = Life()
            }
            total.visits += 1
            total.pages += row.pages
            total.most = max(total.most, row.pages)
            total.last = max(total.last, row.at)
            all[row.user] = total
        }
        // The last watermark, at the multiple of a 32nd of the life that it passed.
        let swept = ((largest ?? 0) - 5) / 2 * 2
        return (all.filter { $0.value.last + life > swept }, all, late, renewed)
    }

    static func text(_ user: Int, _ total: Life) -> String {
        "user=u\(user) visits=\(total.visits) pages=\(total.pages) most=\(total.most)"
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func forgottenTotalsAreDeleted(seed: UInt64) throws {
        let rows = Self.rows(seed)
        let expected = Self.expected(rows)
        let outcome = try HostileHarness(Deleting.self).run(TopologyInput(rows.map(\.json), topic: "visits"))
        #expect(outcome.rows(of: "t.totals") == expected.live.map { Self.text($0.key, $0.value) }.sorted())
        #expect(outcome.reconciliation.late == expected.late)
        #expect(expected.live.count < expected.all.count - 5 && expected.late > 3 && expected.renewed > 5)
        #expect(
            outcome.deadLetters.first?.contains("it is older than the watermark by the time to live") == true)
    }

    @Test(arguments: [4, 5] as [UInt64])
    func orTheyStayUntilTheyAreReplaced(seed: UInt64) throws {
        let rows = Self.rows(seed)
        let expected = Self.expected(rows)
        let outcome = try HostileHarness(Keeping.self).run(TopologyInput(rows.map(\.json), topic: "visits"))
        #expect(outcome.rows(of: "t.totals") == expected.all.map { Self.text($0.key, $0.value) }.sorted())
        #expect(expected.renewed > 5)
    }

    @Test func rankingsTakeTheDeletions() throws {
        let rows = [Row(user: 1, at: 0, pages: 1), Row(user: 1, at: 1, pages: 1), Row(user: 2, at: 60, pages: 1)]
        var driver = try TopologyDriver(Best.self)
        try driver.feed(rows.map(\.json), topic: "visits")
        #expect(driver.outcome.rows(of: "t.best").count == 2)
        driver = try TopologyDriver(Best.self)
        try driver.feed((rows + [Row(user: 3, at: 80, pages: 1)]).map(\.json), topic: "visits")
        #expect(driver.outcome.rows(of: "t.best").map { $0.prefix(7) } == ["user=u2", "user=u3"])
    }

    struct Windowed: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "visits"), as: .json(Visit.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(5))
                .overAllTime(timeToLive: .zero)
                .groupBy(\.user)
                .aggregate(into: Total.self) { visit, _, row in
                    row.user.set(to: visit.user)
                    row.visits.set(to: .count)
                    row.pages.set(to: .sum(visit.pages))
                    row.most.set(to: .max(visit.pages))
                }
                .merge(into: "t.totals", on: \.user)
        }
    }

    @Test func whatCannotBeIsRefused() {
        #expect { try TopologyDriver(Windowed.self) } throws: { "\($0)".contains("a time to live must be positive") }
    }

    @Test func thePlan() throws {
        #expect(try Deleting.makePlan().text.contains("2: all time, time to live 64 s, emit early with every batch"))
        #expect(try Keeping.makePlan().text.contains("all time, time to live 64 s keeping rows, emit"))
    }
}
