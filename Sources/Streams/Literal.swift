import Columnar

/// A value that can stand as a literal in an expression.
public protocol LiteralValue: ColumnValue {
    var scalar: Scalar { get }
}

extension Bool: LiteralValue { public var scalar: Scalar { .bool(self) } }
extension Int32: LiteralValue { public var scalar: Scalar { .int32(self) } }
extension Int64: LiteralValue { public var scalar: Scalar { .int64(self) } }
extension Int: LiteralValue { public var scalar: Scalar { .int64(Int64(self)) } }
extension Double: LiteralValue { public var scalar: Scalar { .double(self) } }
extension String: LiteralValue { public var scalar: Scalar { .string(self) } }
extension Timestamp: LiteralValue { public var scalar: Scalar { .timestamp(microseconds) } }
extension CalendarDate: LiteralValue { public var scalar: Scalar { .date(days) } }
extension Decimal: LiteralValue { public var scalar: Scalar { .decimal(unscaled, scale: scale) } }

extension LiteralValue {
    var literal: Expression {
        guard let type = scalar.literalType else { preconditionFailure("a literal without a type") }
        return .literal(scalar, type)
    }
}

extension Expr {
    /// A constant: `.literal("web")`, `.literal(1) - row.share`.
    public static func literal<Literal: LiteralValue>(_ value: Literal) -> Expr where Value == Literal.Base {
        Expr(expression: value.literal)
    }
}

/// Whole numbers and decimal text are exact; a binary fraction is not, so that a decimal is never made of one.
extension Decimal: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int64) { self.init(unscaled: Int128(value), scale: 0) }

    /// A decimal in a topology's source: `row.amount > "10.50"`.
    /// - Precondition: the text is a decimal number of at most 38 digits.
    public init(stringLiteral text: String) {
        guard let value = Decimal(text) else {
            preconditionFailure("'\(text)' is not a decimal of at most 38 digits: write it as \"-12.50\"")
        }
        self = value
    }

    /// The number that the text writes, `-12.50`; nil for any other text, for an exponent, and beyond 38 digits.
    public init?(_ text: String) {
        let isNegative = text.hasPrefix("-")
        var unscaled: Int128 = 0
        var digits = 0
        var scale: Int?
        for byte in text.utf8.dropFirst(isNegative ? 1 : 0) {
            switch byte {
            case UInt8(ascii: "."):
                guard scale == nil, digits > 0 else { return nil }
                scale = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits < 38 else { return nil }
                digits += 1
                unscaled = unscaled * 10 + Int128(byte - UInt8(ascii: "0"))
                scale = scale.map { $0 + 1 }
            default: return nil
            }
        }
        guard digits > 0, scale != 0 else { return nil }
        self.init(unscaled: isNegative ? -unscaled : unscaled, scale: scale ?? 0)
    }
}
