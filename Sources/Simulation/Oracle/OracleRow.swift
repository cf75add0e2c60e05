import Columnar
import Dataflow

/// A row of the batch computation.
struct OracleRow {
    var values: [String: Scalar]
    /// Event time, µs.
    var time: Int64 = .min
    /// The watermark of its own partition just before it; nil: there is none, and it is never late.
    var watermark: Int64?
    /// Where it was read; nil for a computed row.
    var place: Place?

    /// Where a record stands.
    struct Place: Hashable, Comparable {
        var source: Int
        var partition: Int
        var offset: Int

        static func < (left: Place, right: Place) -> Bool {
            (left.source, left.partition, left.offset) < (right.source, right.partition, right.offset)
        }
    }

    func isOlder(than other: OracleRow) -> Bool {
        if time != other.time { return time < other.time }
        guard let place, let second = other.place else { return false }
        return place < second
    }
}

/// Why the batch computation cannot say what a plan gives.
struct NoOracle: Error {
    let reason: String
}

/// Evaluates expressions one row at a time.
enum OracleExpression {
    static func value(_ expression: Expression, _ row: [String: Scalar]) throws -> Scalar {
        switch expression {
        case .column(let name):
            guard let value = row[name] else { throw NoOracle(reason: "column \(name)") }
            return value
        case .literal(let value, _): return value
        case .unary(let operation, let operand): return try unary(operation, value(operand, row))
        case .binary(let operation, let left, let right):
            return try binary(operation, value(left, row), value(right, row))
        case .function(.coalesce, let arguments):
            for argument in arguments {
                let value = try value(argument, row)
                if value != .null { return value }
            }
            return .null
        default: throw NoOracle(reason: "expression \(expression)")
        }
    }

    private static func unary(_ operation: Expression.UnaryOperator, _ operand: Scalar) throws -> Scalar {
        switch (operation, operand) {
        case (.isNull, _): return .bool(operand == .null)
        case (.isNotNull, _): return .bool(operand != .null)
        case (_, .null): return .null
        case (.not, .bool(let value)): return .bool(!value)
        case (.negate, .int64(let value)): return .int64(-value)
        default: throw NoOracle(reason: "\(operation) of \(operand)")
        }
    }

    private static func binary(
        _ operation: Expression.BinaryOperator, _ left: Scalar, _ right: Scalar
    ) throws -> Scalar {
        if operation == .and || operation == .or {
            let decisive = Scalar.bool(operation == .or)
            if left == decisive || right == decisive { return decisive }
            return left == .null || right == .null ? .null : .bool(operation == .and)
        }
        if left == .null || right == .null { return .null }
        if let result = comparison(operation, left, right) { return .bool(result) }
        guard case (.int64(let left), .int64(let right)) = (left, right) else {
            throw NoOracle(reason: "\(left) \(operation.rawValue) \(right)")
        }
        switch operation {
        case .add: return .int64(left + right)
        case .subtract: return .int64(left - right)
        case .multiply: return .int64(left * right)
        case .remainder: return right == 0 ? .null : .int64(left % right)
        case .divide: return right == 0 ? .null : .int64(left / right)
        default: throw NoOracle(reason: operation.rawValue)
        }
    }

    private static func comparison(_ operation: Expression.BinaryOperator, _ left: Scalar, _ right: Scalar) -> Bool? {
        switch operation {
        case .equal: left == right
        case .notEqual: left != right
        case .less: isLess(left, right)
        case .greaterOrEqual: !isLess(left, right)
        case .greater: isLess(right, left)
        case .lessOrEqual: !isLess(right, left)
        default: nil
        }
    }

    /// The order of values, a null before all.
    static func isLess(_ left: Scalar, _ right: Scalar) -> Bool {
        switch (left, right) {
        case (_, .null): false
        case (.null, _): true
        case (.int64(let left), .int64(let right)), (.timestamp(let left), .timestamp(let right)): left < right
        case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        default: left.plainText < right.plainText
        }
    }
}
