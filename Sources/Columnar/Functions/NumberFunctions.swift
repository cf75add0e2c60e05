extension FunctionFamily {
    static let numbers = FunctionFamily(
        "Numbers",
        "Integers and decimals are exact; what leaves its type is null. `+`, `-`, `*`, `/` and `%` are operators.",
        [
            .abs, .sign, .ceil, .floor, .round, .bround, .truncate, .rint, .pmod, .greatest, .least, .factorial,
            .widthBucket, .isNaN, .nanvl,
        ])
}

extension ScalarFunction {
    public static let abs = ScalarFunction(
        "abs", [.number("number")], gives: "the argument's type", nullWhen: "it is the least integer of its type",
        "The number without its sign.", ["abs(-1.50)": "1.50", "abs('-9223372036854775808'::bigint)": "null"]
    ) { arguments throws(FunctionRefusal) in
        let type = arguments.types[0]
        switch type {
        case .int32:
            return BoundFunction(type, canFail: true) { $0.map { (x: Int32) in x == .min ? nil : Swift.abs(x) } }
        case .int64:
            return BoundFunction(type, canFail: true) { $0.map { (x: Int64) in x == .min ? nil : Swift.abs(x) } }
        case .decimal: return BoundFunction(type) { $0.map { (x: Int128) in Swift.abs(x) } }
        default: return BoundFunction(type) { $0.map { (x: Double) in x.magnitude } }
        }
    }

    public static let sign = ScalarFunction(
        "sign", [.double("number")], gives: .double, "-1, 0 or 1; NaN of NaN.",
        ["sign(-2.5)": "-1e0", "sign(0)": "0e0"]
    ) { call in call.map { (x: Double) in x > 0 ? 1 : x < 0 ? -1 : x } }

    public static let ceil = wholeNumber(
        "ceil", "The least whole number that is not less.", .up, ["ceil(-0.1)": "0", "ceil(5.5e0)": "6"])
    public static let floor = wholeNumber(
        "floor", "The greatest whole number that is not greater.", .down, ["floor(-0.1)": "-1", "floor(5.5e0)": "5"])

    private static func wholeNumber(
        _ name: String, _ summary: String, _ rule: FloatingPointRoundingRule, _ examples: KeyValuePairs<String, String>
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.number("number")], gives: "bigint; of decimals a decimal without digits after the point",
            nullWhen: "a double is beyond bigint, or no number", summary, examples
        ) { arguments throws(FunctionRefusal) in
            switch arguments.types[0] {
            case .int32: return BoundFunction(.int64) { $0.map { (x: Int32) in Int64(x) } }
            case .int64: return BoundFunction(.int64) { $0.map { (x: Int64) in x } }
            case .decimal(let precision, let scale):
                let type = DataType.decimal(precision: max(1, min(38, precision - scale + 1)), scale: 0)
                let unit = Decimal128.powerOfTen(scale)
                return BoundFunction(type) { call in
                    call.map { (x: Int128) -> Int128? in
                        let (quotient, rest) = x.quotientAndRemainder(dividingBy: unit)
                        if rule == .up { return rest > 0 ? quotient + 1 : quotient }
                        return rest < 0 ? quotient - 1 : quotient
                    }
                }
            default:
                return BoundFunction(.int64, canFail: true) {
                    $0.map { (x: Double) in Int64(exactly: x.rounded(rule)) }
                }
            }
        }
    }

    public static let round = rounding(
        "round", "half away from zero", .awayFromZero,
        ["round(2.5, 0)": "3", "round(125, -1)": "130", "round(-1.005, 2)": "-1.01"])
    public static let bround = rounding(
        "bround", "half to even", .toEven, ["bround(2.5, 0)": "2", "bround(25, -1)": "20"])
    public static let truncate = rounding(
        "truncate", "cut off", .towardZero, ["truncate(-2.99, 1)": "-2.9", "truncate(129, -1)": "120"])

    private static func rounding(
        _ name: String, _ words: String, _ rule: DecimalRounding, _ examples: KeyValuePairs<String, String>
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.number("number"), .bigint("digits").constant.or(.int32(0))],
            gives: "the argument's type; of decimals with that many digits after the point",
            nullWhen: "an integer is rounded beyond its type",
            "The number with so many digits after the point, or, negative, zeros before it: \(words).", examples
        ) { arguments throws(FunctionRefusal) in
            let digits = try arguments.number(1)
            guard (-38...38).contains(digits) else { throw FunctionRefusal("takes -38 to 38 digits, not \(digits)") }
            return Kernels.rounding(arguments.types[0], Int(digits), rule)
        }
    }

    public static let rint = ScalarFunction(
        "rint", [.double("number")], gives: .double, "The nearest whole number, half to even, as a double.",
        ["rint(2.5e0)": "2e0", "rint(-1.6e0)": "-2e0"]
    ) { call in call.map { (x: Double) in x.rounded(.toNearestOrEven) } }

    public static let pmod = ScalarFunction(
        "pmod", [.common("dividend"), .common("divisor")], gives: "what both types have in common",
        nullWhen: "the divisor is 0",
        "The remainder, not negative when the divisor is positive.", ["pmod(-7, 3)": "2", "pmod(-7.5, 2.0)": "0.5"]
    ) { arguments throws(FunctionRefusal) in
        let type = arguments.types[0]
        switch type {
        case .int32: return BoundFunction(type, canFail: true) { $0.map { (x: Int32, y: Int32) in remainder(x, y) } }
        case .int64: return BoundFunction(type, canFail: true) { $0.map { (x: Int64, y: Int64) in remainder(x, y) } }
        case .decimal:
            return BoundFunction(type, canFail: true) { $0.map { (x: Int128, y: Int128) in remainder(x, y) } }
        case .double:
            return BoundFunction(type, canFail: true) { call in
                call.map { (x: Double, y: Double) -> Double? in
                    guard y != 0 else { return nil }
                    let rest = x.truncatingRemainder(dividingBy: y)
                    return rest < 0 ? (rest + y).truncatingRemainder(dividingBy: y) : rest
                }
            }
        default: throw FunctionRefusal("takes numbers, not \(type)")
        }
    }

    public static let greatest = extreme(
        "greatest", "The greatest; NaN is greater than all numbers.", .greater,
        ["greatest(1, null::int, 3)": "3", "greatest('a', 'b')": "'b'"])
    public static let least = extreme("least", "The least.", .less, ["least(1, null::int, 3)": "1"])

    private static func extreme(
        _ name: String, _ summary: String, _ operation: Expression.BinaryOperator,
        _ examples: KeyValuePairs<String, String>
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.common("value").repeated], gives: "what the types have in common",
            nulls: "left out; null when all are", summary, examples
        ) { arguments throws(FunctionRefusal) in
            guard arguments.types[0].isOrdered else {
                throw FunctionRefusal("takes values that have an order, not \(arguments.types[0])")
            }
            return BoundFunction(arguments.types[0], isNullable: !arguments.isNullable.contains(false)) { call in
                var best = call.operands[0]
                for next in call.operands.dropFirst() {
                    let wins = Kernels.comparison(operation, next, best, count: call.count)
                    guard case .bool(let isBetter) = wins.values else { break }
                    let source = (0..<call.count).map { row -> Int32 in
                        !best.isValid(row) || next.isValid(row) && isBetter[row] ? 1 : 0
                    }
                    best = Operand(column: Kernels.chosen([best, next], source, call.type), isConstant: false)
                }
                return best.repeated(call.count)
            }
        }
    }

    public static let factorial = ScalarFunction(
        "factorial", [.bigint("number")], gives: .int64, nullWhen: "the number is not between 0 and 20",
        "The product of the whole numbers from 1.", ["factorial(5)": "120", "factorial(21)": "null"]
    ) { call in
        call.map { (x: Int64) -> Int64? in
            guard (0...20).contains(x) else { return nil }
            return x < 2 ? 1 : (2...x).reduce(1, *)
        }
    }

    public static let widthBucket = ScalarFunction(
        "width_bucket", [.double("value"), .double("low"), .double("high"), .bigint("buckets")], gives: .int64,
        nullWhen: "there is no bucket, the bounds are equal or not finite, or the value is NaN",
        "The number of the bucket, of so many alike between the bounds, that the value lies in: 0 before the first, one "
            + "more than there are from the last bound on.",
        ["width_bucket(5.3, 0.2, 10.6, 5)": "3", "width_bucket(-2.1, 1.3, 3.4, 3)": "0"]
    ) { call in
        Int64.withReader(call.operands[3]) { buckets in
            Double.withReader(call.operands[2]) { highs in
                Double.withReader(call.operands[1]) { lows in
                    Double.withReader(call.operands[0]) { values in
                        call.fill { row in
                            bucket(values[row], lows[row], highs[row], buckets[row])
                        }
                    }
                }
            }
        }
    }

    public static let isNaN = ScalarFunction(
        "isnan", [.double("number")], gives: "boolean", nulls: "false of null", "Whether it is NaN.",
        ["isnan('nan'::double)": "true", "isnan(null::double)": "false"]
    ) { arguments throws(FunctionRefusal) in
        BoundFunction(.bool, isNullable: false) { call in
            let operand = call.operands[0]
            return Double.withReader(operand) { numbers in
                ColumnVector(.bool, .bool((0..<call.count).map { operand.isValid($0) && numbers[$0].isNaN }))
            }
        }
    }

    public static let nanvl = ScalarFunction(
        "nanvl", [.double("number"), .double("other")], gives: "double",
        nulls: "null when the number is, or the other where it counts",
        "The number, or the other one where it is NaN.",
        ["nanvl('nan'::double, 0)": "0e0", "nanvl(1.5e0, null::double)": "1.5e0"]
    ) { arguments throws(FunctionRefusal) in
        BoundFunction(.double, isNullable: arguments.isNullable.contains(true)) { call in
            Double.withReader(call.operands[0]) { numbers in
                let source = (0..<call.count).map { row -> Int32 in
                    call.operands[0].isValid(row) && numbers[row].isNaN ? 1 : 0
                }
                return Kernels.chosen(call.operands, source, .double)
            }
        }
    }
}

/// The remainder with the sign of a positive divisor; nil for a zero divisor.
@inline(__always)
private func remainder<Value: FixedWidthInteger>(_ x: Value, _ y: Value) -> Value? {
    guard y != 0 else { return nil }
    // The least value by -1 has remainder 0 though its quotient overflows.
    let rest = x.remainderReportingOverflow(dividingBy: y).partialValue
    return rest < 0 && y > 0 ? rest + y : rest
}

private func bucket(_ value: Double, _ low: Double, _ high: Double, _ buckets: Int64) -> Int64? {
    guard buckets > 0, buckets < .max, low != high, low.isFinite, high.isFinite, !value.isNaN else { return nil }
    let (isBefore, isBehind) = low < high ? (value < low, value >= high) : (value > low, value <= high)
    if isBefore { return 0 }
    if isBehind { return buckets + 1 }
    return Int64(exactly: (Double(buckets) * (value - low) / (high - low)).rounded(.down)).map { min($0, buckets) + 1 }
}
