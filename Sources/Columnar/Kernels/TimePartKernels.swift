extension Kernels {
    /// Parts of timestamps (UTC) and of dates.
    static func timePart(
        _ function: Expression.ScalarFunction, _ column: ColumnVector, _ type: DataType
    ) -> ColumnVector {
        switch (function, column.values) {
        case (.hour, .int64(let times)): return part(times, column) { $0 / 3_600_000_000 }
        case (.minute, .int64(let times)): return part(times, column) { $0 / 60_000_000 % 60 }
        case (.second, .int64(let times)): return part(times, column) { $0 / 1_000_000 % 60 }
        // The days of 64 bits of microseconds fit in 32 bits.
        case (.toDate, .int64(let times)):
            return ColumnVector(type, .int32(times.map { Int32(days(of: $0)) }), validity: column.validity)
        case (_, .int64(let times)): return calendarPart(function, times.lazy.map(days), column)
        case (_, .int32(let dates)): return calendarPart(function, dates.lazy.map(Int64.init), column)
        default: preconditionFailure("\(function.rawValue) of \(column.type)")
        }
    }

    private static func days(of time: Int64) -> Int64 { time.floorDivided(by: 86_400_000_000) }

    /// A part of the microseconds since midnight.
    @inline(__always)
    private static func part(_ times: [Int64], _ column: ColumnVector, _ part: (Int64) -> Int64) -> ColumnVector {
        let values = times.map { time -> Int32 in
            let rest = time % 86_400_000_000
            return Int32(truncatingIfNeeded: part(rest < 0 ? rest + 86_400_000_000 : rest))
        }
        return ColumnVector(.int32, .int32(values), validity: column.validity)
    }

    /// Neighbouring rows are mostly of one day, so that the calendar is asked once for a run of them.
    @inline(__always)
    private static func calendarPart(
        _ function: Expression.ScalarFunction, _ days: some Sequence<Int64>, _ column: ColumnVector
    ) -> ColumnVector {
        var lastDay: Int64?
        var value: Int32 = 0
        let values = days.map { day -> Int32 in
            if day != lastDay {
                value = calendarPart(function, day)
                lastDay = day
            }
            return value
        }
        return ColumnVector(.int32, .int32(values), validity: column.validity)
    }

    private static func calendarPart(_ function: Expression.ScalarFunction, _ day: Int64) -> Int32 {
        switch function {
        case .year: Int32(clamping: CivilDate(days: day).year)
        case .month: Int32(CivilDate(days: day).month)
        case .day: Int32(CivilDate(days: day).day)
        // 1970-01-01 was a Thursday, the fourth day.
        case .dayOfWeek: Int32(day + 3 - (day + 3).floorDivided(by: 7) * 7) + 1
        default: preconditionFailure("\(function.rawValue) of a day")
        }
    }
}
