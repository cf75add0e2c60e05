/// Binding of the expressions whose second argument is a constant.
extension Expression {
    /// Values are converted to the operand's type; one that the type cannot hold is refused, since it would never match.
    func bindIsIn(_ operand: BoundExpression, _ values: [Scalar]) throws(BindingError) -> BoundExpression {
        guard !values.isEmpty else { throw BindingError(description: "\(self) has no values to be in") }
        var converted: [Scalar] = []
        for value in values {
            guard let literal = value.converted(to: operand.type) else {
                throw BindingError(description: "\(value.sqlText) is not a value of \(operand.type), in \(self)")
            }
            converted.append(literal)
        }
        return BoundExpression(
            type: .bool, isNullable: operand.isNullable,
            node: .isIn(operand, ColumnVector(operand.type, scalars: converted)))
    }
}

extension Scalar {
    /// The same value as a literal of `type`; nil when the type cannot hold it exactly, and for null.
    func converted(to type: DataType) -> Scalar? {
        guard let own = literalType else { return nil }
        if own == type { return self }
        switch (self, type) {
        case (.decimal, .double): break
        case (.decimal(let value, let scale), .decimal(let precision, let wanted)):
            guard let scaled = Decimal128.rescale(value, from: scale, to: wanted),
                scaled.magnitude < Decimal128.powerOfTen(precision).magnitude
            else { return nil }
            return Decimal128.rescale(scaled, from: wanted, to: scale) == value ? .decimal(scaled, scale: wanted) : nil
        case (.int32, _), (.int64, _): guard type.isNumeric else { return nil }
        default: return nil
        }
        let cast = Kernels.cast(ColumnVector(own, scalars: [self]), to: type).scalar(at: 0)
        return cast == .null ? nil : cast
    }

    /// The narrowest type that holds the value; nil for null, and for nested values, which do not say their types.
    public var literalType: DataType? {
        switch self {
        case .null: nil
        case .bool: .bool
        case .int32: .int32
        case .int64: .int64
        case .double: .double
        case .decimal(let value, let scale):
            .decimal(precision: min(38, max(String(value.magnitude).utf8.count, scale, 1)), scale: scale)
        case .string: .string
        case .bytes: .bytes
        case .date: .date
        case .timestamp: .timestamp
        case .list, .struct, .map: nil
        }
    }
}
