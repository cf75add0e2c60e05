import Columnar
import Dataflow
import TestSupport

/// Plans over two topics of events with one step that keeps state, for edits of every kind of step.
enum StatefulPlans {
    static let rows = ["k", "j", "v", "w", "at"]

    /// - Parameter adding: further optional text columns, which no record has.
    static func source(_ topic: String, without: String? = nil, adding: [String] = [], list: String? = nil)
        -> PlanStep.Kind
    {
        var columns: [ContractDescription.Column] = [
            .init(Field("k", .string)), .init(Field("j", .string)), .init(Field("v", .int64)),
            .init(Field("w", .int64)),
            .init(Field("at", .timestamp), timestampFormat: .epochSeconds),
        ].filter { $0.field.name != without }
        if let list { columns.append(.init(Field(list, .list(.int64, containsNull: false), isNullable: true))) }
        columns = adding.map { .init(Field($0, .string, isNullable: true)) } + columns
        return .read(SourceDescription(topic: topic, contract: ContractDescription(name: topic, columns: columns)))
    }

    /// One topic, event time, a step, a table.
    static func single(
        _ step: PlanStep.Kind, source: PlanStep.Kind = source("left"), before: [PlanStep.Kind] = [],
        name: String? = nil,
        into sink: SinkDescription = SinkDescription(table: "t.rows", mode: .append(partitionedBy: []))
    ) -> LogicalPlan {
        var plan = LogicalPlan(name: "single")
        var last = plan.add(source)
        last = plan.add(.withWatermark(column: "at", delayMicroseconds: 10_000_000), after: [last])
        for other in before { last = plan.add(other, after: [last]) }
        last = plan.add(step, after: [last])
        plan.steps[last].name = name
        _ = plan.add(.write(sink), after: [last])
        return plan
    }

    /// Two topics with event time, a join, a table.
    static func joined(
        _ join: JoinSpecification, left: PlanStep.Kind = source("left"), right: PlanStep.Kind = source("right"),
        isRightFirst: Bool = false
    ) -> LogicalPlan {
        var plan = LogicalPlan(name: "joined")
        func timed(_ kind: PlanStep.Kind) -> Int {
            let read = plan.add(kind)
            return plan.add(.withWatermark(column: "at", delayMicroseconds: 10_000_000), after: [read])
        }
        let inputs = isRightFirst ? [timed(right), timed(left)].reversed() : [timed(left), timed(right)]
        let step = plan.add(.join(join), after: Array(inputs))
        _ = plan.add(.write(SinkDescription(table: "t.rows", mode: .append(partitionedBy: []))), after: [step])
        return plan
    }

    static func join(
        _ match: JoinSpecification.Match, kind: JoinSpecification.Kind = .inner, keys: [String] = ["k", "j"],
        condition: Expression? = nil, outputs: [String] = ["left.k", "left.v", "right.w"]
    ) -> JoinSpecification {
        JoinSpecification(
            kind: kind, keys: keys.map { .init(.column("left." + $0), .column("right." + $0)) }, match: match,
            condition: condition,
            outputs: outputs.map { Projection($0.replacing(".", with: "_"), .column($0)) })
    }

    static func top(
        _ limit: Int = 2, by: String = "v", _ direction: SortDirection = .descending, keys: [String] = ["k"],
        seconds: Int64 = 60, outputs: [String] = ["k", "v", "w"]
    ) -> PlanStep.Kind {
        .top(
            Ranking(
                window: WindowSpecification(size: seconds * 1_000_000, slide: seconds * 1_000_000), keys: keys,
                order: [.init(.column(by), direction)], limit: limit,
                outputs: outputs.map { Projection($0, .column($0)) }))
    }

    static func count(_ function: AggregateFunction = .count, of column: String? = nil) -> PlanStep.Kind {
        .aggregate(
            WindowedAggregation(
                window: WindowSpecification(size: 60_000_000, slide: 60_000_000), keys: [Projection("k", .column("k"))],
                aggregates: [.init("__n", function, of: column.map { .column($0) })],
                outputs: [Projection("k", .column("k")), Projection("n", .column("__n"))]))
    }

    /// Records of both topics in turn: seconds never fall.
    static func records(seed: UInt64, count: Int = 160) -> [(topic: String, json: String)] {
        var random = SplitMix(state: seed)
        return (0..<count).map { index in
            let key = ["a", "b", "c"][Int.random(in: 0..<3, using: &random)]
            let other = ["x", "y"][Int.random(in: 0..<2, using: &random)]
            let values = (Int.random(in: 0..<50, using: &random), Int.random(in: 0..<50, using: &random))
            let json = #"{"k":"\#(key)","j":"\#(other)","v":\#(values.0),"w":\#(values.1),"at":\#(9000 + index * 3)}"#
            return (Bool.random(using: &random) ? "left" : "right", json)
        }
    }
}
