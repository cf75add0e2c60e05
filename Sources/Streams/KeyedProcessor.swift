import Columnar
import Dataflow

/// A Swift function that is called for each row of a key, with state and timers of that key: for what windows, joins and
/// aggregates cannot say. (Flink's `KeyedProcessFunction`, the `Processor` of Kafka Streams.)
///
///     /// Says when a machine has been silent for a while.
///     struct SilenceAlert: KeyedProcessor {
///         typealias Input = Reading
///         typealias Output = Alert
///         struct Key: Schema { let machine = Column<String>("machine") }
///         struct State: Schema { let last = Column<Timestamp?>("last") }
///         let name = "silence"
///
///         func process(_ reading: RowReader<Reading>, _ context: ProcessorContext<Self>) {
///             if let last = context.state.last { context.deleteTimer(at: last.adding(.minutes(5))) }
///             context.state.last = reading.at
///             context.setTimer(at: reading.at.adding(.minutes(5)))
///         }
///
///         func onTimer(_ timer: ProcessorTimer, _ context: ProcessorContext<Self>) {
///             context.emit { alert in
///                 alert.machine = context.key.machine
///                 alert.since = context.state.last
///             }
///             context.clearState()
///         }
///     }
///
/// The state is in checkpoints, one column for each of `State`, and is restored at any parallelism. A key keeps it until
/// `clearState()`. Rows of a key come in the order in which they were read; give them the same Kafka key, so that they
/// share a partition and come in the same order in every run. The function keeps nothing itself and asks no clock: it may
/// be called again for the same rows after a restart.
///
/// It costs calls for every row and for each value that is read or written, where windows and aggregates work on whole
/// columns: many times as much as they do.
public protocol KeyedProcessor: Sendable {
    /// The rows that it takes.
    associatedtype Input: Schema
    /// The columns of `Input` that make a key, under the same names and types.
    associatedtype Key: Schema
    /// What it keeps of a key. A column that was not written is null or, where it cannot be, zero, false or empty.
    associatedtype State: Schema
    /// The rows that it gives.
    associatedtype Output: Schema

    /// Stands in the plan for the function. Change it when the function does something else: a state that was made with
    /// the old one is then refused instead of continued.
    var name: String { get }
    /// The settings of this value, for the plan: `["5 min"]`. None by default.
    var parameters: [String] { get }

    /// Called for each row. An error makes the row a dead letter (`function_failed`), and nothing that the call did counts.
    func process(_ row: RowReader<Input>, _ context: ProcessorContext<Self>) throws

    /// Called for each timer that is due. Nothing by default. A row that it gives is left out when a column that is never
    /// null is not set, or a value does not fit: there is no record to go to the dead letters.
    func onTimer(_ timer: ProcessorTimer, _ context: ProcessorContext<Self>)
}

extension KeyedProcessor {
    public var parameters: [String] { [] }
    public func onTimer(_ timer: ProcessorTimer, _ context: ProcessorContext<Self>) {}
}

/// A timer that is due.
public struct ProcessorTimer: Hashable, Sendable {
    /// Whether it was set for a time of day instead of event time.
    public let isProcessingTime: Bool
    /// The time for which it was set.
    public let time: Timestamp
}

/// What a call of a keyed processor sees and does. Good until the call returns.
public struct ProcessorContext<P: KeyedProcessor> {
    let frame: KeyedFrame
    let keyCursor: RowReader<P.Key>.Cursor
    let places: ColumnPlaces<P.State>
    let builder: RowBuilder<P.Output>
    let failures: FailureCollector

    /// The key.
    public var key: RowReader<P.Key> { RowReader(cursor: keyCursor) }

    /// What is kept of the key.
    public var state: ProcessorState<P.State> { ProcessorState(frame: frame, places: places, failures: failures) }

    /// Forgets what is kept of the key; its timers stay.
    public func clearState() { frame.clearState() }

    /// The event time of the row; of a timer, its time, or the watermark for one of processing time.
    public var eventTime: Timestamp { Timestamp(microseconds: frame.eventTime) }

    /// How far event time had come: the watermark of the row's partition just before it. Nil before the first.
    public var watermark: Timestamp? {
        frame.watermark == .min ? nil : Timestamp(microseconds: frame.watermark)
    }

    /// Whether the row is older than the watermark; only where late rows are asked for.
    public var isLate: Bool { frame.isLate }

    /// Gives a row, whose event time is that of the call, or the watermark for a late row.
    public func emit(_ build: (RowWriter<P.Output>) throws -> Void) rethrows {
        builder.begin()
        try build(RowWriter(builder: builder))
        if let problem = builder.end() { failures.note(problem) } else { frame.gave() }
    }

    /// Has `onTimer` called when the watermark reaches a time, for this key: once, however often it is set. A time that the
    /// watermark has reached is as good as the watermark; at a timer, one that is not after it is not set.
    public func setTimer(at time: Timestamp) { frame.setTimer(at: time.microseconds) }

    /// Takes a timer back.
    public func deleteTimer(at time: Timestamp) { frame.deleteTimer(at: time.microseconds) }

    /// Has `onTimer` called when so much time has passed on the clock, from the end of the round that takes this row. Results
    /// that depend on it differ from run to run. It waits until event time is known.
    public func setProcessingTimer(after delay: Duration) { frame.setTimer(after: delay.microseconds) }

    /// Takes all timers of processing time back that this key has.
    public func deleteProcessingTimers() { frame.deleteProcessingTimers() }
}

/// What is kept of a key: each member is the value of its column, to be read and set.
@dynamicMemberLookup
public struct ProcessorState<S: Schema> {
    let frame: KeyedFrame
    let places: ColumnPlaces<S>
    let failures: FailureCollector

    /// The column that the key path names. A decimal that has more digits than the column makes the row a dead letter.
    public subscript<Value: RowValue>(dynamicMember path: KeyPath<S, Column<Value>>) -> Value {
        get {
            let (cells, row) = frame.cell(places(path))
            return Value.read(cells, row) ?? Value.initial
        }
        nonmutating set {
            let (cells, row) = frame.cellToWrite(places(path))
            if !newValue.write(cells, row) { failures.note("kept a value that \(cells.type) cannot hold") }
        }
    }
}

extension Timestamp {
    /// The instant so much later.
    public func adding(_ duration: Duration) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration.microseconds)
        return Timestamp(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }
}

/// What becomes of rows that are older than the watermark.
public enum LateRows: Sendable {
    /// They go to the dead letters, and are counted as late.
    case drop
    /// They go to the function, which finds `isLate` true.
    case process
}

extension EventTimeStream {
    /// Calls a keyed processor for each row.
    /// - Parameter lateRows: what becomes of rows that are older than the watermark.
    public func process<P: KeyedProcessor>(
        with processor: P, lateRows: LateRows = .drop
    ) -> EventTimeStream<P.Output> where P.Input == S {
        let keys = builder.declaredSchema(of: P.Key.self)?.fields ?? []
        let input = builder.declaredSchema(of: S.self)
        for key in keys {
            let type = input?.fields.first { $0.name == key.name }?.type
            guard type != key.type else { continue }
            builder.note(
                "the key '\(key.name)' of \(P.self) is \(key.type), and \(S.self) "
                    + (type.map { "has it as \($0)" } ?? "has no such column"))
        }
        if processor.name.isEmpty {
            builder.note("\(P.self) has no name: give it one, which stands in the plan for it")
        }
        let state = builder.declaredSchema(of: P.State.self) ?? RecordSchema([])
        let output = builder.declaredSchema(of: P.Output.self) ?? RecordSchema([])
        let process = KeyedProcess(
            name: processor.name, parameters: processor.parameters, keys: keys.map(\.name), state: state,
            output: output, takesLateRows: lateRows == .process,
            function: TypedKeyedFunction(processor: processor, key: RecordSchema(keys), state: state, output: output))
        return EventTimeStream<P.Output>(
            builder: builder, step: builder.plan.add(.process(process), after: [step]))
    }
}

/// A processor with its schemas.
private struct TypedKeyedFunction<P: KeyedProcessor>: KeyedFunction {
    let processor: P
    let key, state, output: RecordSchema

    func makeInstance(input: RecordSchema, frame: KeyedFrame) -> any KeyedFunctionInstance {
        Instance(self, input: input, frame: frame)
    }

    private final class Instance: KeyedFunctionInstance {
        let processor: P
        let cursor: RowReader<P.Input>.Cursor
        let context: ProcessorContext<P>

        init(_ function: TypedKeyedFunction, input: RecordSchema, frame: KeyedFrame) {
            processor = function.processor
            cursor = RowReader<P.Input>.Cursor(input)
            context = ProcessorContext(
                frame: frame, keyCursor: RowReader<P.Key>.Cursor(function.key), places: ColumnPlaces(function.state),
                builder: RowBuilder(function.output), failures: FailureCollector())
        }

        func begin(_ batch: RecordBatch?, keys: [ColumnVector]) {
            cursor.columns = batch?.columns ?? []
            context.keyCursor.columns = keys
        }

        func process(_ row: Int) -> String? {
            let known = context.builder.count
            cursor.row = row
            context.keyCursor.row = context.frame.group
            context.failures.begin()
            do {
                try processor.process(RowReader(cursor: cursor), context)
            } catch {
                context.failures.note(error)
            }
            guard let message = context.failures.message else { return nil }
            context.builder.truncate(to: known)
            return "process '\(processor.name)': \(message)"
        }

        func fire(_ timer: KeyedTimer) {
            context.keyCursor.row = context.frame.group
            processor.onTimer(
                ProcessorTimer(
                    isProcessingTime: timer.domain == .processingTime, time: Timestamp(microseconds: timer.time)),
                context)
        }

        func takeOutput() -> [ColumnVector] { context.builder.take() }
    }
}
