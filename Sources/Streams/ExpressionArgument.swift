import Columnar

/// What a function takes beside the value that it is called on: a constant or another expression.
public protocol ExpressionArgument<Base>: Sendable {
    /// The type of the value, without its optional.
    associatedtype Base: ColumnValue
    var argument: Expression { get }
}

/// An argument that is a whole number: `3`, or an expression of `Int32` or `Int64`.
public protocol IntegerArgument: ExpressionArgument {}

/// An argument that is a number of any kind.
public protocol NumberArgument: ExpressionArgument {}

extension Expr: ExpressionArgument {
    public typealias Base = Value.Base
    public var argument: Expression { expression }
}

extension Expr: IntegerArgument where Value.Base: IntegerValue {}
extension Expr: NumberArgument where Value.Base: NumericValue {}

extension ExpressionArgument where Self: LiteralValue {
    public var argument: Expression { literal }
}

extension Bool: ExpressionArgument {}
extension Int: IntegerArgument, NumberArgument {}
extension Int32: IntegerArgument, NumberArgument {}
extension Int64: IntegerArgument, NumberArgument {}
extension Double: NumberArgument {}
extension Decimal: NumberArgument {}
extension String: ExpressionArgument {}
extension Timestamp: ExpressionArgument {}
extension CalendarDate: ExpressionArgument {}

/// A whole number.
public protocol IntegerValue: NumericValue {}

extension Int32: IntegerValue {}
extension Int64: IntegerValue {}

extension Expr {
    /// A function of this value and others.
    func call<Result>(_ function: ScalarFunction, _ arguments: Expression...) -> Expr<Result> {
        Expr<Result>(expression: .function(function, [expression] + arguments))
    }
}

func call<Result>(_ function: ScalarFunction, _ arguments: Expression...) -> Expr<Result> {
    Expr<Result>(expression: .function(function, arguments))
}
