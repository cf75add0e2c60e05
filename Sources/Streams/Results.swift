import Dataflow

/// The rows that an aggregation or a ranking computed. They can be written, and go on through further steps: their event
/// time is the last instant of their window, and nothing makes them late.
///
/// Rows that may be replaced or taken away later (early and updated results, those over all time) are refused by steps that
/// need final ones, before the first record.
public struct ResultStream<S: Schema>: WritableStream {
    public typealias Rows = S
    let builder: TopologyBuilder
    let step: Int

    /// Where in the topology the rows come from.
    public var end: StreamEnd { StreamEnd(builder: builder, step: step) }

    /// The rows as events, for joins, deduplication and all else that events have.
    public var asEvents: EventTimeStream<S> { EventTimeStream(builder: builder, step: step) }

    /// Keeps the rows for which the condition is true: neither false nor null (`HAVING`).
    public func filter<Condition>(_ condition: (Row<S>) -> Expr<Condition>) -> ResultStream<S>
    where Condition.Base == Bool { ResultStream(builder: builder, step: asEvents.filter(condition).step) }

    /// Makes rows of another schema, each from one row. The closure runs once and says how each column is computed.
    public func select<Result: Schema>(
        into result: Result.Type, _ build: (Row<S>, SelectedRow<Result>) -> Void
    ) -> ResultStream<Result> {
        ResultStream<Result>(builder: builder, step: asEvents.select(into: result, build).step)
    }

    /// Divides the rows into windows again, by the last instant of the window that they came from.
    public func window(_ window: Window) -> WindowedStream<S> { asEvents.window(window) }
}
