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
            case .aggregate(let call):
                let aggregate = WindowedAggregation.Aggregate("__\(field.name)", call.function, of: call.arguments)
                aggregates.append(aggregate)
                input.map { check(aggregate, for: field, over: $0) }
                projections.append(
                    Projection(
                        field.name, .cast(.column(aggregate.name), to: field.type),
                        isNullable: field.isNullable ? true : nil))
            }
        }
        return WindowedAggregation(
            window: window, keys: keys.map { Projection($0, .column($0)) }, aggregates: aggregates, outputs: projections
        )
    }

    /// Only keys and the window's bounds have one value in a group.
    private func isOfGroup(_ expression: Expression, _ name: String) -> Bool {
        let bounds: Set = [
            WindowedAggregation.windowStart, WindowedAggregation.windowEnd, WindowedAggregation.windowIsFinal,
        ]
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
        let isFinal = Field(WindowedAggregation.windowIsFinal, .bool)
        return RecordSchema(input.fields.filter { keys.contains($0.name) } + bounds + [isFinal])
    }

    /// Notes what keeps an aggregate out of a column. A sum that leaves its type is null even in a column that is not
    /// optional, so a table's column of exact sums is nullable.
    private func check(_ aggregate: WindowedAggregation.Aggregate, for field: Field, over input: RecordSchema) {
        let call = aggregate.function.text(aggregate.arguments.map { "\($0)" })
        do {
            let accumulator = try aggregate.accumulator(over: input)
            let type = accumulator.resultType
            if type != field.type, !(type.isNumeric && field.type.isNumeric) {
                builder.problems.append("column '\(field.name)' is \(field.type), and \(call) gives \(type)")
            }
            if field.isNullable { return }
            let isNullable = try aggregate.arguments.contains { try $0.bound(to: input).isNullable }
            switch aggregate.function.definition.nullability(of: accumulator.arguments) {
            case .never: break
            case .whenArgumentIs, .whenOutOfRange:
                guard isNullable else { break }
                builder.problems.append(
                    "column '\(field.name)' is never null by its declaration, but \(call) can be, when the argument is "
                        + "null in the whole group: make the column optional, or say what stands for null with coalesce"
                )
            case .always:
                builder.problems.append(
                    "column '\(field.name)' is never null by its declaration, but \(call) can be: make the column optional"
                )
            }
        } catch { builder.problems.append("\(error)") }
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
    /// Whether the row is the last of its group: the window is closed. A column that is set to it tells early rows from
    /// the final one, and every group then gets a final row, also one that has not changed since its last early row.
    public let isFinal = Expr<Bool>(expression: .column(WindowedAggregation.windowIsFinal))
}

/// What a result's columns are set to.
final class OutputCollector {
    enum Output {
        case value(Expression)
        case aggregate(AggregateCall)
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
        outputs.set(name, .aggregate(aggregate.call))
    }
}
