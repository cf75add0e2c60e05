/// What can have no value in its type, and so be null though no operand is.
extension DataType {
    /// Whether every value of this type has its counterpart in `target`, so that a cast never gives null.
    func alwaysFits(in target: DataType) -> Bool {
        if self == target { return true }
        switch (self, target) {
        case (.int32, .int64), (.int32, .double), (.int64, .double), (.decimal, .double), (.timestamp, .date),
            (.bool, .string):
            return true
        case (.int32, .decimal(let precision, let scale)), (.int64, .decimal(let precision, let scale)),
            (.decimal, .decimal(let precision, let scale)):
            guard case .decimal(let ownPrecision, let ownScale) = asDecimal else { return false }
            return precision - scale >= ownPrecision - ownScale && scale >= ownScale
        case (.double, .string), (.int32, .string), (.int64, .string), (.decimal, .string): return true
        default: return false
        }
    }

    /// Whether an arithmetic operator can leave its result's type, or divide by zero.
    static func arithmeticCanFail(
        _ operation: Expression.BinaryOperator, _ left: DataType, _ right: DataType
    ) -> Bool {
        if operation == .divide || operation == .remainder { return true }
        if left == .double || right == .double { return false }
        guard left.isDecimal || right.isDecimal, case .decimal(let p1, let s1) = left.asDecimal,
            case .decimal(let p2, let s2) = right.asDecimal
        else { return true }
        // Within 38 digits the result's type has room for every sum and product.
        if operation == .multiply { return p1 + p2 + 1 > 38 }
        return max(p1 - s1, p2 - s2) + max(s1, s2) + 1 > 38
    }
}

extension Expression {
    /// The names of the columns that the expression reads.
    public var columns: Set<String> {
        switch self {
        case .column(let name): [name]
        case .literal: []
        case .unary(_, let operand), .cast(let operand, _), .isIn(let operand, _), .rounded(let operand, _),
            .truncated(let operand, _):
            operand.columns
        case .binary(_, let left, let right): left.columns.union(right.columns)
        case .coalesce(let arguments), .function(_, let arguments):
            arguments.reduce(into: []) { $0.formUnion($1.columns) }
        case .caseWhen(let branches, let otherwise):
            branches.reduce(into: otherwise?.columns ?? []) {
                $0.formUnion($1.condition.columns.union($1.value.columns))
            }
        }
    }
}
