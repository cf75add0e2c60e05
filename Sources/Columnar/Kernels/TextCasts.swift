/// Casts from and to text, and of booleans: loops over whole columns.
extension Kernels {
    /// Whether `textCast` knows the way.
    static func canTextCast(_ from: DataType, to target: DataType) -> Bool {
        switch (from, target) {
        case (.string, .bool), (.string, .int32), (.string, .int64), (.string, .double), (.string, .decimal),
            (.string, .date), (.string, .timestamp), (.string, .bytes), (.bytes, .string), (.bool, .string),
            (.date, .string), (.timestamp, .string):
            true
        case (.bool, _): target.isNumeric
        case (_, .bool), (_, .string): from.isNumeric
        default: false
        }
    }

    /// - Precondition: `canTextCast` is true of the types.
    static func textCast(_ column: ColumnVector, to target: DataType) -> ColumnVector {
        let call = FunctionCall([Operand(column: column, isConstant: false)], target, count: column.count)
        switch (column.type, target) {
        case (.string, _): return fromText(call, target)
        case (.bool, _) where target.isNumeric: return fromBool(call, target)
        case (_, .bool): return toBool(call, column.type)
        default: return toText(call, column.type)
        }
    }

    private static func fromText(_ call: FunctionCall, _ target: DataType) -> ColumnVector {
        switch target {
        case .bool: return call.map { (text: Text) in TextValues.bool(text.trimmed) }
        case .int32: return call.map { (text: Text) in TextValues.integer(text.trimmed).flatMap(Int32.init(exactly:)) }
        case .int64: return call.map { (text: Text) in TextValues.integer(text.trimmed) }
        case .double: return call.map { (text: Text) in Double(text.trimmed.string) }
        case .decimal(let precision, let scale):
            return call.map { (text: Text) in TextValues.decimal(text.trimmed, precision, scale) }
        case .date: return call.map { (text: Text) in TimeFields(iso: text)?.day.flatMap(Int32.init(exactly:)) }
        case .timestamp:
            let utc = Zone.utc
            return call.map { (text: Text) in TimeFields(iso: text)?.time(utc) }
        default: return call.column(call.full(0).values)
        }
    }

    private static func fromBool(_ call: FunctionCall, _ target: DataType) -> ColumnVector {
        switch target {
        case .int32: return call.map { (value: Bool) in value ? 1 as Int32 : 0 }
        case .int64: return call.map { (value: Bool) in value ? 1 as Int64 : 0 }
        case .double: return call.map { (value: Bool) in value ? 1 as Double : 0 }
        default:
            guard case .decimal(let precision, let scale) = target else { preconditionFailure("boolean as \(target)") }
            let one = precision > scale ? Decimal128.powerOfTen(scale) : nil
            return call.map { (value: Bool) in value ? one : 0 as Int128? }
        }
    }

    private static func toBool(_ call: FunctionCall, _ type: DataType) -> ColumnVector {
        switch type {
        case .int32: call.map { (value: Int32) in value != 0 }
        case .int64: call.map { (value: Int64) in value != 0 }
        case .double: call.map { (value: Double) in value != 0 }
        default: call.map { (value: Int128) in value != 0 }
        }
    }

    private static func toText(_ call: FunctionCall, _ type: DataType) -> ColumnVector {
        switch type {
        case .bool:
            return call.write { (value: Bool, out: inout [UInt8]) in out.appendAll(value ? "true" : "false") }
        case .int32: return call.write { (value: Int32, out: inout [UInt8]) in out.appendAll(String(value)) }
        case .int64: return call.write { (value: Int64, out: inout [UInt8]) in out.appendAll(String(value)) }
        case .double: return call.write { (value: Double, out: inout [UInt8]) in out.appendAll(String(value)) }
        case .decimal(_, let scale):
            return call.write { (value: Int128, out: inout [UInt8]) in
                out.appendAll(Decimal128.text(value, scale: scale))
            }
        case .date:
            return call.write { (day: Int32, out: inout [UInt8]) in out.appendAll(CivilDate(days: Int64(day)).text) }
        case .timestamp:
            return call.write { (time: Int64, out: inout [UInt8]) in
                var text = Array(TimestampText.iso8601(time).utf8.dropLast())
                if let mark = text.lastIndex(of: UInt8(ascii: "T")) { text[mark] = 0x20 }
                out.append(contentsOf: text)
                return true
            }
        default:
            return call.write { (bytes: Text, out: inout [UInt8]) in
                out.append(bytes)
                return String(validating: bytes.bytes, as: UTF8.self) != nil
            }
        }
    }
}

extension [UInt8] {
    /// Appends a text; always true.
    fileprivate mutating func appendAll(_ text: String) -> Bool {
        append(contentsOf: text.utf8)
        return true
    }
}

extension Text {
    /// Without white space at both ends.
    fileprivate var trimmed: Text {
        var range = 0..<count
        while !range.isEmpty, bytes[range.lowerBound] <= 0x20 { range = range.lowerBound + 1..<range.upperBound }
        while !range.isEmpty, bytes[range.upperBound - 1] <= 0x20 { range = range.lowerBound..<range.upperBound - 1 }
        return part(range)
    }
}

/// Values that texts write.
private enum TextValues {
    private static let truths: [[UInt8]] = ["true", "t", "yes", "y", "1"].map { Array($0.utf8) }
    private static let falsehoods: [[UInt8]] = ["false", "f", "no", "n", "0"].map { Array($0.utf8) }

    static func bool(_ text: Text) -> Bool? {
        let lower = text.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
        return truths.contains(lower) ? true : falsehoods.contains(lower) ? false : nil
    }

    /// A sign or none, and digits.
    static func integer(_ text: Text) -> Int64? {
        guard let first = text.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let digits = isNegative || first == UInt8(ascii: "+") ? text.part(1..<text.count) : text
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in digits.bytes {
            guard byte &- 0x30 < 10 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte - 0x30)
            // Negative all along, so that the least integer can be read.
            let (sum, overflowsToo) = scaled.subtractingReportingOverflow(digit)
            if overflow || overflowsToo { return nil }
            value = sum
        }
        return isNegative ? value : value == .min ? nil : -value
    }

    /// Digits with a point and an exponent or without, rounded half away from zero; nil when it is no number or has too
    /// many digits before the point.
    static func decimal(_ text: Text, _ precision: Int, _ scale: Int) -> Int128? {
        var index = 0
        var isNegative = false
        if let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            index = 1
        }
        var digits: [UInt8] = []
        var whole = 0
        var hasDigits = false
        var isBehindPoint = false
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "."), !isBehindPoint {
                isBehindPoint = true
            } else if byte &- 0x30 < 10 {
                hasDigits = true
                // Zeros at the front count for the place of the point only.
                if !digits.isEmpty || byte != 0x30 {
                    digits.append(byte - 0x30)
                    if !isBehindPoint { whole += 1 }
                } else if isBehindPoint {
                    whole -= 1
                }
            } else {
                break
            }
            index += 1
        }
        guard hasDigits else { return nil }
        if index < text.count {
            guard text[index] | 0x20 == UInt8(ascii: "e"), let exponent = integer(text.part(index + 1..<text.count)),
                exponent.magnitude < 100_000
            else { return nil }
            whole += Int(exponent)
        }
        guard !digits.isEmpty, whole + scale >= 0 else { return 0 }
        let kept = whole + scale
        guard kept <= 38 else { return nil }
        var value: Int128 = 0
        for place in 0..<kept { value = value * 10 + Int128(place < digits.count ? digits[place] : 0) }
        if kept < digits.count, digits[kept] >= 5 { value += 1 }
        guard value < Decimal128.powerOfTen(precision) else { return nil }
        return isNegative ? -value : value
    }
}
