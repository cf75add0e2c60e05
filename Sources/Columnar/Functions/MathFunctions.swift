#if canImport(Glibc)
    import Glibc
#endif

extension FunctionFamily {
    static let mathematics = FunctionFamily(
        "Mathematics",
        "Numbers of any type are taken as doubles, and doubles are given, by the system's mathematics library. NaN, "
            + "infinities and -0 are values.",
        [
            .sqrt, .cbrt, .exp, .expm1, .ln, .log1p, .log, .log10, .log2, .power, .hypot, .pi, .e, .degrees, .radians,
            .sin,
            .cos, .tan, .cot, .asin, .acos, .atan, .atan2, .sinh, .cosh, .tanh, .asinh, .acosh, .atanh,
        ])
}

extension ScalarFunction {
    private static func unary(
        _ name: String, _ summary: String, _ examples: KeyValuePairs<String, String>,
        _ kernel: @escaping @Sendable (FunctionCall) -> ColumnVector
    ) -> ScalarFunction {
        ScalarFunction(name, [.double("x")], gives: .double, summary, examples, kernel: kernel)
    }

    public static let sqrt = unary("sqrt", "The square root; NaN of negative numbers.", ["sqrt(16)": "4e0"]) {
        $0.map { (x: Double) in x.squareRoot() }
    }
    public static let cbrt = unary("cbrt", "The cube root.", ["cbrt(-27)": "-3e0"]) {
        $0.map { (x: Double) in Glibc.cbrt(x) }
    }
    public static let exp = unary("exp", "e to the power of the number.", ["exp(0)": "1e0"]) {
        $0.map { (x: Double) in Glibc.exp(x) }
    }
    public static let expm1 = unary("expm1", "`exp(x) - 1`, exact near 0.", ["expm1(0)": "0e0"]) {
        $0.map { (x: Double) in Glibc.expm1(x) }
    }
    public static let sin = unary("sin", "The sine of an angle in radians.", ["sin(0)": "0e0"]) {
        $0.map { (x: Double) in Glibc.sin(x) }
    }
    public static let cos = unary("cos", "The cosine of an angle in radians.", ["cos(0)": "1e0"]) {
        $0.map { (x: Double) in Glibc.cos(x) }
    }
    public static let tan = unary("tan", "The tangent of an angle in radians.", ["tan(0)": "0e0"]) {
        $0.map { (x: Double) in Glibc.tan(x) }
    }
    public static let cot = unary("cot", "The cotangent of an angle in radians.", ["cot(1)": "0.6420926159343306e0"]) {
        $0.map { (x: Double) in 1 / Glibc.tan(x) }
    }
    public static let asin = unary("asin", "The arc sine; NaN beyond -1 to 1.", ["asin(0)": "0e0"]) {
        $0.map { (x: Double) in Glibc.asin(x) }
    }
    public static let acos = unary("acos", "The arc cosine; NaN beyond -1 to 1.", ["acos(1)": "0e0"]) {
        $0.map { (x: Double) in Glibc.acos(x) }
    }
    public static let atan = unary("atan", "The arc tangent.", ["atan(0)": "0e0"]) {
        $0.map { (x: Double) in Glibc.atan(x) }
    }
    public static let sinh = unary("sinh", "The hyperbolic sine.", ["sinh(0)": "0e0"]) {
        $0.map { (x: Double) in Glibc.sinh(x) }
    }
    public static let cosh = unary("cosh", "The hyperbolic cosine.", ["cosh(0)": "1e0"]) {
        $0.map { (x: Double) in Glibc.cosh(x) }
    }
    public static let tanh = unary("tanh", "The hyperbolic tangent.", ["tanh(0)": "0e0"]) {
        $0.map { (x: Double) in Glibc.tanh(x) }
    }
    public static let asinh = unary("asinh", "The inverse hyperbolic sine.", ["asinh(0)": "0e0"]) {
        $0.map { (x: Double) in Glibc.asinh(x) }
    }
    public static let acosh = unary("acosh", "The inverse hyperbolic cosine; NaN below 1.", ["acosh(1)": "0e0"]) {
        $0.map { (x: Double) in Glibc.acosh(x) }
    }
    public static let atanh = unary("atanh", "The inverse hyperbolic tangent; NaN beyond -1 to 1.", ["atanh(0)": "0e0"])
    {
        $0.map { (x: Double) in Glibc.atanh(x) }
    }
    public static let degrees = unary("degrees", "Radians as degrees.", ["degrees(3.141592653589793e0)": "180e0"]) {
        $0.map { (x: Double) in x * (180 / .pi) }
    }
    public static let radians = unary("radians", "Degrees as radians.", ["radians(180)": "3.141592653589793e0"]) {
        $0.map { (x: Double) in x * (.pi / 180) }
    }

    private static func logarithm(
        _ name: String, _ summary: String, _ examples: KeyValuePairs<String, String>, above bound: Double = 0,
        _ function: @escaping @Sendable (Double) -> Double
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.double("x")], gives: .double, nullWhen: "the number is not above \(Int(bound))", summary, examples
        ) { call in call.map { (x: Double) in x <= bound ? nil : function(x) } }
    }

    public static let ln = logarithm("ln", "The natural logarithm.", ["ln(1)": "0e0", "ln(0)": "null"]) {
        Glibc.log($0)
    }
    public static let log10 = logarithm("log10", "The logarithm to the base 10.", ["log10(1000)": "3e0"]) {
        Glibc.log10($0)
    }
    public static let log2 = logarithm("log2", "The logarithm to the base 2.", ["log2(8)": "3e0"]) { Glibc.log2($0) }
    public static let log1p = logarithm(
        "log1p", "`ln(1 + x)`, exact near 0.", ["log1p(0)": "0e0", "log1p(-1)": "null"], above: -1
    ) { Glibc.log1p($0) }

    public static let log = ScalarFunction(
        "log", [.double("base"), .double("x")], gives: .double, nullWhen: "base or number is not above 0",
        "The logarithm to a base.", ["log(10, 100)": "2e0", "log(2, 0)": "null"]
    ) { call in
        call.map { (base: Double, x: Double) in base <= 0 || x <= 0 ? nil : Glibc.log(x) / Glibc.log(base) }
    }

    public static let power = ScalarFunction(
        "power", [.double("base"), .double("exponent")], gives: .double, "The base to the power of the exponent.",
        ["power(2, 10)": "1024e0", "power(-8, 0.5)": "'nan'::double"]
    ) { call in call.map { (base: Double, exponent: Double) in Glibc.pow(base, exponent) } }

    public static let hypot = ScalarFunction(
        "hypot", [.double("x"), .double("y")], gives: .double, "The square root of the sum of both squares.",
        ["hypot(3, 4)": "5e0"]
    ) { call in call.map { (x: Double, y: Double) in Glibc.hypot(x, y) } }

    public static let atan2 = ScalarFunction(
        "atan2", [.double("y"), .double("x")], gives: .double, "The angle of the point (x, y), from -π to π.",
        ["atan2(0, 1)": "0e0"]
    ) { call in call.map { (y: Double, x: Double) in Glibc.atan2(y, x) } }

    public static let pi = constant("pi", "π", .pi, "3.141592653589793e0")
    public static let e = constant("e", "The base of the natural logarithm", 0x1.5bf0a8b145769p1, "2.718281828459045e0")

    private static func constant(_ name: String, _ words: String, _ value: Double, _ text: String) -> ScalarFunction {
        ScalarFunction(name, [], gives: .double, "\(words).", ["\(name)()": text]) { call in
            ColumnVector(.double, .double([Double](repeating: value, count: call.count)))
        }
    }
}
