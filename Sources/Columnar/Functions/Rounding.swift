/// What becomes of the digits that a number loses.
enum DecimalRounding: Sendable {
    case awayFromZero, toEven, towardZero

    var floatingPoint: FloatingPointRoundingRule {
        switch self {
        case .awayFromZero: .toNearestOrAwayFromZero
        case .toEven: .toNearestOrEven
        case .towardZero: .towardZero
        }
    }

    /// The quotient of a division by a positive power of ten, rounded.
    @inline(__always)
    func divide(_ value: Int128, by divisor: Int128) -> Int128 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        let away = value < 0 ? quotient - 1 : quotient + 1
        // Not twice the rest: that may leave 128 bits.
        let missing = divisor.magnitude - rest.magnitude
        switch self {
        case .towardZero: return quotient
        case .awayFromZero: return rest.magnitude >= missing ? away : quotient
        case .toEven:
            if rest.magnitude == missing { return quotient % 2 == 0 ? quotient : away }
            return rest.magnitude > missing ? away : quotient
        }
    }
}

extension Kernels {
    /// Rounding to `digits` after the point, or before it when negative.
    static func rounding(_ type: DataType, _ digits: Int, _ rule: DecimalRounding) -> BoundFunction {
        switch type {
        case .decimal(let precision, let scale): return decimalRounding(precision, scale, digits, rule)
        case .double: return BoundFunction(.double) { $0.map { (x: Double) in rounded(x, digits, rule) } }
        case .int32 where digits < 0:
            let unit = Decimal128.powerOfTen(-digits)
            return BoundFunction(type, canFail: rule != .towardZero) {
                $0.map { (x: Int32) in Int32(exactly: rule.divide(Int128(x), by: unit) * unit) }
            }
        case .int64 where digits < 0:
            let unit = Decimal128.powerOfTen(-digits)
            return BoundFunction(type, canFail: rule != .towardZero) {
                $0.map { (x: Int64) in Int64(exactly: rule.divide(Int128(x), by: unit) * unit) }
            }
        default: return BoundFunction(type) { $0.full(0) }
        }
    }

    private static func decimalRounding(
        _ precision: Int, _ scale: Int, _ digits: Int, _ rule: DecimalRounding
    ) -> BoundFunction {
        guard digits < scale else { return BoundFunction(.decimal(precision: precision, scale: scale)) { $0.full(0) } }
        // One more digit before the point: 9.99 becomes 10.0.
        let kept = max(digits, 0)
        let wanted = max(precision - scale, -digits) + kept + (rule == .towardZero ? 0 : 1)
        let type = DataType.decimal(precision: max(1, min(38, wanted)), scale: kept)
        // Beyond 38 digits nothing is left.
        guard scale - digits <= 38 else { return BoundFunction(type) { $0.map { (_: Int128) in 0 } } }
        let divisor = Decimal128.powerOfTen(scale - digits)
        let unit = Decimal128.powerOfTen(kept - digits)
        let limit = Decimal128.powerOfTen(min(38, max(1, wanted)))
        return BoundFunction(type, canFail: wanted > 38) { call in
            call.map { (x: Int128) -> Int128? in
                let (value, overflow) = rule.divide(x, by: divisor).multipliedReportingOverflow(by: unit)
                return overflow || value.magnitude >= limit.magnitude ? nil : value
            }
        }
    }

    /// A number too large to have that many digits after the point is itself.
    @inline(__always)
    private static func rounded(_ value: Double, _ digits: Int, _ rule: DecimalRounding) -> Double {
        if digits == 0 { return value.rounded(rule.floatingPoint) }
        let factor = Double(Decimal128.powerOfTen(Swift.abs(digits)))
        if digits < 0 { return (value / factor).rounded(rule.floatingPoint) * factor }
        let scaled = value * factor
        return scaled.magnitude < 0x1p52 ? scaled.rounded(rule.floatingPoint) / factor : value
    }
}

extension Operand {
    /// Whether the row is not null.
    @inline(__always) func isValid(_ row: Int) -> Bool { column.validity.map { $0[isConstant ? 0 : row] } ?? true }
}

extension DataType {
    /// Whether values can be compared by order. Maps have none.
    var isOrdered: Bool {
        switch self {
        case .map: false
        case .list(let element, _): element.isOrdered
        case .struct(let fields): fields.allSatisfy(\.type.isOrdered)
        default: true
        }
    }
}
