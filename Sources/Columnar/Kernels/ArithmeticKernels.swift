/// Whole-column kernels behind expressions. Operands have the types that binding gave them.
enum Kernels {}

extension Kernels {
    /// Applies an arithmetic operator; a result that its type cannot hold is null.
    static func arithmetic(
        _ operation: Expression.BinaryOperator, _ left: Operand, _ right: Operand, _ type: DataType, count: Int
    ) -> ColumnVector {
        let validity = combinedValidity(left, right, count: count)
        switch (left.column.values, right.column.values) {
        case (.int32(let l), .int32(let r)):
            let (values, failed) = integers(operation, l, r, left, right, count)
            return .init(type, .int32(values), validity: removing(failed, from: validity, count: count))
        case (.int64(let l), .int64(let r)):
            let (values, failed) = integers(operation, l, r, left, right, count)
            return .init(type, .int64(values), validity: removing(failed, from: validity, count: count))
        case (.double(let l), .double(let r)):
            let (values, failed) = doubles(operation, l, r, left, right, count)
            return .init(type, .double(values), validity: removing(failed, from: validity, count: count))
        case (.decimal(let l), .decimal(let r)):
            let (values, failed) = decimals(operation, l, r, left, right, type, count)
            return .init(type, .decimal(values), validity: removing(failed, from: validity, count: count))
        default: preconditionFailure("arithmetic on \(left.column.type) and \(right.column.type)")
        }
    }

    private static func integers<Value: FixedWidthInteger>(
        _ operation: Expression.BinaryOperator, _ l: [Value], _ r: [Value], _ left: Operand, _ right: Operand,
        _ count: Int
    ) -> ([Value], [Int32]) {
        switch operation {
        case .add: return checked(l, r, left, right, count) { $0.addingReportingOverflow($1) }
        case .subtract: return checked(l, r, left, right, count) { $0.subtractingReportingOverflow($1) }
        case .multiply: return checked(l, r, left, right, count) { $0.multipliedReportingOverflow(by: $1) }
        case .divide: return checked(l, r, left, right, count) { $0.dividedReportingOverflow(by: $1) }
        case .remainder:
            // The least value by -1 has remainder 0 though its quotient overflows.
            return checked(l, r, left, right, count) { dividend, divisor in
                divisor == 0
                    ? (0, true) : (dividend.remainderReportingOverflow(dividingBy: divisor).partialValue, false)
            }
        default: preconditionFailure("\(operation) is not arithmetic")
        }
    }

    private static func doubles(
        _ operation: Expression.BinaryOperator, _ l: [Double], _ r: [Double], _ left: Operand, _ right: Operand,
        _ count: Int
    ) -> ([Double], [Int32]) {
        switch operation {
        case .add: return checked(l, r, left, right, count) { ($0 + $1, false) }
        case .subtract: return checked(l, r, left, right, count) { ($0 - $1, false) }
        case .multiply: return checked(l, r, left, right, count) { ($0 * $1, false) }
        case .divide: return checked(l, r, left, right, count) { ($0 / $1, $1 == 0) }
        case .remainder: return checked(l, r, left, right, count) { ($0.truncatingRemainder(dividingBy: $1), $1 == 0) }
        default: preconditionFailure("\(operation) is not arithmetic")
        }
    }

    private static func decimals(
        _ operation: Expression.BinaryOperator, _ l: [Int128], _ r: [Int128], _ left: Operand, _ right: Operand,
        _ type: DataType, _ count: Int
    ) -> ([Int128], [Int32]) {
        guard case .decimal(_, let s1) = left.column.type, case .decimal(_, let s2) = right.column.type,
            case .decimal(let precision, let scale) = type
        else { preconditionFailure("decimal arithmetic into \(type)") }
        let limit = Decimal128.powerOfTen(precision)
        return checked(l, r, left, right, count) { left, right in
            let value = Decimal128.apply(operation, left, s1, right, s2, scale: scale)
            guard let value, value < limit, value > -limit else { return (0, true) }
            return (value, false)
        }
    }

    /// Applies `body` to every row; gives the values, and the rows where it failed (empty when none did).
    @inline(__always)
    static func checked<Value, Result>(
        _ l: [Value], _ r: [Value], _ left: Operand, _ right: Operand, _ count: Int,
        _ body: (Value, Value) -> (partialValue: Result, overflow: Bool)
    ) -> ([Result], [Int32]) {
        var failed: [Int32] = []
        let leftStep = left.isConstant ? 0 : 1
        let rightStep = right.isConstant ? 0 : 1
        let values = [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
            for row in 0..<count {
                let result = body(l[row * leftStep], r[row * rightStep])
                (buffer.baseAddress! + row).initialize(to: result.partialValue)
                if result.overflow { failed.append(Int32(row)) }
            }
            initialized = count
        }
        return (values, failed)
    }

    /// The rows that are valid in both operands; nil when all are.
    static func combinedValidity(_ left: Operand, _ right: Operand, count: Int) -> Bitmap? {
        func rows(_ operand: Operand) -> Bitmap? {
            guard let validity = operand.column.validity else { return nil }
            return operand.isConstant ? Bitmap(repeating: validity[0], count: count) : validity
        }
        if let left = rows(left) { return rows(right).map { left & $0 } ?? left }
        return rows(right)
    }

    static func removing(_ failed: [Int32], from validity: Bitmap?, count: Int) -> Bitmap? {
        guard !failed.isEmpty else { return validity }
        var result = validity ?? Bitmap(repeating: true, count: count)
        for row in failed { result[Int(row)] = false }
        return result
    }
}
