import Columnar
import Dataflow

/// An aggregate and what it is called with.
struct AggregateCall {
    var function: AggregateFunction
    var arguments: [Expression]
}

/// An aggregate of a known result type. Nulls are left out of all but `count` of rows; over no values counts are 0 and
/// the others are null. docs/AGGREGATES.md says of each what it takes, how exact it is and how large its state.
public struct AggregateExpr<Value: ColumnValue> {
    let call: AggregateCall

    init(_ function: AggregateFunction, _ arguments: Expression...) {
        call = AggregateCall(function: function, arguments: arguments)
    }

    init(call: AggregateCall) { self.call = call }

    /// The aggregate of the rows for which the condition is true: neither false nor null. To an aggregate of one's own
    /// the arguments of the other rows are null, and it has to leave nulls out.
    public func filtered<A>(where condition: Expr<A>) -> AggregateExpr where A.Base == Bool {
        let arguments = call.arguments.isEmpty ? [true.literal] : call.arguments
        let chosen = arguments.map { argument in
            Expression.caseWhen([.init(when: condition.expression, then: argument)], otherwise: nil)
        }
        return AggregateExpr(call: AggregateCall(function: call.function, arguments: chosen))
    }
}

extension AggregateExpr {
    /// The least value.
    public static func min<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        AggregateExpr(.min, value.expression)
    }
    /// The greatest value.
    public static func max<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        AggregateExpr(.max, value.expression)
    }
}

extension AggregateExpr where Value: NumericValue {
    /// The sum of the values.
    public static func sum<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        AggregateExpr(.sum, value.expression)
    }
    /// The sum of the values in rows for which the condition is true.
    public static func sum<A: ColumnValue, B>(_ value: Expr<A>, where condition: Expr<B>) -> AggregateExpr
    where A.Base == Value, B.Base == Bool { sum(value).filtered(where: condition) }
}

extension AggregateExpr where Value == Int64 {
    /// The sum of the values, in 64 bits.
    public static func sum<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Int32 {
        AggregateExpr(.sum, value.expression)
    }
    /// The sum, in 64 bits, of the values in rows for which the condition is true.
    public static func sum<A: ColumnValue, B>(_ value: Expr<A>, where condition: Expr<B>) -> AggregateExpr
    where A.Base == Int32, B.Base == Bool { sum(value).filtered(where: condition) }

    /// The number of rows.
    public static var count: AggregateExpr { AggregateExpr(.count) }
    /// The number of rows for which the condition is true.
    public static func count<A>(where condition: Expr<A>) -> AggregateExpr where A.Base == Bool {
        count.filtered(where: condition)
    }
    /// The number of values.
    public static func count<A>(_ value: Expr<A>) -> AggregateExpr { AggregateExpr(.count, value.expression) }
    /// The number of values in rows for which the condition is true.
    public static func count<A, B>(_ value: Expr<A>, where condition: Expr<B>) -> AggregateExpr where B.Base == Bool {
        count(value).filtered(where: condition)
    }
}

extension AggregateExpr where Value == Double {
    /// The mean of the values.
    public static func average<A>(_ value: Expr<A>) -> AggregateExpr where A.Base: NumericValue {
        AggregateExpr(.average, value.expression)
    }
    /// The mean of the values in rows for which the condition is true.
    public static func average<A, B>(_ value: Expr<A>, where condition: Expr<B>) -> AggregateExpr
    where A.Base: NumericValue, B.Base == Bool { average(value).filtered(where: condition) }
}

extension AggregateExpr where Value == Decimal {
    /// The mean of decimals, with four more digits than they have before it is given to the column.
    public static func average<A>(_ value: Expr<A>) -> AggregateExpr where A.Base == Decimal {
        AggregateExpr(.average, value.expression)
    }
    /// The mean of the decimals in rows for which the condition is true.
    public static func average<A, B>(_ value: Expr<A>, where condition: Expr<B>) -> AggregateExpr
    where A.Base == Decimal, B.Base == Bool { average(value).filtered(where: condition) }
}

extension AggregateExpr where Value == Bool {
    /// Whether the condition is true in every row; rows where it is null are left out.
    public static func all<A>(_ condition: Expr<A>) -> AggregateExpr where A.Base == Bool {
        AggregateExpr(.all, condition.expression)
    }
    /// Whether the condition is true in any row.
    public static func any<A>(_ condition: Expr<A>) -> AggregateExpr where A.Base == Bool {
        AggregateExpr(.any, condition.expression)
    }
}
