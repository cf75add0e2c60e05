/// Arithmetic on unscaled decimals.
public enum Decimal128 {
    private static let powers: [Int128] = {
        var powers: [Int128] = [1]
        for _ in 0..<38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// 10 to the power of `exponent`, 0...38.
    public static func powerOfTen(_ exponent: Int) -> Int128 { powers[exponent] }

    /// The value with another number of digits after the point, half away from zero; nil on overflow.
    public static func rescale(_ value: Int128, from: Int, to: Int) -> Int128? {
        if to == from { return value }
        if to > from {
            guard to - from <= 38 else { return value == 0 ? 0 : nil }
            return checked(value.multipliedReportingOverflow(by: powers[to - from]))
        }
        guard from - to <= 38 else { return 0 }
        return rounded(value, by: powers[from - to])
    }

    /// Applies an arithmetic operator to decimals of scales `s1` and `s2`; nil when 128 bits cannot hold the result.
    static func apply(
        _ operation: Expression.BinaryOperator, _ left: Int128, _ s1: Int, _ right: Int128, _ s2: Int, scale: Int
    ) -> Int128? {
        if operation == .multiply {
            return checked(left.multipliedReportingOverflow(by: right)).flatMap {
                rescale($0, from: s1 + s2, to: scale)
            }
        }
        if operation == .divide { return divide(left, right, shift: scale - s1 + s2) }
        guard let left = rescale(left, from: s1, to: scale), let right = rescale(right, from: s2, to: scale) else {
            return nil
        }
        switch operation {
        case .add: return checked(left.addingReportingOverflow(right))
        case .subtract: return checked(left.subtractingReportingOverflow(right))
        case .remainder: return right == 0 ? nil : left % right
        default: preconditionFailure("\(operation) is not arithmetic")
        }
    }

    /// `left / right * 10^shift`, half away from zero; nil on overflow and for a zero divisor.
    private static func divide(_ left: Int128, _ right: Int128, shift: Int) -> Int128? {
        guard right != 0 else { return nil }
        guard shift >= 0 else { return rescale(right, from: 0, to: -shift).map { rounded(left, by: $0) } }
        guard shift <= 38, let dividend = checked(left.multipliedReportingOverflow(by: powers[shift])) else {
            return nil
        }
        return rounded(dividend, by: right)
    }

    private static func checked(_ result: (partialValue: Int128, overflow: Bool)) -> Int128? {
        result.overflow ? nil : result.partialValue
    }

    /// The quotient, half away from zero.
    static func rounded(_ value: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        guard remainder.magnitude >= divisor.magnitude - remainder.magnitude else { return quotient }
        return (value < 0) == (divisor < 0) ? quotient + 1 : quotient - 1
    }
}
