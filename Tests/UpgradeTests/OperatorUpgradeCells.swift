import Columnar
import Dataflow

extension OperatorUpgradeTests {
    private typealias Plans = StatefulPlans
    private static let interval = JoinSpecification.Match.interval(lower: -30_000_000, upper: 30_000_000)
    private static let windows = JoinSpecification.Match.window(
        WindowSpecification(size: 60_000_000, slide: 60_000_000))
    private static let versions = JoinSpecification.Match.version(deletedWhere: nil)
    private static let keepLast = PlanStep.Kind.keepLast(LastRows(keys: ["k"], givesUpdates: false))
    private static func select(_ names: [String]) -> PlanStep.Kind {
        .select(names.map { Projection($0, .column($0)) })
    }
    private static func deduplicated(_ keys: [String]) -> PlanStep.Kind { .dropDuplicates(keys: keys) }
    private static let merged = SinkDescription(table: "t.rows", mode: .merge(keys: ["k"]))

    static var restored: [Cell] {
        [
            Cell(
                edit: "a column more in kept rows", before: Plans.single(keepLast),
                after: Plans.single(keepLast, source: Plans.source("left", adding: ["note"]))),
            Cell(
                edit: "a column less in kept rows", before: Plans.single(keepLast),
                after: Plans.single(keepLast, source: Plans.source("left", without: "w"))),
            Cell(
                edit: "kept rows in another order of columns", before: Plans.single(keepLast),
                after: Plans.single(keepLast, before: [select(["at", "w", "v", "j", "k"])])),
            Cell(
                edit: "keys of kept rows in another order",
                before: Plans.single(.keepLast(LastRows(keys: ["k", "j"], givesUpdates: false))),
                after: Plans.single(.keepLast(LastRows(keys: ["j", "k"], givesUpdates: false)))),
            Cell(
                edit: "a column more in ranked rows", before: Plans.single(Plans.top()),
                after: Plans.single(Plans.top(), source: Plans.source("left", adding: ["note"]))),
            Cell(
                edit: "keys of a ranking in another order", before: Plans.single(Plans.top(keys: ["k", "j"])),
                after: Plans.single(Plans.top(keys: ["j", "k"]))),
            Cell(
                edit: "a column less in pairs within an interval", before: Plans.joined(Plans.join(interval)),
                after: Plans.joined(Plans.join(interval, outputs: ["left.k", "right.w"]))),
            Cell(
                edit: "keys of a join within an interval in another order",
                before: Plans.joined(Plans.join(interval, kind: .full)),
                after: Plans.joined(Plans.join(interval, kind: .full, keys: ["j", "k"]))),
            Cell(
                edit: "keys of a join of windows in another order",
                before: Plans.joined(Plans.join(windows, kind: .left)),
                after: Plans.joined(Plans.join(windows, kind: .left, keys: ["j", "k"]))),
            Cell(
                edit: "keys of a join with versions in another order",
                before: Plans.joined(Plans.join(versions, kind: .left)),
                after: Plans.joined(Plans.join(versions, kind: .left, keys: ["j", "k"]))),
            Cell(
                edit: "a new column of the contract in pairs", before: Plans.joined(Plans.join(versions)),
                after: Plans.joined(
                    Plans.join(versions, outputs: ["left.note", "left.k", "left.v", "right.w"]),
                    left: Plans.source("left", adding: ["note"]))),
            Cell(
                edit: "sources in another order", before: Plans.joined(Plans.join(interval)),
                after: Plans.joined(Plans.join(interval), isRightFirst: true)),
            Cell(
                edit: "the topics of a union in another order", before: united(["left", "right"]),
                after: united(["right", "left"])),
            Cell(
                edit: "a topic less in a union", before: united(["left", "right"]), after: united(["left"]),
                isSame: false),
            Cell(
                edit: "a topic more in a union", before: united(["left"]), after: united(["left", "right"]),
                isSame: false),
            Cell(
                edit: "another key of a topic of final rows",
                before: Plans.single(select(Plans.rows), into: topic(["k"])),
                after: Plans.single(select(Plans.rows), into: topic(["j"])), isSame: false),
            Cell(
                edit: "another delivery to a topic", before: Plans.single(select(Plans.rows), into: topic(["k"])),
                after: Plans.single(select(Plans.rows), into: topic(["k"], .atLeastOnce))),
            Cell(
                edit: "a deduplication more behind a join", before: Plans.joined(Plans.join(interval)),
                after: {
                    var plan = Plans.joined(Plans.join(interval))
                    let sink = plan.steps.removeLast()
                    let step = plan.add(deduplicated(["left_k", "left_v", "right_w"]), after: [4])
                    _ = plan.add(sink.kind, after: [step])
                    return plan
                }(), isSame: false),
            Cell(
                edit: "a filter that keeps all before an aggregation behind a map of columns",
                before: Plans.single(Plans.count(), before: [select(["k", "v"])], into: merged),
                after: Plans.single(
                    Plans.count(),
                    before: [.filter(.unary(.isNotNull, .column("v"))), select(["k", "v", "w"])], into: merged)),
        ]
    }

    /// Two topics in one table of counts.
    private static func united(_ topics: [String]) -> LogicalPlan {
        var plan = LogicalPlan(name: "united")
        let sources = topics.map { plan.add(Plans.source($0)) }
        var step = sources.count > 1 ? plan.add(.union, after: sources) : sources[0]
        step = plan.add(.withWatermark(column: "at", delayMicroseconds: 10_000_000), after: [step])
        step = plan.add(Plans.count(), after: [step])
        _ = plan.add(.write(merged), after: [step])
        return plan
    }

    private static func topic(
        _ keys: [String], _ delivery: TopicDescription.Delivery = .exactlyOnce
    ) -> SinkDescription { SinkDescription(topic: TopicDescription(topic: "out", keys: keys, delivery: delivery)) }

    private static let updates = PlanStep.Kind.keepLast(LastRows(keys: ["k"], givesUpdates: true))

    /// Edits that lose something: refused, and done when that is agreed to.
    static var consented: [Cell] {
        [
            Cell(
                edit: "an aggregation that is no more", before: Plans.single(Plans.count(), into: merged),
                after: Plans.single(select(["k", "v"]), into: merged), dropState: ["aggregate/t.rows"], isSame: false),
            Cell(
                edit: "kept rows that are kept no more", before: Plans.single(keepLast),
                after: Plans.single(select(Plans.rows)), dropState: ["keepLast/t.rows"], isSame: false),
            Cell(
                edit: "an aggregation that was not there", before: Plans.single(select(["k", "v"]), into: merged),
                after: Plans.single(Plans.count(), into: merged), beginEmpty: ["aggregate/t.rows"], isSame: false),
            Cell(
                edit: "a join with other keys", before: Plans.joined(Plans.join(interval)),
                after: Plans.joined(Plans.join(interval, keys: ["k"])), dropState: ["join/t.rows"], isSame: false),
        ]
    }

    static var refused: [Cell] {
        [
            Cell(edit: "a longer ranking", before: Plans.single(Plans.top()), after: Plans.single(Plans.top(3))),
            Cell(
                edit: "a ranking by another column", before: Plans.single(Plans.top()),
                after: Plans.single(Plans.top(by: "w"))),
            Cell(
                edit: "a ranking in the other direction", before: Plans.single(Plans.top()),
                after: Plans.single(Plans.top(2, by: "v", .ascending))),
            Cell(
                edit: "a ranking per another key", before: Plans.single(Plans.top()),
                after: Plans.single(Plans.top(keys: ["j"]))),
            Cell(
                edit: "a ranking of other windows", before: Plans.single(Plans.top()),
                after: Plans.single(Plans.top(seconds: 30))),
            Cell(
                edit: "updates instead of final rows", before: Plans.single(keepLast, into: merged),
                after: Plans.single(.keepLast(LastRows(keys: ["k"], givesUpdates: true)), into: merged)),
            Cell(
                edit: "another interval", before: Plans.joined(Plans.join(interval)),
                after: Plans.joined(Plans.join(.interval(lower: -60_000_000, upper: 30_000_000)))),
            Cell(
                edit: "another kind of join", before: Plans.joined(Plans.join(interval)),
                after: Plans.joined(Plans.join(interval, kind: .left))),
            Cell(
                edit: "another match", before: Plans.joined(Plans.join(interval)),
                after: Plans.joined(Plans.join(windows))),
            Cell(
                edit: "pairs with a column that rows were kept without", before: Plans.joined(Plans.join(interval)),
                after: Plans.joined(Plans.join(interval, outputs: ["left.k", "left.v", "left.w", "right.w"]))),
            Cell(
                edit: "sides that changed places", before: Plans.joined(Plans.join(interval)),
                after: Plans.joined(
                    Plans.join(interval), left: Plans.source("right"), right: Plans.source("left"))),
            Cell(
                edit: "versions that can be deleted", before: Plans.joined(Plans.join(versions)),
                after: Plans.joined(
                    Plans.join(.version(deletedWhere: .binary(.equal, .column("v"), .literal(.int64(7), .int64)))))),
            Cell(
                edit: "another column of event time", before: Plans.single(Plans.count(), into: merged),
                after: {
                    var plan = Plans.single(Plans.count(), into: merged)
                    plan.steps[1].kind = .withIngestionTime(delayMicroseconds: 0)
                    return plan
                }()),
            Cell(
                edit: "elements of a list instead of rows",
                before: Plans.single(Plans.count(), source: Plans.source("left", list: "l"), into: merged),
                after: Plans.single(
                    Plans.count(), source: Plans.source("left", list: "l"),
                    before: [
                        .explode(
                            Explosion(
                                .column("l"), keepsEmpty: true,
                                outputs: ["k", "v"].map { Projection($0, .column($0)) }))
                    ], into: merged)),
            Cell(
                edit: "another key of a topic whose records are replaced",
                before: Plans.single(updates, into: topic(["k"])),
                after: Plans.single(updates, into: topic(["k", "j"]))),
            Cell(
                edit: "another computation of the key by which rows are replaced",
                before: behind(updates, .column("k")),
                after: behind(updates, .function(.upper, [.column("k")]))),
            Cell(
                edit: "append instead of merge", before: Plans.single(Plans.count(), into: merged),
                after: Plans.single(Plans.count())),
            Cell(
                edit: "two steps alike that both changed", before: twoCounts("v", "w", 1, 2),
                after: twoCounts("w", "v", 3, 4)),
        ]
    }

    /// A step whose rows are replaced by a key that a select behind it computes.
    private static func behind(_ step: PlanStep.Kind, _ key: Expression) -> LogicalPlan {
        var plan = Plans.single(step, into: merged)
        let sink = plan.steps.removeLast()
        let select = plan.add(.select([Projection("k", key), Projection("v", .column("v"))]), after: [2])
        _ = plan.add(sink.kind, after: [select])
        return plan
    }

    /// Two aggregations of what two filters leave of one topic, into one table.
    static func twoCounts(_ first: String, _ second: String, _ least: Int64, _ other: Int64) -> LogicalPlan {
        var plan = LogicalPlan(name: "two")
        var source = plan.add(StatefulPlans.source("left"))
        source = plan.add(.withWatermark(column: "at", delayMicroseconds: 10_000_000), after: [source])
        var parts: [Int] = []
        for (column, value) in [(first, least), (second, other)] {
            let filter = plan.add(
                .filter(.binary(.greater, .column(column), .literal(.int64(value), .int64))), after: [source])
            parts.append(plan.add(StatefulPlans.count(), after: [filter]))
        }
        let union = plan.add(.union, after: parts)
        _ = plan.add(.write(SinkDescription(table: "t.rows", mode: .append(partitionedBy: []))), after: [union])
        return plan
    }
}
