import Columnar
import Dataflow

/// An expression of a known value type, over the columns of a stream. Built once; evaluated on whole columns.
public struct Expr<Value: ColumnValue>: Sendable {
    let expression: Expression
}

/// A row of a stream inside `filter` and `aggregate`: its members are the columns as expressions.
@dynamicMemberLookup
public struct Row<S: Schema> {
    private let schema = S()

    /// The column that the key path names.
    public subscript<Value>(dynamicMember path: KeyPath<S, Column<Value>>) -> Expr<Value> {
        Expr(expression: .column(schema[keyPath: path].field.name))
    }
}

/// A value that can stand as a literal in an expression.
public protocol LiteralValue: PlainColumnValue {
    var scalar: Scalar { get }
}

extension Bool: LiteralValue { public var scalar: Scalar { .bool(self) } }
extension Int32: LiteralValue { public var scalar: Scalar { .int32(self) } }
extension Int64: LiteralValue { public var scalar: Scalar { .int64(self) } }
extension Double: LiteralValue { public var scalar: Scalar { .double(self) } }
extension String: LiteralValue { public var scalar: Scalar { .string(self) } }
extension Timestamp: LiteralValue { public var scalar: Scalar { .timestamp(microseconds) } }
extension CalendarDate: LiteralValue { public var scalar: Scalar { .date(days) } }

extension LiteralValue {
    fileprivate var literal: Expression { .literal(scalar, Self.dataType) }
}

private func binary<L, R, Result>(_ operation: Expression.BinaryOperator, _ left: Expr<L>, _ right: Expr<R>) -> Expr<
    Result
> {
    Expr(expression: .binary(operation, left.expression, right.expression))
}

private func binary<L, Result>(_ operation: Expression.BinaryOperator, _ left: Expr<L>, _ right: some LiteralValue)
    -> Expr<Result>
{
    Expr(expression: .binary(operation, left.expression, right.literal))
}

public func == <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<Bool> where L.Base == R.Base {
    binary(.equal, left, right)
}
public func != <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<Bool> where L.Base == R.Base {
    binary(.notEqual, left, right)
}
public func < <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<Bool> where L.Base == R.Base { binary(.less, left, right) }
public func <= <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<Bool> where L.Base == R.Base {
    binary(.lessOrEqual, left, right)
}
public func > <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<Bool> where L.Base == R.Base {
    binary(.greater, left, right)
}
public func >= <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<Bool> where L.Base == R.Base {
    binary(.greaterOrEqual, left, right)
}

public func == <L>(left: Expr<L>, right: L.Base) -> Expr<Bool> where L.Base: LiteralValue {
    binary(.equal, left, right)
}
public func != <L>(left: Expr<L>, right: L.Base) -> Expr<Bool> where L.Base: LiteralValue {
    binary(.notEqual, left, right)
}
public func < <L>(left: Expr<L>, right: L.Base) -> Expr<Bool> where L.Base: LiteralValue { binary(.less, left, right) }
public func <= <L>(left: Expr<L>, right: L.Base) -> Expr<Bool> where L.Base: LiteralValue {
    binary(.lessOrEqual, left, right)
}
public func > <L>(left: Expr<L>, right: L.Base) -> Expr<Bool> where L.Base: LiteralValue {
    binary(.greater, left, right)
}
public func >= <L>(left: Expr<L>, right: L.Base) -> Expr<Bool> where L.Base: LiteralValue {
    binary(.greaterOrEqual, left, right)
}

public func && (left: Expr<Bool>, right: Expr<Bool>) -> Expr<Bool> { binary(.and, left, right) }
public func || (left: Expr<Bool>, right: Expr<Bool>) -> Expr<Bool> { binary(.or, left, right) }
public prefix func ! (operand: Expr<Bool>) -> Expr<Bool> { Expr(expression: .unary(.not, operand.expression)) }

public func + <L>(left: Expr<L>, right: Expr<L>) -> Expr<L> { binary(.add, left, right) }
public func - <L>(left: Expr<L>, right: Expr<L>) -> Expr<L> { binary(.subtract, left, right) }
public func * <L>(left: Expr<L>, right: Expr<L>) -> Expr<L> { binary(.multiply, left, right) }
public func / <L>(left: Expr<L>, right: Expr<L>) -> Expr<L> { binary(.divide, left, right) }
public func + <L>(left: Expr<L>, right: L.Base) -> Expr<L> where L.Base: LiteralValue { binary(.add, left, right) }
public func - <L>(left: Expr<L>, right: L.Base) -> Expr<L> where L.Base: LiteralValue { binary(.subtract, left, right) }
public func * <L>(left: Expr<L>, right: L.Base) -> Expr<L> where L.Base: LiteralValue { binary(.multiply, left, right) }
public func / <L>(left: Expr<L>, right: L.Base) -> Expr<L> where L.Base: LiteralValue { binary(.divide, left, right) }
public func % <L>(left: Expr<L>, right: L.Base) -> Expr<L> where L.Base: LiteralValue & FixedWidthInteger {
    binary(.remainder, left, right)
}

extension Expr {
    /// Whether the value is null.
    public var isNull: Expr<Bool> { Expr<Bool>(expression: .unary(.isNull, expression)) }

    /// One of two literals, by this condition; a null condition chooses `otherwise`.
    public func then<Result: LiteralValue>(_ value: Result, otherwise: Result) -> Expr<Result> where Value == Bool {
        let branch = Expression.CaseBranch(when: expression, then: .literal(value.scalar, Result.dataType))
        return Expr<Result>(expression: .caseWhen([branch], otherwise: .literal(otherwise.scalar, Result.dataType)))
    }
}
