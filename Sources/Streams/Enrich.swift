import Columnar
import Dataflow

/// A table that rows are put together with.
public struct LookupTable<T: Schema> {
    let description: LookupDescription

    /// A Delta table of the warehouse, `database.table`.
    /// - Parameters:
    ///   - schema: the columns that are read, by name; the table may have more.
    ///   - refresh: how often a newer version is looked for.
    public static func table(
        _ name: String, as schema: T.Type, refreshEvery refresh: Duration = .minutes(1)
    ) -> LookupTable { LookupTable(.table(name), refresh) }

    /// A file: CSV with a header (`.csv`), JSON lines (`.jsonl`) or Parquet (`.parquet`).
    /// - Parameters:
    ///   - path: against the directory in which the program was started.
    ///   - schema: the columns that are read, by name; the file may have more.
    ///   - refresh: how often it is looked whether the file has another time or size.
    public static func file(
        _ path: String, as schema: T.Type, refreshEvery refresh: Duration = .minutes(1)
    ) -> LookupTable { LookupTable(.file(path), refresh) }

    private init(_ place: LookupDescription.Place, _ refresh: Duration) {
        description = LookupDescription(
            place: place, contract: T.contract(), refreshInterval: max(refresh.microseconds, 0))
    }
}

/// A column of a row that has to equal a column of the table.
public struct LookupKey<S: Schema, T: Schema> {
    let key: Enrichment.Key

    /// Rows match where both columns have the same value; a null matches nothing.
    public static func equal<A, B>(
        _ column: KeyPath<S, Column<A>>, _ other: KeyPath<T, Column<B>>
    ) -> LookupKey where A.Base == B.Base {
        LookupKey(
            key: .init(.column(S()[keyPath: column].field.name), column: T()[keyPath: other].field.name))
    }
}

/// A row of a table that matches: its members are the table's columns as expressions, null where there is no match.
@dynamicMemberLookup
public struct TableRow<T: Schema> {
    private let schema = T()

    /// The column that the key path names.
    public subscript<Value>(dynamicMember path: KeyPath<T, Column<Value>>) -> Expr<Value> {
        Expr(expression: .column(Enrichment.tablePrefix + schema[keyPath: path].field.name))
    }
}

/// What becomes of a row that nothing in the table matches.
public enum UnmatchedRows: Sendable {
    /// It is kept, with nulls for the table's columns (a left join).
    case keep
    /// It is removed, and counts as filtered (an inner join).
    case drop
}

extension Stream {
    /// Puts each row together with the rows of a table that have the same key (a lookup join).
    ///
    ///     .enrich(with: .table("silver.customers", as: Customer.self), on: .equal(\.customerID, \.id),
    ///             into: NamedOrder.self) { order, customer, row in
    ///         row.order.set(to: order.id)
    ///         row.name.set(to: customer.name.coalesce("unknown"))
    ///     }
    ///
    /// The table is in memory, for all threads once, as it was when it was last looked at; a newer version is taken between
    /// two epochs. A row that matches several rows gives one for each, and those beyond one count as added.
    ///
    /// Which rows a run puts together depends on when it looked at the table. The checkpoint says which version it was: a
    /// restart goes on with that version if it is still there (a Delta table whose files were not vacuumed; a file that has
    /// not changed) and otherwise, with a warning, with the newest. For what has to be as of event time, join with a stream
    /// of versions instead.
    public func enrich<T: Schema, Result: Schema>(
        with table: LookupTable<T>, on keys: LookupKey<S, T>..., unmatched: UnmatchedRows = .keep,
        into result: Result.Type, _ build: (Row<S>, TableRow<T>, SelectedRow<Result>) -> Void
    ) -> Stream<Result> {
        Stream<Result>(builder: builder, step: builder.enrich(after: step, table, keys, unmatched, result, build))
    }
}

extension EventTimeStream {
    /// Puts each row together with the rows of a table that have the same key, as `Stream.enrich` does; the event time stays
    /// with the row.
    public func enrich<T: Schema, Result: Schema>(
        with table: LookupTable<T>, on keys: LookupKey<S, T>..., unmatched: UnmatchedRows = .keep,
        into result: Result.Type, _ build: (Row<S>, TableRow<T>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> {
        EventTimeStream<Result>(
            builder: builder, step: builder.enrich(after: step, table, keys, unmatched, result, build))
    }
}

extension TopologyBuilder {
    fileprivate func enrich<S: Schema, T: Schema, Result: Schema>(
        after step: Int, _ table: LookupTable<T>, _ keys: [LookupKey<S, T>], _ unmatched: UnmatchedRows,
        _ result: Result.Type, _ build: (Row<S>, TableRow<T>, SelectedRow<Result>) -> Void
    ) -> Int {
        _ = declaredSchema(of: T.self)
        if keys.isEmpty {
            note("enrich(with: \"\(table.description.name)\") has no keys: say with on: which columns have to be equal")
        }
        let outputs = OutputCollector()
        build(Row(), TableRow(), SelectedRow(outputs: outputs))
        var enrichment = Enrichment(
            table: table.description, keys: keys.map(\.key), keepsUnmatched: unmatched == .keep, outputs: [])
        enrichment.outputs = projections(
            outputs, into: result, place: "enrich(with:on:into:)",
            over: declaredSchema(of: S.self).map(enrichment.resultSchema))
        return plan.add(.enrich(enrichment), after: [step])
    }
}
