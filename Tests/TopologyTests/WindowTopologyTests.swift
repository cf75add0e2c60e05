import Foundation
import TestSupport
import Testing
import Streams
import TidemarkTesting

/// Random records in every kind of window and emission, as topologies, in every hostile way and as replays, against the
/// definition of the window.
@Suite struct WindowTopologyTests {
    struct Reading: Schema {
        let key = Column<Int64>("key")
        let time = Column<Timestamp>("time", timestamps: .epochSeconds)
        let value = Column<Int64>("value")
    }

    struct Total: Schema {
        let key = Column<Int64>("key")
        let start = Column<Timestamp>("start")
        let end = Column<Timestamp>("end")
        let isFinal = Column<Bool>("is_final")
        let count = Column<Int64>("count")
        let total = Column<Int64?>("total")
    }

    /// A record of a partition, in seconds.
    struct Event: Hashable {
        var partition: Int32
        var second: Int64
        var key: Int64
        var value: Int64
    }

    /// The windows of a stream, and their definition.
    protocol Kind {
        static var window: Window { get }
        /// s.
        static var lateness: Int64 { get }
        /// Where the stream begins, and how many seconds stand for one of it.
        static var scale: (start: Int64, factor: Int64) { get }
        /// The bounds of the windows that hold a second; nil for sessions.
        static func windows(_ second: Int64) -> [ClosedRange<Int64>]?
    }

    static let delay: Int64 = 10

    struct Topology<K: Kind>: Streams.Topology {
        static var name: String { "windows" }

        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "readings"), as: .json(Reading.self), invalid: .deadLetter(topic: "dead"))
                .withWatermark(\.time, delay: .seconds(WindowTopologyTests.delay * K.scale.factor))
                .window(K.window)
                .groupBy(\.key)
                .aggregate(into: Total.self) { reading, window, row in
                    row.key.set(to: reading.key)
                    row.start.set(to: window.start)
                    row.end.set(to: window.end)
                    row.isFinal.set(to: window.isFinal)
                    row.count.set(to: .count)
                    row.total.set(to: .sum(reading.value))
                }
                .merge(into: "gold.totals", on: \.key, \.start, \.end)
        }
    }

    /// Records of three partitions, each up to 45 s out of order, in rounds of up to 40.
    static func events(_ kind: any Kind.Type, seed: UInt64) -> [Event] {
        var random = SplitMix(state: seed)
        return (0..<200 as Range<Int64>).map { index in
            let second =
                index / 2 - 40 - Int64.random(in: 0...45, using: &random) * Int64.random(in: 0...1, using: &random)
            return Event(
                partition: Int32.random(in: 0..<3, using: &random),
                second: kind.scale.start + second * kind.scale.factor,
                key: Int64.random(in: 0..<5, using: &random), value: Int64.random(in: -9...9, using: &random))
        }
    }

    static func input(_ events: [Event], seed: UInt64) -> TopologyInput {
        var random = SplitMix(state: seed + 1000)
        var input = TopologyInput()
        var clock: Int64 = 0
        var start = 0
        while start < events.count {
            let end = min(events.count, start + Int.random(in: 1...40, using: &random))
            for partition in 0..<3 as Range<Int32> {
                let records = events[start..<end].filter { $0.partition == partition }.map {
                    #"{"key":\#($0.key),"time":\#($0.second),"value":\#($0.value)}"#
                }
                if !records.isEmpty { input.feed(records, topic: "readings", partition: partition) }
            }
            clock += Int64.random(in: 0...9_000_000, using: &random)
            input.advance(processingTime: clock)
            start = end
        }
        input.endInput()
        return input
    }

    /// The rows that the definition gives, as text, and the number of late records.
    static func expected(_ kind: any Kind.Type, _ events: [Event]) -> (rows: [String], late: Int) {
        var newest: [Int32: Int64] = [:]
        var groups: [[Int64]: [Event]] = [:]
        var sessions: [Int64: [Event]] = [:]
        var late = 0
        for event in events {
            let watermark = newest[event.partition].map { $0 - delay * kind.scale.factor } ?? .min
            newest[event.partition] = max(newest[event.partition] ?? .min, event.second)
            if let windows = kind.windows(event.second) {
                let open = windows.filter { $0.upperBound + kind.lateness > watermark }
                late += open.isEmpty ? 1 : 0
                for window in open {
                    groups[[event.key, window.lowerBound, window.upperBound], default: []].append(event)
                }
            } else if watermark > .min, event.second < watermark - kind.lateness {
                late += 1
            } else {
                sessions[event.key, default: []].append(event)
            }
        }
        for (key, events) in sessions {
            var session: [Event] = []
            for event in events.sorted(by: { $0.second < $1.second }) + [
                Event(partition: 0, second: .max, key: 0, value: 0)
            ] {
                if let last = session.last, event.second - last.second >= Session.gap {
                    groups[[key, session[0].second, last.second + Session.gap]] = session
                    session = []
                }
                session.append(event)
            }
        }
        let rows = groups.map { group, events in
            "key=\(group[0]) start=\(group[1])000000 end=\(group[2])000000 is_final=true count=\(events.count) "
                + "total=\(events.reduce(0) { $0 + $1.value })"
        }
        return (rows.map { $0.replacing("=0000000", with: "=0") }.sorted(), late)
    }

    static func check<K: Kind>(_ kind: K.Type, seed: UInt64) throws {
        let events = Self.events(kind, seed: seed)
        let expected = Self.expected(kind, events)
        let outcome = try HostileHarness(Topology<K>.self).run(input(events, seed: seed))
        #expect(outcome.rows(of: "gold.totals") == expected.rows)
        #expect(outcome.reconciliation.late == expected.late && outcome.reconciliation.read == events.count)
        #expect(expected.rows.count > 20 && (expected.late > 0 || kind.lateness > 15), "a poor stream")
    }

    @Test func tumbling() throws { try Self.check(Tumbling.self, seed: 1) }
    @Test func hopping() throws { try Self.check(Hopping.self, seed: 2) }
    @Test func cumulating() throws { try Self.check(Cumulating.self, seed: 3) }
    @Test func sessions() throws { try Self.check(Session.self, seed: 4) }
    @Test func pacedSessions() throws { try Self.check(PacedSession.self, seed: 5) }
    @Test func days() throws { try Self.check(Days.self, seed: 6) }
    @Test func months() throws { try Self.check(Months.self, seed: 7) }
}

extension WindowTopologyTests.Kind {
    static var scale: (start: Int64, factor: Int64) { (0, 1) }
}

private typealias Kind = WindowTopologyTests.Kind

private enum Tumbling: Kind {
    static let window = Window.tumbling(.seconds(10), offset: .seconds(3), allowedLateness: .seconds(3))
    static let lateness: Int64 = 3
    static func windows(_ second: Int64) -> [ClosedRange<Int64>]? {
        let start = second - ((second - 3) % 10 + 10) % 10
        return [start...start + 10]
    }
}

private enum Hopping: Kind {
    static let window = Window.hopping(
        .seconds(12), every: .seconds(5), allowedLateness: .seconds(4), emitting: .updates)
    static let lateness: Int64 = 4
    static func windows(_ second: Int64) -> [ClosedRange<Int64>]? {
        ((second - 11)...second).filter { $0 % 5 == 0 }.map { $0...$0 + 12 }
    }
}

private enum Cumulating: Kind {
    static let window = Window.cumulating(every: .seconds(4), upTo: .seconds(12), emitting: .early())
    static let lateness: Int64 = 0
    static func windows(_ second: Int64) -> [ClosedRange<Int64>]? {
        let start = second - (second % 12 + 12) % 12
        return [4, 8, 12].filter { start + $0 > second }.map { start...start + $0 }
    }
}

private enum Session: Kind {
    static let gap: Int64 = 4
    static let window = Window.session(gap: .seconds(4), allowedLateness: .seconds(3), emitting: .updates)
    static let lateness: Int64 = 3
    static func windows(_ second: Int64) -> [ClosedRange<Int64>]? { nil }
}

/// Early rows by the clock, which differs from way to way.
private enum PacedSession: Kind {
    static let window = Window.session(gap: .seconds(4), emitting: .early(every: .seconds(7)))
    static let lateness: Int64 = 0
    static func windows(_ second: Int64) -> [ClosedRange<Int64>]? { nil }
}

private enum Days: Kind {
    static let window = Window.calendar(
        .day, in: "Europe/Berlin", allowedLateness: .hours(2), emitting: .early(every: .seconds(5)))
    static let lateness: Int64 = 7200
    /// An hour for each second, over the end of March 2024.
    static let scale: (start: Int64, factor: Int64) = (1_711_670_400, 3600)
    static func windows(_ second: Int64) -> [ClosedRange<Int64>]? { units(second, .day) }
}

private enum Months: Kind {
    static let window = Window.calendar(.month, in: "Europe/Berlin")
    static let lateness: Int64 = 0
    /// Half a week for each second.
    static let scale: (start: Int64, factor: Int64) = (1_711_670_400, 302_400)
    static func windows(_ second: Int64) -> [ClosedRange<Int64>]? { units(second, .month) }
}

/// The unit of Berlin's calendar that holds a second, by Foundation.
private func units(_ second: Int64, _ unit: Calendar.Component) -> [ClosedRange<Int64>]? {
    var calendar = Calendar(identifier: .gregorian)
    guard let berlin = TimeZone(identifier: "Europe/Berlin") else { return [] }
    calendar.timeZone = berlin
    guard let interval = calendar.dateInterval(of: unit, for: Date(timeIntervalSince1970: Double(second))) else {
        return []
    }
    return [Int64(interval.start.timeIntervalSince1970)...Int64(interval.end.timeIntervalSince1970)]
}
