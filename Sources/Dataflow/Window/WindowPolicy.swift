/// The arithmetic of windows: which windows a time is in, when they end and close. All of it in µs since 1970 UTC, and
/// safe against overflow: bounds beyond the range of `Int64` stop at its ends.
///
/// Windows are made of panes, the largest pieces that no window's bound divides, so that a row is aggregated once
/// however many windows hold it (Li et al., "No pane, no gain", 2005).
struct WindowPolicy: Hashable, Sendable {
    let specification: WindowSpecification
    /// The length of a pane: the greatest common divisor of size and slide.
    let pane: Int64

    /// - Throws: `PlanError` for lengths that make no windows.
    init(_ specification: WindowSpecification) throws {
        guard specification.size > 0 else { throw PlanError("a window's size must be positive") }
        guard specification.slide > 0, specification.slide <= specification.size else {
            throw PlanError("a hopping window's step must be positive and not longer than its size")
        }
        guard specification.allowedLateness >= 0 else { throw PlanError("a window's allowed lateness is negative") }
        self.specification = specification
        var (a, b) = (specification.size, specification.slide)
        while b != 0 { (a, b) = (b, a % b) }
        pane = a
    }

    /// The start of the pane that holds a time.
    func paneStart(of time: Int64) -> Int64 { floor(time, to: pane) }

    /// The start of the last window that holds a pane.
    func lastWindow(of paneStart: Int64) -> Int64 { floor(paneStart, to: specification.slide) }

    /// The starts of all windows that hold a pane, ascending.
    func windows(of paneStart: Int64) -> [Int64] {
        var starts: [Int64] = []
        var start = lastWindow(of: paneStart)
        while end(of: start) > paneStart {
            starts.append(start)
            let (earlier, overflow) = start.subtractingReportingOverflow(specification.slide)
            if overflow { break }
            start = earlier
        }
        return starts.reversed()
    }

    /// Where a window ends; its rows are before it.
    func end(of start: Int64) -> Int64 { start.saturatingAdd(specification.size) }

    /// The watermark at which a window takes no more rows.
    func close(of start: Int64) -> Int64 { end(of: start).saturatingAdd(specification.allowedLateness) }

    /// Whether a window is closed at a watermark.
    func isClosed(_ start: Int64, at watermark: Int64) -> Bool { close(of: start) <= watermark }

    private func floor(_ time: Int64, to step: Int64) -> Int64 {
        let (shifted, overflow) = time.subtractingReportingOverflow(specification.offset)
        if overflow { return time }
        let remainder = shifted % step
        let down = remainder < 0 ? remainder + step : remainder
        let (start, underflow) = time.subtractingReportingOverflow(down)
        return underflow ? .min : start
    }
}

extension Int64 {
    /// The sum, or the end of the range beyond which it lies.
    func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
