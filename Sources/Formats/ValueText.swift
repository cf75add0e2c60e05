import Columnar

/// Decimals as text, without a trip through binary floating point.
enum DecimalText {
    /// The unscaled value of a JSON number, also in quotes.
    static func parse(_ text: UnsafeBufferPointer<UInt8>, precision: Int, scale: Int) throws(ContractMismatch) -> Int128
    {
        var index = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var digits: [UInt8] = []
        var fraction = 0
        var hasPoint = false
        var exponent = 0
        while index < text.count {
            let byte = text[index]
            if byte &- 0x30 < 10 {
                if !(digits.isEmpty && byte == 0x30) { digits.append(byte &- 0x30) }
                if hasPoint { fraction += 1 }
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else if byte | 0x20 == UInt8(ascii: "e"),
                let value = Int(String(decoding: text[(index + 1)...], as: UTF8.self))
            {
                exponent = value.magnitude < 10_000 ? value : 10_000 * value.signum()
                break
            } else {
                throw ContractMismatch(message: "is not a decimal number")
            }
            index += 1
        }
        guard text.contains(where: { $0 &- 0x30 < 10 }) else {
            throw ContractMismatch(message: "is not a decimal number")
        }
        // The value is digits × 10^(exponent - fraction); the column wants × 10^-scale.
        var shift = exponent - fraction + scale
        while shift < 0, let last = digits.last {
            guard last == 0 else { throw ContractMismatch(message: "has more than \(scale) digits after the point") }
            digits.removeLast()
            shift += 1
        }
        guard digits.isEmpty || digits.count + shift <= precision else {
            throw ContractMismatch(message: "is out of the range of decimal(\(precision),\(scale))")
        }
        var value = digits.reduce(Int128(0)) { $0 * 10 + Int128($1) }
        if value != 0 { value *= Decimal128.powerOfTen(shift) }
        return isNegative ? -value : value
    }
}

/// Dates and times as text.
enum ISO8601 {
    /// µs since 1970 UTC of `2026-01-31T23:59:59.123456Z` or with an offset as `+01:00`; digits past the sixth of the
    /// second are cut off. Nil for anything else.
    static func timestamp(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var day = LastDay()
        return timestamp(text, &day)
    }

    /// The day that was read last: times that follow each other are mostly of one day.
    struct LastDay {
        /// Its ten bytes; ones that UTF-8 does not have before the first.
        fileprivate var text: (UInt64, UInt16) = (.max, .max)
        fileprivate var days: Int64 = 0
    }

    static func timestamp(_ text: UnsafeBufferPointer<UInt8>, _ last: inout LastDay) -> Int64? {
        guard text.count >= 20, text[10] | 0x20 == UInt8(ascii: "t") || text[10] == 0x20,
            let days = day(text, &last), let hour = two(text, 11), let minute = two(text, 14),
            let second = two(text, 17), text[13] == 0x3A,
            text[16] == 0x3A, hour < 24, minute < 60, second < 60
        else { return nil }
        var index = 19
        var micros: Int64 = 0
        if text[index] == UInt8(ascii: ".") {
            var unit: Int64 = 100_000
            let first = index + 1
            index = first
            while index < text.count, text[index] &- 0x30 < 10 {
                micros += Int64(text[index] &- 0x30) * unit
                unit /= 10
                index += 1
            }
            guard (1...9).contains(index - first) else { return nil }
        }
        guard let offset = offsetMinutes(text, index) else { return nil }
        return ((days * 24 + hour) * 60 + minute - offset) * 60_000_000 + second * 1_000_000 + micros
    }

    /// Days since 1970 of `2026-01-31`; nil for anything else.
    static func date(_ text: UnsafeBufferPointer<UInt8>) -> Int64? { text.count == 10 ? day(text) : nil }

    private static func day(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), let century = two(text, 0),
            let rest = two(text, 2), let month = two(text, 5), let day = two(text, 8), (1...12).contains(month),
            day >= 1
        else { return nil }
        let year = century * 100 + rest
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: InlineArray<12, Int64> = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[Int(month) - 1] else { return nil }
        return CivilDate.days(year: year, month: month, day: day)
    }

    @inline(__always)
    private static func day(_ text: UnsafeBufferPointer<UInt8>, _ last: inout LastDay) -> Int64? {
        let raw = UnsafeRawBufferPointer(text)
        let key = (raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
        if key == last.text { return last.days }
        guard let days = day(text) else { return nil }
        last = LastDay(text: key, days: days)
        return days
    }

    private static func offsetMinutes(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int64? {
        guard index < text.count else { return nil }
        if text[index] | 0x20 == UInt8(ascii: "z") { return index + 1 == text.count ? 0 : nil }
        guard text.count == index + 6, text[index + 3] == 0x3A, let hours = two(text, index + 1),
            let minutes = two(text, index + 4), hours < 24, minutes < 60
        else { return nil }
        switch text[index] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    @inline(__always)
    private static func two(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int64? {
        let tens = text[index] &- 0x30
        let ones = text[index + 1] &- 0x30
        return tens < 10 && ones < 10 ? Int64(tens * 10 + ones) : nil
    }
}
