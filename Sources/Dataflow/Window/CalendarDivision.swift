import Columnar

/// Time divided at local midnights, Mondays, firsts of months, … of a time zone. A day is as long as it was there: 23 or
/// 25 hours where clocks change, and none at all where a zone skipped one.
struct CalendarDivision: Sendable {
    private let unit: WindowSpecification.CalendarUnit
    private let rules: TimeZoneRules
    /// µs of local time after midnight at which units begin.
    private let offset: Int64
    private static let day: Int64 = 86_400_000_000

    /// - Throws: `PlanError` for a zone that this machine does not know.
    init(_ unit: WindowSpecification.CalendarUnit, zone: String, offset: Int64) throws {
        self.unit = unit
        self.offset = offset
        do {
            rules = try TimeZoneRules(identifier: zone)
        } catch {
            throw PlanError("a calendar window's time zone: \(error)")
        }
    }

    /// The unit that holds a time.
    func window(of time: Int64) -> TimeWindow {
        let local = time.saturatingAdd(rules.offset(atUTC: time) * 1_000_000).saturatingSubtract(offset)
        var number = number(ofDay: local.floorDivided(by: Self.day))
        // Where clocks are put back across midnight, an hour of the old date follows the first of the new one: bounds are
        // instants, and the instant decides.
        while time < start(of: number), start(of: number) > .min { number -= 1 }
        while time >= start(of: number + 1), start(of: number + 1) < .max { number += 1 }
        return TimeWindow(start: start(of: number), end: start(of: number + 1))
    }

    /// The number of a unit since that of 1970-01-01, by a day since then.
    private func number(ofDay day: Int64) -> Int64 {
        switch unit {
        case .day: return day
        // 1970-01-01 was a Thursday, three days after a Monday.
        case .week: return (day + 3).floorDivided(by: 7)
        case .month: return months(day)
        case .quarter: return months(day).floorDivided(by: 3)
        case .year: return months(day).floorDivided(by: 12)
        }
    }

    private func months(_ day: Int64) -> Int64 {
        let date = CivilDate(days: day)
        return (date.year - 1970) * 12 + date.month - 1
    }

    /// The instant at which a unit begins.
    private func start(of number: Int64) -> Int64 {
        let (midnight, overflow) = firstDay(of: number).multipliedReportingOverflow(by: Self.day)
        if overflow { return number < 0 ? .min : .max }
        let local = midnight.saturatingAdd(offset)
        return local == .min || local == .max ? local : rules.utc(fromLocal: local)
    }

    private func firstDay(of number: Int64) -> Int64 {
        let month: Int64
        switch unit {
        case .day: return number
        case .week: return number * 7 - 3
        case .month: month = number
        case .quarter: month = number * 3
        case .year: month = number * 12
        }
        let year = month.floorDivided(by: 12)
        return CivilDate.days(year: 1970 + year, month: month - year * 12 + 1, day: 1)
    }
}
