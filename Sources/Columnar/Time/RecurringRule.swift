/// When clocks change every year, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3` (IEEE Std 1003.1, TZ; with the hours
/// from -167 to 167 of RFC 8536).
struct RecurringRule: Hashable, Sendable {
    /// Local time less UTC, in s.
    private let standard: Int64
    /// Nil where clocks do not change.
    private let daylight: Daylight?

    private struct Daylight: Hashable, Sendable {
        var offset: Int64
        var begin: Moment
        var end: Moment
    }

    /// A local time of the year.
    private struct Moment: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// 1...365, the 29th of February never counted.
            case julian(Int64)
            /// 0...365.
            case ordinal(Int64)
            /// The `week`th of a weekday (0 is Sunday) in a month; week 5 is the last.
            case weekday(month: Int64, week: Int64, weekday: Int64)
        }

        var day: Day
        /// s after midnight.
        var time: Int64

        /// s since 1970 on the clocks' own scale.
        func second(in year: Int64) -> Int64 { firstDay(in: year) * 86_400 + time }

        private func firstDay(in year: Int64) -> Int64 {
            let newYear = CivilDate.days(year: year, month: 1, day: 1)
            switch day {
            case .julian(let number):
                let isLeap = CivilDate.days(year: year, month: 3, day: 1) - newYear == 60
                return newYear + number - (isLeap && number >= 60 ? 0 : 1)
            case .ordinal(let number): return newYear + number
            case .weekday(let month, let week, let weekday):
                let first = CivilDate.days(year: year, month: month, day: 1)
                // 1970-01-01 was a Thursday, day 4 of the week.
                let firstWeekday = first + 4 - (first + 4).floorDivided(by: 7) * 7
                let day = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                let next = CivilDate.days(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
                return day < next ? day : day - 7
            }
        }
    }

    /// Local time less UTC at an instant (s since 1970 UTC), in s.
    func offset(atUTC second: Int64) -> Int64 {
        guard let daylight else { return standard }
        let year = CivilDate(days: (second + standard).floorDivided(by: 86_400)).year
        // The clocks that are read at a change are those before it.
        let begin = daylight.begin.second(in: year) - standard
        let end = daylight.end.second(in: year) - daylight.offset
        let isDaylight = begin < end ? begin <= second && second < end : !(end <= second && second < begin)
        return isDaylight ? daylight.offset : standard
    }

    /// Nil for text that is no such rule.
    init?(_ text: String) {
        var parser = Parser(rest: Substring(text))
        guard parser.name(), let standard = parser.time() else { return nil }
        self.standard = -standard
        if parser.rest.isEmpty {
            daylight = nil
            return
        }
        guard parser.name() else { return nil }
        var offset = self.standard + 3600
        if let first = parser.rest.first, first != "," {
            guard let given = parser.time() else { return nil }
            offset = -given
        }
        guard parser.take(","), let begin = parser.moment(), parser.take(","), let end = parser.moment(),
            parser.rest.isEmpty
        else { return nil }
        daylight = Daylight(offset: offset, begin: begin, end: end)
    }

    private struct Parser {
        var rest: Substring

        mutating func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        /// Letters, or anything between angle brackets.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: ">") else { return false }
                rest = rest[rest.index(after: end)...]
                return true
            }
            let letters = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(letters.count)
            return letters.count >= 3
        }

        mutating func number() -> Int64? {
            let digits = rest.prefix { $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return Int64(digits)
        }

        /// `[+-]hh[:mm[:ss]]` in s.
        mutating func time() -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number() else { return nil }
            var seconds = hours * 3600
            for unit: Int64 in [60, 1] where take(":") {
                guard let part = number() else { return nil }
                seconds += part * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func moment() -> Moment? {
            guard let day = day() else { return nil }
            guard take("/") else { return Moment(day: day, time: 7200) }
            return time().map { Moment(day: day, time: $0) }
        }

        private mutating func day() -> Moment.Day? {
            if take("J") { return number().map { .julian($0) } }
            guard take("M") else { return number().map { .ordinal($0) } }
            guard let month = number(), take("."), let week = number(), take("."), let weekday = number(),
                (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
    }
}
