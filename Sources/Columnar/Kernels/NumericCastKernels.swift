extension Kernels {
    /// Casts between numbers as loops over whole columns; nil for what is not a number. A value that the target cannot
    /// hold is null.
    static func numericCast(_ column: ColumnVector, to target: DataType) -> ColumnVector? {
        switch (column.values, target) {
        case (.int64(let values), .int32):
            let (cast, failed) = converted(values, Int32(0)) { Int32(exactly: $0) }
            return result(target, .int32(cast), failed, column)
        case (.double(let values), .int32):
            let (cast, failed) = converted(values, Int32(0)) { Int32(exactly: $0.rounded(.towardZero)) }
            return result(target, .int32(cast), failed, column)
        case (.double(let values), .int64):
            let (cast, failed) = converted(values, Int64(0)) { Int64(exactly: $0.rounded(.towardZero)) }
            return result(target, .int64(cast), failed, column)
        case (.double(let values), .decimal(let precision, let scale)):
            let limit = Decimal128.powerOfTen(precision)
            let factor = Double(Decimal128.powerOfTen(scale))
            let (cast, failed) = converted(values, Int128(0)) { value in
                guard let scaled = Int128(exactly: (value * factor).rounded(.toNearestOrAwayFromZero)) else {
                    return nil
                }
                return scaled >= limit || scaled <= -limit ? nil : scaled
            }
            return result(target, .decimal(cast), failed, column)
        case (.int32(let values), .decimal(let precision, let scale)):
            return decimals(values, precision, scale, column, target)
        case (.int64(let values), .decimal(let precision, let scale)):
            return decimals(values, precision, scale, column, target)
        case (.decimal(let values), _):
            guard case .decimal(_, let scale) = column.type else { return nil }
            return fromDecimals(values, scale, column, target)
        default: return nil
        }
    }

    private static func decimals<Value: FixedWidthInteger>(
        _ values: [Value], _ precision: Int, _ scale: Int, _ column: ColumnVector, _ target: DataType
    ) -> ColumnVector {
        let limit = Decimal128.powerOfTen(precision)
        let factor = Decimal128.powerOfTen(scale)
        let (cast, failed) = converted(values, Int128(0)) { value in
            let (scaled, overflow) = Int128(value).multipliedReportingOverflow(by: factor)
            return overflow || scaled >= limit || scaled <= -limit ? nil : scaled
        }
        return result(target, .decimal(cast), failed, column)
    }

    private static func fromDecimals(
        _ values: [Int128], _ scale: Int, _ column: ColumnVector, _ target: DataType
    ) -> ColumnVector? {
        let divisor = Decimal128.powerOfTen(scale)
        switch target {
        case .double:
            let doubles = values.map { Double($0) / Double(divisor) }
            return ColumnVector(target, .double(doubles), validity: column.validity)
        case .int32:
            let (cast, failed) = converted(values, Int32(0)) { Int32(exactly: $0 / divisor) }
            return result(target, .int32(cast), failed, column)
        case .int64:
            let (cast, failed) = converted(values, Int64(0)) { Int64(exactly: $0 / divisor) }
            return result(target, .int64(cast), failed, column)
        case .decimal(let precision, let wanted):
            let limit = Decimal128.powerOfTen(precision)
            let (cast, failed) = converted(values, Int128(0)) { value in
                guard let scaled = Decimal128.rescale(value, from: scale, to: wanted) else { return nil }
                return scaled >= limit || scaled <= -limit ? nil : scaled
            }
            return result(target, .decimal(cast), failed, column)
        default: return nil
        }
    }

    /// The converted values, and the rows that have none.
    @inline(__always)
    private static func converted<Value, Result>(
        _ values: [Value], _ zero: Result, _ convert: (Value) -> Result?
    ) -> ([Result], [Int32]) {
        var failed: [Int32] = []
        var row: Int32 = 0
        let results = values.map { value -> Result in
            defer { row += 1 }
            if let result = convert(value) { return result }
            failed.append(row)
            return zero
        }
        return (results, failed)
    }

    private static func result(
        _ type: DataType, _ values: ColumnVector.Values, _ failed: [Int32], _ column: ColumnVector
    ) -> ColumnVector {
        ColumnVector(type, values, validity: removing(failed, from: column.validity, count: column.count))
    }
}
