import Columnar

/// Aggregates that ask which row is earlier: by event time, then partition, then offset, never by arrival. Rows where an
/// argument is null are left out.
extension AggregateExpr {
    /// The value of the earliest row.
    public static func first<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        AggregateExpr(.first, value.expression)
    }
    /// The value of the latest row.
    public static func last<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        AggregateExpr(.last, value.expression)
    }
    /// The value where `key` is least; of several such rows, that of the earliest.
    public static func minBy<A: ColumnValue, B>(_ value: Expr<A>, _ key: Expr<B>) -> AggregateExpr
    where A.Base == Value { AggregateExpr(.minBy, value.expression, key.expression) }
    /// The value where `key` is greatest; of several such rows, that of the earliest.
    public static func maxBy<A: ColumnValue, B>(_ value: Expr<A>, _ key: Expr<B>) -> AggregateExpr
    where A.Base == Value { AggregateExpr(.maxBy, value.expression, key.expression) }
}

extension AggregateExpr {
    /// The values of the earliest rows, in order, as a list.
    /// - Parameter limit: how many at most, 1...100,000.
    public static func collect<A: ColumnValue>(_ value: Expr<A>, limit: Int) -> AggregateExpr where Value == [A.Base] {
        AggregateExpr(.collect(limit: limit), value.expression)
    }
    /// The distinct values that came earliest, each once, in the order in which they came first, as a list.
    /// - Parameter limit: how many at most, 1...100,000.
    public static func collectDistinct<A: ColumnValue>(_ value: Expr<A>, limit: Int) -> AggregateExpr
    where Value == [A.Base] { AggregateExpr(.collectDistinct(limit: limit), value.expression) }
}

extension AggregateExpr where Value == String {
    /// The values of the earliest rows, in order, as a JSON array.
    /// - Parameter limit: how many at most, 1...100,000.
    public static func collectJSON<A>(_ value: Expr<A>, limit: Int) -> AggregateExpr {
        AggregateExpr(.collectJSON(limit: limit), value.expression)
    }
    /// The distinct values that came earliest, each once, in the order in which they came first, as a JSON array.
    /// - Parameter limit: how many at most, 1...100,000.
    public static func collectDistinctJSON<A>(_ value: Expr<A>, limit: Int) -> AggregateExpr {
        AggregateExpr(.collectDistinctJSON(limit: limit), value.expression)
    }
}
