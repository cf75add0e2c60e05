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
    /// The first argument that is not null.
    case coalesce([Expression])
    case cast(Expression, to: DataType)
    case function(ScalarFunction, [Expression])
    /// Whether the value is one of the given, none of which is null.
    case isIn(Expression, [Scalar])
    /// A number with `digits` after the point, half away from zero; `digits` is 0...38.
    case rounded(Expression, digits: Int)
    /// The begin (UTC) of the unit that a timestamp lies in.
    case truncated(Expression, to: TimeUnit)

    /// One `when … then …` of a case expression.
    public struct CaseBranch: Hashable, Sendable {
        public let condition: Expression
        public let value: Expression

        public init(when condition: Expression, then value: Expression) {
            self.condition = condition
            self.value = value
        }
    }

    /// Units that a timestamp can be cut to.
    public enum TimeUnit: String, Hashable, Sendable, CaseIterable {
        case second, minute, hour, day
        /// Weeks begin on Monday, as ISO 8601.
        case week
        case month, year
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

    /// Built-in functions.
    public enum ScalarFunction: String, Hashable, Sendable, CaseIterable {
        /// Unicode scalars of a string.
        case length
        /// ASCII letters only, so that the result does not depend on a locale.
        case lower, upper
        /// Without leading and trailing spaces.
        case trim
        case concat
        /// `substring(text, start, length)`, start from 1, in Unicode scalars.
        case substring
        case startsWith, endsWith, contains
        case abs
        /// Parts of a timestamp (UTC) or date, as `int`.
        case year, month, day, hour, minute, second
        /// 1 (Monday) to 7 (Sunday), as ISO 8601.
        case dayOfWeek
        /// The date of a timestamp, UTC.
        case toDate
    }
}
