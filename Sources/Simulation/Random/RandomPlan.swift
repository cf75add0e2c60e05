import Columnar
import Dataflow

/// A random topology: one or two topics, steps before and after they come together, and one or two ways into tables and
/// topics.
struct RandomPlan {
    var random: SeededRandom
    private(set) var plan = LogicalPlan(name: "random")
    private(set) var sources: [RandomSource] = []
    /// µs of event time between records: seconds, or hours where days are to pass.
    private(set) var unit: Int64 = 1_000_000
    private var sinks = 0

    init(random: SeededRandom) { self.random = random }

    mutating func build() {
        unit = random.pick([1_000_000, 1_000_000, 1_000_000, 7_200_000_000])
        let inputs = (0..<random.pick([1, 1, 1, 2, 2])).map { stream($0) }
        guard inputs.count == 2 else { return branches(of: inputs[0]) }
        if random.chance(40) {
            branches(of: steps(after: plan.add(.union, after: inputs)))
        } else {
            join(inputs)
        }
    }

    // MARK: Streams

    /// A topic with event time, and what is done with its records alone.
    private mutating func stream(_ number: Int) -> Int {
        let source = RandomSource(
            topic: "events\(number)",
            timestampFormat: random.pick([.iso8601, .iso8601, .epochSeconds, .epochMilliseconds, .epochMicroseconds]),
            delay: Int64(random.pick([0, 0, 1, 3, 10, 20])) * unit)
        sources.append(source)
        let hasLetters = random.chance(75)
        var step = plan.add(
            .read(
                SourceDescription(
                    topic: source.topic, contract: source.contract,
                    deadLetterTopic: hasLetters ? "letters\(number)" : nil,
                    deadLettersDuplicates: hasLetters && random.chance(40))))
        if random.chance(20) { step = plan.add(.filter(condition()), after: [step]) }
        step = plan.add(.withWatermark(column: "t", delayMicroseconds: source.delay), after: [step])
        return steps(after: step)
    }

    /// Steps that keep the columns of events.
    private mutating func steps(after step: Int) -> Int {
        var step = step
        if random.chance(30) { step = plan.add(.filter(condition()), after: [step]) }
        if random.chance(25) { step = plan.add(.select(selection()), after: [step]) }
        if random.chance(35) { step = plan.add(.dropDuplicates(keys: ["id"]), after: [step]) }
        return step
    }

    private mutating func condition() -> Expression {
        let value = Expression.column("v")
        switch random.number(0...4) {
        case 0: return .binary(.greater, value, literal(random.number(-12...5)))
        case 1: return .binary(.notEqual, .column("k"), .literal(.string("a"), .string))
        case 2: return .unary(.isNotNull, .column("k"))
        case 3: return .binary(.notEqual, .binary(.remainder, value, literal(3)), literal(1))
        default:
            return .binary(
                .or, .binary(.less, value, literal(random.number(0...15))), .unary(.isNull, .column("k")))
        }
    }

    private mutating func selection() -> [Projection] {
        let value = Expression.column("v")
        let computed = random.pick([
            Expression.binary(.add, value, literal(1)), .binary(.multiply, value, literal(-3)),
            .coalesce([value, literal(7)]),
        ])
        return [
            Projection("id", .column("id")), Projection("k", .column("k")), Projection("v", computed, isNullable: true),
            Projection("t", .column("t")),
        ]
    }

    private func literal(_ number: Int) -> Expression { .literal(.int64(Int64(number)), .int64) }

    // MARK: Windows

    /// - Parameter isFinal: whether every row must be final.
    private mutating func window(isFinal: Bool = false, isBounded: Bool = false) -> WindowSpecification {
        let small = Int64(random.pick([1, 2, 5, 6])) * unit
        let kinds: [WindowSpecification.Kind] = [
            .hopping(size: small * 2, slide: small * 2), .hopping(size: small * 3, slide: small),
            .hopping(size: small * 5, slide: small * 2), .cumulate(size: small * 3, step: small),
            .calendar(random.pick([.day, .week, .month]), zone: random.pick(["UTC", "Europe/Berlin"])),
        ]
        var kind = random.pick(kinds)
        if !isBounded, random.chance(30) { kind = .session(gap: small) }
        if !isBounded, !isFinal, random.chance(15) { kind = .global }
        var window = WindowSpecification(kind)
        if case .hopping = kind, random.chance(25) { window.offset = Int64(random.number(-3...3)) * unit }
        if kind == .global {
            window.emission = .early(every: Int64(random.pick([0, 0, 30_000])))
            return window
        }
        if random.chance(45) { window.allowedLateness = Int64(random.pick([1, 4, 12])) * unit }
        if !isFinal { window.emission = random.pick([.onClose, .updates, .early(every: 0), .early(every: 30_000)]) }
        return window
    }

    private func bounds(_ window: WindowSpecification) -> [Projection] {
        window.kind == .global
            ? []
            : [
                Projection("start", .column(WindowedAggregation.windowStart)),
                Projection("end", .column(WindowedAggregation.windowEnd)),
            ]
    }

    // MARK: Ways into tables and topics

    private mutating func branches(of step: Int) {
        for _ in 0..<random.pick([1, 1, 2]) {
            switch random.number(0...9) {
            case 0: write(step, ["id"], isChangelog: false)
            case 1: keepLast(step)
            case 2, 3: top(step)
            default: aggregate(step)
            }
        }
    }

    private mutating func keepLast(_ step: Int) {
        var givesUpdates = random.chance(50)
        // Duplicates cannot go to dead letters when they are found later.
        let hasDuplicateLetters = plan.steps.contains {
            if case .read(let source) = $0.kind { source.deadLettersDuplicates } else { false }
        }
        if hasDuplicateLetters { givesUpdates = true }
        let last = plan.add(.keepLast(LastRows(keys: ["id"], givesUpdates: givesUpdates)), after: [step])
        write(last, ["id"], isChangelog: givesUpdates)
    }

    private mutating func aggregate(_ step: Int) {
        let window = window()
        var keys = [Projection("k", .column("k"))]
        if random.chance(20) { keys = [Projection("odd", .binary(.remainder, .column("v"), literal(2)))] }
        if random.chance(15) { keys += [Projection("v", .column("v"))] }
        let value = Expression.column("v")
        var aggregates: [WindowedAggregation.Aggregate] = [.init("n", .count, of: nil)]
        if random.chance(80) { aggregates.append(.init("total", .sum, of: value)) }
        if random.chance(50) { aggregates += [.init("low", .min, of: value), .init("high", .max, of: value)] }
        if random.chance(40) {
            aggregates += [.init("first_id", .first, of: .column("id")), .init("last_id", .last, of: .column("id"))]
        }
        if random.chance(30) { aggregates.append(.init("ids", .countDistinct, of: .column("id"))) }
        let outputs = bounds(window) + (keys.map(\.name) + aggregates.map(\.name)).map { Projection($0, .column($0)) }
        let result = plan.add(
            .aggregate(
                WindowedAggregation(window: window, keys: keys, aggregates: aggregates, outputs: outputs)),
            after: [step])
        let identity = bounds(window).map(\.name) + keys.map(\.name)
        if window.emission == .onClose, random.chance(25) { return aggregateAgain(result) }
        write(result, identity, isChangelog: window.emission != .onClose)
    }

    /// Counts the rows of windows by larger ones.
    private mutating func aggregateAgain(_ step: Int) {
        let size = Int64(random.pick([10, 30])) * unit
        let again = WindowedAggregation(
            window: WindowSpecification(.hopping(size: size, slide: size)), keys: [],
            aggregates: [.init("rows", .count, of: nil), .init("total", .sum, of: .column("n"))],
            outputs: bounds(WindowSpecification(.hopping(size: size, slide: size)))
                + ["rows", "total"].map { Projection($0, .column($0)) })
        write(plan.add(.aggregate(again), after: [step]), ["start"], isChangelog: false)
    }

    private mutating func top(_ step: Int) {
        var window =
            random.chance(40) ? WindowSpecification(.global, emission: .early(every: 0)) : window(isBounded: true)
        if case .session = window.kind { window.kind = .hopping(size: 5 * unit, slide: 5 * unit) }
        let direction = random.pick([SortDirection.ascending, .descending])
        let columns = ["id", "k", "v"].map { Projection($0, .column($0)) }
        let ranking = Ranking(
            window: window, keys: random.chance(70) ? ["k"] : [], order: [.init(.column("v"), direction)],
            limit: random.number(1...4),
            outputs: bounds(window) + columns + [Projection("rank", .column(Ranking.rank))])
        let result = plan.add(.top(ranking), after: [step])
        write(result, bounds(window).map(\.name) + ranking.keys + ["rank"], isChangelog: window.emission != .onClose)
    }

    private mutating func join(_ inputs: [Int]) {
        let kind = random.pick(JoinSpecification.Kind.allCases)
        let keys = [JoinSpecification.Key(.column("left.k"), .column("right.k"))]
        var outputs = ["left.id", "right.id", "left.v", "right.v"].map {
            Projection($0.replacing(".", with: "_"), .column($0))
        }
        var join: JoinSpecification
        switch random.number(0...2) {
        case 0:
            let lower = Int64(random.number(-6...3))
            let match = JoinSpecification.Match.interval(
                lower: lower * unit, upper: (lower + Int64(random.number(0...8))) * unit)
            join = JoinSpecification(kind: kind, keys: keys, match: match, outputs: outputs)
        case 1:
            let window = window(isFinal: true, isBounded: true)
            outputs = bounds(window) + outputs
            join = JoinSpecification(kind: kind, keys: keys, match: .window(window), outputs: outputs)
        default:
            join = JoinSpecification(
                kind: random.pick([.inner, .left]), keys: keys, match: .version(deletedWhere: nil), outputs: outputs)
        }
        if case .version = join.match {
        } else if random.chance(30) {
            join.condition = .binary(.lessOrEqual, .column("left.v"), .column("right.v"))
        }
        write(plan.add(.join(join), after: inputs), [], isChangelog: false)
    }

    /// - Parameter keys: what makes a row the same as an earlier one; none: nothing does.
    private mutating func write(_ step: Int, _ keys: [String], isChangelog: Bool) {
        sinks += 1
        let name = "sink\(sinks)"
        var sink = SinkDescription(table: name, mode: .merge(keys: keys))
        // A topic's key of one column must not be null where records replace each other.
        let mayBeTopic = !isChangelog || keys.count > 1 || keys == ["id"]
        switch random.number(0...9) {
        case 0...2 where mayBeTopic: sink = SinkDescription(topic: TopicDescription(topic: name, keys: keys))
        case 3 where !isChangelog: sink = SinkDescription(topic: TopicDescription(topic: name, delivery: .atLeastOnce))
        case 4...6 where !isChangelog:
            let columns = keys.contains("k") && random.chance(40) ? ["k"] : []
            sink = SinkDescription(table: name, mode: .append(partitionedBy: columns))
        default: break
        }
        if keys.isEmpty, case .table = sink.destination {
            sink = SinkDescription(table: name, mode: .append(partitionedBy: []))
        }
        _ = plan.add(.write(sink), after: [step])
    }
}
