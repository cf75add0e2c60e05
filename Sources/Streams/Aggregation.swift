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
        let input = builder.declaredSchema(of: S.self)
        for field in builder.declaredSchema(of: result)?.fields ?? [] {
            switch builder.setting(of: field, in: result, outputs, place: "aggregate(into:)") {
            case nil: continue
            case .value(let expression):
                guard isOfGroup(expression, field.name) else { continue }
                let projection = builder.projection(expression, into: field, over: input.map(groupSchema))
                if let projection { projections.append(projection) }
            case .aggregate(let function, let argument):
                let call = "__\(field.name)"
                aggregates.append(.init(call, function, of: argument))
                let isNullable = nullability(of: field, function, argument, over: input)
                projections.append(Projection(field.name, .cast(.column(call), to: field.type), isNullable: isNullable))
            }
        }
        return WindowedAggregation(
            window: window, keys: keys.map { Projection($0, .column($0)) }, aggregates: aggregates, outputs: projections
        )
    }

    /// Only keys and the window's bounds have one value in a group.
    private func isOfGroup(_ expression: Expression, _ name: String) -> Bool {
        let bounds: Set = [WindowedAggregation.windowStart, WindowedAggregation.windowEnd]
        if window.kind == .global, !expression.columns.isDisjoint(with: bounds) {
            builder.problems.append("column '\(name)' takes a bound of the window, and all time has none")
            return false
        }
        let foreign = expression.columns.subtracting(bounds.union(keys)).sorted()
        for column in foreign {
            builder.problems.append(
                "column '\(name)' takes '\(column)', which has many values in a group: group by it, or aggregate it")
        }
        return foreign.isEmpty
    }

    /// What a group's own expressions can read.
    private func groupSchema(_ input: RecordSchema) -> RecordSchema {
        let bounds = [WindowedAggregation.windowStart, WindowedAggregation.windowEnd].map { Field($0, .timestamp) }
        return RecordSchema(input.fields.filter { keys.contains($0.name) } + bounds)
    }

    /// Whether a column of an aggregate may hold nulls; nil: as the aggregate does. That an argument can be null is
    /// checked here; a sum that leaves its type is null even in a column that is not optional, so a table's column of
    /// exact sums is nullable.
    private func nullability(
        of field: Field, _ function: AggregateFunction, _ argument: Expression?, over input: RecordSchema?
    ) -> Bool? {
        guard !field.isNullable else { return true }
        guard let input, let argument, function != .count else { return nil }
        do {
            guard try argument.bound(to: input).isNullable else { return nil }
            builder.problems.append(
                "column '\(field.name)' is never null by its declaration, but \(function.rawValue)(\(argument)) can be, "
                    + "when the argument is null in the whole group: make the column optional, or say what stands for "
                    + "null with coalesce")
        } catch { builder.problems.append("\(error)") }
        return nil
    }
}

/// A row that is being aggregated: its columns, as keys or as arguments of aggregates.
public typealias AggregateRow<S: Schema> = Row<S>

/// The bounds of the window of a group.
public struct WindowBounds {
    /// The first instant of the window.
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

    /// The column that the key path names.
    public subscript<Value>(dynamicMember path: KeyPath<S, Column<Value>>) -> ResultColumn<Value> {
        ResultColumn(name: S()[keyPath: path].field.name, outputs: outputs)
    }
}

/// A column of a result.
public struct ResultColumn<Value: ColumnValue> {
    let name: String
    let outputs: OutputCollector

    /// Sets the column to a value of the group: computed from its keys and the window's bounds.
    public func set<Other>(to value: Expr<Other>) where Other.Base == Value.Base {
        outputs.set(name, .value(value.expression))
    }

    /// Sets the column to a constant.
    public func set(to value: Value.Base) where Value.Base: LiteralValue { outputs.set(name, .value(value.literal)) }

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
    /// The sum of the values that are not null, in 64 bits.
    public static func sum<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Int32 {
        AggregateExpr(function: .sum, argument: value.expression)
    }
    /// The number of rows.
    public static var count: AggregateExpr { AggregateExpr(function: .count, argument: nil) }
    /// The number of rows for which the condition is true.
    public static func count<A>(where condition: Expr<A>) -> AggregateExpr where A.Base == Bool {
        let one = Expression.CaseBranch(when: condition.expression, then: true.literal)
        return AggregateExpr(function: .count, argument: .caseWhen([one], otherwise: nil))
    }
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
