import Columnar

// Functions of mathematics. Numbers of any type are taken as doubles.

/// The square root; NaN of negative numbers.
public func sqrt<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.sqrt, x.argument) }

/// The cube root.
public func cbrt<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.cbrt, x.argument) }

/// e to the power of the number.
public func exp<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.exp, x.argument) }

/// `exp(x) - 1`, exact near 0.
public func expm1<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.expm1, x.argument) }

/// The natural logarithm; null unless the number is above 0.
public func ln<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.ln, x.argument) }

/// `ln(1 + x)`, exact near 0; null unless the number is above -1.
public func log1p<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.log1p, x.argument) }

/// The logarithm to the base 10; null unless the number is above 0.
public func log10<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.log10, x.argument) }

/// The logarithm to the base 2; null unless the number is above 0.
public func log2<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.log2, x.argument) }

/// Radians as degrees.
public func degrees<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.degrees, x.argument) }

/// Degrees as radians.
public func radians<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.radians, x.argument) }

/// The sine of an angle in radians.
public func sin<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.sin, x.argument) }

/// The cosine of an angle in radians.
public func cos<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.cos, x.argument) }

/// The tangent of an angle in radians.
public func tan<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.tan, x.argument) }

/// The cotangent of an angle in radians.
public func cot<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.cot, x.argument) }

/// The arc sine; NaN beyond -1 to 1.
public func asin<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.asin, x.argument) }

/// The arc cosine; NaN beyond -1 to 1.
public func acos<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.acos, x.argument) }

/// The arc tangent.
public func atan<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.atan, x.argument) }

/// The hyperbolic sine.
public func sinh<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.sinh, x.argument) }

/// The hyperbolic cosine.
public func cosh<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.cosh, x.argument) }

/// The hyperbolic tangent.
public func tanh<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.tanh, x.argument) }

/// The inverse hyperbolic sine.
public func asinh<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.asinh, x.argument) }

/// The inverse hyperbolic cosine; NaN below 1.
public func acosh<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.acosh, x.argument) }

/// The inverse hyperbolic tangent; NaN beyond -1 to 1.
public func atanh<V>(_ x: Expr<V>) -> Expr<Double> where V.Base: NumericValue { call(.atanh, x.argument) }

/// The logarithm to a base; null unless both are above 0.
public func log<V>(_ x: Expr<V>, base: some NumberArgument) -> Expr<Double> where V.Base: NumericValue {
    call(.log, base.argument, x.argument)
}

/// The base to the power of the exponent.
public func power(_ base: some NumberArgument, _ exponent: some NumberArgument) -> Expr<Double> {
    call(.power, base.argument, exponent.argument)
}

/// The square root of the sum of both squares.
public func hypot<V>(_ x: Expr<V>, _ y: some NumberArgument) -> Expr<Double> where V.Base: NumericValue {
    call(.hypot, x.argument, y.argument)
}

/// The angle of the point (x, y), from -π to π.
public func atan2<V>(_ y: Expr<V>, _ x: some NumberArgument) -> Expr<Double> where V.Base: NumericValue {
    call(.atan2, y.argument, x.argument)
}
