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
        case (.json, .string): return true
        case (.struct(let fields), .struct(let others)):
            return zip(fields, others).allSatisfy { $0.type.alwaysFits(in: $1.type) }
        case (.list(let element, _), .list(let other, _)): return element.alwaysFits(in: other)
        case (.map(_, let value, _), .map(_, let other, _)): return value.alwaysFits(in: other)
        case (_, .json) where isNested, (_, .string) where isNested: return true
        case (.double, .string), (.int32, .string), (.int64, .string), (.decimal, .string), (.date, .string),
            (.timestamp, .string), (.string, .bytes), (.double, .bool), (.int32, .bool), (.int64, .bool),
            (.decimal, .bool), (.bool, .int32), (.bool, .int64), (.bool, .double):
            return true
        case (.bool, .decimal(let precision, let scale)): return precision > scale
        default: return false
        }
    }
}

extension BoundExpression {
    /// Whether an arithmetic operator can leave its result's type, or divide by zero.
    static func arithmeticCanFail(
        _ operation: Expression.BinaryOperator, _ left: BoundExpression, _ right: BoundExpression
    ) -> Bool {
        let divides = operation == .divide || operation == .remainder
        if left.type == .double || right.type == .double { return divides && !right.isSafeDivisor }
        guard left.type.isDecimal || right.type.isDecimal, case .decimal(let p1, let s1) = left.type.asDecimal,
            case .decimal(let p2, let s2) = right.type.asDecimal
        else { return !(divides && right.isSafeDivisor) }
        if divides { return true }
        // Within 38 digits the result's type has room for every sum and product.
        if operation == .multiply { return p1 + p2 + 1 > 38 }
        return max(p1 - s1, p2 - s2) + max(s1, s2) + 1 > 38
    }

    /// A constant that is neither zero nor, for integers, -1, by which the least integer overflows.
    private var isSafeDivisor: Bool {
        guard case .literal(let scalar) = node else { return false }
        return switch scalar {
        case .int32(let value): value != 0 && value != -1
        case .int64(let value): value != 0 && value != -1
        case .double(let value): value != 0
        default: false
        }
    }
}
