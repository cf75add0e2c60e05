import Columnar
import Testing

@testable import Dataflow

/// What joins of two streams of events must give, pair by pair: no batches, state or watermarks of operators. Times are in
/// seconds; a key of 5 stands for null.
struct JoinOracle {
    var kind: JoinSpecification.Kind
    /// Whether matching rows must also have values whose sum is even.
    var hasCondition = false
    var delay: Int64 = 10

    static func isNull(_ event: Event) -> Bool { event.key == 5 }

    /// A row of the result: time and value of both sides, then what the match adds.
    static func row(_ left: Event?, _ right: Event?, _ more: [Int64] = []) -> [Int64?] {
        [left.map { $0.second * 1_000_000 }, left?.value, right.map { $0.second * 1_000_000 }, right?.value]
            + more.map { $0 }
    }

    /// The watermark of its partition before each event.
    func watermarks(_ events: [Event]) -> [Int64] {
        var newest: [Int32: Int64] = [:]
        return events.map { event in
            defer { newest[event.partition] = max(newest[event.partition] ?? .min, event.second) }
            return newest[event.partition].map { $0 - delay } ?? .min
        }
    }

    func holds(_ left: Event, _ right: Event) -> Bool {
        left.key == right.key && !Self.isNull(left) && (!hasCondition || (left.value + right.value) % 2 == 0)
    }

    /// - Parameter matches: whether the times of a left and a right row do.
    func interval(_ sources: [[Event]], _ matches: (Int64, Int64) -> Bool) -> StreamsResult {
        var result = StreamsResult(sources: 2)
        let onTime = sources.enumerated().map { source, events in
            zip(events, watermarks(events)).enumerated().compactMap { index, pair -> Event? in
                if pair.0.second >= pair.1 { return pair.0 }
                result.late[source].append(Int64(index))
                return nil
            }
        }
        result.rows = joined(onTime[0], onTime[1]) { matches($0.second, $1.second) }
        return counted(result, sources)
    }

    /// - Parameter windows: those that hold a time.
    func windows(
        _ sources: [[Event]], lateness: Int64, _ windows: (Int64) -> [(start: Int64, end: Int64)]
    ) -> StreamsResult {
        var result = StreamsResult(sources: 2)
        var contents: [[Int64]: [[Event]]] = [:]
        for (source, events) in sources.enumerated() {
            for (index, (event, watermark)) in zip(events, watermarks(events)).enumerated() {
                let open = windows(event.second).filter { $0.end + lateness > watermark }
                if open.isEmpty { result.late[source].append(Int64(index)) }
                for window in open { contents[[window.start, window.end], default: [[], []]][source].append(event) }
            }
        }
        for (window, sides) in contents {
            let bounds = window.map { Optional($0 * 1_000_000) }
            result.rows += joined(sides[0], sides[1]) { _, _ in true }.map { $0 + bounds }
        }
        return counted(result, sources)
    }

    /// A version is a deletion when its value is a multiple of 5.
    func versions(_ sources: [[Event]], hasDeletions: Bool) -> StreamsResult {
        var result = StreamsResult(sources: 2)
        let onTime = sources.enumerated().map { source, events in
            zip(events, watermarks(events)).enumerated().compactMap { index, pair -> (index: Int, event: Event)? in
                if pair.0.second >= pair.1 { return (index, pair.0) }
                result.late[source].append(Int64(index))
                return nil
            }
        }
        for (_, left) in onTime[0] {
            let valid = onTime[1].filter { $0.event.key == left.key && $0.event.second <= left.second }
                .max {
                    ($0.event.second, $0.event.partition, $0.index) < ($1.event.second, $1.event.partition, $1.index)
                }
            let isDeleted = hasDeletions && (valid.map { $0.event.value % 5 == 0 } ?? false)
            if let valid, !isDeleted, holds(left, valid.event) {
                result.rows.append(Self.row(left, valid.event))
            } else if kind == .left {
                result.rows.append(Self.row(left, nil))
            }
        }
        return counted(result, sources)
    }

    private func joined(_ lefts: [Event], _ rights: [Event], _ matches: (Event, Event) -> Bool) -> [[Int64?]] {
        var rows: [[Int64?]] = []
        var isMatched = rights.map { _ in false }
        for left in lefts {
            let found = rights.indices.filter { holds(left, rights[$0]) && matches(left, rights[$0]) }
            for index in found { isMatched[index] = true }
            rows += found.map { Self.row(left, rights[$0]) }
            if found.isEmpty, kind == .left || kind == .full { rows.append(Self.row(left, nil)) }
        }
        if kind == .right || kind == .full {
            rows += rights.indices.filter { !isMatched[$0] }.map { Self.row(nil, rights[$0]) }
        }
        return rows
    }

    private func counted(_ result: StreamsResult, _ sources: [[Event]]) -> StreamsResult {
        var result = result
        for source in sources.indices {
            result.counts[source].read = sources[source].count
            result.counts[source].late = result.late[source].count
            result.counts[source].processed = sources[source].count - result.late[source].count
        }
        result.sort()
        return result
    }
}

extension JoinOracle {
    static let left = JoinSpecification.leftPrefix
    static let right = JoinSpecification.rightPrefix

    /// A stream of events with an event time whose key is null where it is 5.
    static func stream(_ topic: String, delay: Int64, in plan: inout LogicalPlan) -> Int {
        let read = plan.add(UnionTests.source(topic))
        let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: delay * 1_000_000), after: [read])
        let key = Expression.caseWhen(
            [.init(when: .binary(.notEqual, .column("key"), .literal(.int64(5), .int64)), then: .column("key"))],
            otherwise: nil)
        return plan.add(
            .select([
                Projection("time", .column("time")), Projection("key", key), Projection("value", .column("value")),
            ]), after: [timed])
    }

    /// - Parameter extraKeys: more keys, that are equal when the first is.
    func plan(_ match: JoinSpecification.Match, extraKeys: [JoinSpecification.Key] = []) -> LogicalPlan {
        var plan = LogicalPlan(name: "join")
        let sides = [
            Self.stream("left", delay: delay, in: &plan), Self.stream("right", delay: delay, in: &plan),
        ]
        _ = plan.add(UnionTests.sink, after: [plan.add(.join(join(match, extraKeys)), after: sides)])
        return plan
    }

    func join(_ match: JoinSpecification.Match, _ extraKeys: [JoinSpecification.Key] = []) -> JoinSpecification {
        var outputs = [Self.left, Self.right].flatMap { side in
            ["time", "value"].map { Projection(side + $0, .column(side + $0)) }
        }
        if case .window = match {
            outputs += [WindowedAggregation.windowStart, WindowedAggregation.windowEnd].map {
                Projection($0, .column($0))
            }
        }
        let sum = Expression.binary(.add, .column(Self.left + "value"), .column(Self.right + "value"))
        let isEven = Expression.binary(
            .equal, .binary(.remainder, sum, .literal(.int64(2), .int64)), .literal(.int64(0), .int64))
        return JoinSpecification(
            kind: kind, keys: [.init(.column(Self.left + "key"), .column(Self.right + "key"))] + extraKeys,
            match: match, condition: hasCondition ? isEven : nil, outputs: outputs)
    }
}
