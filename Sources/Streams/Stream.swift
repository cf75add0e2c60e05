import Dataflow

/// Rows without an event time yet.
public struct Stream<S: Schema> {
    let builder: TopologyBuilder
    let step: Int

    /// Says which column is a row's event time, and how far rows may be out of order within a partition.
    public func withWatermark(_ column: KeyPath<S, Column<Timestamp>>, delay: Duration) -> EventTimeStream<S> {
        let name = S()[keyPath: column].field.name
        let watermark = PlanStep.Kind.withWatermark(column: name, delayMicroseconds: delay.microseconds)
        return EventTimeStream(builder: builder, step: builder.plan.add(watermark, after: [step]))
    }

    /// Keeps the rows for which the condition is true.
    public func filter(_ condition: (Row<S>) -> Expr<Bool>) -> Stream<S> {
        Stream(builder: builder, step: builder.plan.add(.filter(condition(Row()).expression), after: [step]))
    }

    @available(*, unavailable, message: "deduplication needs event time: call withWatermark(_:delay:) first")
    public func dropDuplicates<each Key>(by keys: repeat KeyPath<S, Column<each Key>>) -> EventTimeStream<S> {
        fatalError()
    }

    @available(*, unavailable, message: "windows need event time: call withWatermark(_:delay:) first")
    public func window(_ window: Window) -> WindowedStream<S> { fatalError() }
}

/// Rows with an event time.
public struct EventTimeStream<S: Schema> {
    let builder: TopologyBuilder
    let step: Int

    /// Keeps the rows for which the condition is true.
    public func filter(_ condition: (Row<S>) -> Expr<Bool>) -> EventTimeStream<S> {
        EventTimeStream(builder: builder, step: builder.plan.add(.filter(condition(Row()).expression), after: [step]))
    }

    /// Keeps the first row of each key within the watermark.
    public func dropDuplicates<each Key>(by keys: repeat KeyPath<S, Column<each Key>>) -> EventTimeStream<S> {
        let names = columnNames(of: S.self, repeat each keys)
        return EventTimeStream(builder: builder, step: builder.plan.add(.dropDuplicates(keys: names), after: [step]))
    }

    /// Divides event time into windows.
    public func window(_ window: Window) -> WindowedStream<S> {
        WindowedStream(builder: builder, step: step, window: window.specification)
    }

    @available(*, unavailable, message: "grouping needs a window: call window(_:) first")
    public func groupBy<each Key>(_ keys: repeat KeyPath<S, Column<each Key>>) -> GroupedStream<S> { fatalError() }
}

/// A kind of event-time window.
public struct Window {
    let specification: WindowSpecification

    /// Windows side by side. Rows are taken until the watermark passes the end by `allowedLateness`.
    public static func tumbling(
        _ size: Duration, allowedLateness: Duration = .zero, emitting: WindowSpecification.Emission = .onClose
    ) -> Window { hopping(size, every: size, allowedLateness: allowedLateness, emitting: emitting) }

    /// Windows of one size that begin every so often.
    public static func hopping(
        _ size: Duration, every slide: Duration, allowedLateness: Duration = .zero,
        emitting: WindowSpecification.Emission = .onClose
    ) -> Window {
        Window(
            specification: WindowSpecification(
                size: size.microseconds, slide: slide.microseconds, allowedLateness: allowedLateness.microseconds,
                emission: emitting))
    }
}

/// Rows in windows.
public struct WindowedStream<S: Schema> {
    let builder: TopologyBuilder
    let step: Int
    let window: WindowSpecification

    /// Groups the rows of a window by columns.
    public func groupBy<each Key>(_ keys: repeat KeyPath<S, Column<each Key>>) -> GroupedStream<S> {
        GroupedStream(builder: builder, step: step, window: window, keys: columnNames(of: S.self, repeat each keys))
    }

    @available(*, unavailable, message: "aggregation needs groups: call groupBy(_:) first")
    public func aggregate<Result: Schema>(
        into result: Result.Type, _ build: (AggregateRow<S>, WindowBounds, ResultRow<Result>) -> Void
    ) -> ResultStream<Result> { fatalError() }
}

/// The rows that a topology computed; they can be written.
public struct ResultStream<S: Schema> {
    let builder: TopologyBuilder
    let step: Int

    /// Writes rows to a table, `database.table`; a row replaces the one with the same keys.
    public func merge<each Key>(into table: String, on keys: repeat KeyPath<S, Column<each Key>>) {
        let sink = SinkDescription(table: table, mode: .merge(keys: columnNames(of: S.self, repeat each keys)))
        _ = builder.plan.add(.write(sink), after: [step])
    }

    /// Adds rows to a table, in partitions by columns.
    public func append<each Key>(to table: String, partitionedBy columns: repeat KeyPath<S, Column<each Key>>) {
        let names = columnNames(of: S.self, repeat each columns)
        _ = builder.plan.add(.write(SinkDescription(table: table, mode: .append(partitionedBy: names))), after: [step])
    }
}

func columnNames<S: Schema, each Key>(of schema: S.Type, _ paths: repeat KeyPath<S, Column<each Key>>) -> [String] {
    var names: [String] = []
    let instance = S()
    for path in repeat each paths { names.append(instance[keyPath: path].field.name) }
    return names
}
