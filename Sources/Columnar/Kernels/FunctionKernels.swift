extension Kernels {
    /// Applies a built-in function; a null argument makes the result null.
    static func function(
        _ function: Expression.ScalarFunction, _ arguments: [ColumnVector], _ type: DataType, count: Int
    ) -> ColumnVector {
        let scalars = (0..<count).map { row -> Scalar in
            let values = arguments.map { $0.scalar(at: row) }
            return values.contains(.null) ? .null : apply(function, values)
        }
        return ColumnVector(type, scalars: scalars)
    }

    private static func apply(_ function: Expression.ScalarFunction, _ values: [Scalar]) -> Scalar {
        switch (function, values[0]) {
        case (_, .string(let text)): applyText(function, text, values)
        case (_, .timestamp(let time)): applyTime(function, time)
        case (_, .date(let day)): applyTime(function, Int64(day) * 86_400_000_000)
        case (.abs, .int32(let value)): value == .min ? .null : .int32(abs(value))
        case (.abs, .int64(let value)): value == .min ? .null : .int64(abs(value))
        case (.abs, .double(let value)): .double(abs(value))
        case (.abs, .decimal(let value, let scale)): .decimal(abs(value), scale: scale)
        default: preconditionFailure("\(function.rawValue) of \(values[0])")
        }
    }

    private static func applyText(
        _ function: Expression.ScalarFunction, _ text: String, _ values: [Scalar]
    ) -> Scalar {
        func argument() -> String { if case .string(let other) = values[1] { other } else { "" } }
        switch function {
        case .length: return .int32(Int32(text.unicodeScalars.count))
        case .lower: return .string(mapASCII(text, 0x41...0x5A) { $0 + 0x20 })
        case .upper: return .string(mapASCII(text, 0x61...0x7A) { $0 - 0x20 })
        case .trim:
            let head = text.utf8.drop { $0 == 0x20 }
            let kept = head.prefix(
                head.lastIndex { $0 != 0x20 }.map { head.distance(from: head.startIndex, to: $0) + 1 } ?? 0)
            return .string(String(decoding: kept, as: UTF8.self))
        case .concat:
            return .string(values.map { if case .string(let part) = $0 { part } else { "" } }.joined())
        case .substring:
            guard case .int64(let start) = values[1], case .int64(let length) = values[2] else { return .null }
            let scalars = Array(text.unicodeScalars)
            let first = Int(clamping: max(start, 1)) - 1
            guard first < scalars.count, length > 0 else { return .string("") }
            let end = first + min(Int(clamping: length), scalars.count - first)
            return .string(String(String.UnicodeScalarView(scalars[first..<end])))
        case .startsWith: return .bool(text.utf8.starts(with: argument().utf8))
        case .endsWith: return .bool(text.utf8.reversed().starts(with: argument().utf8.reversed()))
        case .contains:
            return .bool(argument().isEmpty || Array(text.utf8).firstRange(of: Array(argument().utf8)) != nil)
        default: preconditionFailure("\(function.rawValue) of a string")
        }
    }

    private static func mapASCII(_ text: String, _ range: ClosedRange<UInt8>, _ map: (UInt8) -> UInt8) -> String {
        String(decoding: text.utf8.map { range.contains($0) ? map($0) : $0 }, as: UTF8.self)
    }

    private static func applyTime(_ function: Expression.ScalarFunction, _ time: Int64) -> Scalar {
        let days = time.floorDivided(by: 86_400_000_000)
        let second = time.floorDivided(by: 1_000_000) - days * 86_400
        let date = CivilDate(days: days)
        switch function {
        case .year: return .int32(Int32(clamping: date.year))
        case .month: return .int32(Int32(date.month))
        case .day: return .int32(Int32(date.day))
        case .hour: return .int32(Int32(second / 3600))
        case .minute: return .int32(Int32(second / 60 % 60))
        case .second: return .int32(Int32(second % 60))
        // 1970-01-01 was a Thursday, the fourth day.
        case .dayOfWeek: return .int32(Int32(days + 3 - (days + 3).floorDivided(by: 7) * 7) + 1)
        case .toDate: return Int32(exactly: days).map(Scalar.date) ?? .null
        default: preconditionFailure("\(function.rawValue) of a time")
        }
    }
}

/// A date of the proleptic Gregorian calendar.
public struct CivilDate: Hashable, Sendable {
    public var year: Int64
    public var month: Int64
    public var day: Int64

    /// The date of a day since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    public init(days: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970 of a date; the inverse of `init(days:)`.
    public static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
