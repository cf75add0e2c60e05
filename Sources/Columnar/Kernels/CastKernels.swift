extension Kernels {
    /// Whether `cast` knows the way from one type to the other.
    static func canCast(_ from: DataType, to target: DataType) -> Bool {
        if from == target || from.isNumeric && target.isNumeric { return true }
        switch (from, target) {
        case (.json, .string): return true
        case (_, .json) where from.isNested, (_, .string) where from.isNested: return true
        case (.struct, _), (.list, _), (.map, _): return canCastNested(from, to: target)
        case (.date, .timestamp), (.timestamp, .date): return true
        default: return canTextCast(from, to: target)
        }
    }

    /// Converts a column; a value that the target cannot hold is null. Fractions round half away from zero into
    /// decimals and are cut off into integers.
    static func cast(_ column: ColumnVector, to target: DataType) -> ColumnVector {
        if column.type == target { return column }
        switch (column.values, target) {
        case (_, .string) where column.type == .json: return column.retyped(as: .string)
        case (.list, _), (.struct, _): return castNested(column, to: target)
        case (.int32(let values), .int64):
            return ColumnVector(target, .int64(values.map(Int64.init)), validity: column.validity)
        case (.int32(let values), .double):
            return ColumnVector(target, .double(values.map(Double.init)), validity: column.validity)
        case (.int64(let values), .double):
            return ColumnVector(target, .double(values.map(Double.init)), validity: column.validity)
        case (.int32(let values), .timestamp) where column.type == .date:
            return converted(values, column, target) { day in
                let (time, overflow) = Int64(day).multipliedReportingOverflow(by: 86_400_000_000)
                return overflow ? nil : .timestamp(time)
            }
        case (.int64(let values), .date) where column.type == .timestamp:
            return converted(values, column, target) {
                Int32(exactly: $0.floorDivided(by: 86_400_000_000)).map(Scalar.date)
            }
        default:
            return canTextCast(column.type, to: target)
                ? textCast(column, to: target) : numericCast(column, to: target) ?? column
        }
    }

    private static func converted<Value>(
        _ values: some Collection<Value>, _ column: ColumnVector, _ target: DataType, _ convert: (Value) -> Scalar?
    ) -> ColumnVector {
        let scalars = zip(0..<column.count, values).map { row, value in
            column.isNull(row) ? .null : convert(value) ?? .null
        }
        return ColumnVector(target, scalars: scalars)
    }
}

extension Decimal128 {
    /// The value in plain digits: `-0.05`.
    public static func text(_ value: Int128, scale: Int) -> String {
        var digits = String(value.magnitude)
        if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
        if scale > 0 { digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale)) }
        return value < 0 ? "-" + digits : digits
    }
}

extension Int64 {
    /// The quotient rounded towards negative infinity; `divisor` is positive.
    public func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
