import Dataflow
import Foundation

/// Windows by their definition.
enum OracleWindows {
    struct Window: Hashable {
        var start: Int64
        /// Of a window over all time, the largest number: it never closes.
        var end: Int64
    }

    /// The windows that hold a time.
    static func containing(_ time: Int64, _ window: WindowSpecification) throws -> [Window] {
        switch window.kind {
        case .hopping(let size, let slide):
            var windows: [Window] = []
            var start = time - floorRemainder(time - window.offset, slide)
            while start > time - size {
                windows.append(Window(start: start, end: start + size))
                start -= slide
            }
            return windows
        case .cumulate(let size, let step):
            let start = time - floorRemainder(time - window.offset, size)
            return stride(from: start + step, through: start + size, by: Int(step)).filter { $0 > time }
                .map { Window(start: start, end: $0) }
        case .calendar(let unit, let zone):
            guard window.offset == 0 else { throw NoOracle(reason: "calendar windows with an offset") }
            return [try calendar(time, unit, zone)]
        case .global: return [Window(start: 0, end: .max)]
        case .session: throw NoOracle(reason: "sessions have no windows without rows")
        }
    }

    private static func floorRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        (value % divisor + divisor) % divisor
    }

    private static func calendar(
        _ time: Int64, _ unit: WindowSpecification.CalendarUnit, _ zone: String
    ) throws -> Window {
        guard let zone = TimeZone(identifier: zone) else { throw NoOracle(reason: "zone \(zone)") }
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = zone
        let component: Calendar.Component =
            switch unit {
            case .day: .day
            case .week: .weekOfYear
            case .month: .month
            case .quarter: .quarter
            case .year: .year
            }
        let seconds = (Double(time) / 1_000_000).rounded(.down)
        guard component != .quarter,
            let interval = calendar.dateInterval(of: component, for: Date(timeIntervalSince1970: seconds))
        else { throw NoOracle(reason: "calendar \(unit)") }
        return Window(
            start: Int64(interval.start.timeIntervalSince1970) * 1_000_000,
            end: Int64(interval.end.timeIntervalSince1970) * 1_000_000)
    }

    /// The sessions of rows of one key: runs of rows that are less than the gap apart.
    static func sessions(_ rows: [OracleRow], gap: Int64) -> [(window: Window, rows: [OracleRow])] {
        var sessions: [(window: Window, rows: [OracleRow])] = []
        for row in rows.sorted(by: { $0.time < $1.time }) {
            if let last = sessions.indices.last, row.time < sessions[last].window.end {
                sessions[last].rows.append(row)
                sessions[last].window.end = row.time + gap
            } else {
                sessions.append((Window(start: row.time, end: row.time + gap), [row]))
            }
        }
        return sessions
    }
}
