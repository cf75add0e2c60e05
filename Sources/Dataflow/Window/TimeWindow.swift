/// A stretch of event time, µs since 1970 UTC: its start is in it, its end is not.
struct TimeWindow: Hashable, Comparable, Sendable {
    var start: Int64
    var end: Int64

    /// All of time.
    static let always = TimeWindow(start: .min, end: .max)

    func contains(_ time: Int64) -> Bool { start <= time && time < end }

    /// In the order in which windows end, and so close.
    static func < (left: Self, right: Self) -> Bool { (left.end, left.start) < (right.end, right.start) }
}

extension Int64 {
    /// The sum, or the end of the range beyond which it lies.
    func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    /// The difference, or the end of the range beyond which it lies.
    func saturatingSubtract(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// How far this is behind the nearest `origin` + n × `step` that is not above it: 0..<step.
    @inline(__always)
    func remainder(of step: Int64, from origin: Int64) -> Int64 {
        let (shifted, overflow) = subtractingReportingOverflow(origin)
        if overflow { return wideRemainder(of: step, from: origin) }
        let remainder = shifted % step
        return remainder < 0 ? remainder + step : remainder
    }

    private func wideRemainder(of step: Int64, from origin: Int64) -> Int64 {
        let remainder = (Int128(self) - Int128(origin)) % Int128(step)
        return Int64(remainder < 0 ? remainder + Int128(step) : remainder)
    }
}
