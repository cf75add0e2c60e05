import TestSupport
import Testing

@testable import Dataflow

/// Every kind of window at its edges, as tables of timelines (see `Timeline`); each row runs with and without restarts
/// after every step, and in one lane and several.
@Suite struct WindowTableTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var settings, timeline: String
        var testDescription: String { "\(settings): \(timeline)" }

        init(_ settings: String, _ timeline: String) {
            self.settings = settings
            self.timeline = timeline
        }
    }

    @Test(arguments: [
        // A record on a bound is in the window that begins there.
        Row("tumbling 10 s", "0; 9.999999; 10 → [0,10)a=2; end → [10,20)a=1"),
        // The closing instant: the watermark at the end, not before it.
        Row("tumbling 10 s, delay 2 s", "1; 11.999999; 12 → [0,10)a=1; end → [10,20)a=2"),
        Row("tumbling 10 s, lateness 3 s", "1; 10; 9; 12.999999; 13 → [0,10)a=2; 9 → late; end → [10,20)a=3"),
        Row("tumbling 10 s, delay 2 s, lateness 3 s", "1; 14.999999; 9; 15 → [0,10)a=2; 9 → late"),
        // The last instant of a closed window is late, the first of an open one is not.
        Row("tumbling 10 s", "0; 10 → [0,10)a=1; 9.999999 → late; 10; end → [10,20)a=2"),
        Row("tumbling 10 s, offset 3 s", "2.999999; 3 → [-7,3)a=1; 12.999999; 13 → [3,13)a=2"),
        Row("tumbling 10 s, offset -4 s", "5.999999; 6 → [-4,6)a=1"),
        // Before 1970.
        Row("tumbling 10 s", "-10; -0.000001; 0 → [-10,0)a=2; -0.000001 → late; end → [0,10)a=1"),
        // Empty windows give nothing, however many are skipped.
        Row("tumbling 10 s", "5; 1000000005 → [0,10)a=1; end → [2001-09-09T01:46:40Z,2001-09-09T01:46:50Z)a=1"),
        Row("tumbling 10 s", "end; 5; end → [0,10)a=1; end"),
        // Groups of one window close together; the order of keys is that of arrival.
        Row("tumbling 10 s", "b1 a2 b3; c10 → [0,10)b=2 [0,10)a=1"),
        // A watermark that falls back stays where it was.
        Row("tumbling 10 s", "5; 25 → [0,10)a=1; 16 → late; 20; 19 → late; end → [20,30)a=2"),
    ])
    func tumbling(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        Row("hopping 10 s every 5 s", "0; 5 → [-5,5)a=1; 10 → [0,10)a=2; end → [5,15)a=2 [10,20)a=1"),
        Row("hopping 10 s every 5 s", "4.999999; 5 → [-5,5)a=1; 4 ; 10 → [0,10)a=3; 4 → late"),
        // A record whose earlier window is closed counts for the later one.
        Row("hopping 10 s every 5 s", "7; 9; 10 → [0,10)a=2; 8; 15 → [5,15)a=4"),
        Row("hopping 10 s every 5 s, lateness 2 s", "1; 7 → [-5,5)a=1; 4; 12 → [0,10)a=3"),
        // A slide that does not divide the size.
        Row("hopping 10 s every 4 s", "5; 10 → [-4,6)a=1 [0,10)a=1; 14 → [4,14)a=2; end → [8,18)a=2 [12,22)a=1"),
        Row("hopping 10 s every 5 s, offset 1 s", "0; 1 → [-9,1)a=1; 6 → [-4,6)a=2"),
        Row("hopping 10 s every 5 s", "-6; -5 → [-15,-5)a=1; 0 → [-10,0)a=2"),
        Row(
            "hopping 10 s every 5 s, updates, lateness 5 s",
            "4; 5 → [-5,5)a=1; 4 → [-5,5)a=2; 10 → [0,10)a=3; 4 → [0,10)a=4"),
    ])
    func hopping(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        // Exactly the gap apart: two sessions. A microsecond less: one.
        Row("session 5 s", "0; 5 → [0,5)a=1; end → [5,10)a=1"),
        Row("session 5 s", "0; 4.999999; 10 → [0,9.999999)a=2; end → [10,15)a=1"),
        Row("session 5 s, delay 10 s", "5; 0; 15 → [0,5)a=1; 20 → [5,10)a=1"),
        // A record between two sessions merges them; one at the edge of both does not.
        Row("session 5 s, delay 20 s", "0; 8; 4; end → [0,13)a=3"),
        Row("session 5 s, delay 20 s", "0; 10; 5; end → [0,5)a=1 [5,10)a=1 [10,15)a=1"),
        // What is given together is given in the order of time, whatever came first.
        Row(
            "session 5 s, delay 40 s",
            "b30; a20; b8; a0; 45 → [0,5)a=1; end → [8,13)b=1 [20,25)a=1 [30,35)b=1 [45,50)a=1"),
        // The closing instant: the end is a gap after the last record.
        Row("session 5 s, delay 2 s", "0; 6.999999; 7 → [0,5)a=1"),
        Row("session 5 s, lateness 3 s", "0; 7.999999; 8 → [0,5)a=1"),
        // Late is what is older than the watermark less the lateness, whatever session is open.
        Row("session 5 s", "0; 4; 3.999999 → late; 4; 9 → [0,9)a=3"),
        Row("session 5 s, lateness 3 s", "0; 4; 1; 0.999999 → late; 12 → [0,9)a=3"),
        // Each key has its own.
        Row("session 5 s", "a0 b1; a4; a20 → [1,6)b=1 [0,9)a=2"),
        Row("session 5 s", "-3; 0; 5 → [-3,5)a=2"),
        Row("session 5 s", "end; 0; end → [0,5)a=1; end"),
        // Far ends: two records of the last instant are in one session.
        Row("session 5 s, delay 1 s", "MAX; MAX; end → [MAX,MAX)a=2"),
        Row("session 5 s, delay 1 s", "MIN; MIN; 0 → [MIN,-290308-12-21T19:59:10.224192Z)a=2"),
    ])
    func session(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        Row("cumulating 5 s up to 10 s", "1; 5 → [0,5)a=1; 7; 10 → [0,10)a=3; end → [10,15)a=1 [10,20)a=1"),
        Row("cumulating 5 s up to 10 s", "4.999999; 9.999999 → [0,5)a=1; 10 → [0,10)a=2"),
        // The short window is closed, the long one still counts it.
        Row("cumulating 5 s up to 10 s", "1; 5 → [0,5)a=1; 2; 10 → [0,10)a=3; 2 → late"),
        Row("cumulating 5 s up to 10 s, lateness 2 s", "1; 6; 2; 7 → [0,5)a=2; 2; 12 → [0,10)a=5"),
        Row("cumulating 5 s up to 10 s, offset 1 s", "0.5; 1 → [-9,1)a=1; 6 → [1,6)a=1"),
        Row("cumulating 5 s up to 10 s", "-1; 0 → [-10,0)a=1"),
        Row("cumulating 5 s up to 10 s", "-9; -5 → [-10,-5)a=1; 0 → [-10,0)a=2"),
        Row("cumulating 10 s up to 10 s", "1; 10 → [0,10)a=1"),
    ])
    func cumulating(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        Row("all time, early", "1 → a=1; b2 → b=1; 0 → a=2; end"),
        // Nothing is ever late, and nothing closes.
        Row("all time, early", "100 → a=1; 1 → a=2; MIN → a=3; MAX → a=4; end; 5 → a=5"),
        Row("all time, early every 10 s", "1 → a=1; clock 9; 2; clock 10 → a=2; clock 30; b3; clock 40 → b=1"),
        Row("all time, early every 10 s", "1 → a=1; 2; end → a=2"),
    ])
    func allTime(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        // 23 hours: the clocks go forward at 01:00Z.
        Row(
            "calendar day in Europe/Berlin",
            "2024-03-30T23:00Z; 2024-03-31T21:59Z; 2024-03-31T22:00Z → [2024-03-30T23:00Z,2024-03-31T22:00Z)a=2"),
        // 25 hours: they go back.
        Row(
            "calendar day in Europe/Berlin",
            "2024-10-26T22:00Z; 2024-10-27T22:59Z; 2024-10-27T23:00Z → [2024-10-26T22:00Z,2024-10-27T23:00Z)a=2"),
        // The hour that comes twice is twice in the day.
        Row(
            "calendar day in Europe/Berlin",
            "2024-10-27T00:30Z; 2024-10-27T01:30Z; end → [2024-10-26T22:00Z,2024-10-27T23:00Z)a=2"),
        // Samoa had no 30th of December 2011: the 31st follows the 29th, and no empty day stands between them.
        Row(
            "calendar day in Pacific/Apia",
            "2011-12-30T09:59Z; 2011-12-30T10:00Z → [2011-12-29T10:00Z,2011-12-30T10:00Z)a=1; "
                + "2011-12-31T10:00Z → [2011-12-30T10:00Z,2011-12-31T10:00Z)a=1"),
        Row(
            "calendar week in Pacific/Apia",
            "2011-12-26T10:00Z; 2012-01-01T09:59Z; 2012-01-01T10:00Z → [2011-12-26T10:00Z,2012-01-01T10:00Z)a=2"),
        // A day that begins at one, since its midnight was skipped.
        Row(
            "calendar day in America/Sao_Paulo",
            "2018-11-04T02:59Z; 2018-11-04T03:00Z → [2018-11-03T03:00Z,2018-11-04T03:00Z)a=1; "
                + "2018-11-05T02:00Z → [2018-11-04T03:00Z,2018-11-05T02:00Z)a=1"),
        // A midnight that comes twice: the day begins with the first.
        Row(
            "calendar day in America/Havana",
            "2024-11-03T03:59Z; 2024-11-03T04:00Z → [2024-11-02T04:00Z,2024-11-03T04:00Z)a=1; 2024-11-03T05:30Z; "
                + "2024-11-04T05:00Z → [2024-11-03T04:00Z,2024-11-04T05:00Z)a=2"),
        // A business day that begins at four, on the day when the clocks change.
        Row(
            "calendar day in Europe/Berlin, offset 4 h",
            "2024-03-31T01:59Z; 2024-03-31T02:00Z → [2024-03-30T03:00Z,2024-03-31T02:00Z)a=1"),
        Row(
            "calendar month in America/New_York, lateness 1 h",
            "2024-02-29T12:00Z; 2024-03-01T05:59Z; 2024-03-01T06:00Z → [2024-02-01T05:00Z,2024-03-01T05:00Z)a=1; "
                + "2024-03-01T04:59Z → late"),
        Row(
            "calendar quarter in UTC, updates, lateness 1 h",
            "2024-01-01T00:00Z; 2024-04-01T00:00Z → [2024-01-01T00:00Z,2024-04-01T00:00Z)a=1; "
                + "2024-03-31T23:59Z → [2024-01-01T00:00Z,2024-04-01T00:00Z)a=2"),
        Row("calendar year in UTC", "-1; 1970-01-01T00:00Z → [1969-01-01T00:00Z,0)a=1"),
    ])
    func calendar(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        // A partition that has not been read holds the watermark; one that has nothing to read does not.
        Row("tumbling 10 s", "1@0; 30@0; @1 idle → [0,10)a=1"),
        Row("tumbling 10 s", "1@0; 2@1; 30@0; 10@1 → [0,10)a=2; @0 idle"),
        // The slowest counts, the least of the others does not.
        Row("tumbling 10 s", "1@0; 40@1; 30@2; @0 idle → [0,10)a=1; @2 idle → [30,40)a=1"),
        // When all are idle the furthest counts.
        Row("tumbling 10 s", "1@0; 5@1; 30@0; @1 idle → [0,10)a=2; @0 idle"),
        // A partition that comes back holds the watermark where it is; what is open takes its records, what is closed
        // does not.
        Row(
            "tumbling 10 s",
            "1@0; 25@0; @1 idle → [0,10)a=1; 22@1; 9@1 → late; 40@0; end → [20,30)a=2 [40,50)a=1"),
        // So does one that comes later, and its first records are as old as they are.
        Row("tumbling 10 s", "1@0; 25@0 → [0,10)a=1; @2 new; 45@0; 5@2 → late; 21@2; 40@2 → [20,30)a=2"),
        // A partition that falls back.
        Row("tumbling 10 s", "31@0; 32@1; 12@1 → late; 41@0; 42@1 → [30,40)a=2; 13@1 → late"),
    ])
    func partitions(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        Row("tumbling 10 s, early", "1 → [0,10)a=1; 2 → [0,10)a=2; 10 → [10,20)a=1"),
        Row(
            "tumbling 10 s, early every 5 s",
            "1 → [0,10)a=1; clock 4; 2; clock 5 → [0,10)a=2; clock 11; 10 → [10,20)a=1"),
        // What is left when the window ends does not wait for the interval.
        Row("tumbling 10 s, early every 60 s", "1 → [0,10)a=1; 2; 10 → [0,10)a=2 [10,20)a=1"),
        // Early rows and a final one: every group says when it is closed, changed or not.
        Row("tumbling 10 s, early, final", "1 → [0,10)a=1; 2 → [0,10)a=2; 10 → [0,10)a=2! [10,20)a=1"),
        Row("tumbling 10 s, final", "1; 10 → [0,10)a=1!"),
        Row("tumbling 10 s, updates, final", "1; 10 → [0,10)a=1!"),
        Row(
            "tumbling 10 s, updates, lateness 5 s, final",
            "1 b2; 10 → [0,10)a=1 [0,10)b=1; 9 → [0,10)a=2; 15 → [0,10)a=2! [0,10)b=1!"),
        Row("session 5 s, early, final", "0 → [0,5)a=1; 3 → -[0,5)a [0,8)a=2; 8 → [0,8)a=2! [8,13)a=1"),
        Row("session 5 s, final", "0; 5 → [0,5)a=1!"),
        Row(
            "session 5 s, updates, lateness 5 s, final",
            "0; 5 → [0,5)a=1; 4 → -[0,5)a; 15 → [0,10)a=3!; end → [15,20)a=1!"),
        Row("hopping 10 s every 5 s, early, final", "1 → [-5,5)a=1 [0,10)a=1; 5 → [-5,5)a=1! [0,10)a=2 [5,15)a=1"),
        Row("cumulating 5 s up to 10 s, early, final", "1 → [0,5)a=1 [0,10)a=1; end → [0,5)a=1! [0,10)a=1!"),
        // A session that merges takes the old bounds away first.
        Row("session 5 s, delay 20 s, early", "0 → [0,5)a=1; 8 → [8,13)a=1; 4 → -[0,5)a -[8,13)a [0,13)a=3"),
        Row("session 5 s, delay 20 s, early every 5 s", "0 → [0,5)a=1; 4; clock 5 → -[0,5)a [0,9)a=2"),
    ])
    func emission(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        // The topic's time of the record: same rules as for event time.
        Row("tumbling 10 s, ingestion time", "1; 9; 10 → [0,10)a=2; 8 → late"),
        Row("tumbling 10 s, ingestion time, delay 2 s", "1; 11; 9; 12 → [0,10)a=2"),
        // The clock: a record's own time does not count, and windows close without records.
        Row("tumbling 10 s, processing time", "77; clock 9; 5; clock 10 → [0,10)a=2; 3; clock 25 → [10,20)a=1"),
        Row("session 5 s, processing time", "77; clock 4; 1; clock 9 → [0,9)a=2"),
        // A clock that is put back stands still.
        Row("tumbling 10 s, processing time", "clock 12; 1; clock 3; 2; clock 20 → [10,20)a=2"),
        Row("tumbling 10 s, processing time", "1; end → [0,10)a=1"),
    ])
    func otherTimes(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }

    @Test(arguments: [
        Row(
            "tumbling 10 s, quiet 5 s",
            "1; 4; @0 idle; clock 4; clock 5; clock 6 → [0,10)a=2; 9 → late; 12; end → [10,20)a=1"),
        // Without a watermark there is nothing to advance, and a partition with records to read holds it.
        Row("tumbling 10 s, quiet 5 s", "@0 idle; clock 60; 1; @0 idle; clock 68; clock 69 → [0,10)a=1"),
        Row("tumbling 10 s, quiet 5 s", "1@0; 2@1; @0 idle; clock 60; @1 idle; clock 64; clock 70 → [0,10)a=2"),
    ])
    func quietTime(_ row: Row) { TimelineRun.check(row.settings, row.timeline) }
}

/// Windows at the ends of 64 bits against the definition in 128 bits.
@Suite struct WindowRangeTests {
    /// The bounds of all windows that hold a time, stopped at the ends of 64 bits.
    static func windows(_ time: Int64, size: Int64, step: Int64, offset: Int64, cumulates: Bool) -> Set<TimeWindow> {
        func clamp(_ value: Int128) -> Int64 { Int64(min(max(value, Int128(Int64.min)), Int128(Int64.max))) }
        func floor(_ value: Int128, _ step: Int128) -> Int128 {
            let remainder = value % step
            return value - (remainder < 0 ? remainder + step : remainder)
        }
        let (time, size, step, offset) = (Int128(time), Int128(size), Int128(step), Int128(offset))
        var all: Set<TimeWindow> = []
        var start = floor(time - offset, cumulates ? size : step) + offset
        if cumulates {
            var end = start + step
            while end <= start + size {
                if end > time { all.insert(TimeWindow(start: clamp(start), end: clamp(end))) }
                end += step
            }
            return all
        }
        while start + size > time {
            all.insert(TimeWindow(start: clamp(start), end: clamp(start + size)))
            start -= step
        }
        return all
    }

    @Test func boundsStopAtTheEndsOfTheRange() throws {
        var random = SplitMix(state: 11)
        for _ in 0..<2000 {
            let step = Int64.random(in: 1...(Bool.random(using: &random) ? 50 : .max / 40), using: &random)
            let size = step * Int64.random(in: 1...20, using: &random)
            let offset = Int64.random(in: (.min)...(.max), using: &random)
            let distance = Int64.random(in: 0...(Bool.random(using: &random) ? 100 : .max), using: &random)
            let time = Bool.random(using: &random) ? Int64.min + distance : Int64.max - distance
            for cumulates in [false, true] {
                let kind: WindowSpecification.Kind =
                    cumulates ? .cumulate(size: size, step: step) : .hopping(size: size, slide: step)
                let policy = try WindowPolicy(WindowSpecification(kind, offset: offset))
                let pane = policy.pane(of: time)
                #expect(pane.contains(time) || time == .max, "\(kind), \(offset), \(time): \(pane)")
                let windows = policy.windows(of: pane.start)
                let expected = Self.windows(time, size: size, step: step, offset: offset, cumulates: cumulates)
                #expect(Set(windows) == expected, "\(kind), \(offset), \(time)")
                #expect(windows.last == policy.lastWindow(of: pane.start) && windows == windows.sorted())
            }
        }
    }

    @Test(arguments: WindowSpecification.CalendarUnit.allCases)
    func calendarsStopThereToo(_ unit: WindowSpecification.CalendarUnit) throws {
        for zone in ["UTC", "Europe/Berlin", "Pacific/Apia"] {
            let policy = try WindowPolicy(WindowSpecification(.calendar(unit, zone: zone)))
            for time in [Int64.min, .min + 1, .max - 1, .max] {
                let window = policy.pane(of: time)
                #expect(window.contains(time) || time == .max, "\(unit) in \(zone) at \(time): \(window)")
                #expect(window.end > window.start)
            }
        }
    }
}
