import Dataflow

// Methods that need an earlier step, each with the sentence that names it: one clear error instead of a search through
// every overload.

extension Stream {
    @available(*, unavailable, message: "deduplication needs event time: call withWatermark(_:delay:) first")
    public func dropDuplicates<each Key>(
        by keys: repeat KeyPath<S, Column<each Key>>, keeping kept: KeptRow = .first
    ) -> EventTimeStream<S> { fatalError() }

    @available(
        *, unavailable,
        message: "the other stream has an event time and this has none: call withWatermark(_:delay:) first"
    )
    public func union(_ others: EventTimeStream<S>...) -> EventTimeStream<S> { fatalError() }

    @available(*, unavailable, message: "joins need event time: call withWatermark(_:delay:) on both streams first")
    public func join<Other: WritableStream, Result: Schema>(
        _ other: Other, on condition: (Row<S>, Row<Other.Rows>) -> Expr<Bool>, within interval: JoinInterval,
        joinKind: JoinKind = .inner, into result: Result.Type,
        _ build: (Row<S>, Row<Other.Rows>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> { fatalError() }

    @available(*, unavailable, message: "joins need event time: call withWatermark(_:delay:) on both streams first")
    public func join<Other: WritableStream, Result: Schema>(
        asOf versions: Other, on condition: (Row<S>, Row<Other.Rows>) -> Expr<Bool>,
        deletedWhere deletion: ((Row<Other.Rows>) -> Expr<Bool>)? = nil, joinKind: VersionJoinKind = .inner,
        into result: Result.Type, _ build: (Row<S>, Row<Other.Rows>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> { fatalError() }

    @available(*, unavailable, message: "windows need event time: call withWatermark(_:delay:) first")
    public func window(_ window: Window) -> WindowedStream<S> { fatalError() }

    @available(*, unavailable, message: "grouping needs a window: call withWatermark(_:delay:), then window(_:) first")
    public func groupBy<each Key>(_ keys: repeat KeyPath<S, Column<each Key>>) -> GroupedStream<S> { fatalError() }

    @available(
        *, unavailable, message: "aggregation needs groups: call withWatermark, window(_:) and groupBy(_:) first"
    )
    public func aggregate<Result: Schema>(
        into result: Result.Type, _ build: (AggregateRow<S>, WindowBounds, ResultRow<Result>) -> Void
    ) -> ResultStream<Result> { fatalError() }

    @available(
        *, unavailable,
        message:
            "a ranking needs groups: call withWatermark, window(_:) and groupBy(_:) first, or overAllTime() and groupBy(_:)"
    )
    public func top<Result: Schema>(
        _ limit: Int, by order: Ordering<S>..., into result: Result.Type,
        _ build: (Row<S>, WindowBounds, Expr<Int64>, SelectedRow<Result>) -> Void
    ) -> ResultStream<Result> { fatalError() }

    @available(*, unavailable, message: "a keyed process needs event time: call withWatermark(_:delay:) first")
    public func process<P: KeyedProcessor>(
        with processor: P, lateRows: LateRows = .drop
    ) -> EventTimeStream<P.Output> where P.Input == S { fatalError() }
}

extension EventTimeStream {
    @available(*, unavailable, message: "the other stream has no event time: call withWatermark(_:delay:) on it first")
    public func union(_ others: Stream<S>...) -> EventTimeStream<S> { fatalError() }

    @available(*, unavailable, message: "event time is said once: this stream has it already")
    public func withIngestionTime(delay: Duration = .zero) -> EventTimeStream<S> { fatalError() }

    @available(*, unavailable, message: "event time is said once: this stream has it already")
    public func withProcessingTime() -> EventTimeStream<S> { fatalError() }

    @available(*, unavailable, message: "event time is said once: this stream has it already")
    public func withWatermark(_ column: KeyPath<S, Column<Timestamp>>, delay: Duration) -> EventTimeStream<S> {
        fatalError()
    }

    @available(*, unavailable, message: "the other stream has no event time: call withWatermark(_:delay:) on it first")
    public func join<Other: Schema, Result: Schema>(
        _ other: Stream<Other>, on condition: (Row<S>, Row<Other>) -> Expr<Bool>, within interval: JoinInterval,
        joinKind: JoinKind = .inner, into result: Result.Type,
        _ build: (Row<S>, Row<Other>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> { fatalError() }

    @available(*, unavailable, message: "the versions have no event time: call withWatermark(_:delay:) on them first")
    public func join<Other: Schema, Result: Schema>(
        asOf versions: Stream<Other>, on condition: (Row<S>, Row<Other>) -> Expr<Bool>,
        deletedWhere deletion: ((Row<Other>) -> Expr<Bool>)? = nil, joinKind: VersionJoinKind = .inner,
        into result: Result.Type, _ build: (Row<S>, Row<Other>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> { fatalError() }

    @available(*, unavailable, message: "grouping needs a window: call window(_:) first")
    public func groupBy<each Key>(_ keys: repeat KeyPath<S, Column<each Key>>) -> GroupedStream<S> { fatalError() }

    @available(*, unavailable, message: "aggregation needs groups: call window(_:) and groupBy(_:) first")
    public func aggregate<Result: Schema>(
        into result: Result.Type, _ build: (AggregateRow<S>, WindowBounds, ResultRow<Result>) -> Void
    ) -> ResultStream<Result> { fatalError() }

    @available(
        *, unavailable,
        message: "a ranking needs groups: call window(_:) and groupBy(_:) first, or overAllTime() and groupBy(_:)"
    )
    public func top<Result: Schema>(
        _ limit: Int, by order: Ordering<S>..., into result: Result.Type,
        _ build: (Row<S>, WindowBounds, Expr<Int64>, SelectedRow<Result>) -> Void
    ) -> ResultStream<Result> { fatalError() }
}

extension WindowedStream {
    @available(
        *, unavailable, message: "a window is no step yet: name the rows that aggregate(into:) or top(_:by:into:) gives"
    )
    public func named(_ name: String) -> Self { fatalError() }

    @available(*, unavailable, message: "the other stream has no event time: call withWatermark(_:delay:) on it first")
    public func join<Other: Schema, Result: Schema>(
        _ other: Stream<Other>, on condition: (Row<S>, Row<Other>) -> Expr<Bool>, joinKind: JoinKind = .inner,
        into result: Result.Type, _ build: (Row<S>, Row<Other>, WindowBounds, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> { fatalError() }

    @available(*, unavailable, message: "aggregation needs groups: call groupBy(_:) first")
    public func aggregate<Result: Schema>(
        into result: Result.Type, _ build: (AggregateRow<S>, WindowBounds, ResultRow<Result>) -> Void
    ) -> ResultStream<Result> { fatalError() }

    @available(*, unavailable, message: "filter before the window: call filter(_:) before window(_:)")
    public func filter<Condition>(_ condition: (Row<S>) -> Expr<Condition>) -> WindowedStream<S> { fatalError() }

    @available(*, unavailable, message: "select before the window: call select(into:_:) before window(_:)")
    public func select<Result: Schema>(
        into result: Result.Type, _ build: (Row<S>, SelectedRow<Result>) -> Void
    ) -> WindowedStream<Result> { fatalError() }

    @available(*, unavailable, message: "windows are written as results: call groupBy(_:) and aggregate(into:) first")
    public func merge<each Key>(into table: String, on keys: repeat KeyPath<S, Column<each Key>>) { fatalError() }

    @available(*, unavailable, message: "windows are written as results: call groupBy(_:) and aggregate(into:) first")
    public func write<each Key>(
        to target: TopicTarget, as encoding: RowEncoding, key: repeat KeyPath<S, Column<each Key>>,
        delivery: TopicDescription.Delivery = .exactlyOnce
    ) { fatalError() }

    @available(*, unavailable, message: "windows are written as results: call groupBy(_:) and aggregate(into:) first")
    public func append<each Key>(to table: String, partitionedBy columns: repeat KeyPath<S, Column<each Key>>) {
        fatalError()
    }

    @available(
        *, unavailable,
        message: "a ranking needs groups: call groupBy(_:) first; without columns all rows of a window are one"
    )
    public func top<Result: Schema>(
        _ limit: Int, by order: Ordering<S>..., into result: Result.Type,
        _ build: (Row<S>, WindowBounds, Expr<Int64>, SelectedRow<Result>) -> Void
    ) -> ResultStream<Result> { fatalError() }

    @available(*, unavailable, message: "map before the window: call map(_:into:_:) before window(_:)")
    public func map<Result: Schema>(
        _ name: String, into result: Result.Type,
        _ body: @escaping @Sendable (RowReader<S>, RowWriter<Result>) throws -> Void
    ) -> WindowedStream<Result> { fatalError() }

    @available(*, unavailable, message: "flatMap before the window: call flatMap(_:into:_:) before window(_:)")
    public func flatMap<Result: Schema>(
        _ name: String, into result: Result.Type,
        _ body: @escaping @Sendable (RowReader<S>, RowEmitter<Result>) throws -> Void
    ) -> WindowedStream<Result> { fatalError() }

    @available(*, unavailable, message: "enrich before the window: call enrich(with:on:into:) before window(_:)")
    public func enrich<T: Schema, Result: Schema>(
        with table: LookupTable<T>, on keys: LookupKey<S, T>..., unmatched: UnmatchedRows = .keep,
        into result: Result.Type, _ build: (Row<S>, TableRow<T>, SelectedRow<Result>) -> Void
    ) -> WindowedStream<Result> { fatalError() }

    @available(*, unavailable, message: "process before the window: call process(with:) before window(_:)")
    public func process<P: KeyedProcessor>(
        with processor: P, lateRows: LateRows = .drop
    ) -> EventTimeStream<P.Output> where P.Input == S { fatalError() }
}

extension GroupedStream {
    @available(
        *, unavailable, message: "groups are no step yet: name the rows that aggregate(into:) or top(_:by:into:) gives"
    )
    public func named(_ name: String) -> Self { fatalError() }

    @available(*, unavailable, message: "groups are written as results: call aggregate(into:) first")
    public func merge<each Key>(into table: String, on keys: repeat KeyPath<S, Column<each Key>>) { fatalError() }

    @available(*, unavailable, message: "groups are written as results: call aggregate(into:) first")
    public func write<each Key>(
        to target: TopicTarget, as encoding: RowEncoding, key: repeat KeyPath<S, Column<each Key>>,
        delivery: TopicDescription.Delivery = .exactlyOnce
    ) { fatalError() }

    @available(*, unavailable, message: "groups are written as results: call aggregate(into:) first")
    public func append<each Key>(to table: String, partitionedBy columns: repeat KeyPath<S, Column<each Key>>) {
        fatalError()
    }
}
