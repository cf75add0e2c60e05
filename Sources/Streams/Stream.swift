import Dataflow

/// Rows without an event time yet.
public struct Stream<S: Schema>: WritableStream {
    public typealias Rows = S
    let builder: TopologyBuilder
    let step: Int

    /// Where in the topology the rows come from.
    public var end: StreamEnd { StreamEnd(builder: builder, step: step) }

    /// Says which column is a row's event time, and how far rows may be out of order within a partition.
    public func withWatermark(_ column: KeyPath<S, Column<Timestamp>>, delay: Duration) -> EventTimeStream<S> {
        let name = S()[keyPath: column].field.name
        let watermark = PlanStep.Kind.withWatermark(column: name, delayMicroseconds: delay.microseconds)
        return EventTimeStream(builder: builder, step: builder.plan.add(watermark, after: [step]))
    }

    /// Takes the time that the topic has for each record (its `CreateTime` from the producer or `LogAppendTime` from the
    /// broker, as the topic is configured), for records without an event time of their own. It is a property of the
    /// record: every replay of the topic gives the same. A record for which the topic has none is against the contract.
    /// - Parameter delay: how far records may be out of order within a partition; broker's times are in order.
    public func withIngestionTime(delay: Duration = .zero) -> EventTimeStream<S> {
        let time = PlanStep.Kind.withIngestionTime(delayMicroseconds: delay.microseconds)
        return EventTimeStream(builder: builder, step: builder.plan.add(time, after: [step]))
    }

    /// Takes the time of day at which each row is processed. No row is late (unless `run --until-end` has closed windows
    /// before their time), and windows close when the clock passes their end. Results say when records were read, not when they happened: a replay puts all of them into the windows
    /// of its own time. A key that `dropDuplicates` saw is forgotten as soon as the clock goes on.
    public func withProcessingTime() -> EventTimeStream<S> {
        EventTimeStream(builder: builder, step: builder.plan.add(.withProcessingTime, after: [step]))
    }

    /// The rows of this stream and of others with the same schema.
    public func union(_ others: Stream<S>...) -> Stream<S> {
        Stream(builder: builder, step: builder.plan.add(.union, after: [step] + others.map(\.step)))
    }

    /// Keeps the rows for which the condition is true: neither false nor null.
    public func filter<Condition>(_ condition: (Row<S>) -> Expr<Condition>) -> Stream<S> where Condition.Base == Bool {
        Stream(builder: builder, step: builder.plan.add(.filter(condition(Row()).expression), after: [step]))
    }

    /// Makes rows of another schema, each from one row. The closure runs once and says how each column is computed.
    public func select<Result: Schema>(
        into result: Result.Type, _ build: (Row<S>, SelectedRow<Result>) -> Void
    ) -> Stream<Result> { Stream<Result>(builder: builder, step: builder.select(result, after: step, build)) }
}

/// Rows with an event time.
public struct EventTimeStream<S: Schema>: WritableStream {
    public typealias Rows = S
    let builder: TopologyBuilder
    let step: Int

    /// Where in the topology the rows come from.
    public var end: StreamEnd { StreamEnd(builder: builder, step: step) }

    /// The rows of this stream and of others with the same schema. Event time is as far as in the stream that is furthest
    /// behind.
    public func union(_ others: EventTimeStream<S>...) -> EventTimeStream<S> {
        EventTimeStream(builder: builder, step: builder.plan.add(.union, after: [step] + others.map(\.step)))
    }

    /// Keeps the rows for which the condition is true: neither false nor null.
    public func filter<Condition>(_ condition: (Row<S>) -> Expr<Condition>) -> EventTimeStream<S>
    where Condition.Base == Bool {
        EventTimeStream(builder: builder, step: builder.plan.add(.filter(condition(Row()).expression), after: [step]))
    }

    /// Makes rows of another schema, each from one row; the event time stays with the row, whether or not its column is
    /// selected. The closure runs once and says how each column is computed.
    public func select<Result: Schema>(
        into result: Result.Type, _ build: (Row<S>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> {
        EventTimeStream<Result>(builder: builder, step: builder.select(result, after: step, build))
    }

    /// Keeps one row of each key within the watermark: a key is remembered until the watermark has passed its row. Give
    /// duplicates the same Kafka key, so that they share a partition.
    /// - Parameter kept: which row; the first that was read by default.
    public func dropDuplicates<each Key>(
        by keys: repeat KeyPath<S, Column<each Key>>, keeping kept: KeptRow = .first
    ) -> EventTimeStream<S> {
        let names = columnNames(of: S.self, repeat each keys)
        if names.isEmpty { builder.note("dropDuplicates(by:) has no columns: say which make rows the same") }
        let step = builder.plan.add(kept.step(keys: names), after: [step])
        return EventTimeStream(builder: builder, step: step)
    }

    /// Divides event time into windows.
    public func window(_ window: Window) -> WindowedStream<S> {
        WindowedStream(builder: builder, step: step, window: window.specification)
    }
}

/// Which of the rows of a key `dropDuplicates` keeps.
public enum KeptRow: Sendable {
    /// The first that was read. It is given at once.
    case first
    /// The last by event time, then partition, then offset. It is given when the watermark has passed it, and is final;
    /// until then it waits in the state.
    case last
    /// The same, given at once: a row that is later than those of its key before it replaces them, so merge the rows by
    /// the key. Windows and what else takes final rows only do not take these.
    case lastWithUpdates

    func step(keys: [String]) -> PlanStep.Kind {
        switch self {
        case .first: .dropDuplicates(keys: keys)
        case .last: .keepLast(LastRows(keys: keys, givesUpdates: false))
        case .lastWithUpdates: .keepLast(LastRows(keys: keys, givesUpdates: true))
        }
    }
}
