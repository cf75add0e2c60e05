import Columnar
import Dataflow

/// An expression of a known value type, over the columns of a stream. Built once; evaluated on whole columns.
///
/// The type says what kind of value it is; whether it can be null is known when the topology is planned: nulls follow
/// SQL, and what has no value in its type (overflow, division by zero, a cast that fails) is null too.
@dynamicMemberLookup
public struct Expr<Value: ColumnValue>: Sendable {
    let expression: Expression
}

/// A row of a stream inside `filter`, `select` and `aggregate`: its members are the columns as expressions.
@dynamicMemberLookup
public struct Row<S: Schema> {
    private let schema = S()
    /// What stands before the names of its columns where rows of several streams meet.
    var prefix = ""

    /// The column that the key path names.
    public subscript<Value>(dynamicMember path: KeyPath<S, Column<Value>>) -> Expr<Value> {
        Expr(expression: .column(prefix + schema[keyPath: path].field.name))
    }
}

func binary<L, R, Result>(
    _ operation: Expression.BinaryOperator, _ left: Expr<L>, _ right: Expr<R>
) -> Expr<Result> {
    Expr(expression: .binary(operation, left.expression, right.expression))
}

func binary<L, Result>(
    _ operation: Expression.BinaryOperator, _ left: Expr<L>, _ right: some LiteralValue
) -> Expr<Result> {
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

public func && <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<Bool> where L.Base == Bool, R.Base == Bool {
    binary(.and, left, right)
}
public func || <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<Bool> where L.Base == Bool, R.Base == Bool {
    binary(.or, left, right)
}
public prefix func ! <V>(operand: Expr<V>) -> Expr<Bool> where V.Base == Bool {
    Expr(expression: .unary(.not, operand.expression))
}

extension Expr {
    /// Whether the value is null.
    public var isNull: Expr<Bool> { Expr<Bool>(expression: .unary(.isNull, expression)) }
    /// Whether the value is not null.
    public var isNotNull: Expr<Bool> { Expr<Bool>(expression: .unary(.isNotNull, expression)) }

    /// Whether the value is one of the given; a null is not known to be.
    public func isIn(_ values: Value.Base...) -> Expr<Bool> where Value.Base: LiteralValue { isIn(values) }

    /// Whether the value is one of the given; a null is not known to be.
    public func isIn(_ values: [Value.Base]) -> Expr<Bool> where Value.Base: LiteralValue {
        Expr<Bool>(expression: .isIn(expression, values.map(\.scalar)))
    }

    /// The value in another type; null when that type cannot hold it. Fractions are cut off.
    public func cast<Target: PlainColumnValue>(to type: Target.Type) -> Expr<Target> {
        Expr<Target>(expression: .cast(expression, to: Target.dataType))
    }

    /// The value as a decimal, rounded half away from zero; null when it has more digits before the point.
    public func cast(to type: Decimal.Type, precision: Int, scale: Int) -> Expr<Decimal> {
        precondition((1...38).contains(precision) && (0...precision).contains(scale), "decimal(\(precision),\(scale))")
        return Expr<Decimal>(expression: .cast(expression, to: .decimal(precision: precision, scale: scale)))
    }
}
