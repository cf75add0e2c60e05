import Columnar
import Foundation
import TestSupport
import Testing

@testable import Dataflow

/// Every kind of window against its definition, row by row: no batches, panes or operators.
@Suite struct WindowOracleTests {
    static let delay: Int64 = 10

    static func plan(_ window: WindowSpecification) -> LogicalPlan {
        let bounds =
            window.kind == .global
            ? []
            : [
                Projection("start", .column(WindowedAggregation.windowStart)),
                Projection("end", .column(WindowedAggregation.windowEnd)),
            ]
        var plan = LogicalPlan(name: "windows")
        let read = plan.add(
            .read(SourceDescription(topic: "events", contract: EventDecoder.contract, deadLetterTopic: "dead")))
        let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: delay * 1_000_000), after: [read])
        let aggregate = plan.add(
            .aggregate(
                WindowedAggregation(
                    window: window, keys: [Projection("key", .column("key"))],
                    aggregates: [
                        .init("n", .count, of: nil), .init("total", .sum, of: .column("value")),
                        .init("low", .min, of: .column("value")), .init("high", .max, of: .column("value")),
                    ],
                    outputs: bounds + ["key", "n", "total", "low", "high"].map { Projection($0, .column($0)) })),
            after: [timed])
        let keys = bounds.map(\.name) + ["key"]
        _ = plan.add(.write(SinkDescription(table: "t", mode: .merge(keys: keys))), after: [aggregate])
        return plan
    }

    /// The rows by window and key of rows that have their windows; a window has its bounds in µs.
    static func totals(_ rows: [(window: [Int64], event: Event)]) -> [[Int64]: [Int64]] {
        var table: [[Int64]: [Int64]] = [:]
        for (window, event) in rows {
            let key = window + [event.key]
            let old = table[key] ?? key + [0, 0, .max, .min]
            let totals = old.suffix(4).map { $0 }
            table[key] =
                key + [
                    totals[0] + 1, totals[1] + event.value, min(totals[2], event.value), max(totals[3], event.value),
                ]
        }
        return table
    }

    /// - Parameter windows: those that hold a time; all in seconds.
    static func oracle(
        _ events: [Event], lateness: Int64, _ windows: (Int64) -> [(start: Int64, end: Int64)]
    ) -> PlanResult {
        var rows: [(window: [Int64], event: Event)] = []
        var result = PlanResult()
        for (index, (event, watermark)) in zip(events, watermarks(events)).enumerated() {
            let open = windows(event.second).filter { $0.end + lateness > watermark }
            if open.isEmpty { result.late.append(Int64(index)) }
            rows += open.map { ([$0.start * 1_000_000, $0.end * 1_000_000], event) }
        }
        result.table = totals(rows)
        return counted(result, events.count)
    }

    /// The watermark of its partition before each event, in seconds.
    static func watermarks(_ events: [Event]) -> [Int64] {
        var newest: [Int32: Int64] = [:]
        return events.map { event in
            defer { newest[event.partition] = max(newest[event.partition] ?? .min, event.second) }
            return newest[event.partition].map { $0 - delay } ?? .min
        }
    }

    static func counted(_ result: PlanResult, _ read: Int) -> PlanResult {
        var result = result
        result.counts.read = read
        result.counts.late = result.late.count
        result.counts.processed = read - result.late.count
        return result
    }

    static func hopping(_ size: Int64, _ slide: Int64, offset: Int64 = 0) -> (Int64) -> [(start: Int64, end: Int64)] {
        { time in
            ((time - size + 1)...time).filter { ($0 - offset) % slide == 0 }.map { ($0, $0 + size) }
        }
    }

    static func cumulating(_ size: Int64, _ step: Int64) -> (Int64) -> [(start: Int64, end: Int64)] {
        { time in
            let start = time - (time % size + size) % size
            return stride(from: start + step, through: start + size, by: Int(step)).filter { $0 > time }
                .map { (start, $0) }
        }
    }

    static let second: Int64 = 1_000_000

    struct Case: CustomStringConvertible, Sendable {
        var window: WindowSpecification.Kind
        var offset: Int64 = 0
        var windows: @Sendable (Int64) -> [(start: Int64, end: Int64)]
        var description: String { "\(window), offset \(offset)" }
    }

    static let cases = [
        Case(window: .hopping(size: 10 * second, slide: 10 * second), windows: { hopping(10, 10)($0) }),
        Case(window: .hopping(size: 10 * second, slide: 2 * second), windows: { hopping(10, 2)($0) }),
        Case(window: .hopping(size: 10 * second, slide: 4 * second), windows: { hopping(10, 4)($0) }),
        Case(
            window: .hopping(size: 10 * second, slide: 10 * second), offset: 3,
            windows: { hopping(10, 10, offset: 3)($0) }),
        Case(
            window: .hopping(size: 12 * second, slide: 6 * second), offset: -4,
            windows: { hopping(12, 6, offset: -4)($0) }),
        Case(window: .cumulate(size: 12 * second, step: 3 * second), windows: { cumulating(12, 3)($0) }),
        Case(window: .cumulate(size: 5 * second, step: 5 * second), windows: { cumulating(5, 5)($0) }),
    ]

    @Test(arguments: cases, Delivery.all)
    func equalsTheDefinitionInEveryDelivery(_ test: Case, _ delivery: Delivery) throws {
        let emissions: [(Int64, WindowSpecification.Emission)] = [
            (0, .onClose), (5, .onClose), (5, .updates), (0, .early(every: 0)), (7, .early(every: 0)),
        ]
        for (lateness, emission) in emissions {
            let plan = Self.plan(
                WindowSpecification(
                    test.window, offset: test.offset * Self.second, allowedLateness: lateness * Self.second,
                    emission: emission))
            for seed in 0..<2 as Range<UInt64> {
                let events = randomEvents(300, partitions: Int32(seed) + 1, seed: seed)
                let expected = Self.oracle(events, lateness: lateness, test.windows)
                #expect(lateness > 0 || !expected.late.isEmpty, "the stream has late rows")
                let actual = try run(plan, events, keyColumns: 3, delivery)
                #expect(actual == expected, "lateness \(lateness), \(emission), seed \(seed)")
                #expect(actual.counts.isBalanced)
            }
        }
    }

    @Test(arguments: Delivery.all)
    func overAllTimeNothingIsLate(_ delivery: Delivery) throws {
        let plan = Self.plan(WindowSpecification(.global, emission: .early(every: 0)))
        let events = randomEvents(300, partitions: 2, seed: 5)
        var expected = PlanResult()
        expected.table = Self.totals(events.map { ([], $0) })
        #expect(try run(plan, events, keyColumns: 1, delivery) == Self.counted(expected, events.count))
    }
}

/// Sessions against a sort of all rows that are not late.
@Suite struct SessionOracleTests {
    static func oracle(_ events: [Event], gap: Int64, lateness: Int64) -> PlanResult {
        var result = PlanResult()
        var byKey: [Int64: [Event]] = [:]
        for (index, (event, watermark)) in zip(events, WindowOracleTests.watermarks(events)).enumerated() {
            if watermark > .min, event.second < watermark - lateness {
                result.late.append(Int64(index))
            } else {
                byKey[event.key, default: []].append(event)
            }
        }
        var rows: [(window: [Int64], event: Event)] = []
        for events in byKey.values {
            let sorted = events.sorted { $0.second < $1.second }
            var session: [Event] = []
            for (event, next) in zip(sorted, sorted.dropFirst().map { Optional($0) } + [nil]) {
                session.append(event)
                if let next, next.second - event.second < gap { continue }
                let window = [session[0].second * 1_000_000, (event.second + gap) * 1_000_000]
                rows += session.map { (window, $0) }
                session = []
            }
        }
        result.table = WindowOracleTests.totals(rows)
        return WindowOracleTests.counted(result, events.count)
    }

    @Test(arguments: [2, 6, 15] as [Int64], Delivery.all)
    func equalsTheDefinitionInEveryDelivery(_ gap: Int64, _ delivery: Delivery) throws {
        let emissions: [(Int64, WindowSpecification.Emission)] = [
            (0, .onClose), (5, .onClose), (5, .updates), (0, .early(every: 0)), (5, .early(every: 0)),
        ]
        for (lateness, emission) in emissions {
            let plan = WindowOracleTests.plan(
                WindowSpecification(
                    .session(gap: gap * 1_000_000), allowedLateness: lateness * 1_000_000, emission: emission))
            for seed in 0..<3 as Range<UInt64> {
                let events = randomEvents(300, partitions: Int32(seed) + 1, seed: seed + 10, every: gap > 10 ? 2 : 1)
                let expected = Self.oracle(events, gap: gap, lateness: lateness)
                #expect(!expected.late.isEmpty && expected.table.count > 6, "the stream has late rows and sessions")
                let actual = try run(plan, events, keyColumns: 3, delivery)
                #expect(actual == expected, "lateness \(lateness), \(emission), seed \(seed)")
                #expect(actual.counts.isBalanced)
            }
        }
    }
}

/// Calendar windows against Foundation's calendar.
@Suite struct CalendarWindowTests {
    /// The day, week, … of a zone that holds an instant, in seconds.
    static func bounds(_ unit: WindowSpecification.CalendarUnit, _ zone: String, _ second: Int64) -> (Int64, Int64) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone)!
        let date = Date(timeIntervalSince1970: Double(second))
        var start = calendar.startOfDay(for: date)
        let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
        var step = DateComponents(day: 1)
        switch unit {
        case .day: break
        case .week:
            // Today may begin at one, and Monday does not for that.
            start = calendar.startOfDay(
                for: calendar.date(byAdding: .day, value: -((parts.weekday! + 5) % 7), to: start)!)
            step = DateComponents(day: 7)
        case .month:
            start = calendar.date(from: DateComponents(year: parts.year, month: parts.month, day: 1))!
            step = DateComponents(month: 1)
        case .quarter:
            start = calendar.date(
                from: DateComponents(year: parts.year, month: (parts.month! - 1) / 3 * 3 + 1, day: 1))!
            step = DateComponents(month: 3)
        case .year:
            start = calendar.date(from: DateComponents(year: parts.year, month: 1, day: 1))!
            step = DateComponents(year: 1)
        }
        // A day may begin at one, and the one after it does not for that.
        let end = calendar.startOfDay(for: calendar.date(byAdding: step, to: start)!)
        return (Int64(start.timeIntervalSince1970), Int64(end.timeIntervalSince1970))
    }

    @Test(arguments: WindowSpecification.CalendarUnit.allCases)
    func boundsAreThoseOfFoundation(_ unit: WindowSpecification.CalendarUnit) throws {
        var random = SplitMix(state: 3)
        for zone in ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"] {
            let policy = try WindowPolicy(WindowSpecification(.calendar(unit, zone: zone)))
            for _ in 0..<300 {
                let second = Int64.random(in: 0..<3_000_000_000, using: &random)
                let expected = Self.bounds(unit, zone, second)
                let window = policy.pane(of: second * 1_000_000)
                #expect(
                    window.start == expected.0 * 1_000_000 && window.end == expected.1 * 1_000_000,
                    "\(second) in \(zone)")
            }
        }
    }

    /// The days, weeks and months around every change of the clocks in 25 years, in zones that change them at midnight,
    /// by half an hour, or twice a year for Ramadan.
    @Test(arguments: [
        "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe",
        "Africa/Casablanca",
        "America/Santiago", "Asia/Tehran",
    ])
    func boundsAroundChangesOfTheClocksAreThoseOfFoundation(_ zone: String) throws {
        var random = SplitMix(state: 4)
        let rules = TimeZone(identifier: zone)!
        var change = Date(timeIntervalSince1970: 946_684_800)
        for unit in [WindowSpecification.CalendarUnit.day, .week, .month] {
            let policy = try WindowPolicy(WindowSpecification(.calendar(unit, zone: zone)))
            var changes = 0
            while let next = rules.nextDaylightSavingTimeTransition(after: change), next.timeIntervalSince1970 < 1.75e9
            {
                change = next
                changes += 1
                for _ in 0..<4 {
                    let second =
                        Int64(next.timeIntervalSince1970) + Int64.random(in: -100_000...100_000, using: &random)
                    let expected = Self.bounds(unit, zone, second)
                    let window = policy.pane(of: second * 1_000_000)
                    #expect(
                        window.start == expected.0 * 1_000_000 && window.end == expected.1 * 1_000_000,
                        "\(unit) of \(second): \(window), and not \(expected)")
                }
            }
            #expect(changes >= 10)
            change = Date(timeIntervalSince1970: 946_684_800)
        }
    }

    @Test(arguments: [
        // The clocks go forward in the night to the 31st of March 2024 and back in that to the 27th of October.
        ("2024-03-30T23:00:00Z", 23), ("2024-10-26T22:00:00Z", 25), ("2024-06-30T22:00:00Z", 24),
    ])
    func daysAreAsLongAsTheyWere(_ start: String, _ hours: Int64) throws {
        let policy = try WindowPolicy(WindowSpecification(.calendar(.day, zone: "Europe/Berlin")))
        let first = Int64(try Date(start, strategy: .iso8601).timeIntervalSince1970) * 1_000_000
        let end = first + hours * 3_600_000_000
        #expect(policy.pane(of: first) == TimeWindow(start: first, end: end))
        #expect(policy.pane(of: end - 1) == TimeWindow(start: first, end: end))
        #expect(policy.pane(of: end).start == end && policy.pane(of: first - 1).end == first)
    }

    @Test func aBusinessDayMayBeginLater() throws {
        let policy = try WindowPolicy(
            WindowSpecification(.calendar(.day, zone: "Europe/Berlin"), offset: 4 * 3_600_000_000))
        let four = Int64(try Date("2024-03-31T02:00:00Z", strategy: .iso8601).timeIntervalSince1970) * 1_000_000
        // At four in the morning, after the clocks went forward; the day before began at four of winter time.
        #expect(policy.pane(of: four).start == four)
        #expect(policy.pane(of: four - 1) == TimeWindow(start: four - 23 * 3_600_000_000, end: four))
    }

    @Test(arguments: Delivery.all)
    func aggregatesDaysInEveryDelivery(_ delivery: Delivery) throws {
        let start = Int64(try Date("2024-03-28T00:00:00Z", strategy: .iso8601).timeIntervalSince1970)
        let events = randomEvents(300, partitions: 2, seed: 1).map { event in
            Event(partition: event.partition, second: start + event.second * 3600, key: event.key, value: event.value)
        }
        let window = WindowSpecification(.calendar(.day, zone: "Europe/Berlin"))
        let expected = WindowOracleTests.oracle(events, lateness: 0) { second in
            let bounds = Self.bounds(.day, "Europe/Berlin", second)
            return [(start: bounds.0, end: bounds.1)]
        }
        #expect(try run(WindowOracleTests.plan(window), events, keyColumns: 3, delivery) == expected)
    }
}
