import Columnar

/// A value that has a day of the calendar.
public protocol CalendarValue: ColumnValue where Base == Self {}

extension Timestamp: CalendarValue {}
extension CalendarDate: CalendarValue {}

/// Parts of dates, and of timestamps in UTC.
extension Expr where Value.Base: CalendarValue {
    public var year: Expr<Int32> { call(.year) }
    /// 1 to 4.
    public var quarter: Expr<Int32> { call(.quarter) }
    /// 1 to 12.
    public var month: Expr<Int32> { call(.month) }
    /// The week (ISO 8601), 1 to 53.
    public var weekOfYear: Expr<Int32> { call(.weekOfYear) }
    /// The year that the week (ISO 8601) belongs to.
    public var yearOfWeek: Expr<Int32> { call(.yearOfWeek) }
    /// 1 to 31.
    public var day: Expr<Int32> { call(.day) }
    /// 1 to 366.
    public var dayOfYear: Expr<Int32> { call(.dayOfYear) }
    /// 1 (Monday) to 7 (Sunday), as ISO 8601.
    public var dayOfWeek: Expr<Int32> { call(.dayOfWeek) }
    /// `Mon`.
    public var dayName: Expr<String> { call(.dayName) }
    /// `Jan`.
    public var monthName: Expr<String> { call(.monthName) }
    /// The last day of the month.
    public var lastDayOfMonth: Expr<CalendarDate> { call(.lastDay) }

    /// The first such weekday behind the day.
    public func next(_ weekday: Weekday) -> Expr<CalendarDate> { call(.nextDay, weekday.rawValue.literal) }

    /// The day that is so many later.
    public func adding(days: some IntegerArgument) -> Expr<CalendarDate> { call(.dateAdd, days.argument) }

    /// The same day so many months later, or the month's last where it has no such day.
    public func adding(months: some IntegerArgument) -> Expr<CalendarDate> { call(.addMonths, months.argument) }

    /// The days since another one.
    public func days<Other: CalendarValue>(since other: some ExpressionArgument<Other>) -> Expr<Int64> {
        call(.dateDiff, other.argument)
    }

    /// Months since another time: whole for equal days of the month and for two last ones, otherwise with a fraction of
    /// 31 days, rounded to 8 digits.
    public func months<Other: CalendarValue>(since other: some ExpressionArgument<Other>) -> Expr<Double> {
        call(.monthsBetween, other.argument)
    }
}

extension Expr where Value.Base == Timestamp {
    /// 0 to 23, in UTC.
    public var hour: Expr<Int32> { call(.hour) }
    /// 0 to 59, in UTC.
    public var minute: Expr<Int32> { call(.minute) }
    /// 0 to 59.
    public var second: Expr<Int32> { call(.second) }
    /// The microseconds since the second.
    public var microsecond: Expr<Int32> { call(.microsecond) }
    /// The day of the calendar, in UTC.
    public var date: Expr<CalendarDate> { call(.toDate) }
    /// Whole seconds since 1970 UTC, rounded down.
    public var unixSeconds: Expr<Int64> { call(.unixSeconds) }
    /// Whole milliseconds since 1970 UTC, rounded down.
    public var unixMilliseconds: Expr<Int64> { call(.unixMillis) }
    /// Microseconds since 1970 UTC.
    public var unixMicroseconds: Expr<Int64> { call(.unixMicros) }

    /// The begin of the unit that the time lies in, by the clocks of a zone.
    public func truncated(to unit: Expression.TimeUnit, in zone: String = "UTC") -> Expr<Timestamp> {
        Expr<Timestamp>(expression: .function(.dateTrunc, [unit.rawValue.literal, expression] + clocks(of: zone)))
    }

    /// What the clocks of a zone such as `Europe/Berlin` show at the time, as if it were UTC: its parts are local parts,
    /// right across changes of the clocks.
    public func local(in zone: String) -> Expr<Timestamp> { call(.fromUTC, zone.literal) }

    /// When the clocks of a zone show the time. Times that they skip count as if they had not been put forward yet; of
    /// those that they show twice it is the first.
    public func utc(from zone: String) -> Expr<Timestamp> { call(.toUTC, zone.literal) }

    /// The time so many units later: days and longer units by the calendar of a zone, shorter ones by the clock's run.
    public func adding(
        _ number: some IntegerArgument, _ unit: Expression.TimeUnit, in zone: String = "UTC"
    ) -> Expr<Timestamp> {
        Expr<Timestamp>(
            expression: .function(
                .timestampAdd, [unit.rawValue.literal, number.argument, expression] + clocks(of: zone)))
    }

    /// The whole units since another time, by the calendar of a zone.
    public func whole(
        _ unit: Expression.TimeUnit, since other: some ExpressionArgument<Timestamp>, in zone: String = "UTC"
    ) -> Expr<Int64> {
        Expr<Int64>(
            expression: .function(
                .timestampDiff, [unit.rawValue.literal, other.argument, expression] + clocks(of: zone)))
    }
}

extension Expr where Value.Base == CalendarDate {
    /// The first day of the year, quarter, month or week (Monday) that the day lies in.
    public func truncated(to unit: Expression.TimeUnit) -> Expr<CalendarDate> { call(.trunc, unit.rawValue.literal) }

    /// The days since 1970-01-01.
    public var unixDays: Expr<Int32> { call(.unixDate) }
}

extension Expr where Value.Base: IntegerValue {
    /// The time so many seconds after 1970 UTC.
    public func timestampFromSeconds() -> Expr<Timestamp> { call(.timestampSeconds) }
    /// The time so many milliseconds after 1970 UTC.
    public func timestampFromMilliseconds() -> Expr<Timestamp> { call(.timestampMillis) }
    /// The time so many microseconds after 1970 UTC.
    public func timestampFromMicroseconds() -> Expr<Timestamp> { call(.timestampMicros) }
    /// The day so many after 1970-01-01.
    public func dateFromDays() -> Expr<CalendarDate> { call(.dateFromUnixDate) }
}

/// The days of a week.
public enum Weekday: String, Sendable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday
}

/// The day of the calendar; null when there is none.
public func makeDate(
    year: some IntegerArgument, month: some IntegerArgument, day: some IntegerArgument
) -> Expr<CalendarDate> {
    call(.makeDate, year.argument, month.argument, day.argument)
}

/// The time that the clocks of a zone show so; null when there is none.
public func makeTimestamp(
    year: some IntegerArgument, month: some IntegerArgument, day: some IntegerArgument, hour: some IntegerArgument,
    minute: some IntegerArgument, second: some NumberArgument, in zone: String = "UTC"
) -> Expr<Timestamp> {
    let parts = [year.argument, month.argument, day.argument, hour.argument, minute.argument, second.argument]
    return Expr(expression: .function(.makeTimestamp, parts + clocks(of: zone)))
}

/// The argument for a zone; none for UTC, which functions take by themselves.
func clocks(of zone: String) -> [Expression] { zone == "UTC" ? [] : [zone.literal] }
