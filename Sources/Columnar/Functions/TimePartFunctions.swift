extension FunctionFamily {
    static let timeParts = FunctionFamily(
        "Parts of times",
        "Of dates, and of timestamps by the clocks of a zone: `'Europe/Berlin'`, `'+02:00'`; UTC unless one is named.",
        [
            .year, .quarter, .month, .weekOfYear, .yearOfWeek, .day, .dayOfYear, .dayOfWeek, .dayOfWeekFromSunday,
            .weekday,
            .hour, .minute, .second, .microsecond, .dayName, .monthName, .dateTrunc, .trunc, .lastDay, .nextDay,
        ])
}

/// Gives a part of a day since 1970.
private typealias DayPart = @Sendable (Int64) -> Int32

extension ScalarFunction {
    public static let year = calendarPart("year", "The year.", "2015") { Int32(clamping: CivilDate(days: $0).year) }
    public static let quarter = calendarPart("quarter", "The quarter of the year, 1 to 4.", "3") {
        Int32((CivilDate(days: $0).month + 2) / 3)
    }
    public static let month = calendarPart("month", "The month, 1 to 12.", "7") { Int32(CivilDate(days: $0).month) }
    public static let weekOfYear = calendarPart(
        "weekofyear", "The week (ISO 8601), 1 to 53: weeks begin on Monday and belong to the year of their Thursday.",
        "31"
    ) { Int32(CivilDate.isoWeek($0).week) }
    public static let yearOfWeek = calendarPart("yearofweek", "The year that the week (ISO 8601) belongs to.", "2015") {
        Int32(clamping: CivilDate.isoWeek($0).year)
    }
    public static let day = calendarPart("day", "The day of the month, 1 to 31.", "30") {
        Int32(CivilDate(days: $0).day)
    }
    public static let dayOfYear = calendarPart("dayofyear", "The day of the year, 1 to 366.", "211") {
        Int32($0 - CivilDate.days(year: CivilDate(days: $0).year, month: 1, day: 1)) + 1
    }
    public static let dayOfWeek = calendarPart("dayofweek_iso", "1 (Monday) to 7 (Sunday), as ISO 8601.", "4") {
        // 1970-01-01 was a Thursday, the fourth day.
        Int32(($0 + 3).floorRemainder(by: 7)) + 1
    }
    public static let dayOfWeekFromSunday = calendarPart("dayofweek", "1 (Sunday) to 7 (Saturday).", "5") {
        Int32(($0 + 4).floorRemainder(by: 7)) + 1
    }
    public static let weekday = calendarPart("weekday", "0 (Monday) to 6 (Sunday).", "3") {
        Int32(($0 + 3).floorRemainder(by: 7))
    }

    /// A part of dates and timestamps. Neighbouring rows are mostly of one day, so that the calendar is asked once for
    /// a run of them.
    private static func calendarPart(
        _ name: String, _ summary: String, _ example: String, _ part: @escaping DayPart
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.dateOrTimestamp("time"), .string("zone").constant.or(.string("UTC"))], gives: "int", summary,
            ["\(name)(timestamp '2015-07-30 12:00:00')": example]
        ) { arguments throws(FunctionRefusal) in
            let zone = try Zone(arguments, 1)
            let isDate = arguments.types[0] == .date
            guard !isDate || zone.isUTC else { throw FunctionRefusal("takes a zone only with a timestamp") }
            return BoundFunction(.int32) { call in
                var lastDay: Int64?
                var value: Int32 = 0
                func of(_ day: Int64) -> Int32 {
                    if day != lastDay {
                        value = part(day)
                        lastDay = day
                    }
                    return value
                }
                return isDate
                    ? call.map { (day: Int32) in of(Int64(day)) }
                    : call.map { (time: Int64) in of(zone.local(time).floorDivided(by: .microsecondsPerDay)) }
            }
        }
    }

    public static let hour = clockPart("hour", "The hour, 0 to 23.", "12") { Int32($0 / 3_600_000_000) }
    public static let minute = clockPart("minute", "The minute, 0 to 59.", "58") { Int32($0 / 60_000_000 % 60) }
    public static let second = clockPart("second", "The second, 0 to 59.", "59") { Int32($0 / 1_000_000 % 60) }
    public static let microsecond = clockPart(
        "microsecond", "The microseconds since the second, 0 to 999999.", "250000"
    ) {
        Int32($0 % 1_000_000)
    }

    /// A part of the microseconds since midnight.
    private static func clockPart(
        _ name: String, _ summary: String, _ example: String, _ part: @escaping @Sendable (Int64) -> Int32
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.timestamp("time"), .string("zone").constant.or(.string("UTC"))], gives: "int", summary,
            ["\(name)(timestamp '2009-07-30 12:58:59.25')": example]
        ) { arguments throws(FunctionRefusal) in
            let zone = try Zone(arguments, 1)
            return BoundFunction(.int32) { call in
                call.map { (time: Int64) in part(zone.local(time).floorRemainder(by: .microsecondsPerDay)) }
            }
        }
    }

    public static let dayName = name("dayname", "The first three letters of the day's English name.", "'Thu'") {
        CalendarNames.days[Int(($0 + 3).floorRemainder(by: 7))]
    }
    public static let monthName = name("monthname", "The first three letters of the month's English name.", "'Jul'") {
        CalendarNames.months[Int(CivilDate(days: $0).month) - 1]
    }

    private static func name(
        _ name: String, _ summary: String, _ example: String, _ text: @escaping @Sendable (Int64) -> String
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.day("day")], gives: .string, summary, ["\(name)(date '2015-07-30')": example]
        ) { call in
            call.write { (day: Int32, out: inout [UInt8]) in
                out.append(contentsOf: text(Int64(day)).utf8.prefix(3))
                return true
            }
        }
    }

    public static let dateTrunc = ScalarFunction(
        "date_trunc",
        [.string("unit").constant, .timestamp("time"), .string("zone").constant.or(.string("UTC"))], gives: "timestamp",
        "The begin of the year, quarter, month, week (Monday), day, hour, minute, second, millisecond or microsecond that "
            + "the time lies in, by the zone's clocks.",
        [
            "date_trunc('week', timestamp '2015-03-05 09:32:05.359')": "timestamp '2015-03-02 00:00:00'",
            "date_trunc('day', timestamp '2024-03-31 12:00:00', 'Europe/Berlin')": "timestamp '2024-03-30 23:00:00'",
        ]
    ) { arguments throws(FunctionRefusal) in
        let unit = try TimeTruncation.unit(arguments.text(0))
        let zone = try Zone(arguments, 2)
        return BoundFunction(.timestamp) { call in
            let times = FunctionCall([call.operands[1]], .timestamp, count: call.count)
            if let length = unit.clockLength {
                return times.map { (time: Int64) -> Int64? in
                    // Within the offset that holds now, so that the second of two equal hours stays the second.
                    let rest = zone.local(time).floorRemainder(by: length)
                    return time.addingClamped(-rest)
                }
            }
            var lastDay: Int64?
            var begin: Int64 = 0
            return times.map { (time: Int64) -> Int64? in
                let day = zone.local(time).floorDivided(by: .microsecondsPerDay)
                if day != lastDay {
                    begin = zone.utc(TimeTruncation.midnight(unit.firstDay(of: day)))
                    lastDay = day
                }
                return begin
            }
        }
    }

    public static let trunc = ScalarFunction(
        "trunc", [.day("day"), .string("unit").constant], gives: "date",
        "The first day of the year, quarter, month or week (Monday) that the day lies in.",
        [
            "trunc(date '2019-08-04', 'week')": "date '2019-07-29'",
            "trunc(date '2019-08-04', 'year')": "date '2019-01-01'",
        ]
    ) { arguments throws(FunctionRefusal) in
        let unit = try TimeTruncation.unit(arguments.text(1))
        guard unit.clockLength == nil else { throw FunctionRefusal("takes year, quarter, month, week or day") }
        return BoundFunction(.date) { call in
            call.map { (day: Int32) in Int32(clamping: unit.firstDay(of: Int64(day))) }
        }
    }

    public static let lastDay = ScalarFunction(
        "last_day", [.day("day")], gives: .date, nullWhen: "the month ends beyond the last date",
        "The last day of the month.", ["last_day(date '2024-02-03')": "date '2024-02-29'"]
    ) { call in
        call.map { (day: Int32) -> Int32? in
            let date = CivilDate(days: Int64(day))
            return Int32(exactly: Int64(day) - date.day + date.daysInMonth)
        }
    }

    public static let nextDay = ScalarFunction(
        "next_day", [.day("day"), .string("weekday").constant], gives: "date", nullWhen: "it is beyond the last date",
        "The first such weekday behind the day: `'MO'`, `'Mon'`, `'Monday'`.",
        ["next_day(date '2015-01-14', 'TU')": "date '2015-01-20'"]
    ) { arguments throws(FunctionRefusal) in
        let wanted = try arguments.text(1)
        guard let index = CalendarNames.weekday(wanted) else { throw FunctionRefusal("knows no weekday '\(wanted)'") }
        return BoundFunction(.date, canFail: true) { call in
            call.map { (day: Int32) -> Int32? in
                let ahead = (Int64(index) - Int64(day) - 3 - 1).floorRemainder(by: 7) + 1
                return Int32(exactly: Int64(day) + ahead)
            }
        }
    }
}

/// English names of the calendar, from January and from Monday.
enum CalendarNames {
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    /// From Monday, 0, by the first two letters, the first three, or all.
    static func weekday(_ text: String) -> Int? {
        let name = text.lowercased()
        return days.firstIndex { day in
            let day = day.lowercased()
            return [String(day.prefix(2)), String(day.prefix(3)), day].contains(name)
        }
    }
}

/// The begins of units of time.
enum TimeTruncation {
    static func unit(_ name: String) throws(FunctionRefusal) -> Expression.TimeUnit {
        if let unit = Expression.TimeUnit(rawValue: name.lowercased()) { return unit }
        let known = Expression.TimeUnit.allCases.map(\.rawValue).joined(separator: ", ")
        throw FunctionRefusal("knows the units \(known), not '\(name)'")
    }

    /// µs of a day's begin, or the end of the range beyond which it lies.
    static func midnight(_ day: Int64) -> Int64 {
        let (time, overflow) = day.multipliedReportingOverflow(by: .microsecondsPerDay)
        return overflow ? (day < 0 ? .min : .max) : time
    }
}

extension Expression.TimeUnit {
    /// In µs; nil for units of the calendar.
    var clockLength: Int64? {
        switch self {
        case .microsecond: 1
        case .millisecond: 1000
        case .second: 1_000_000
        case .minute: 60_000_000
        case .hour: 3_600_000_000
        case .day, .week, .month, .quarter, .year: nil
        }
    }

    /// The first day, since 1970, of a calendar unit.
    func firstDay(of day: Int64) -> Int64 {
        let date = CivilDate(days: day)
        switch self {
        case .week: return day - (day + 3).floorRemainder(by: 7)
        case .month: return day - date.day + 1
        case .quarter: return CivilDate.days(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1)
        case .year: return CivilDate.days(year: date.year, month: 1, day: 1)
        default: return day
        }
    }
}
