extension DataType {
    /// Whether values can be added.
    public var isNumeric: Bool {
        switch self {
        case .int32, .int64, .double, .decimal: true
        case .bool, .string, .bytes, .date, .timestamp, .json, .list, .struct, .map: false
        }
    }

    /// The decimal that holds every value of an integer type; a decimal is itself.
    var asDecimal: DataType {
        switch self {
        case .int32: .decimal(precision: 10, scale: 0)
        case .int64: .decimal(precision: 19, scale: 0)
        default: self
        }
    }

    /// The type in which both can be compared; nil when there is none.
    public static func common(_ left: DataType, _ right: DataType) -> DataType? {
        if left == right { return left }
        if left.isNested || right.isNested { return commonNested(left, right) }
        guard left.isNumeric, right.isNumeric else { return nil }
        if left == .double || right == .double { return .double }
        if case .decimal(let p1, let s1) = left.asDecimal, case .decimal(let p2, let s2) = right.asDecimal {
            if !left.isDecimal && !right.isDecimal { return .int64 }
            let scale = max(s1, s2)
            return .decimal(precision: min(38, max(p1 - s1, p2 - s2) + scale), scale: scale)
        }
        return nil
    }

    var isDecimal: Bool { if case .decimal = self { true } else { false } }

    /// The type of an arithmetic result. Decimals follow SQL: sums keep the larger scale, products add the scales,
    /// quotients have at least six digits after the point, all within 38 digits.
    static func arithmetic(_ operation: Expression.BinaryOperator, _ left: DataType, _ right: DataType) -> DataType {
        if left == .double || right == .double { return .double }
        guard case .decimal(let p1, let s1) = left.asDecimal, case .decimal(let p2, let s2) = right.asDecimal,
            left.isDecimal || right.isDecimal
        else { return left == .int32 && right == .int32 ? .int32 : .int64 }
        switch operation {
        case .multiply: return .decimal(precision: min(38, p1 + p2 + 1), scale: min(38, s1 + s2))
        case .divide:
            let scale = min(38, max(6, s1 + p2 + 1))
            return .decimal(precision: min(38, p1 - s1 + s2 + scale), scale: min(scale, 18))
        default:
            let scale = max(s1, s2)
            return .decimal(precision: min(38, max(p1 - s1, p2 - s2) + scale + 1), scale: scale)
        }
    }
}
