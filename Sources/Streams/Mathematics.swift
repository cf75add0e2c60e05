import Columnar

// Functions of mathematics. Numbers of any type are taken as doubles.

/// The square root; NaN of negative numbers.
public func sqrt(_ x: some NumberArgument) -> Expr<Double> { call(.sqrt, x.argument) }

/// The cube root.
public func cbrt(_ x: some NumberArgument) -> Expr<Double> { call(.cbrt, x.argument) }

/// e to the power of the number.
public func exp(_ x: some NumberArgument) -> Expr<Double> { call(.exp, x.argument) }

/// `exp(x) - 1`, exact near 0.
public func expm1(_ x: some NumberArgument) -> Expr<Double> { call(.expm1, x.argument) }

/// The natural logarithm; null unless the number is above 0.
public func ln(_ x: some NumberArgument) -> Expr<Double> { call(.ln, x.argument) }

/// `ln(1 + x)`, exact near 0; null unless the number is above -1.
public func log1p(_ x: some NumberArgument) -> Expr<Double> { call(.log1p, x.argument) }

/// The logarithm to the base 10; null unless the number is above 0.
public func log10(_ x: some NumberArgument) -> Expr<Double> { call(.log10, x.argument) }

/// The logarithm to the base 2; null unless the number is above 0.
public func log2(_ x: some NumberArgument) -> Expr<Double> { call(.log2, x.argument) }

/// Radians as degrees.
public func degrees(_ x: some NumberArgument) -> Expr<Double> { call(.degrees, x.argument) }

/// Degrees as radians.
public func radians(_ x: some NumberArgument) -> Expr<Double> { call(.radians, x.argument) }

/// The sine of an angle in radians.
public func sin(_ x: some NumberArgument) -> Expr<Double> { call(.sin, x.argument) }

/// The cosine of an angle in radians.
public func cos(_ x: some NumberArgument) -> Expr<Double> { call(.cos, x.argument) }

/// The tangent of an angle in radians.
public func tan(_ x: some NumberArgument) -> Expr<Double> { call(.tan, x.argument) }

/// The cotangent of an angle in radians.
public func cot(_ x: some NumberArgument) -> Expr<Double> { call(.cot, x.argument) }

/// The arc sine; NaN beyond -1 to 1.
public func asin(_ x: some NumberArgument) -> Expr<Double> { call(.asin, x.argument) }

/// The arc cosine; NaN beyond -1 to 1.
public func acos(_ x: some NumberArgument) -> Expr<Double> { call(.acos, x.argument) }

/// The arc tangent.
public func atan(_ x: some NumberArgument) -> Expr<Double> { call(.atan, x.argument) }

/// The hyperbolic sine.
public func sinh(_ x: some NumberArgument) -> Expr<Double> { call(.sinh, x.argument) }

/// The hyperbolic cosine.
public func cosh(_ x: some NumberArgument) -> Expr<Double> { call(.cosh, x.argument) }

/// The hyperbolic tangent.
public func tanh(_ x: some NumberArgument) -> Expr<Double> { call(.tanh, x.argument) }

/// The inverse hyperbolic sine.
public func asinh(_ x: some NumberArgument) -> Expr<Double> { call(.asinh, x.argument) }

/// The inverse hyperbolic cosine; NaN below 1.
public func acosh(_ x: some NumberArgument) -> Expr<Double> { call(.acosh, x.argument) }

/// The inverse hyperbolic tangent; NaN beyond -1 to 1.
public func atanh(_ x: some NumberArgument) -> Expr<Double> { call(.atanh, x.argument) }

/// The logarithm to a base; null unless both are above 0.
public func log(_ x: some NumberArgument, base: some NumberArgument) -> Expr<Double> {
    call(.log, base.argument, x.argument)
}

/// The base to the power of the exponent.
public func power(_ base: some NumberArgument, _ exponent: some NumberArgument) -> Expr<Double> {
    call(.power, base.argument, exponent.argument)
}

/// The square root of the sum of both squares.
public func hypot(_ x: some NumberArgument, _ y: some NumberArgument) -> Expr<Double> {
    call(.hypot, x.argument, y.argument)
}

/// The angle of the point (x, y), from -π to π.
public func atan2(_ y: some NumberArgument, _ x: some NumberArgument) -> Expr<Double> {
    call(.atan2, y.argument, x.argument)
}
