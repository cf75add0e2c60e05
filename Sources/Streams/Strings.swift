import Columnar

extension Expr where Value.Base == String {
    /// The number of Unicode scalars.
    public var length: Expr<Int32> { Expr<Int32>(expression: .function(.length, [expression])) }

    /// With ASCII letters in lower case; others stay, so that the result does not depend on a locale.
    public func lowercased() -> Expr<String> { call(.lower) }

    /// With ASCII letters in upper case; others stay, so that the result does not depend on a locale.
    public func uppercased() -> Expr<String> { call(.upper) }

    /// Without spaces at the beginning and at the end.
    public func trimmed() -> Expr<String> { call(.trim) }

    /// Up to `length` Unicode scalars from `start`, which counts from 1; empty behind the end.
    public func substring(from start: Int, length: Int = .max) -> Expr<String> {
        call(.substring, start.literal, length.literal)
    }

    /// This text with another one behind it; null when either is.
    public func concat<Other>(_ other: Expr<Other>) -> Expr<String> where Other.Base == String {
        call(.concat, other.expression)
    }

    /// This text with a constant behind it.
    public func concat(_ other: String) -> Expr<String> { call(.concat, other.literal) }

    /// Whether the text holds another one; every text holds the empty one.
    public func contains(_ other: String) -> Expr<Bool> { call(.contains, other.literal) }

    /// Whether the text holds another one; every text holds the empty one.
    public func contains<Other>(_ other: Expr<Other>) -> Expr<Bool> where Other.Base == String {
        call(.contains, other.expression)
    }

    /// Whether the text begins with another one.
    public func hasPrefix(_ prefix: String) -> Expr<Bool> { call(.startsWith, prefix.literal) }

    /// Whether the text ends with another one.
    public func hasSuffix(_ suffix: String) -> Expr<Bool> { call(.endsWith, suffix.literal) }

    private func call<Result>(
        _ function: ScalarFunction, _ arguments: Expression...
    ) -> Expr<Result> {
        Expr<Result>(expression: .function(function, [expression] + arguments))
    }
}

@available(*, unavailable, message: "texts are put together with concat(_:)")
public func + <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<String> where L.Base == String, R.Base == String {
    fatalError()
}

@available(*, unavailable, message: "texts are put together with concat(_:)")
public func + <L>(left: Expr<L>, right: String) -> Expr<String> where L.Base == String { fatalError() }
