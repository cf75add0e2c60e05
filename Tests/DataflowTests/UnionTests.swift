import Columnar
import Testing

@testable import Dataflow

@Suite struct UnionTests {
    static func source(_ topic: String) -> PlanStep.Kind {
        .read(
            SourceDescription(
                topic: topic, contract: EventDecoder.contract, deadLetterTopic: topic + ".dead",
                deadLettersDuplicates: true))
    }

    static let timed = PlanStep.Kind.withWatermark(column: "time", delayMicroseconds: 10_000_000)
    static let sink = PlanStep.Kind.write(SinkDescription(table: "t", mode: .append(partitionedBy: [])))

    static func counts(_ window: Int64) -> PlanStep.Kind {
        let bounds = [Projection("start", .column(WindowedAggregation.windowStart))]
        return .aggregate(
            WindowedAggregation(
                window: WindowSpecification(size: window * 1_000_000, slide: window * 1_000_000),
                keys: [Projection("key", .column("key"))],
                aggregates: [
                    .init("n", .count, of: nil), .init("total", .sum, of: .column("value")),
                ], outputs: bounds + ["key", "n", "total"].map { Projection($0, .column($0)) }))
    }

    /// Late rows, the windows' rows and the counts of two sources, each row by itself. The third column of a row says
    /// whether odd keys were left out of its source.
    static func oracle(_ sources: [[Event]], dropsOddKeys: [Bool], window: Int64) -> StreamsResult {
        var result = StreamsResult(sources: sources.count)
        var groups: [[Int64]: [Int64]] = [:]
        for (source, events) in sources.enumerated() {
            result.counts[source].read = events.count
            for (index, (event, watermark)) in zip(events, WindowOracleTests.watermarks(events)).enumerated() {
                let start = (event.second - (event.second % window + window) % window)
                if dropsOddKeys[source] && event.key % 2 != 0 {
                    result.counts[source].filtered += 1
                } else if start + window <= watermark {
                    result.late[source].append(Int64(index))
                } else {
                    result.counts[source].processed += 1
                    let old = groups[[start, event.key]] ?? [0, 0]
                    groups[[start, event.key]] = [old[0] + 1, old[1] + event.value]
                }
            }
            result.counts[source].late = result.late[source].count
        }
        result.rows = groups.map { [$0.key[0] * 1_000_000, $0.key[1], $0.value[0], $0.value[1]] }
        result.sort()
        return result
    }

    @Test(arguments: Delivery.all, Interleaving.allCases)
    func countsTheRowsOfAllSources(delivery: Delivery, interleaving: Interleaving) throws {
        let sources = [
            randomEvents(200, partitions: 2, seed: 1), randomEvents(300, partitions: 3, seed: 2),
        ]
        // Event time said before the union, and after it; a filter on one of the paths.
        for isTimedFirst in [true, false] {
            var plan = LogicalPlan(name: "union")
            var left = plan.add(Self.source("a"))
            var right = plan.add(Self.source("b"))
            if isTimedFirst {
                left = plan.add(Self.timed, after: [left])
                right = plan.add(Self.timed, after: [right])
            }
            let even = Expression.binary(
                .equal, .binary(.remainder, .column("key"), .literal(.int64(2), .int64)), .literal(.int64(0), .int64))
            right = plan.add(.filter(even), after: [right])
            var both = plan.add(.union, after: [left, right])
            if !isTimedFirst { both = plan.add(Self.timed, after: [both]) }
            let windows = plan.add(Self.counts(10), after: [both])
            _ = plan.add(Self.sink, after: [windows])
            let actual = try run(plan, sources, delivery, interleaving)
            // A row that is filtered before event time is assigned does not move the watermark.
            guard isTimedFirst else {
                #expect(actual.counts.allSatisfy(\.isBalanced) && actual.counts[1].filtered > 100)
                continue
            }
            let expected = Self.oracle(sources, dropsOddKeys: [false, true], window: 10)
            #expect(actual == expected)
            #expect(expected.late.allSatisfy { !$0.isEmpty } && actual.counts.allSatisfy(\.isBalanced))
        }
    }

    @Test func theSlowerSourceHoldsEventTimeBack() throws {
        var plan = LogicalPlan(name: "union")
        let reads = ["a", "b"].map { plan.add(Self.source($0)) }
        let both = plan.add(.union, after: reads.map { plan.add(Self.timed, after: [$0]) })
        _ = plan.add(Self.sink, after: [plan.add(Self.counts(10), after: [both])])
        var run = try StreamsRun(plan, partitions: [[0], [0]], Delivery.all[0])
        try run.feed([(source: 0, offset: 0, event: Event(partition: 0, second: 5, key: 1, value: 1))])
        try run.feed([(source: 0, offset: 1, event: Event(partition: 0, second: 100, key: 1, value: 1))])
        #expect(run.takeRows().isEmpty, "the other source may still have rows")
        try run.feed([(source: 1, offset: 0, event: Event(partition: 0, second: 19, key: 1, value: 4))])
        #expect(run.takeRows().isEmpty)
        try run.feed([(source: 1, offset: 1, event: Event(partition: 0, second: 20, key: 2, value: 4))])
        #expect(run.takeRows() == [[0, 1, 1, 1]])
        try run.feed([], endOfInput: true)
        #expect(run.takeRows().count == 3)
    }

    @Test func aRowOfTwoPathsCountsTwice() throws {
        var plan = LogicalPlan(name: "diamond")
        let read = plan.add(Self.source("a"))
        let timed = plan.add(Self.timed, after: [read])
        let positive = plan.add(
            .filter(.binary(.greater, .column("value"), .literal(.int64(0), .int64))), after: [timed])
        let both = plan.add(.union, after: [timed, positive])
        _ = plan.add(Self.sink, after: [both])
        let events = randomEvents(50, partitions: 1, seed: 3)
        let result = try run(plan, [events], Delivery.all[1], .firstFirst)
        #expect(result.rows.count == 50 + events.count { $0.value > 0 })
        #expect(result.counts[0].read == 100 && result.counts[0].isBalanced)
    }

    @Test func columnsMustBeTheSame() throws {
        var plan = LogicalPlan(name: "union")
        let read = plan.add(Self.source("a"))
        let other = plan.add(.select([Projection("key", .column("key"))]), after: [plan.add(Self.source("b"))])
        _ = plan.add(Self.sink, after: [plan.add(.union, after: [read, other])])
        #expect(throws: PlanError.self) {
            try Execution(plan, decoders: [0: EventDecoder(), 1: EventDecoder()])
        }
        #expect(plan.text.contains("union <- 0, 2"))
    }
}
