/// Months between two moments, as Spark counts them.
enum MonthCount {
    static func between(_ end: (day: Int64, rest: Int64), _ start: (day: Int64, rest: Int64)) -> Double {
        let (later, earlier) = (CivilDate(days: end.day), CivilDate(days: start.day))
        let months = Double((later.year - earlier.year) * 12 + later.month - earlier.month)
        let areLastDays = later.day == later.daysInMonth && earlier.day == earlier.daysInMonth
        if later.day == earlier.day || areLastDays { return months }
        let seconds = (later.day - earlier.day) * 86_400 + (end.rest / 1_000_000 - start.rest / 1_000_000)
        return months + Double(seconds) / (31 * 86_400)
    }
}

extension Expression.TimeUnit {
    /// Days of a week or day; nil for other units.
    private var days: Int64? { self == .day ? 1 : self == .week ? 7 : nil }

    /// Months of a month, quarter or year; nil for other units.
    private var months: Int64? { self == .month ? 1 : self == .quarter ? 3 : self == .year ? 12 : nil }

    /// The time so many units later; nil beyond the range.
    func add(_ number: Int64, to time: Int64, _ zone: Zone) -> Int64? {
        if let length = clockLength {
            let (span, overflow) = number.multipliedReportingOverflow(by: length)
            let (sum, overflowsToo) = time.addingReportingOverflow(span)
            return overflow || overflowsToo ? nil : sum
        }
        let local = zone.local(time)
        return shifted(local, number).map(zone.utc)
    }

    /// A local time so many days, weeks, months, quarters or years later.
    private func shifted(_ local: Int64, _ number: Int64) -> Int64? {
        let day = local.floorDivided(by: .microsecondsPerDay)
        let rest = local.floorRemainder(by: .microsecondsPerDay)
        let target: Int64?
        if let days {
            let (span, overflow) = number.multipliedReportingOverflow(by: days)
            target = overflow ? nil : day.addingClamped(span)
        } else {
            let (span, overflow) = number.multipliedReportingOverflow(by: months ?? 1)
            target = overflow ? nil : CivilDate(days: day).adding(months: span)?.days
        }
        guard let target else { return nil }
        let (midnight, overflow) = target.multipliedReportingOverflow(by: .microsecondsPerDay)
        let (sum, overflowsToo) = midnight.addingReportingOverflow(rest)
        return overflow || overflowsToo ? nil : sum
    }

    /// The whole units from one time to another; nil when 64 bits cannot hold their number.
    func whole(from start: Int64, to end: Int64, _ zone: Zone) -> Int64? {
        if let length = clockLength {
            // 128 bits, since the difference of two times may leave 64.
            return Int64(exactly: (Int128(end) - Int128(start)) / Int128(length))
        }
        let (from, to) = (zone.local(start), zone.local(end))
        let first = from.floorDivided(by: .microsecondsPerDay)
        let last = to.floorDivided(by: .microsecondsPerDay)
        let (begin, rest) = (from.floorRemainder(by: .microsecondsPerDay), to.floorRemainder(by: .microsecondsPerDay))
        guard let months else {
            let unit = Int128(.microsecondsPerDay * (days ?? 1))
            return Int64((Int128(to) - Int128(from)) / unit)
        }
        let (a, b) = (CivilDate(days: first), CivilDate(days: last))
        var number = (b.year - a.year) * 12 + b.month - a.month
        // A month is whole when its day and time are reached.
        let (reached, wanted) = ((b.day, rest), (a.day, begin))
        if number > 0 {
            if reached < wanted { number -= 1 }
        } else if number < 0 {
            if reached > wanted { number += 1 }
        }
        return number / months
    }
}
