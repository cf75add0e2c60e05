extension Kernels {
    /// The begin of the unit that each timestamp lies in. A begin before the first timestamp that 64 bits hold is that
    /// first timestamp.
    static func truncated(_ column: ColumnVector, to unit: Expression.TimeUnit) -> ColumnVector {
        guard case .int64(let times) = column.values else { preconditionFailure("\(column.type) cut to a time unit") }
        let begins: [Int64]
        switch unit {
        case .second: begins = multiples(times, of: 1_000_000, from: 0)
        case .minute: begins = multiples(times, of: 60_000_000, from: 0)
        case .hour: begins = multiples(times, of: 3_600_000_000, from: 0)
        case .day: begins = multiples(times, of: microsecondsPerDay, from: 0)
        // 1970-01-05 was a Monday.
        case .week: begins = multiples(times, of: 7 * microsecondsPerDay, from: 4 * microsecondsPerDay)
        case .month: begins = calendarBegins(times) { CivilDate.days(year: $0.year, month: $0.month, day: 1) }
        case .year: begins = calendarBegins(times) { CivilDate.days(year: $0.year, month: 1, day: 1) }
        }
        return ColumnVector(.timestamp, .int64(begins), validity: column.validity)
    }

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    private static func multiples(_ times: [Int64], of unit: Int64, from anchor: Int64) -> [Int64] {
        times.map { time in
            // The remainders are taken apart, so that nothing overflows.
            var rest = (time % unit - anchor % unit) % unit
            if rest < 0 { rest += unit }
            let (begin, overflow) = time.subtractingReportingOverflow(rest)
            return overflow ? .min : begin
        }
    }

    /// Neighbouring rows are mostly of one day, so that the calendar is asked once for a run of them.
    @inline(__always)
    private static func calendarBegins(_ times: [Int64], _ firstDay: (CivilDate) -> Int64) -> [Int64] {
        var lastDay = Int64.min
        var begin = Int64.min
        return times.map { time in
            let day = time.floorDivided(by: microsecondsPerDay)
            if day != lastDay {
                let (start, overflow) = firstDay(CivilDate(days: day))
                    .multipliedReportingOverflow(by: microsecondsPerDay)
                begin = overflow ? .min : start
                lastDay = day
            }
            return begin
        }
    }
}
