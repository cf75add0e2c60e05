import Columnar

/// A value that can be calculated with.
public protocol NumericValue: ColumnValue where Base == Self {}

extension Int32: NumericValue {}
extension Int64: NumericValue {}
extension Double: NumericValue {}
extension Decimal: NumericValue {}

public func + <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<L.Base> where L.Base == R.Base, L.Base: NumericValue {
    binary(.add, left, right)
}
public func - <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<L.Base> where L.Base == R.Base, L.Base: NumericValue {
    binary(.subtract, left, right)
}
public func * <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<L.Base> where L.Base == R.Base, L.Base: NumericValue {
    binary(.multiply, left, right)
}
public func / <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<L.Base> where L.Base == R.Base, L.Base: NumericValue {
    binary(.divide, left, right)
}
public func % <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<L.Base> where L.Base == R.Base, L.Base: NumericValue {
    binary(.remainder, left, right)
}

public func + <L>(left: Expr<L>, right: L.Base) -> Expr<L.Base> where L.Base: LiteralValue & NumericValue {
    binary(.add, left, right)
}
public func - <L>(left: Expr<L>, right: L.Base) -> Expr<L.Base> where L.Base: LiteralValue & NumericValue {
    binary(.subtract, left, right)
}
public func * <L>(left: Expr<L>, right: L.Base) -> Expr<L.Base> where L.Base: LiteralValue & NumericValue {
    binary(.multiply, left, right)
}
public func / <L>(left: Expr<L>, right: L.Base) -> Expr<L.Base> where L.Base: LiteralValue & NumericValue {
    binary(.divide, left, right)
}
public func % <L>(left: Expr<L>, right: L.Base) -> Expr<L.Base> where L.Base: LiteralValue & NumericValue {
    binary(.remainder, left, right)
}

public prefix func - <V>(operand: Expr<V>) -> Expr<V.Base> where V.Base: NumericValue {
    Expr(expression: .unary(.negate, operand.expression))
}

extension Expr where Value.Base: NumericValue {
    /// The number without its sign; null for the least integer, which has no opposite.
    public func abs() -> Expr<Value.Base> { Expr<Value.Base>(expression: .function(.abs, [expression])) }

    /// The number with `digits` after the point (0...38), half away from zero. A decimal's scale becomes `digits`.
    public func rounded(toDigits digits: Int = 0) -> Expr<Value.Base> {
        Expr<Value.Base>(expression: .rounded(expression, digits: digits))
    }
}
