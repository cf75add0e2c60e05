import Columnar
import Testing

@testable import Dataflow

/// Windows at their bounds, row by row: what is given when, and what is late.
@Suite struct WindowCasesTests {
    /// A run whose rounds are single events of one key and partition; the watermark trails the newest by 10 s.
    struct Stream {
        let execution: Execution
        var offset: Int64 = 0

        init(_ window: WindowSpecification) throws {
            execution = try Execution(WindowOracleTests.plan(window), decoders: [0: EventDecoder()])
        }

        /// Feeds an event and gives the rows that follow: `start..<end n`, in s, with a minus for deletions.
        mutating func feed(_ microseconds: Int64, at processingTime: Int64 = 0) -> [String] {
            var records = RawRecords(partition: 0)
            let words = [microseconds, 1, 5]
            records.append(value: words.withUnsafeBytes(Array.init), offset: offset)
            offset += 1
            let input = Execution.SourceInput(step: 0, records: [records], partitions: [(number: 0, isIdle: false)])
            let output = execution.round([input], at: processingTime)
            return output.deadLetters.map { "\($0.reason)" } + rows(output)
        }

        private func rows(_ output: Execution.RoundOutput) -> [String] {
            output.rows.values.joined().flatMap { batch in
                (0..<batch.count).map { row in
                    let values = batch.columns.prefix(4).map { column -> Int64 in
                        switch column.scalar(at: row) {
                        case .int64(let value): value
                        case .timestamp(let value): value / 1_000_000
                        default: -1
                        }
                    }
                    if batch.deletions?[row] == true { return "-\(values[0])..<\(values[1])" }
                    return "\(values[0])..<\(values[1]) \(values[3])"
                }
            }
        }
    }

    static let second: Int64 = 1_000_000
    static func tumbling(_ size: Int64, lateness: Int64 = 0, _ emission: WindowSpecification.Emission = .onClose)
        -> WindowSpecification
    {
        WindowSpecification(
            size: size * second, slide: size * second, allowedLateness: lateness * second, emission: emission)
    }

    static func session(_ gap: Int64, lateness: Int64 = 0, _ emission: WindowSpecification.Emission = .onClose)
        -> WindowSpecification
    {
        WindowSpecification(.session(gap: gap * second), allowedLateness: lateness * second, emission: emission)
    }

    @Test func aWindowClosesWhenTheWatermarkReachesItsEnd() throws {
        var stream = try Stream(Self.tumbling(10))
        #expect(stream.feed(0) == [])
        #expect(stream.feed(10 * Self.second - 1) == [])
        #expect(stream.feed(20 * Self.second - 1) == [], "the watermark is one microsecond short")
        #expect(stream.feed(20 * Self.second) == ["0..<10 2"])
        #expect(stream.feed(10 * Self.second - 1) == ["late"], "the last instant of a window that is closed")
        #expect(stream.feed(10 * Self.second) == [], "the first instant of one that is open")
    }

    @Test func allowedLatenessDefersTheClose() throws {
        var stream = try Stream(Self.tumbling(10, lateness: 3))
        #expect(stream.feed(0) == [])
        #expect(stream.feed(20 * Self.second) == [])
        #expect(stream.feed(9 * Self.second) == [], "within the allowed lateness")
        #expect(stream.feed(23 * Self.second - 1) == [])
        #expect(stream.feed(23 * Self.second) == ["0..<10 2"])
        #expect(stream.feed(0) == ["late"])
    }

    @Test func updatesFollowTheFirstResult() throws {
        var stream = try Stream(Self.tumbling(10, lateness: 3, .updates))
        #expect(stream.feed(0) == [])
        #expect(stream.feed(20 * Self.second) == ["0..<10 1"])
        #expect(stream.feed(9 * Self.second) == ["0..<10 2"])
        #expect(stream.feed(23 * Self.second) == [], "nothing changed since")
        #expect(stream.feed(9 * Self.second) == ["late"])
    }

    @Test func earlyRowsComeWithEveryBatchOrInterval() throws {
        var stream = try Stream(Self.tumbling(10, .early(every: 0)))
        #expect(stream.feed(0) == ["0..<10 1"])
        #expect(stream.feed(1) == ["0..<10 2"])
        var paced = try Stream(Self.tumbling(10, .early(every: 5 * Self.second)))
        #expect(paced.feed(0, at: 1 * Self.second) == ["0..<10 1"], "the first interval begins with a result")
        #expect(paced.feed(1, at: 2 * Self.second) == [])
        #expect(paced.feed(2, at: 6 * Self.second) == ["0..<10 3"])
        #expect(paced.feed(3, at: 7 * Self.second) == [])
        #expect(
            paced.feed(20 * Self.second, at: 8 * Self.second) == ["0..<10 4", "20..<30 1"], "the end does not wait")
    }

    @Test func aSessionEndsAGapAfterItsLastRow() throws {
        var stream = try Stream(Self.session(5))
        #expect(stream.feed(0) == [])
        #expect(stream.feed(5 * Self.second - 1) == [], "nearer than the gap")
        #expect(stream.feed(10 * Self.second - 1) == [], "exactly the gap: another session")
        #expect(stream.feed(20 * Self.second - 2) == [])
        #expect(stream.feed(20 * Self.second - 1) == ["0..<9 2"])
        #expect(stream.feed(10 * Self.second - 2) == ["late"])
        #expect(stream.feed(10 * Self.second - 1) == [], "as old as the watermark")
    }

    @Test func aRowBetweenTwoSessionsMergesThem() throws {
        var stream = try Stream(Self.session(5, .early(every: 0)))
        #expect(stream.feed(0) == ["0..<5 1"])
        #expect(stream.feed(8 * Self.second) == ["8..<13 1"])
        #expect(stream.feed(4 * Self.second) == ["-0..<5", "-8..<13", "0..<13 3"])
        #expect(stream.feed(6 * Self.second) == ["0..<13 4"], "its bounds stay")
        #expect(stream.feed(9 * Self.second) == ["-0..<13", "0..<14 5"])
    }

    @Test func aLateRowWithdrawsASessionThatItExtends() throws {
        var stream = try Stream(Self.session(5, lateness: 10, .updates))
        #expect(stream.feed(0) == [])
        #expect(stream.feed(15 * Self.second) == ["0..<5 1"])
        #expect(stream.feed(4 * Self.second) == ["-0..<5"], "its end is not reached now")
        #expect(stream.feed(19 * Self.second) == ["0..<9 2"])
    }

    @Test func farTimesAreSafe() throws {
        for window in [Self.tumbling(10), Self.session(5), Self.tumbling(10, lateness: 5, .updates)] {
            var stream = try Stream(window)
            for time in [Int64.min, .min + 1, -1, 0, .max - 1, .max] { _ = stream.feed(time) }
        }
        let policy = try WindowPolicy(Self.tumbling(10))
        #expect(policy.pane(of: -1) == TimeWindow(start: -10 * Self.second, end: 0))
        #expect(policy.pane(of: .max).end == .max && policy.pane(of: .min).start == .min)
        #expect(policy.pane(of: -10 * Self.second).start == -10 * Self.second)
    }

    @Test func theWatermarkNeverFalls() throws {
        var stream = try Stream(Self.tumbling(10))
        #expect(stream.feed(0) == [])
        #expect(stream.feed(25 * Self.second) == ["0..<10 1"])
        #expect(stream.feed(16 * Self.second) == [], "older than the newest, and its window is open")
        #expect(stream.feed(5 * Self.second) == ["late"])
    }

    @Test(arguments: [
        (WindowSpecification(size: 0, slide: 0), "length must be positive"),
        (WindowSpecification(size: 10, slide: 20), "not longer than its size"),
        (WindowSpecification(.cumulate(size: 10, step: 3)), "divide its size"),
        (WindowSpecification(.session(gap: 0)), "length must be positive"),
        (WindowSpecification(.calendar(.day, zone: "Europe/Berlim")), "'Europe/Berlim' is not known"),
        (WindowSpecification(.global), "never closes"),
        (WindowSpecification(size: 10, slide: 10, allowedLateness: -1), "lateness is negative"),
        (WindowSpecification(size: 10, slide: 10, emission: .early(every: -1)), "is negative"),
    ])
    func windowsThatCannotBeAreRefused(_ window: WindowSpecification, _ words: String) {
        #expect { try Stream(window) } throws: { "\($0)".contains(words) }
    }

    @Test func changesAreRefusedByStepsThatNeedFinalRows() throws {
        var plan = WindowOracleTests.plan(Self.tumbling(10, .early(every: 0)))
        plan.steps.removeLast()
        _ = plan.add(.write(SinkDescription(table: "t.t", mode: .append(partitionedBy: []))), after: [2])
        #expect { try Execution(plan, decoders: [0: EventDecoder()]) } throws: { "\($0)".contains("emit on close") }
    }

    @Test func aFilterTakesRowsAwayThatNoLongerPass() throws {
        var plan = WindowOracleTests.plan(Self.tumbling(10, .early(every: 0)))
        let sink = plan.steps.removeLast()
        let few = Expression.binary(.less, .column("n"), .literal(.int64(3), .int64))
        _ = plan.add(.filter(few), after: [2])
        _ = plan.add(sink.kind, after: [3])
        let events =
            (0..<5 as Range<Int64>).map { Event(partition: 0, second: $0, key: $0 / 2, value: 1) } + [
                Event(partition: 0, second: 6, key: 0, value: 1)
            ]
        for delivery in Delivery.all {
            let result = try run(plan, events, keyColumns: 3, delivery)
            #expect(result.table.keys.map { $0[2] }.sorted() == [1, 2], "\(delivery)")
        }
    }
}
