import Columnar
import Dataflow

/// Rows in groups.
public struct GroupedStream<S: Schema> {
    let builder: TopologyBuilder
    let step: Int
    let window: WindowSpecification
    let keys: [String]

    /// Computes one row for each group of a window. The closure runs once and says how each column is computed.
    public func aggregate<Result: Schema>(
        into result: Result.Type, _ build: (AggregateRow<S>, WindowBounds, ResultRow<Result>) -> Void
    ) -> ResultStream<Result> {
        let outputs = OutputCollector()
        build(AggregateRow(), WindowBounds(), ResultRow(outputs: outputs))
        let step = builder.plan.add(.aggregate(plan(outputs, Result.self)), after: [step])
        return ResultStream(builder: builder, step: step)
    }

    private func plan<Result: Schema>(_ outputs: OutputCollector, _ result: Result.Type) -> WindowedAggregation {
        var aggregates: [WindowedAggregation.Aggregate] = []
        var projections: [Projection] = []
        for column in Result.columns {
            let name = column.field.name
            guard let output = outputs.values[name], !outputs.repeated.contains(name) else {
                let times = outputs.values[name] == nil ? "never" : "twice"
                builder.problems.append(
                    "column '\(name)' of \(Result.self) is set \(times) in aggregate(into:): set it once")
                continue
            }
            switch output {
            case .value(let expression):
                check(expression, name)
                projections.append(Projection(name, expression))
            case .aggregate(let function, let argument):
                let call = "__\(name)"
                aggregates.append(.init(call, function, of: argument))
                projections.append(Projection(name, .cast(.column(call), to: column.field.type)))
            }
        }
        return WindowedAggregation(
            window: window, keys: keys.map { Projection($0, .column($0)) }, aggregates: aggregates, outputs: projections
        )
    }

    /// Only keys and the window's bounds have one value in a group.
    private func check(_ expression: Expression, _ name: String) {
        guard case .column(let column) = expression else { return }
        let known = keys + [WindowedAggregation.windowStart, WindowedAggregation.windowEnd]
        if !known.contains(column) {
            builder.problems.append(
                "column '\(name)' takes '\(column)', which has many values in a group: group by it, or aggregate it")
        }
    }
}

/// A row that is being aggregated: its columns, as keys or as arguments of aggregates.
public typealias AggregateRow<S: Schema> = Row<S>

/// The bounds of the window of a group.
public struct WindowBounds {
    public let start = Expr<Timestamp>(expression: .column(WindowedAggregation.windowStart))
    /// The first instant after the window.
    public let end = Expr<Timestamp>(expression: .column(WindowedAggregation.windowEnd))
}

/// What a result's columns are set to.
final class OutputCollector {
    enum Output {
        case value(Expression)
        case aggregate(AggregateFunction, Expression?)
    }

    var values: [String: Output] = [:]
    var repeated: Set<String> = []

    func set(_ name: String, _ output: Output) {
        if values.updateValue(output, forKey: name) != nil { repeated.insert(name) }
    }
}

/// The row that an aggregation makes; each of its columns is set once.
@dynamicMemberLookup
public struct ResultRow<S: Schema> {
    let outputs: OutputCollector

    public subscript<Value>(dynamicMember path: KeyPath<S, Column<Value>>) -> ResultColumn<Value> {
        ResultColumn(name: S()[keyPath: path].field.name, outputs: outputs)
    }
}

/// A column of a result.
public struct ResultColumn<Value: ColumnValue> {
    let name: String
    let outputs: OutputCollector

    /// Sets the column to a key or a bound of the window.
    public func set(to value: Expr<Value>) { outputs.set(name, .value(value.expression)) }

    /// Sets the column to an aggregate.
    public func set(to aggregate: AggregateExpr<Value.Base>) {
        outputs.set(name, .aggregate(aggregate.function, aggregate.argument))
    }
}

/// An aggregate of a known result type.
public struct AggregateExpr<Value: ColumnValue> {
    let function: AggregateFunction
    let argument: Expression?

    /// The least value that is not null.
    public static func min<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        .init(function: .min, argument: value.expression)
    }
    /// The greatest value that is not null.
    public static func max<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        .init(function: .max, argument: value.expression)
    }
    /// The sum of the values that are not null.
    public static func sum<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        .init(function: .sum, argument: value.expression)
    }
}

extension AggregateExpr where Value == Int64 {
    /// The number of rows.
    public static var count: AggregateExpr { AggregateExpr(function: .count, argument: nil) }
    /// The number of values that are not null.
    public static func count<A>(_ value: Expr<A>) -> AggregateExpr {
        AggregateExpr(function: .count, argument: value.expression)
    }
}

extension AggregateExpr where Value == Double {
    /// The mean of the values that are not null.
    public static func average<A>(_ value: Expr<A>) -> AggregateExpr {
        AggregateExpr(function: .average, argument: value.expression)
    }
}
