import Columnar
import Dataflow

/// Takes the rows that a flat map makes of one.
public struct RowEmitter<S: Schema> {
    let builder: RowBuilder<S>
    let failures: FailureCollector

    /// Gives a row.
    public func callAsFunction(_ build: (RowWriter<S>) throws -> Void) rethrows {
        builder.begin()
        try build(RowWriter(builder: builder))
        if let problem = builder.end() { failures.note(problem) }
    }
}

/// The first reason for which a row's results cannot be taken.
final class FailureCollector {
    private(set) var message: String?

    func note(_ problem: String) { if message == nil { message = problem } }
    /// An error that was thrown says more than what came before it.
    func note(_ error: any Error) { message = failureText(error) }
    func begin() { message = nil }
}

extension Stream {
    /// Makes a row of each row with a Swift function, for what expressions cannot say.
    ///
    ///     .map("parsed-address", into: Address.self) { raw, address in
    ///         guard let parts = parse(raw.text) else { throw RowFailure("is not an address") }
    ///         address.street = parts.street
    ///     }
    ///
    /// The function runs for each row, on any thread, and may run again for the same row after a restart: the same row has
    /// to give the same result, so it keeps no state and asks no clock. An error makes the row a dead letter
    /// (`function_failed`). It costs calls for every row and for each value that is read or written, and a `String` for each
    /// text, where `select` works on whole columns: where an expression can say it, `select` is many times as fast.
    /// - Parameter name: stands in the plan for the function. Change it when the function does something else: a state that
    ///   was made with the old one is then refused instead of continued.
    public func map<Result: Schema>(
        _ name: String, into result: Result.Type,
        _ body: @escaping @Sendable (RowReader<S>, RowWriter<Result>) throws -> Void
    ) -> Stream<Result> {
        Stream<Result>(builder: builder, step: builder.map(name, result, after: step, body))
    }

    /// Makes any number of rows of each row with a Swift function; what holds for `map` holds here.
    ///
    ///     .flatMap("words", into: Word.self) { line, emit in
    ///         for word in line.text.split(separator: " ") { emit { $0.word = String(word) } }
    ///     }
    ///
    /// A row that gives none counts as filtered; those that it gives beyond one count as added. If the function throws,
    /// none of what it gave for the row is taken.
    public func flatMap<Result: Schema>(
        _ name: String, into result: Result.Type,
        _ body: @escaping @Sendable (RowReader<S>, RowEmitter<Result>) throws -> Void
    ) -> Stream<Result> {
        Stream<Result>(builder: builder, step: builder.flatMap(name, result, after: step, body))
    }
}

extension EventTimeStream {
    /// Makes a row of each row with a Swift function, as `Stream.map` does; the event time stays with the row.
    public func map<Result: Schema>(
        _ name: String, into result: Result.Type,
        _ body: @escaping @Sendable (RowReader<S>, RowWriter<Result>) throws -> Void
    ) -> EventTimeStream<Result> {
        EventTimeStream<Result>(builder: builder, step: builder.map(name, result, after: step, body))
    }

    /// Makes any number of rows of each row with a Swift function, as `Stream.flatMap` does; all have the row's event time.
    public func flatMap<Result: Schema>(
        _ name: String, into result: Result.Type,
        _ body: @escaping @Sendable (RowReader<S>, RowEmitter<Result>) throws -> Void
    ) -> EventTimeStream<Result> {
        EventTimeStream<Result>(builder: builder, step: builder.flatMap(name, result, after: step, body))
    }
}

extension TopologyBuilder {
    fileprivate func map<S: Schema, Result: Schema>(
        _ name: String, _ result: Result.Type, after step: Int,
        _ body: @escaping @Sendable (RowReader<S>, RowWriter<Result>) throws -> Void
    ) -> Int { add(name, result, after: step, TypedRowFunction<S, Result>.Body.map(body)) }

    fileprivate func flatMap<S: Schema, Result: Schema>(
        _ name: String, _ result: Result.Type, after step: Int,
        _ body: @escaping @Sendable (RowReader<S>, RowEmitter<Result>) throws -> Void
    ) -> Int { add(name, result, after: step, TypedRowFunction<S, Result>.Body.flatMap(body)) }

    private func add<S: Schema, Result: Schema>(
        _ name: String, _ result: Result.Type, after step: Int, _ body: TypedRowFunction<S, Result>.Body
    ) -> Int {
        let isFlat = if case .flatMap = body { true } else { false }
        let kind = isFlat ? "flatMap" : "map"
        if name.isEmpty { note("\(kind)(_:into:) has no name: give one, which stands in the plan for the function") }
        let schema = declaredSchema(of: result) ?? RecordSchema([])
        let transform = RowTransform(
            name: name, isFlat: isFlat, output: schema,
            function: TypedRowFunction(call: "\(kind) '\(name)'", output: schema, body: body))
        return plan.add(.map(transform), after: [step])
    }
}

/// A function with the types of its rows.
private struct TypedRowFunction<S: Schema, Result: Schema>: RowFunction {
    /// For messages.
    let call: String
    let output: RecordSchema
    let body: Body

    enum Body {
        case map(@Sendable (RowReader<S>, RowWriter<Result>) throws -> Void)
        case flatMap(@Sendable (RowReader<S>, RowEmitter<Result>) throws -> Void)
    }

    func callAsFunction(_ row: RowReader<S>, _ emit: RowEmitter<Result>) throws {
        switch body {
        case .map(let body): try emit { try body(row, $0) }
        case .flatMap(let body): try body(row, emit)
        }
    }

    func makeInstance(input: RecordSchema) -> any RowFunctionInstance { Instance(self, input: input) }

    private final class Instance: RowFunctionInstance {
        let function: TypedRowFunction
        let cursor: RowReader<S>.Cursor
        let builder: RowBuilder<Result>
        let failures = FailureCollector()

        init(_ function: TypedRowFunction, input: RecordSchema) {
            self.function = function
            cursor = RowReader<S>.Cursor(input)
            builder = RowBuilder(function.output)
        }

        func apply(_ batch: RecordBatch) -> RowFunctionResult {
            cursor.columns = batch.columns
            defer { cursor.columns = [] }
            let reader = RowReader<S>(cursor: cursor)
            let emitter = RowEmitter<Result>(builder: builder, failures: failures)
            var rows: [Int32] = []
            var failed: [(row: Int32, message: String)] = []
            for row in 0..<batch.count {
                let known = builder.count
                cursor.row = row
                failures.begin()
                do { try function(reader, emitter) } catch { failures.note(error) }
                if let message = failures.message {
                    builder.truncate(to: known)
                    failed.append((Int32(row), "\(function.call): \(message)"))
                } else {
                    rows.append(contentsOf: repeatElement(Int32(row), count: builder.count - known))
                }
            }
            return RowFunctionResult(columns: builder.take(), rows: rows, failures: failed)
        }
    }
}
