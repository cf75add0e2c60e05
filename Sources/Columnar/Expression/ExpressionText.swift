extension Expression: CustomStringConvertible {
    /// The expression as SQL would write it.
    public var description: String {
        switch self {
        case .column(let name): return name
        case .literal(let scalar, _): return scalar.sqlText
        case .unary(.isNull, let operand): return "\(operand) is null"
        case .unary(.isNotNull, let operand): return "\(operand) is not null"
        case .unary(.not, let operand): return "not \(operand)"
        case .unary(.negate, let operand): return "-\(operand)"
        case .binary(let operation, let left, let right): return "(\(left) \(operation.rawValue) \(right))"
        case .caseWhen(let branches, let otherwise):
            let whens = branches.map { "when \($0.condition) then \($0.value)" }.joined(separator: " ")
            return "case \(whens)\(otherwise.map { " else \($0)" } ?? "") end"
        case .cast(let operand, let type): return "cast(\(operand) as \(type))"
        case .function(let function, let arguments):
            return "\(function.name)(\(arguments.map(\.description).joined(separator: ", ")))"
        case .isIn(let operand, let values):
            return "\(operand) in (\(values.map(\.sqlText).joined(separator: ", ")))"
        case .field(let operand, let name): return "\(operand).\(name)"
        case .element(let operand, let key): return "\(operand)[\(key)]"
        }
    }
}

extension Scalar {
    /// The value as an SQL literal.
    var sqlText: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int32(let value): "\(value)"
        case .int64(let value): "\(value)"
        case .double(let value): "\(value)"
        case .decimal(let value, let scale): Decimal128.text(value, scale: scale)
        case .string(let value):
            "'\(value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
        case .bytes(let value): "x'\(value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())'"
        case .date(let value): "date \(value)"
        case .timestamp(let value): "timestamp \(value)"
        case .list(let values): "[\(values.map(\.sqlText).joined(separator: ", "))]"
        case .struct(let values): "struct(\(values.map(\.sqlText).joined(separator: ", ")))"
        case .map(let entries):
            "map(\(entries.map { "\($0.key.sqlText), \($0.value.sqlText)" }.joined(separator: ", ")))"
        }
    }
}
