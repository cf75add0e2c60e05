extension FunctionFamily {
    static let timeArithmetic = FunctionFamily(
        "Time arithmetic",
        "Where a timestamp is taken for a day, it is the day in UTC; `to_date(from_utc_timestamp(time, zone))` is the one "
            + "of a place. Local times that clocks skip count as if they had not been put forward yet; of those that they "
            + "show twice it is the first.",
        [
            .dateAdd, .dateSub, .dateDiff, .addMonths, .monthsBetween, .timestampAdd, .timestampDiff, .makeDate,
            .makeTimestamp, .fromUTC, .toUTC, .convertZone, .unixSeconds, .unixMillis, .unixMicros, .timestampSeconds,
            .timestampMillis, .timestampMicros, .unixDate, .dateFromUnixDate,
        ])
}

extension ScalarFunction {
    private static let beyond = "the result is beyond the range of its type"

    public static let dateAdd = ScalarFunction(
        "date_add", [.day("day"), .bigint("days")], gives: .date, nullWhen: beyond, "The day that is so many later.",
        ["date_add(date '2016-07-30', 1)": "date '2016-07-31'"]
    ) { call in
        call.map { (day: Int32, days: Int64) in Int32(exactly: Int64(day).addingClamped(days)) }
    }

    public static let dateSub = ScalarFunction(
        "date_sub", [.day("day"), .bigint("days")], gives: .date, nullWhen: beyond, "The day that is so many earlier.",
        ["date_sub(date '2016-07-30', 1)": "date '2016-07-29'"]
    ) { call in
        call.map { (day: Int32, days: Int64) -> Int32? in
            let (result, overflow) = Int64(day).subtractingReportingOverflow(days)
            return overflow ? nil : Int32(exactly: result)
        }
    }

    public static let dateDiff = ScalarFunction(
        "datediff", [.day("end"), .day("start")], gives: .int64, "The days from start to end.",
        ["datediff(date '2009-07-31', date '2009-07-30')": "1"]
    ) { call in call.map { (end: Int32, start: Int32) in Int64(end) - Int64(start) } }

    public static let addMonths = ScalarFunction(
        "add_months", [.day("day"), .bigint("months")], gives: .date, nullWhen: beyond,
        "The same day so many months later, or the month's last where it has no such day.",
        ["add_months(date '2016-08-31', 1)": "date '2016-09-30'"]
    ) { call in
        call.map { (day: Int32, months: Int64) in
            CivilDate(days: Int64(day)).adding(months: months).flatMap { Int32(exactly: $0.days) }
        }
    }

    public static let monthsBetween = ScalarFunction(
        "months_between",
        [.dateOrTimestamp("end"), .dateOrTimestamp("start"), .boolean("round").constant.or(.bool(true))],
        gives: "double",
        "Months from start to end: whole for equal days of the month and for two last ones, otherwise with a fraction of 31 "
            + "days; rounded to 8 digits.",
        [
            "months_between(timestamp '1997-02-28 10:30:00', date '1996-10-30')": "3.94959677e0",
            "months_between(date '2024-02-29', date '2024-01-31')": "1e0",
        ]
    ) { arguments throws(FunctionRefusal) in
        let isRounded = arguments.constants[2] != .bool(false)
        let isDate = arguments.types.map { $0 == .date }
        return BoundFunction(.double) { call in
            // Dates as timestamps in plain words: day and microseconds since midnight.
            func moment(_ index: Int, _ row: Int) -> (day: Int64, rest: Int64) {
                let operand = call.operands[index]
                let row = operand.isConstant ? 0 : row
                switch operand.column.values {
                case .int32(let days) where isDate[index]: return (Int64(days[row]), 0)
                case .int64(let times):
                    return (
                        times[row].floorDivided(by: .microsecondsPerDay),
                        times[row].floorRemainder(by: .microsecondsPerDay)
                    )
                default: preconditionFailure("months between \(operand.column.type)")
                }
            }
            return call.fill { row in
                let months = MonthCount.between(moment(0, row), moment(1, row))
                return isRounded ? (months * 1e8).rounded(.toNearestOrAwayFromZero) / 1e8 : months
            }
        }
    }

    public static let timestampAdd = ScalarFunction(
        "timestampadd",
        [.string("unit").constant, .bigint("number"), .timestamp("time"), .string("zone").constant.or(.string("UTC"))],
        gives: "timestamp", nullWhen: beyond,
        "The time so many units later. Days and longer units go by the zone's calendar, shorter ones by the clock's run.",
        [
            "timestampadd('hour', 8, timestamp '2022-02-28 20:00:00')": "timestamp '2022-03-01 04:00:00'",
            "timestampadd('month', 1, timestamp '2022-01-31 00:00:00')": "timestamp '2022-02-28 00:00:00'",
            "timestampadd('day', 1, timestamp '2024-03-30 12:00:00', 'Europe/Berlin')":
                "timestamp '2024-03-31 11:00:00'",
        ]
    ) { arguments throws(FunctionRefusal) in
        let unit = try TimeTruncation.unit(arguments.text(0))
        let zone = try Zone(arguments, 3)
        return BoundFunction(.timestamp, canFail: true) { call in
            FunctionCall([call.operands[1], call.operands[2]], .timestamp, count: call.count)
                .map { (number: Int64, time: Int64) in unit.add(number, to: time, zone) }
        }
    }

    public static let timestampDiff = ScalarFunction(
        "timestampdiff",
        [
            .string("unit").constant, .timestamp("start"), .timestamp("end"),
            .string("zone").constant.or(.string("UTC")),
        ], gives: "bigint",
        "The whole units from start to end, by the zone's calendar; a month is whole when its day and time are reached.",
        [
            "timestampdiff('hour', timestamp '2022-02-11 20:30:00', timestamp '2022-02-12 04:30:00')": "8",
            "timestampdiff('month', timestamp '2022-01-31 00:00:00', timestamp '2022-02-28 00:00:00')": "0",
        ]
    ) { arguments throws(FunctionRefusal) in
        let unit = try TimeTruncation.unit(arguments.text(0))
        let zone = try Zone(arguments, 3)
        return BoundFunction(.int64, canFail: unit == .microsecond) { call in
            FunctionCall([call.operands[1], call.operands[2]], .int64, count: call.count)
                .map { (start: Int64, end: Int64) in unit.whole(from: start, to: end, zone) }
        }
    }

    public static let makeDate = ScalarFunction(
        "make_date", [.bigint("year"), .bigint("month"), .bigint("day")], gives: .date,
        nullWhen: "there is no such day", "The day of the calendar.",
        ["make_date(2013, 7, 15)": "date '2013-07-15'", "make_date(2019, 2, 30)": "null"]
    ) { call in
        call.map { (year: Int64, month: Int64, day: Int64) in
            CivilDate(year: year, month: month, checkedDay: day).flatMap { Int32(exactly: $0.days) }
        }
    }

    public static let makeTimestamp = ScalarFunction(
        "make_timestamp",
        [
            .bigint("year"), .bigint("month"), .bigint("day"), .bigint("hour"), .bigint("minute"), .double("second"),
            .string("zone").constant.or(.string("UTC")),
        ], gives: "timestamp", nullWhen: "there is no such time",
        "The time that the zone's clocks show so; second 60 is the begin of the next minute.",
        [
            "make_timestamp(2014, 12, 28, 6, 30, 45.887)": "timestamp '2014-12-28 06:30:45.887'",
            "make_timestamp(2024, 7, 1, 0, 0, 0, 'Europe/Berlin')": "timestamp '2024-06-30 22:00:00'",
            "make_timestamp(2019, 13, 1, 0, 0, 0)": "null",
        ]
    ) { arguments throws(FunctionRefusal) in
        let zone = try Zone(arguments, 6)
        return BoundFunction(.timestamp, canFail: true) { call in
            let days = FunctionCall(Array(call.operands[..<3]), .date, count: call.count).map {
                (year: Int64, month: Int64, day: Int64) in
                CivilDate(year: year, month: month, checkedDay: day).flatMap { Int32(exactly: $0.days) }
            }
            let clocks = FunctionCall(Array(call.operands[3..<6]), .int64, count: call.count).map {
                (hour: Int64, minute: Int64, second: Double) -> Int64? in
                guard (0..<24).contains(hour), (0..<60).contains(minute), second >= 0, second <= 60 else { return nil }
                return (hour * 60 + minute) * 60_000_000 + Int64((second * 1_000_000).rounded())
            }
            let parts = [days, clocks].map { Operand(column: $0, isConstant: false) }
            return FunctionCall(parts, .timestamp, count: call.count).map { (day: Int32, clock: Int64) -> Int64? in
                let (midnight, overflow) = Int64(day).multipliedReportingOverflow(by: .microsecondsPerDay)
                let (local, overflowsToo) = midnight.addingReportingOverflow(clock)
                return overflow || overflowsToo ? nil : zone.utc(local)
            }
        }
    }

    public static let fromUTC = ScalarFunction(
        "from_utc_timestamp", [.timestamp("time"), .string("zone").constant], gives: "timestamp",
        "What the clocks of a zone show at a time, as if it were UTC; parts of it are local parts.",
        ["from_utc_timestamp(timestamp '2016-08-31 00:00:00', 'Asia/Seoul')": "timestamp '2016-08-31 09:00:00'"]
    ) { arguments throws(FunctionRefusal) in
        let zone = try Zone(arguments, 1)
        return BoundFunction(.timestamp) { $0.map { (time: Int64) in zone.local(time) } }
    }

    public static let toUTC = ScalarFunction(
        "to_utc_timestamp", [.timestamp("time"), .string("zone").constant], gives: "timestamp",
        "When the clocks of a zone show a time; undoes `from_utc_timestamp`.",
        ["to_utc_timestamp(timestamp '2016-08-31 00:00:00', 'Asia/Seoul')": "timestamp '2016-08-30 15:00:00'"]
    ) { arguments throws(FunctionRefusal) in
        let zone = try Zone(arguments, 1)
        return BoundFunction(.timestamp) { $0.map { (time: Int64) in zone.utc(time) } }
    }

    public static let convertZone = ScalarFunction(
        "convert_timezone", [.string("from").constant, .string("to").constant, .timestamp("time")], gives: "timestamp",
        "What the clocks of a zone show when those of another one show a time.",
        [
            "convert_timezone('Europe/Brussels', 'America/Los_Angeles', timestamp '2021-12-06 00:00:00')":
                "timestamp '2021-12-05 15:00:00'"
        ]
    ) { arguments throws(FunctionRefusal) in
        let (from, to) = (try Zone(arguments, 0), try Zone(arguments, 1))
        return BoundFunction(.timestamp) { call in
            FunctionCall([call.operands[2]], .timestamp, count: call.count)
                .map { (time: Int64) in to.local(from.utc(time)) }
        }
    }

    public static let unixSeconds = since1970("unix_seconds", "whole seconds, rounded down,", 1_000_000, "1230219000")
    public static let unixMillis = since1970("unix_millis", "whole milliseconds, rounded down,", 1000, "1230219000000")
    public static let unixMicros = since1970("unix_micros", "microseconds", 1, "1230219000000000")

    private static func since1970(_ name: String, _ words: String, _ unit: Int64, _ example: String) -> ScalarFunction {
        ScalarFunction(
            name, [.timestamp("time")], gives: .int64, "The \(words) since 1970 UTC.",
            ["\(name)(timestamp '2008-12-25 15:30:00')": example]
        ) { call in call.map { (time: Int64) in time.floorDivided(by: unit) } }
    }

    public static let timestampSeconds = from1970("timestamp_seconds", "seconds", 1_000_000, "1230219000")
    public static let timestampMillis = from1970("timestamp_millis", "milliseconds", 1000, "1230219000000")
    public static let timestampMicros = from1970("timestamp_micros", "microseconds", 1, "1230219000000000")

    private static func from1970(_ name: String, _ words: String, _ unit: Int64, _ example: String) -> ScalarFunction {
        ScalarFunction(
            name, [.bigint("number")], gives: .timestamp, nullWhen: unit == 1 ? nil : beyond,
            "The time so many \(words) after 1970 UTC.", ["\(name)(\(example))": "timestamp '2008-12-25 15:30:00'"]
        ) { call in
            call.map { (number: Int64) -> Int64? in
                let (time, overflow) = number.multipliedReportingOverflow(by: unit)
                return overflow ? nil : time
            }
        }
    }

    public static let unixDate = ScalarFunction(
        "unix_date", [.date("day")], gives: .int32, "The days since 1970-01-01.", ["unix_date(date '1970-01-02')": "1"]
    ) { call in call.map { (day: Int32) in day } }

    public static let dateFromUnixDate = ScalarFunction(
        "date_from_unix_date", [.bigint("days")], gives: .date, nullWhen: beyond, "The day so many after 1970-01-01.",
        ["date_from_unix_date(1)": "date '1970-01-02'"]
    ) { call in call.map { (days: Int64) in Int32(exactly: days) } }
}

extension CivilDate {
    /// Nil when the calendar has no such day.
    init?(year: Int64, month: Int64, checkedDay day: Int64) {
        guard (1...12).contains(month), day >= 1, year.magnitude < 10_000_000 else { return nil }
        self.init(days: Self.days(year: year, month: month, day: 1))
        guard day <= daysInMonth else { return nil }
        self.day = day
    }
}
