import Dataflow
import Foundation
import Streams
import Testing
import TidemarkTesting

private struct Click: Schema {
    let user = Column<String>("user")
    let at = Column<Timestamp>("at")
    let weight = Column<Int64>("weight")
}

private struct ClickVisit: Schema {
    let user = Column<String>("user")
    let began = Column<Timestamp>("began")
    let clicks = Column<Int64>("clicks")
    let weight = Column<Int64?>("weight")
}

/// The same rows as a table and as a topic: sessions that merge take rows back, so that there are tombstones.
private struct ClickVisits: Topology {
    func build(_ topology: TopologyBuilder) {
        let clicks = topology.read(.kafka(topic: "clicks"), as: .json(Click.self), invalid: .counted)
            .withWatermark(\.at, delay: .minutes(10))
        clicks.filter { $0.weight > 90 }.write(
            to: .kafka(topic: "heavy"), as: .json, key: \.user, delivery: .atLeastOnce)
        clicks.write(to: .kafka(topic: "clicks.copy"), as: .json)
        let visits = clicks.window(.session(gap: .minutes(2), emitting: .early())).groupBy(\.user)
            .aggregate(into: ClickVisit.self) { click, window, row in
                row.user.set(to: click.user)
                row.began.set(to: window.start)
                row.clicks.set(to: .count)
                row.weight.set(to: .sum(click.weight))
            }
        visits.merge(into: "gold.visits", on: \.user, \.began)
        visits.write(to: .kafka(topic: "visits"), as: .json, key: \.user, \.began)
    }
}

@Suite struct TopicSinkTests {
    private struct Record: Decodable {
        var user: String
        var at: String?
        var began: String?
        var clicks: Int?
        var weight: Int

        /// The row as `TopologyDriver` shows it.
        func text() throws -> String {
            let text = try #require(began)
            let began = try #require(ISO8601DateFormatter().date(from: text))
            return "user=\(user) began=\(Int(began.timeIntervalSince1970))000000 clicks=\(clicks ?? 0) weight=\(weight)"
        }
    }

    private static let start = 1_767_225_600

    /// Seconds after the start, users and weights: sessions that two later clicks join.
    private static func clicks() -> [(second: Int, user: String, weight: Int)] {
        var random = SystemRandomNumberGenerator()
        return (0..<600).map { number in
            let second = number * 5 + Int.random(in: -200...200, using: &random)
            return (max(0, second), ["ana", "bo", "", "d\"q"].randomElement(using: &random)!, Int.random(in: 0...100))
        }
    }

    private static func json(_ click: (second: Int, user: String, weight: Int)) -> String {
        let at = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(start + click.second)))
        return #"{"user":"\#(click.user.replacing("\"", with: "\\\""))","at":"\#(at)","weight":\#(click.weight)}"#
    }

    private static func decode(_ record: TopicRecord) throws -> Record {
        let text = try #require(record.value)
        return try JSONDecoder().decode(Record.self, from: Data(text.utf8))
    }

    private static func input(_ clicks: [(second: Int, user: String, weight: Int)]) -> TopologyInput {
        var input = TopologyInput()
        for start in stride(from: 0, to: clicks.count, by: 30) {
            input.feed(clicks[start..<min(start + 30, clicks.count)].map(json), topic: "clicks")
        }
        input.endInput()
        return input
    }

    @Test func topicsAreTheSameInEveryWay() throws {
        let clicks = Self.clicks()
        let outcome = try HostileHarness(ClickVisits.self).run(Self.input(clicks))
        #expect(outcome.topics["clicks.copy"]?.count == clicks.count)
        #expect(outcome.topics["heavy"]?.count == clicks.filter { $0.weight > 90 }.count)
        #expect(outcome.topics["visits"]?.count == Self.sessions(clicks).count)
    }

    @Test(arguments: TopologyDriver.Mode.allCases, [[1], [3], [1, 3, 2]])
    func topicsHoldWhatTablesHold(mode: TopologyDriver.Mode, parallelism: [Int]) throws {
        let clicks = Self.clicks()
        let driver = try TopologyDriver(ClickVisits.self, mode: mode, parallelism: parallelism)
        for start in stride(from: 0, to: clicks.count, by: 30) {
            try driver.feed(clicks[start..<min(start + 30, clicks.count)].map(Self.json), topic: "clicks")
        }
        try driver.endInput()
        let records = driver.records(of: "visits")
        let compacted = driver.compacted(topic: "visits")
        // The compacted topic is the table, and the sessions are those of a naive computation.
        let rows = try compacted.map { try Self.decode($0).text() }.sorted()
        #expect(rows == driver.rows(of: "gold.visits"))
        #expect(rows == Self.sessions(clicks))
        #expect(records.contains { $0.value == nil } && records.allSatisfy { $0.key != nil })
        #expect(compacted.count < records.count)
        for record in compacted {
            let row = try Self.decode(record)
            let text = try #require(record.key)
            let key = try JSONDecoder().decode([String: String?].self, from: Data(text.utf8))
            #expect(key == ["user": row.user, "began": row.began])
        }
    }

    @Test(arguments: TopologyDriver.Mode.allCases, [[1], [3], [1, 3, 2]])
    func everyRowIsARecord(mode: TopologyDriver.Mode, parallelism: [Int]) throws {
        let clicks = Self.clicks()
        let driver = try TopologyDriver(ClickVisits.self, mode: mode, parallelism: parallelism)
        try driver.feed(clicks.map(Self.json), topic: "clicks")
        let copies = driver.records(of: "clicks.copy")
        let expected = clicks.map { "\($0.second) \($0.user) \($0.weight)" }
        let rows = try copies.map { record in
            let row = try Self.decode(record)
            let text = try #require(row.at)
            let at = try #require(ISO8601DateFormatter().date(from: text))
            // The record's time is the event's.
            #expect(record.timestamp == Int64(at.timeIntervalSince1970 * 1000) && record.key == nil)
            return "\(Int(at.timeIntervalSince1970) - Self.start) \(row.user) \(row.weight)"
        }
        #expect(rows.sorted() == expected.sorted())
        let heavy = driver.records(of: "heavy").map { "\($0.key ?? "-")" }
        #expect(heavy.sorted() == clicks.filter { $0.weight > 90 }.map(\.user).sorted())
    }

    /// Sessions click by click: sort, and cut where the gap is.
    private static func sessions(_ clicks: [(second: Int, user: String, weight: Int)]) -> [String] {
        var texts: [String] = []
        for (user, mine) in Dictionary(grouping: clicks, by: \.user) {
            var session: [(second: Int, user: String, weight: Int)] = []
            func end() {
                guard let first = session.first else { return }
                texts.append(
                    "user=\(user) began=\(start + first.second)000000 clicks=\(session.count) "
                        + "weight=\(session.reduce(0) { $0 + $1.weight })")
                session = []
            }
            for click in mine.sorted(by: { $0.second < $1.second }) {
                if let last = session.last, click.second - last.second >= 120 { end() }
                session.append(click)
            }
            end()
        }
        return texts.sorted()
    }

    private struct Nullable: Schema {
        let user = Column<String?>("user")
        let clicks = Column<Int64>("clicks")
    }

    private struct Unkeyed: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "clicks"), as: .json(Click.self), invalid: .counted).overAllTime()
                .groupBy(\.user).aggregate(into: Nullable.self) { click, _, row in
                    row.user.set(to: click.user)
                    row.clicks.set(to: .count)
                }.write(to: .kafka(topic: "totals"), as: .json)
        }
    }

    private struct NullKey: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "clicks"), as: .json(Click.self), invalid: .counted).overAllTime()
                .groupBy(\.user).aggregate(into: Nullable.self) { click, _, row in
                    row.user.set(to: click.user)
                    row.clicks.set(to: .count)
                }.write(to: .kafka(topic: "totals"), as: .json, key: \.user)
        }
    }

    private struct BadName: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "clicks"), as: .json(Click.self), invalid: .counted).write(
                to: .kafka(topic: "no spaces"), as: .json)
        }
    }

    @Test func whatATopicCannotTakeIsRefused() throws {
        let unkeyed = #expect(throws: PlanError.self) { _ = try TopologyDriver(Unkeyed.self) }
        #expect(
            unkeyed?.description.contains(
                "'write to topic totals as json, exactly once', has no key by which rows could be replaced") ?? false)
        let null = #expect(throws: PlanError.self) { _ = try TopologyDriver(NullKey.self) }
        #expect(
            null?.description
                == "topic totals: its key 'user' may be null, which makes records without a key, and the rows may be "
                + "replaced by key later: declare the column as never null, or add one to the key")
        let name = #expect(throws: PlanError.self) { _ = try TopologyDriver(BadName.self) }
        #expect(
            name?.description
                == "'no spaces' is not the name of a topic: write ASCII letters, digits, '.', '_' and '-', 249 at most")
    }
}
