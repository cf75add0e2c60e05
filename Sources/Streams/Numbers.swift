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
    public func abs() -> Expr<Value.Base> { call(.abs) }

    /// -1, 0 or 1.
    public var sign: Expr<Double> { call(.sign) }

    /// The number with `digits` after the point (-38...38; negative: zeros before it), half away from zero. A decimal's
    /// scale becomes `digits`.
    public func rounded(toDigits digits: Int = 0) -> Expr<Value.Base> { call(.round, digits.literal) }

    /// As `rounded`, half to even.
    public func roundedHalfEven(toDigits digits: Int = 0) -> Expr<Value.Base> { call(.bround, digits.literal) }

    /// As `rounded`, but cut off.
    public func truncated(toDigits digits: Int = 0) -> Expr<Value.Base> { call(.truncate, digits.literal) }

    /// The remainder, not negative when the divisor is positive; null for a zero divisor.
    public func modulo<Other>(_ divisor: Expr<Other>) -> Expr<Value.Base> where Other.Base == Value.Base {
        call(.pmod, divisor.expression)
    }

    /// The remainder, not negative when the divisor is positive; null for a zero divisor.
    public func modulo(_ divisor: Value.Base) -> Expr<Value.Base> where Value.Base: LiteralValue {
        call(.pmod, divisor.literal)
    }

    /// The number of the bucket, of so many alike between two bounds, that the value lies in: 0 before the first.
    public func widthBucket(
        from low: some NumberArgument, to high: some NumberArgument, buckets: some IntegerArgument
    ) -> Expr<Int64> {
        call(.widthBucket, low.argument, high.argument, buckets.argument)
    }

    /// With commas between thousands and that many digits after the point: `1,234.50`.
    public func formatted(digits: Int) -> Expr<String> { call(.formatNumber, digits.literal) }
}

extension Expr where Value.Base == Decimal {
    /// The least whole number that is not less.
    public func ceil() -> Expr<Decimal> { call(.ceil) }

    /// The greatest whole number that is not greater.
    public func floor() -> Expr<Decimal> { call(.floor) }
}

extension Expr where Value.Base == Double {
    /// The least whole number that is not less; null beyond 64 bits.
    public func ceil() -> Expr<Int64> { call(.ceil) }

    /// The greatest whole number that is not greater; null beyond 64 bits.
    public func floor() -> Expr<Int64> { call(.floor) }

    /// Whether the number is NaN; false of null.
    public var isNaN: Expr<Bool> { call(.isNaN) }

    /// The number, or another one where it is NaN.
    public func ifNaN(_ other: some NumberArgument) -> Expr<Double> { call(.nanvl, other.argument) }
}

extension Expr where Value.Base: IntegerValue {
    /// The product of the whole numbers from 1; null but for 0 to 20.
    public func factorial() -> Expr<Int64> { call(.factorial) }

    /// The bits that are set in both.
    public func bitAnd<Other>(_ other: Expr<Other>) -> Expr<Value.Base> where Other.Base == Value.Base {
        call(.bitAnd, other.expression)
    }

    /// The bits that are set in both.
    public func bitAnd(_ other: Value.Base) -> Expr<Value.Base> where Value.Base: LiteralValue {
        call(.bitAnd, other.literal)
    }

    /// The bits that are set in one or both.
    public func bitOr<Other>(_ other: Expr<Other>) -> Expr<Value.Base> where Other.Base == Value.Base {
        call(.bitOr, other.expression)
    }

    /// The bits that are set in one or both.
    public func bitOr(_ other: Value.Base) -> Expr<Value.Base> where Value.Base: LiteralValue {
        call(.bitOr, other.literal)
    }

    /// The bits that are set in one only.
    public func bitXor<Other>(_ other: Expr<Other>) -> Expr<Value.Base> where Other.Base == Value.Base {
        call(.bitXor, other.expression)
    }

    /// The bits that are set in one only.
    public func bitXor(_ other: Value.Base) -> Expr<Value.Base> where Value.Base: LiteralValue {
        call(.bitXor, other.literal)
    }

    /// Every bit turned over.
    public func bitNot() -> Expr<Value.Base> { call(.bitNot) }

    /// The number of bits that are set.
    public var bitCount: Expr<Int32> { call(.bitCount) }

    /// Bits moved to higher places.
    public func shiftedLeft(by bits: some IntegerArgument) -> Expr<Value.Base> { call(.shiftLeft, bits.argument) }

    /// Bits moved to lower places; the sign stays.
    public func shiftedRight(by bits: some IntegerArgument) -> Expr<Value.Base> { call(.shiftRight, bits.argument) }

    /// Bits moved to lower places, zeros before them.
    public func shiftedRightUnsigned(by bits: some IntegerArgument) -> Expr<Value.Base> {
        call(.shiftRightUnsigned, bits.argument)
    }

    /// The 64 bits as binary digits.
    public func binaryDigits() -> Expr<String> { call(.bin) }

    /// The 64 bits as hexadecimal digits.
    public func hexDigits() -> Expr<String> { call(.hex) }

    /// The Unicode scalar with this code point; null when there is none.
    public var unicodeScalar: Expr<String> { call(.chr) }
}
