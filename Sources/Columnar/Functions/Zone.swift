/// The clocks that a function of time goes by: UTC, an offset from it, or a place of the IANA database.
struct Zone: Sendable {
    private enum Kind {
        case utc
        case offset(Int64)
        case rules(TimeZoneRules)
    }

    private let kind: Kind

    static let utc = Zone(kind: .utc)

    private init(kind: Kind) { self.kind = kind }

    /// - Parameter name: `UTC`, `Europe/Berlin`, `+02:00`.
    init(_ name: String) throws(FunctionRefusal) {
        if ["UTC", "Z", "Etc/UTC", "GMT"].contains(name) {
            kind = .utc
        } else if let seconds = Self.offset(name) {
            kind = .offset(seconds * 1_000_000)
        } else {
            do { kind = .rules(try TimeZoneRules(identifier: name)) } catch {
                throw FunctionRefusal("cannot go by the clocks: \(error)")
            }
        }
    }

    /// The zone that a constant parameter names.
    init(_ arguments: FunctionArguments, _ index: Int) throws(FunctionRefusal) {
        try self.init(arguments.text(index))
    }

    var isUTC: Bool { if case .utc = kind { true } else { false } }

    /// What the clocks show, on their own scale of µs since 1970. Far times stop at the ends of `Int64`.
    @inline(__always)
    func local(_ time: Int64) -> Int64 {
        switch kind {
        case .utc: time
        case .offset(let offset): time.addingClamped(offset)
        case .rules(let rules): time.addingClamped(rules.offset(atUTC: time) * 1_000_000)
        }
    }

    /// When the clocks show a local time; `TimeZoneRules.utc` says what holds for one that they skip or show twice.
    @inline(__always)
    func utc(_ local: Int64) -> Int64 {
        switch kind {
        case .utc: local
        case .offset(let offset): local.addingClamped(-offset)
        case .rules(let rules): rules.utc(fromLocal: local)
        }
    }

    /// `+02:00`, `-5`, `+0530`.
    private static func offset(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        var digits = bytes.dropFirst()
        if digits.count == 5, digits[3] == UInt8(ascii: ":") { digits.remove(at: 3) }
        guard [1, 2, 4].contains(digits.count), let number = TimestampText.number(digits) else { return nil }
        let (hours, minutes) = digits.count == 4 ? (number / 100, number % 100) : (number, 0)
        guard hours <= 18, minutes < 60 else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }
}

extension Int64 {
    /// The sum, or the end of the range beyond which it lies.
    @inline(__always)
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    /// The remainder of `floorDivided`: never negative.
    @inline(__always)
    func floorRemainder(by divisor: Int64) -> Int64 {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }

    static let microsecondsPerDay: Int64 = 86_400_000_000
}

extension CivilDate {
    /// 28 to 31.
    var daysInMonth: Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The month that is so many later; its last day where the day is not in it. Nil far beyond dates of 32 bits.
    func adding(months: Int64) -> CivilDate? {
        guard months.magnitude < 1 << 40 else { return nil }
        let index = year * 12 + month - 1 + months
        var result = self
        result.year = index.floorDivided(by: 12)
        result.month = index.floorRemainder(by: 12) + 1
        result.day = min(day, result.daysInMonth)
        return result
    }

    /// The week (ISO 8601) and the year that it belongs to, of a day since 1970.
    static func isoWeek(_ day: Int64) -> (year: Int64, week: Int64) {
        // The week's Thursday decides the year. 1970-01-01 was one.
        let thursday = (day + 3).floorDivided(by: 7) * 7
        let year = CivilDate(days: thursday).year
        return (year, (thursday - days(year: year, month: 1, day: 1)) / 7 + 1)
    }
}
