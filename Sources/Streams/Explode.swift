import Columnar
import Dataflow

/// An element of a list that `explode` takes apart: `line.value`, and when it is a struct its fields, `line.sku`.
@dynamicMemberLookup
public struct ExplodedElement<Element: ColumnValue> {
    /// The element. Null, like everything else here, for a row without elements that `keepingEmpty` keeps.
    public let value = Expr<Element>(expression: .column(Explosion.element))
    /// Its index in the list, from 0.
    public let position = Expr<Int32>(expression: .column(Explosion.position))

    /// A field of the element.
    public subscript<Part>(dynamicMember path: KeyPath<Element.Base, Column<Part>>) -> Expr<Part>
    where Element.Base: Schema { value[dynamicMember: path] }
}

/// An entry of a map that `explode` takes apart.
public struct ExplodedEntry<Key: ColumnValue, Value: ColumnValue> {
    /// Null, like everything else here, for a row without entries that `keepingEmpty` keeps.
    public let key = Expr<Key>(expression: .column(Explosion.key))
    public let value = Expr<Value>(expression: .column(Explosion.element))
    /// Its index among the entries as they came, from 0.
    public let position = Expr<Int32>(expression: .column(Explosion.position))
}

extension Stream {
    /// Makes a row of another schema for each element of a list: `explode(\.lines, into: OrderLine.self) { order, line,
    /// row in … }`. Where and when the row was read stays with all of them. The closure runs once.
    /// - Parameter keepingEmpty: whether a row whose list is null or empty is kept once, with nulls for the element;
    ///   otherwise it is left out, and counted as filtered.
    public func explode<List, Element, Result: Schema>(
        _ list: (Row<S>) -> Expr<List>, keepingEmpty: Bool = false, into result: Result.Type,
        _ build: (Row<S>, ExplodedElement<Element>, SelectedRow<Result>) -> Void
    ) -> Stream<Result> where List.Base == [Element] {
        let step = builder.explode(list(Row()).expression, keepingEmpty, S.self, result, after: step) {
            build(Row(), ExplodedElement(), $0)
        }
        return Stream<Result>(builder: builder, step: step)
    }

    /// Makes a row of another schema for each entry of a map, in the order in which they came.
    public func explode<Map, Key, Value, Result: Schema>(
        _ map: (Row<S>) -> Expr<Map>, keepingEmpty: Bool = false, into result: Result.Type,
        _ build: (Row<S>, ExplodedEntry<Key, Value>, SelectedRow<Result>) -> Void
    ) -> Stream<Result> where Map.Base == [Key: Value] {
        let step = builder.explode(map(Row()).expression, keepingEmpty, S.self, result, after: step) {
            build(Row(), ExplodedEntry(), $0)
        }
        return Stream<Result>(builder: builder, step: step)
    }
}

extension EventTimeStream {
    /// Makes a row of another schema for each element of a list: `explode(\.lines, into: OrderLine.self) { order, line,
    /// row in … }`. All of them keep the row's event time, whether or not its column is among theirs. The closure runs
    /// once.
    /// - Parameter keepingEmpty: whether a row whose list is null or empty is kept once, with nulls for the element;
    ///   otherwise it is left out, and counted as filtered.
    public func explode<List, Element, Result: Schema>(
        _ list: (Row<S>) -> Expr<List>, keepingEmpty: Bool = false, into result: Result.Type,
        _ build: (Row<S>, ExplodedElement<Element>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> where List.Base == [Element] {
        let step = builder.explode(list(Row()).expression, keepingEmpty, S.self, result, after: step) {
            build(Row(), ExplodedElement(), $0)
        }
        return EventTimeStream<Result>(builder: builder, step: step)
    }

    /// Makes a row of another schema for each entry of a map, in the order in which they came.
    public func explode<Map, Key, Value, Result: Schema>(
        _ map: (Row<S>) -> Expr<Map>, keepingEmpty: Bool = false, into result: Result.Type,
        _ build: (Row<S>, ExplodedEntry<Key, Value>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> where Map.Base == [Key: Value] {
        let step = builder.explode(map(Row()).expression, keepingEmpty, S.self, result, after: step) {
            build(Row(), ExplodedEntry(), $0)
        }
        return EventTimeStream<Result>(builder: builder, step: step)
    }
}

extension WindowedStream {
    @available(*, unavailable, message: "explode before the window: call explode(_:into:_:) before window(_:)")
    public func explode<List, Element, Result: Schema>(
        _ list: (Row<S>) -> Expr<List>, keepingEmpty: Bool = false, into result: Result.Type,
        _ build: (Row<S>, ExplodedElement<Element>, SelectedRow<Result>) -> Void
    ) -> WindowedStream<Result> where List.Base == [Element] { fatalError() }
}

extension GroupedStream {
    @available(*, unavailable, message: "explode before the window: call explode(_:into:_:) before window(_:)")
    public func explode<List, Element, Result: Schema>(
        _ list: (Row<S>) -> Expr<List>, keepingEmpty: Bool = false, into result: Result.Type,
        _ build: (Row<S>, ExplodedElement<Element>, SelectedRow<Result>) -> Void
    ) -> GroupedStream<Result> where List.Base == [Element] { fatalError() }
}

extension TopologyBuilder {
    /// Adds the step that makes rows of `Result` for each element of a list.
    func explode<S: Schema, Result: Schema>(
        _ list: Expression, _ keepsEmpty: Bool, _ input: S.Type, _ result: Result.Type, after step: Int,
        _ build: (SelectedRow<Result>) -> Void
    ) -> Int {
        let outputs = OutputCollector()
        build(SelectedRow(outputs: outputs))
        var explosion = Explosion(list, keepsEmpty: keepsEmpty, outputs: [])
        var schema: RecordSchema?
        do { schema = try declaredSchema(of: input).map { try explosion.schema(over: $0) } } catch { note("\(error)") }
        for field in declaredSchema(of: result)?.fields ?? [] {
            let output = setting(of: field, in: result, outputs, place: "explode(into:)")
            guard case .value(let expression) = output else { continue }
            let projection = projection(expression, into: field, over: schema)
            if let projection { explosion.outputs.append(projection) }
        }
        return plan.add(.explode(explosion), after: [step])
    }
}
