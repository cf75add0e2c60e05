import Columnar

@testable import Dataflow

/// What an example of a timeline is about, from its text: `hopping 10 s every 5 s, lateness 3 s, updates`. The first part
/// names the kind of window, the others what differs from the defaults: no delay, no lateness, rows on close.
struct TimelineSettings {
    enum Kind {
        case window(WindowSpecification.Kind)
        case duplicates
        /// The last row of each key.
        case last
        case join(JoinSpecification.Kind, JoinSpecification.Match)
    }

    enum Time {
        case event, ingestion, processing
    }

    var kind = Kind.duplicates
    var time = Time.event
    /// µs.
    var delay: Int64 = 0
    var offset: Int64 = 0
    var lateness: Int64 = 0
    var quiet: Int64?
    var timeToLive: TimeToLive?
    var emission = WindowSpecification.Emission.onClose
    /// Whether rows say that they are final.
    var marksFinal = false
    /// Whether the windows' rows come from two streams.
    var isUnion = false

    init(_ text: String) throws {
        let parts = text.split(separator: ",").map { $0.split(separator: " ").map(String.init) }
        var rest = parts[...]
        if let first = rest.first, first.count == 2, first[1] == "join", rest.count > 1,
            let joined = JoinSpecification.Kind(rawValue: first[0])
        {
            kind = .join(joined, try Self.match(parts[1]))
            rest = rest.dropFirst(2)
        } else if let first = rest.popFirst() {
            kind = try Self.kind(first)
        }
        for words in rest { try add(words) }
        if case .join(let joined, .window(let window)) = kind {
            let moved = WindowSpecification(window.kind, offset: offset, allowedLateness: lateness)
            kind = .join(joined, .window(moved))
        }
    }

    /// How the rows of a join match: `from -5 s to 5 s`, `versions`, or a window.
    private static func match(_ words: [String]) throws -> JoinSpecification.Match {
        if words == ["versions"] { return .version(deletedWhere: nil) }
        if words.first == "from" {
            return .interval(lower: try microseconds(words, at: 1), upper: try microseconds(words, at: 4))
        }
        guard case .window(let window) = try kind(words) else { throw TimelineError("no match of a join: \(words)") }
        return .window(WindowSpecification(window))
    }

    var isJoin: Bool { if case .join = kind { true } else { false } }

    /// Whether there is a second stream.
    var hasTwoStreams: Bool { isJoin || isUnion }

    private static func kind(_ words: [String]) throws -> Kind {
        func duration(_ index: Int) throws -> Int64 { try microseconds(words, at: index) }
        switch words.first {
        case "tumbling": return .window(.hopping(size: try duration(1), slide: try duration(1)))
        case "hopping": return .window(.hopping(size: try duration(1), slide: try duration(4)))
        case "cumulating": return .window(.cumulate(size: try duration(5), step: try duration(1)))
        case "session": return .window(.session(gap: try duration(1)))
        case "calendar":
            guard words.count == 4, let unit = WindowSpecification.CalendarUnit(rawValue: words[1]) else { break }
            return .window(.calendar(unit, zone: words[3]))
        case "all": return .window(.global)
        case "duplicates": return .duplicates
        case "last": return .last
        default: break
        }
        throw TimelineError("there is no window '\(words.joined(separator: " "))'")
    }

    private mutating func add(_ words: [String]) throws {
        switch words[0] {
        case "delay": delay = try Self.microseconds(words, at: 1)
        case "offset": offset = try Self.microseconds(words, at: 1)
        case "lateness": lateness = try Self.microseconds(words, at: 1)
        case "quiet": quiet = try Self.microseconds(words, at: 1)
        case "life":
            timeToLive = TimeToLive(microseconds: try Self.microseconds(words, at: 1), deletesRows: words.count == 3)
        case "updates": emission = .updates
        case "early": emission = .early(every: words.count == 1 ? 0 : try Self.microseconds(words, at: 2))
        case "final": marksFinal = true
        case "union": isUnion = true
        case "ingestion": time = .ingestion
        case "processing": time = .processing
        default: throw TimelineError("there is no setting '\(words.joined(separator: " "))'")
        }
    }

    /// A number and a unit.
    private static func microseconds(_ words: [String], at index: Int) throws -> Int64 {
        let units: [String: Int64] = [
            "µs": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000,
        ]
        guard words.count > index + 1, let number = Int64(words[index]), let unit = units[words[index + 1]] else {
            throw TimelineError("no duration in '\(words.joined(separator: " "))'")
        }
        return number * unit
    }
}

struct TimelineError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension TimelineSettings {
    /// Whether rows wait for an interval of processing time.
    var isPaced: Bool { if case .early(let interval) = emission { interval > 0 } else { false } }

    /// The plan of the example: rows are counted by window and key, or joined by key.
    var plan: LogicalPlan {
        var plan = LogicalPlan(name: "timeline")
        let topics = hasTwoStreams ? ["left", "right"] : ["events"]
        let read = topics.map { topic in
            plan.add(
                .read(
                    SourceDescription(
                        topic: topic, contract: EventDecoder.contract, deadLetterTopic: "dead",
                        deadLettersDuplicates: !keepsRows)))
        }
        var timed = read.map { plan.add(timeStep, after: [$0]) }
        if isUnion { timed = [plan.add(.union, after: timed)] }
        let result: Int
        var sink = SinkDescription.Mode.append(partitionedBy: [])
        switch kind {
        case .duplicates: result = plan.add(.dropDuplicates(keys: ["key"]), after: timed)
        case .last:
            let rows = LastRows(keys: ["key"], givesUpdates: emission == .updates)
            result = plan.add(.keepLast(rows), after: timed)
            sink = .merge(keys: ["key"])
        case .window(let kind):
            result = plan.add(.aggregate(aggregation(kind)), after: timed)
            sink = .merge(keys: kind == .global ? ["key"] : ["start", "end", "key"])
        case .join(let kind, let match): result = plan.add(.join(join(kind, match)), after: timed)
        }
        _ = plan.add(.write(SinkDescription(table: "t.t", mode: sink)), after: [result])
        return plan
    }

    /// Whether rows wait in the state until they are given, so that those which another replaces have no bytes any more.
    private var keepsRows: Bool { if case .last = kind { emission == .onClose } else { false } }

    private var timeStep: PlanStep.Kind {
        switch time {
        case .event: .withWatermark(column: "time", delayMicroseconds: delay)
        case .ingestion: .withIngestionTime(delayMicroseconds: delay)
        case .processing: .withProcessingTime
        }
    }

    private func join(_ kind: JoinSpecification.Kind, _ match: JoinSpecification.Match) -> JoinSpecification {
        var outputs = ["left", "right"].flatMap { side in
            ["key", "time"].map { Projection("\(side)_\($0)", .column("\(side).\($0)")) }
        }
        if case .window = match {
            outputs.append(Projection("start", .column(WindowedAggregation.windowStart)))
            outputs.append(Projection("end", .column(WindowedAggregation.windowEnd)))
        }
        return JoinSpecification(
            kind: kind, keys: [.init(.column("left.key"), .column("right.key"))], match: match, outputs: outputs)
    }

    private func aggregation(_ kind: WindowSpecification.Kind) -> WindowedAggregation {
        var outputs: [Projection] = []
        if kind != .global {
            outputs = [
                Projection("start", .column(WindowedAggregation.windowStart)),
                Projection("end", .column(WindowedAggregation.windowEnd)),
            ]
        }
        outputs += [Projection("key", .column("key")), Projection("n", .column("n"))]
        if marksFinal { outputs.append(Projection("final", .column(WindowedAggregation.windowIsFinal))) }
        return WindowedAggregation(
            window: WindowSpecification(
                kind, offset: offset, allowedLateness: lateness, emission: emission, timeToLive: timeToLive),
            keys: [Projection("key", .column("key"))], aggregates: [.init("n", .count, of: nil)], outputs: outputs)
    }
}
