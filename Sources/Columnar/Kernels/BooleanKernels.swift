extension Kernels {
    /// Compares two operands of one type. NaN equals NaN and is greater than every number, so that order is total.
    static func comparison(
        _ operation: Expression.BinaryOperator, _ left: Operand, _ right: Operand, count: Int
    ) -> ColumnVector {
        let values: [Bool]
        switch (left.column.values, right.column.values) {
        case (.int32(let l), .int32(let r)): values = ordered(operation, l, r, left, right, count)
        case (.int64(let l), .int64(let r)): values = ordered(operation, l, r, left, right, count)
        case (.decimal(let l), .decimal(let r)): values = ordered(operation, l, r, left, right, count)
        case (.double(let l), .double(let r)):
            values = ordered(operation, l.map(TotalOrder.init), r.map(TotalOrder.init), left, right, count)
        case (.bool(let l), .bool(let r)):
            values = ordered(operation, l.map { $0 ? 1 : 0 }, r.map { $0 ? 1 : 0 }, left, right, count)
        case (.binary(let l), .binary(let r)): values = binaries(operation, l, r, left, right, count)
        case (.list, .list), (.struct, .struct): values = nested(operation, left, right, count)
        default: preconditionFailure("\(left.column.type) compared with \(right.column.type)")
        }
        return ColumnVector(.bool, .bool(values), validity: combinedValidity(left, right, count: count))
    }

    private struct TotalOrder: Comparable {
        let value: Double

        static func < (left: Self, right: Self) -> Bool {
            left.value < right.value || (!left.value.isNaN && right.value.isNaN)
        }
        static func == (left: Self, right: Self) -> Bool {
            left.value == right.value || (left.value.isNaN && right.value.isNaN)
        }
    }

    private static func ordered<Value: Comparable>(
        _ operation: Expression.BinaryOperator, _ l: [Value], _ r: [Value], _ left: Operand, _ right: Operand,
        _ count: Int
    ) -> [Bool] {
        switch operation {
        case .equal: checked(l, r, left, right, count) { ($0 == $1, false) }.0
        case .notEqual: checked(l, r, left, right, count) { ($0 != $1, false) }.0
        case .less: checked(l, r, left, right, count) { ($0 < $1, false) }.0
        case .lessOrEqual: checked(l, r, left, right, count) { ($0 <= $1, false) }.0
        case .greater: checked(l, r, left, right, count) { ($0 > $1, false) }.0
        case .greaterOrEqual: checked(l, r, left, right, count) { ($0 >= $1, false) }.0
        default: preconditionFailure("\(operation) is not a comparison")
        }
    }

    private static func binaries(
        _ operation: Expression.BinaryOperator, _ l: BinaryValues, _ r: BinaryValues, _ left: Operand,
        _ right: Operand, _ count: Int
    ) -> [Bool] {
        let leftStep = left.isConstant ? 0 : 1
        let rightStep = right.isConstant ? 0 : 1
        return (0..<count).map { row in
            let order = l.compare(row * leftStep, r, row * rightStep)
            return switch operation {
            case .equal: order == 0
            case .notEqual: order != 0
            case .less: order < 0
            case .lessOrEqual: order <= 0
            case .greater: order > 0
            default: order >= 0
            }
        }
    }

    /// Nulls within nested values are equal, and come before others.
    private static func nested(
        _ operation: Expression.BinaryOperator, _ left: Operand, _ right: Operand, _ count: Int
    ) -> [Bool] {
        let leftStep = left.isConstant ? 0 : 1
        let rightStep = right.isConstant ? 0 : 1
        return (0..<count).map { row in
            let (l, r) = (row * leftStep, row * rightStep)
            return switch operation {
            case .equal: isEqual(left.column, l, right.column, r)
            case .notEqual: !isEqual(left.column, l, right.column, r)
            case .less: left.column.compare(l, right.column, r) < 0
            case .lessOrEqual: left.column.compare(l, right.column, r) <= 0
            case .greater: left.column.compare(l, right.column, r) > 0
            default: left.column.compare(l, right.column, r) >= 0
            }
        }
    }

    /// Three-valued `and` and `or`.
    static func logical(isAnd: Bool, _ left: ColumnVector, _ right: ColumnVector) -> ColumnVector {
        guard case .bool(let l) = left.values, case .bool(let r) = right.values else {
            preconditionFailure("logic on \(left.type) and \(right.type)")
        }
        var validity = Bitmap(repeating: true, count: l.count)
        var values = [Bool](repeating: false, count: l.count)
        for row in l.indices {
            let leftKnown = !left.isNull(row)
            let rightKnown = !right.isNull(row)
            // The value that decides alone: false for and, true for or.
            let decided = leftKnown && l[row] != isAnd || rightKnown && r[row] != isAnd
            values[row] = decided ? !isAnd : isAnd
            if !decided && !(leftKnown && rightKnown) { validity[row] = false }
        }
        return ColumnVector(.bool, .bool(values), validity: validity.popCount == l.count ? nil : validity)
    }

    static func trueRows(_ values: [Bool], validity: Bitmap?) -> [Int32] {
        [Int32](unsafeUninitializedCapacity: values.count) { buffer, count in
            var found = 0
            for row in values.indices where values[row] && (validity.map { $0[row] } ?? true) {
                (buffer.baseAddress! + found).initialize(to: Int32(truncatingIfNeeded: row))
                found += 1
            }
            count = found
        }
    }

    static func unary(_ operation: Expression.UnaryOperator, _ operand: ColumnVector, _ type: DataType) -> ColumnVector
    {
        switch (operation, operand.values) {
        case (.isNull, _): return nullness(operand, isNull: true)
        case (.isNotNull, _): return nullness(operand, isNull: false)
        case (.not, .bool(let values)):
            return ColumnVector(.bool, .bool(values.map { !$0 }), validity: operand.validity)
        case (.negate, .double(let values)):
            return ColumnVector(type, .double(values.map { -$0 }), validity: operand.validity)
        case (.negate, _):
            let zero = Operand(column: ColumnVector(type, repeating: type.zero, count: 1), isConstant: true)
            return arithmetic(.subtract, zero, Operand(column: operand, isConstant: false), type, count: operand.count)
        case (.not, _): preconditionFailure("not on \(operand.type)")
        }
    }

    private static func nullness(_ operand: ColumnVector, isNull: Bool) -> ColumnVector {
        ColumnVector(.bool, .bool((0..<operand.count).map { operand.isNull($0) == isNull }))
    }
}

extension ColumnVector {
    /// A column of one value.
    public init(_ type: DataType, repeating scalar: Scalar, count: Int) {
        self = ColumnVector(type, scalars: [scalar]).taking([Int32](repeating: 0, count: count))
    }

    /// The same column, without a validity that has no null.
    func withoutEmptyValidity() -> ColumnVector {
        guard let validity, validity.popCount == count else { return self }
        return ColumnVector(type, values)
    }
}

extension DataType {
    var zero: Scalar {
        switch self {
        case .int32: .int32(0)
        case .int64: .int64(0)
        case .double: .double(0)
        case .decimal(_, let scale): .decimal(0, scale: scale)
        default: preconditionFailure("\(self) has no zero")
        }
    }
}

extension BinaryValues {
    /// Orders two values by their bytes, which for UTF-8 is the order of code points: negative, zero or positive.
    func compare(_ row: Int, _ other: BinaryValues, _ otherRow: Int) -> Int {
        let left = self[row]
        let right = other[otherRow]
        for (leftByte, rightByte) in zip(left, right) where leftByte != rightByte {
            return Int(leftByte) - Int(rightByte)
        }
        return left.count - right.count
    }
}
