/// What a text says of a time.
struct TimeFields {
    private var year: Int64 = 1970
    private var month: Int64 = 1
    private var dayOfMonth: Int64 = 1
    private var dayOfYear: Int64?
    private var hour: Int64 = 0
    /// Of `a`: whether the hour is one of the afternoon.
    private var isAfternoon: Bool?
    private var minute: Int64 = 0
    private var second: Int64 = 0
    private var microsecond: Int64 = 0
    /// Seconds.
    private var offset: Int64?
    private var zone: TimeZoneRules?

    init() {}

    /// The day since 1970; nil when the calendar has no such day.
    var day: Int64? {
        if let dayOfYear {
            let first = CivilDate.days(year: year, month: 1, day: 1)
            let last = CivilDate.days(year: year + 1, month: 1, day: 1)
            return (1...last - first).contains(dayOfYear) ? first + dayOfYear - 1 : nil
        }
        return CivilDate(year: year, month: month, checkedDay: dayOfMonth)?.days
    }

    /// µs since 1970 UTC, by the clocks of a zone unless there is an offset.
    func time(_ zone: Zone) -> Int64? {
        guard let day else { return nil }
        var hour = hour
        if let isAfternoon { hour = hour % 12 + (isAfternoon ? 12 : 0) }
        let clock = ((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond
        let (midnight, overflow) = day.multipliedReportingOverflow(by: .microsecondsPerDay)
        let (local, overflowsToo) = midnight.addingReportingOverflow(clock)
        guard !overflow, !overflowsToo else { return nil }
        if let offset {
            let (time, overflow) = local.subtractingReportingOverflow(offset * 1_000_000)
            return overflow ? nil : time
        }
        return self.zone?.utc(fromLocal: local) ?? zone.utc(local)
    }

    /// Reads one field of a pattern; false when it does not stand there.
    mutating func read(_ letter: UInt8, _ count: Int, _ isAdjacent: Bool, _ text: Text, _ position: inout Int) -> Bool {
        func number(_ range: ClosedRange<Int64>, longest: Int) -> Int64? {
            let most = isAdjacent ? count : max(longest, count)
            guard let value = Self.digits(text, &position, least: count, most: most), range.contains(value) else {
                return nil
            }
            return value
        }
        switch letter {
        case UInt8(ascii: "y"):
            guard let value = number(0...999_999, longest: count == 2 ? 2 : 6) else { return false }
            year = count == 2 ? 2000 + value : value
        case UInt8(ascii: "M") where count >= 3, UInt8(ascii: "L") where count >= 3:
            guard let index = Self.name(CalendarNames.months, count == 3, text, &position) else { return false }
            month = Int64(index) + 1
        case UInt8(ascii: "M"), UInt8(ascii: "L"):
            guard let value = number(1...12, longest: 2) else { return false }
            month = value
        case UInt8(ascii: "d"):
            guard let value = number(1...31, longest: 2) else { return false }
            dayOfMonth = value
        case UInt8(ascii: "D"):
            guard let value = number(1...366, longest: 3) else { return false }
            dayOfYear = value
        case UInt8(ascii: "E"): return Self.name(CalendarNames.days, count < 4, text, &position) != nil
        case UInt8(ascii: "Q"), UInt8(ascii: "q"): return number(1...4, longest: 1) != nil
        case UInt8(ascii: "a"):
            guard let index = Self.name(["AM", "PM"], false, text, &position) else { return false }
            isAfternoon = index == 1
        case UInt8(ascii: "S"):
            guard let value = Self.digits(text, &position, least: count, most: count) else { return false }
            microsecond = (count..<6).reduce(value) { value, _ in value * 10 }
        case UInt8(ascii: "V"): return readZone(text, &position)
        case UInt8(ascii: "X"), UInt8(ascii: "x"), UInt8(ascii: "Z"): return readOffset(text, &position)
        default: return readClock(letter, number)
        }
        return true
    }

    private mutating func readClock(
        _ letter: UInt8, _ number: (ClosedRange<Int64>, Int) -> Int64?
    ) -> Bool {
        switch letter {
        case UInt8(ascii: "H"), UInt8(ascii: "k"), UInt8(ascii: "h"), UInt8(ascii: "K"):
            let range: ClosedRange<Int64> =
                switch letter {
                case UInt8(ascii: "H"): 0...23
                case UInt8(ascii: "k"): 1...24
                case UInt8(ascii: "h"): 1...12
                default: 0...11
                }
            guard let value = number(range, 2) else { return false }
            hour = letter == UInt8(ascii: "k") ? value % 24 : value
        case UInt8(ascii: "m"):
            guard let value = number(0...59, 2) else { return false }
            minute = value
        default:
            guard let value = number(0...59, 2) else { return false }
            second = value
        }
        return true
    }

    /// `Z`, `+2`, `+02`, `+0200`, `+02:00`.
    private mutating func readOffset(_ text: Text, _ position: inout Int) -> Bool {
        guard position < text.count else { return false }
        let sign = text[position]
        position += 1
        if sign | 0x20 == UInt8(ascii: "z") {
            offset = 0
            return true
        }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = Self.digits(text, &position, least: 1, most: 2), hours <= 18
        else { return false }
        var minutes: Int64 = 0
        if position < text.count {
            let start = position
            if text[position] == UInt8(ascii: ":") { position += 1 }
            if let value = Self.digits(text, &position, least: 2, most: 2), value < 60 {
                minutes = value
            } else {
                position = start
            }
        }
        offset = (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
        return true
    }

    private mutating func readZone(_ text: Text, _ position: inout Int) -> Bool {
        var end = position
        while end < text.count, text[end] > 0x20 { end += 1 }
        guard end > position, let rules = try? TimeZoneRules(identifier: text.part(position..<end).string) else {
            return false
        }
        zone = rules
        position = end
        return true
    }

    /// A number of so many digits; nil, and the position where it was, when there are fewer.
    private static func digits(_ text: Text, _ position: inout Int, least: Int, most: Int) -> Int64? {
        var value: Int64 = 0
        var end = position
        while end < text.count, end - position < most, text[end] &- 0x30 < 10 {
            value = value * 10 + Int64(text[end] - 0x30)
            end += 1
        }
        guard end - position >= least else { return nil }
        position = end
        return value
    }

    /// The index of the name that stands there, in any case.
    private static func name(_ names: [String], _ isShort: Bool, _ text: Text, _ position: inout Int) -> Int? {
        for (index, name) in names.enumerated() {
            let bytes = isShort ? Array(name.utf8.prefix(3)) : Array(name.utf8)
            guard position + bytes.count <= text.count,
                bytes.indices.allSatisfy({ text[position + $0] | 0x20 == bytes[$0] | 0x20 })
            else { continue }
            position += bytes.count
            return index
        }
        return nil
    }

    /// ISO 8601: `2016-12-31`, `2016-12-31T14`, `2016-12-31 14:05:06.123456+01:00`, spaces around it.
    init?(iso text: Text) {
        var position = 0
        var end = text.count
        while position < end, text[position] <= 0x20 { position += 1 }
        while end > position, text[end - 1] <= 0x20 { end -= 1 }
        let text = text.part(position..<end)
        position = 0
        func take(_ characters: String) -> Bool {
            guard position < text.count, characters.utf8.contains(text[position]) else { return false }
            position += 1
            return true
        }
        guard let year = Self.digits(text, &position, least: 4, most: 6) else { return nil }
        self.year = year
        guard take("-"), let month = Self.digits(text, &position, least: 1, most: 2), take("-"),
            let day = Self.digits(text, &position, least: 1, most: 2)
        else { return nil }
        (self.month, dayOfMonth) = (month, day)
        if position == text.count { return }
        guard take("T "), let hour = Self.digits(text, &position, least: 1, most: 2), hour < 24 else { return nil }
        self.hour = hour
        if take(":") {
            guard let minute = Self.digits(text, &position, least: 1, most: 2), minute < 60 else { return nil }
            self.minute = minute
            if take(":") {
                guard let second = Self.digits(text, &position, least: 1, most: 2), second < 60 else { return nil }
                self.second = second
                if take("."), !readFraction(text, &position) { return nil }
            }
        }
        if position < text.count, text[position] == 0x20 { position += 1 }
        if position < text.count, !readOffset(text, &position) { return nil }
        guard position == text.count else { return nil }
    }

    /// Digits beyond the microsecond are cut off.
    private mutating func readFraction(_ text: Text, _ position: inout Int) -> Bool {
        let start = position
        var value: Int64 = 0
        while position < text.count, text[position] &- 0x30 < 10 {
            if position - start < 6 { value = value * 10 + Int64(text[position] - 0x30) }
            position += 1
        }
        microsecond = (min(position - start, 6)..<6).reduce(value) { value, _ in value * 10 }
        return position > start
    }
}
