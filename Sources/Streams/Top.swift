import Columnar
import Dataflow

/// A column that orders rows in a ranking. Nulls come before every value: first when ascending, last when descending.
public struct Ordering<S: Schema> {
    let order: Ranking.Order

    /// The least value first.
    public static func ascending<Value>(_ column: KeyPath<S, Column<Value>>) -> Ordering {
        Ordering(order: .init(.column(S()[keyPath: column].field.name), .ascending))
    }

    /// The greatest value first.
    public static func descending<Value>(_ column: KeyPath<S, Column<Value>>) -> Ordering {
        Ordering(order: .init(.column(S()[keyPath: column].field.name), .descending))
    }
}

extension GroupedStream {
    /// The first rows of each group of a window, in an order; over all time, the first rows so far.
    ///
    ///     .window(.tumbling(.minutes(10))).groupBy(\.auction)
    ///     .top(3, by: .descending(\.price), into: TopBid.self) { bid, window, rank, row in
    ///         row.auction.set(to: bid.auction)
    ///         row.rank.set(to: rank)
    ///     }
    ///
    /// Rows that are equal in the order are told apart by event time, partition and offset: the earliest is first. When
    /// the rows are given is the window's `emitting`. What is not final is a changelog: a row that falls out, or gets
    /// another rank where the result has the rank, is taken away and given anew. Merge it by the columns that make a row
    /// the same, or by group, window and rank. It keeps for each group about twice as many rows as it gives.
    /// - Parameters:
    ///   - limit: how many rows a group gives at most, 1...100,000.
    ///   - order: the first column decides, then the second, and so on.
    ///   - identity: where the rows may be replaced or taken away later, such as the early rows of an aggregation: the
    ///     columns by which one row replaces another. Such rows are ranked over all time, and all of them are kept.
    public func top<each Key, Result: Schema>(
        _ limit: Int, by order: Ordering<S>..., identifiedBy identity: repeat KeyPath<S, Column<each Key>>,
        into result: Result.Type, _ build: (Row<S>, WindowBounds, Expr<Int64>, SelectedRow<Result>) -> Void
    ) -> ResultStream<Result> {
        let outputs = OutputCollector()
        build(Row(), WindowBounds(), Expr(expression: .column(Ranking.rank)), SelectedRow(outputs: outputs))
        let projections = builder.projections(
            outputs, into: result, place: "top(_:by:into:)", over: builder.declaredSchema(of: S.self).map(ranked))
        let ranking = Ranking(
            window: window, keys: keys, order: order.map { $0.order }, limit: limit,
            identity: columnNames(of: S.self, repeat each identity), outputs: projections)
        return ResultStream(builder: builder, step: builder.plan.add(.top(ranking), after: [step]))
    }

    /// What a ranked row's expressions can read.
    private func ranked(_ input: RecordSchema) -> RecordSchema {
        let bounds = [WindowedAggregation.windowStart, WindowedAggregation.windowEnd].map { Field($0, .timestamp) }
        return RecordSchema(input.fields + (window.kind == .global ? [] : bounds) + [Field(Ranking.rank, .int64)])
    }
}

extension ResultStream {
    /// The first of the final rows of each window and group, in an order: the best of what an aggregation gave for it.
    ///
    ///     .aggregate(into: Bids.self) { … }
    ///     .top(3, per: \.windowStart, by: .descending(\.bids), into: HotAuction.self) { bids, rank, row in … }
    ///
    /// - Parameters:
    ///   - limit: how many rows a group gives at most, 1...100,000.
    ///   - keys: the columns that rows are ranked apart by. Windows that end together are ranked apart only when the start
    ///     is among them.
    ///   - order: the first column decides, then the second, and so on; then the values of the row, ascending.
    public func top<each Key, Result: Schema>(
        _ limit: Int, per keys: repeat KeyPath<S, Column<each Key>>, by order: Ordering<S>..., into result: Result.Type,
        _ build: (Row<S>, Expr<Int64>, SelectedRow<Result>) -> Void
    ) -> ResultStream<Result> {
        let names = columnNames(of: S.self, repeat each keys)
        let outputs = OutputCollector()
        build(Row(), Expr(expression: .column(Ranking.rank)), SelectedRow(outputs: outputs))
        let input = builder.declaredSchema(of: S.self).map {
            RecordSchema($0.fields + [Field(Ranking.rank, .int64)])
        }
        // A window's rows have one event time, its last instant, and are final together when that has passed.
        let ranking = Ranking(
            window: WindowSpecification(size: 1, slide: 1), keys: names, order: order.map { $0.order }, limit: limit,
            outputs: builder.projections(outputs, into: result, place: "top(_:per:by:into:)", over: input))
        return ResultStream<Result>(builder: builder, step: builder.plan.add(.top(ranking), after: [step]))
    }

    /// Ranks or aggregates these rows over all time.
    public func overAllTime(emitting: Emission = .early()) -> WindowedStream<S> {
        WindowedStream(builder: builder, step: step, window: Window.global(emitting: emitting).specification)
    }
}

extension TopologyBuilder {
    /// The projections that give all columns of a result.
    func projections<Result: Schema>(
        _ outputs: OutputCollector, into result: Result.Type, place: String, over input: RecordSchema?
    ) -> [Projection] {
        (declaredSchema(of: result)?.fields ?? []).compactMap { field in
            let output = setting(of: field, in: result, outputs, place: place)
            guard case .value(let expression) = output else { return nil }
            return projection(expression, into: field, over: input)
        }
    }
}
