#if canImport(Glibc)
    import Glibc
#endif

/// Numbers as text for people.
enum NumberText {
    /// `1,234,567.89` with so many digits after the point.
    static func grouped(_ call: FunctionCall, digits: Int) -> ColumnVector {
        let number = FunctionCall([call.operands[0]], call.type, count: call.count)
        switch call.operands[0].column.type {
        case .int32:
            return number.write { (value: Int32, out: inout [UInt8]) in
                append(value < 0, String(value.magnitude), String(repeating: "0", count: digits), &out)
            }
        case .int64:
            return number.write { (value: Int64, out: inout [UInt8]) in
                append(value < 0, String(value.magnitude), String(repeating: "0", count: digits), &out)
            }
        case .decimal(_, let scale):
            return number.write { (value: Int128, out: inout [UInt8]) in
                let kept = min(digits, scale)
                let rounded = kept < scale ? Decimal128.rounded(value, by: Decimal128.powerOfTen(scale - kept)) : value
                let text = Decimal128.text(Int128(rounded.magnitude), scale: kept).split(separator: ".")
                let fraction = kept > 0 ? String(text[1]) : ""
                return append(
                    rounded < 0, String(text[0]), fraction + String(repeating: "0", count: digits - kept), &out)
            }
        default:
            return number.write { (value: Double, out: inout [UInt8]) in
                guard value.isFinite else {
                    out.append(contentsOf: (value.isNaN ? "NaN" : value < 0 ? "-∞" : "∞").utf8)
                    return true
                }
                let text = fixed(value.magnitude, digits).split(separator: ".")
                let isZero = text.joined().utf8.allSatisfy { $0 == UInt8(ascii: "0") }
                return append(value < 0 && !isZero, String(text[0]), digits > 0 ? String(text[1]) : "", &out)
            }
        }
    }

    private static func append(_ isNegative: Bool, _ whole: String, _ fraction: String, _ out: inout [UInt8]) -> Bool {
        if isNegative { out.append(UInt8(ascii: "-")) }
        for (index, byte) in whole.utf8.enumerated() {
            if index > 0, (whole.utf8.count - index) % 3 == 0 { out.append(UInt8(ascii: ",")) }
            out.append(byte)
        }
        if !fraction.isEmpty { out.append(contentsOf: ("." + fraction).utf8) }
        return true
    }

    /// Plain digits, rounded from the exact value of the double.
    private static func fixed(_ value: Double, _ digits: Int) -> String {
        var buffer = [CChar](repeating: 0, count: 400)
        let length = withVaList([Int32(digits), value]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
        return String(decoding: buffer[..<Int(length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
