import Columnar
import Dataflow

/// The row that a `select` makes; each of its columns is set once.
@dynamicMemberLookup
public struct SelectedRow<S: Schema> {
    let outputs: OutputCollector

    /// The column that the key path names.
    public subscript<Value>(dynamicMember path: KeyPath<S, Column<Value>>) -> SelectedColumn<Value> {
        SelectedColumn(name: S()[keyPath: path].field.name, outputs: outputs)
    }
}

/// A column of a selected row.
public struct SelectedColumn<Value: ColumnValue> {
    let name: String
    let outputs: OutputCollector

    /// Sets the column. Whether the value can be null is checked when the topology is planned.
    public func set<Other>(to value: Expr<Other>) where Other.Base == Value.Base {
        outputs.set(name, .value(value.expression))
    }

    /// Sets the column to a constant.
    public func set(to value: Value.Base) where Value.Base: LiteralValue { outputs.set(name, .value(value.literal)) }
}

extension TopologyBuilder {
    /// Adds the step that computes rows of `Result`. The closure runs once.
    func select<S: Schema, Result: Schema>(
        _ result: Result.Type, after step: Int, _ build: (Row<S>, SelectedRow<Result>) -> Void
    ) -> Int {
        let outputs = OutputCollector()
        build(Row(), SelectedRow(outputs: outputs))
        let projections = projections(
            outputs, into: result, place: "select(into:)", over: declaredSchema(of: S.self))
        return plan.add(.select(projections), after: [step])
    }

    /// What a column of `result` is set to; nil, and a problem, when it is not set once.
    func setting<Result: Schema>(
        of field: Field, in result: Result.Type, _ outputs: OutputCollector, place: String
    ) -> OutputCollector.Output? {
        if let output = outputs.values[field.name], !outputs.repeated.contains(field.name) { return output }
        let times = outputs.values[field.name] == nil ? "never" : "twice"
        problems.append("column '\(field.name)' of \(Result.self) is set \(times) in \(place): set it once")
        return nil
    }

    /// The projection that gives a declared column, in its type; nil, and a problem, when the expression does not fit
    /// the rows or can be null where the column cannot.
    func projection(_ expression: Expression, into field: Field, over input: RecordSchema?) -> Projection? {
        guard let input else { return nil }
        do {
            let bound = try expression.bound(to: input)
            let isOfType = bound.type == field.type
            let projection = Projection(
                field.name, isOfType ? expression : .cast(expression, to: field.type), isNullable: field.isNullable)
            if !field.isNullable, !bound.isNullable, try projection.expression.bound(to: input).isNullable {
                problems.append(
                    "column '\(field.name)' is \(field.type) and never null by its declaration, but \(expression) is "
                        + "\(bound.type), which does not always fit: declare the column with more digits, or make it "
                        + "optional")
                return nil
            }
            _ = try projection.field(over: input)
            return projection
        } catch {
            problems.append("\(error)")
            return nil
        }
    }

    /// A schema as it is declared; nil, and a problem, when its columns are not one of a name.
    func declaredSchema<S: Schema>(of schema: S.Type) -> RecordSchema? {
        let fields = S.columns.map(\.field)
        let names = fields.map(\.name)
        for problem in S.nestedProblems() { note(problem) }
        for field in fields where field.type.depth > DataType.maximumDepth {
            note("column '\(field.name)' of \(S.self) is nested deeper than \(DataType.maximumDepth) levels")
        }
        let repeated = Set(names.filter { name in names.filter { $0 == name }.count > 1 })
        for name in repeated.sorted() {
            note("\(S.self) declares the column '\(name)' twice: give each column a name of its own")
        }
        if fields.isEmpty { note("\(S.self) has no columns: declare them as `let name = Column<Type>(\"name\")`") }
        return repeated.isEmpty && !fields.isEmpty ? RecordSchema(fields) : nil
    }

    /// Adds a problem that may be found several times.
    func note(_ problem: String) { if !problems.contains(problem) { problems.append(problem) } }
}
