/// Single values as text, the same wherever people or other programs read them: dates and instants as ISO 8601 in UTC,
/// decimals in plain digits. For rare paths: kernels and decoders have their own.
extension Scalar {
    /// The value as text; nil for null. Bytes are given as hexadecimal digits.
    public var text: String? {
        switch self {
        case .null: nil
        case .bool(let value): value ? "true" : "false"
        case .int32(let value): String(value)
        case .int64(let value): String(value)
        case .double(let value): String(value)
        case .decimal(let value, let scale): Decimal128.text(value, scale: scale)
        case .string(let value): value
        case .bytes(let value):
            value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .date(let value): CivilDate(days: Int64(value)).text
        case .timestamp(let value): TimestampText.iso8601(value)
        case .list(let values), .struct(let values): "[\(values.map { $0.text ?? "null" }.joined(separator: ", "))]"
        case .map(let entries):
            "{\(entries.map { "\($0.key.text ?? "null"): \($0.value.text ?? "null")" }.joined(separator: ", "))}"
        }
    }

    /// Reads what `text` gives, for every type but bytes and the nested ones.
    /// - Returns: nil for text that is not a value of the type.
    public init?(text: String, type: DataType) {
        let value: Scalar?
        switch type {
        case .bool: value = text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .int32: value = Int32(text).map(Scalar.int32)
        case .int64: value = Int64(text).map(Scalar.int64)
        case .double: value = Double(text).map(Scalar.double)
        case .decimal(let precision, let scale): value = Self.decimal(text, precision, scale)
        case .string, .json: value = .string(text)
        case .bytes, .list, .struct, .map: value = nil
        case .date: value = CivilDate(text: text).flatMap { Int32(exactly: $0.days) }.map(Scalar.date)
        case .timestamp: value = TimestampText.microseconds(text).map(Scalar.timestamp)
        }
        guard let value else { return nil }
        self = value
    }

    private static func decimal(_ text: String, _ precision: Int, _ scale: Int) -> Scalar? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.count <= scale, fraction.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let unscaled = Int128(parts[0] + fraction + String(repeating: "0", count: scale - fraction.count)),
            unscaled.magnitude < Decimal128.powerOfTen(precision).magnitude
        else { return nil }
        return .decimal(unscaled, scale: scale)
    }
}

/// Instants as text.
public enum TimestampText {
    /// ISO 8601 in UTC, with as many digits of the second as there are: `2026-01-01T10:00:00.25Z`.
    /// - Parameter microseconds: since 1970 UTC.
    public static func iso8601(_ microseconds: Int64) -> String {
        let seconds = microseconds.floorDivided(by: 1_000_000)
        let days = seconds.floorDivided(by: 86_400)
        let second = seconds - days * 86_400
        var text = CivilDate(days: days).text
        text += "T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        // Not the difference from the second: that of the first instants is outside of 64 bits.
        let remainder = microseconds % 1_000_000
        let fraction = remainder < 0 ? remainder + 1_000_000 : remainder
        if fraction > 0 {
            var digits = padded(fraction, 6)
            while digits.hasSuffix("0") { digits.removeLast() }
            text += "." + digits
        }
        return text + "Z"
    }

    /// µs since 1970 of an instant in UTC: what `iso8601` gives, also with a space for the `T` and without the `Z`.
    public static func microseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8.last == UInt8(ascii: "Z") ? text.utf8.dropLast() : text.utf8[...])
        guard bytes.count >= 19, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
            let date = CivilDate(text: String(decoding: bytes[..<10], as: UTF8.self)),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 19 {
            let digits = bytes[20...]
            guard bytes[19] == UInt8(ascii: "."), (1...6).contains(digits.count), let value = number(digits) else {
                return nil
            }
            fraction = (digits.count..<6).reduce(value) { value, _ in value * 10 }
        }
        return ((date.days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + fraction
    }

    /// With zeros before it, and the sign before these.
    static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value.magnitude)
        return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func number(_ digits: some Collection<UInt8>) -> Int64? {
        guard digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 &- 0x30) }
    }
}

extension CivilDate {
    /// `2026-01-31`.
    public var text: String {
        "\(TimestampText.padded(year, 4))-\(TimestampText.padded(month, 2))-\(TimestampText.padded(day, 2))"
    }

    /// Days since 1970.
    public var days: Int64 { Self.days(year: year, month: month, day: day) }

    /// Reads `2026-01-31`; nil for text that is not a date of the calendar.
    public init?(text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = TimestampText.number(bytes[0..<4]), let month = TimestampText.number(bytes[5..<7]),
            let day = TimestampText.number(bytes[8..<10]), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        self.init(days: days)
        // The 31st of a shorter month is another day.
        guard self.month == month else { return nil }
    }
}
