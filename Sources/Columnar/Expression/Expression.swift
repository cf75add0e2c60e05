/// A scalar expression over the columns of one batch, by name and not yet typed. `bound(to:)` checks it against a
/// schema; the bound expression evaluates whole columns.
///
/// Nulls follow SQL: an operand that is null makes the result null, `and` and `or` use three-valued logic. What has no
/// value in its type is null as well, never wrapped or rounded in silence: overflow, division by zero, a failed cast.
public indirect enum Expression: Hashable, Sendable {
    case column(String)
    case literal(Scalar, DataType)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    /// The value of the first branch whose condition is true, else `otherwise`, else null.
    case caseWhen([CaseBranch], otherwise: Expression?)
    case cast(Expression, to: DataType)
    case function(ScalarFunction, [Expression])
    /// Whether the value is one of the given, none of which is null.
    case isIn(Expression, [Scalar])
    /// A field of a struct.
    case field(Expression, String)
    /// The element of a list at an index from 0, or the value that a map has for a key; null when there is none.
    case element(Expression, Expression)

    /// One `when … then …` of a case expression.
    public struct CaseBranch: Hashable, Sendable {
        public let condition: Expression
        public let value: Expression

        public init(when condition: Expression, then value: Expression) {
            self.condition = condition
            self.value = value
        }
    }

    /// Units of time: to cut times to, to add and to count.
    public enum TimeUnit: String, Hashable, Sendable, CaseIterable {
        case microsecond, millisecond, second, minute, hour, day
        /// Weeks begin on Monday, as ISO 8601.
        case week
        case month, quarter, year
    }

    /// Operators with one operand.
    public enum UnaryOperator: String, Hashable, Sendable {
        case not, negate, isNull, isNotNull
    }

    /// Operators with two operands. Integers, doubles and decimals mix: the wider type wins, a decimal meets a double
    /// as double.
    public enum BinaryOperator: String, Hashable, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        /// Integers divide as in SQL, towards zero.
        case divide = "/"
        case remainder = "%"
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case and
        case or
    }
}

extension Expression {
    /// The first argument that is not null.
    public static func coalesce(_ arguments: [Expression]) -> Expression { .function(.coalesce, arguments) }

    /// A number with `digits` after the point, half away from zero; `digits` is -38...38.
    public static func rounded(_ operand: Expression, digits: Int) -> Expression {
        .function(.round, [operand, .literal(.int64(Int64(digits)), .int64)])
    }

    /// The begin (UTC) of the unit that a timestamp lies in.
    public static func truncated(_ operand: Expression, to unit: TimeUnit) -> Expression {
        .function(.dateTrunc, [.literal(.string(unit.rawValue), .string), operand])
    }
}
