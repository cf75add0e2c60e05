import Columnar

/// The arithmetic of windows whose bounds do not depend on the rows: which windows a time is in, when they end and close.
/// All of it in µs since 1970 UTC, and safe against overflow: bounds beyond the range of `Int64` stop at its ends.
///
/// Windows are made of panes, the largest pieces that no window's bound divides, so that a row is aggregated once
/// however many windows hold it (Li et al., "No pane, no gain", 2005).
struct WindowPolicy: Sendable {
    let specification: WindowSpecification
    private let layout: Layout

    private enum Layout {
        /// `pane` is the greatest common divisor of the other two.
        case hopping(pane: Int64, size: Int64, slide: Int64)
        case cumulate(size: Int64, step: Int64)
        case calendar(CalendarDivision)
        case global
    }

    /// - Throws: `PlanError` for windows that cannot be; for session windows, which depend on rows.
    init(_ specification: WindowSpecification) throws {
        self.specification = specification
        try Self.check(specification)
        switch specification.kind {
        case .hopping(let size, let slide):
            guard slide > 0, slide <= size else {
                throw PlanError("a hopping window's step must be positive and not longer than its size")
            }
            layout = .hopping(pane: greatestCommonDivisor(size, slide), size: size, slide: slide)
        case .cumulate(let size, let step):
            guard step > 0, size % step == 0 else {
                throw PlanError("a cumulating window's step must be positive and divide its size")
            }
            layout = .cumulate(size: size, step: step)
        case .calendar(let unit, let zone):
            layout = .calendar(try CalendarDivision(unit, zone: zone, offset: specification.offset))
        case .global: layout = .global
        case .session: throw PlanError("session windows have no bounds without rows")
        }
    }

    /// What every kind of window must satisfy.
    static func check(_ specification: WindowSpecification) throws {
        let length: Int64? =
            switch specification.kind {
            case .hopping(let size, _), .cumulate(let size, _): size
            case .session(let gap): gap
            case .calendar, .global: nil
            }
        if let length, length <= 0 { throw PlanError("a window's length must be positive") }
        guard specification.allowedLateness >= 0 else { throw PlanError("a window's allowed lateness is negative") }
        if let life = specification.timeToLive {
            guard specification.kind == .global else {
                throw PlanError("a time to live is for aggregations over all time: windows forget when they close")
            }
            guard life.microseconds > 0 else { throw PlanError("a time to live must be positive") }
        }
        switch (specification.kind, specification.emission) {
        case (_, .early(let interval)) where interval < 0:
            throw PlanError("the interval at which a window gives early rows is negative")
        case (.global, .onClose), (.global, .updates):
            throw PlanError("an aggregation over all time never closes: let it give early rows")
        default: break
        }
    }

    /// The pane that holds a time.
    func pane(of time: Int64) -> TimeWindow {
        switch layout {
        case .hopping(let length, _, _), .cumulate(_, let length):
            return window(of: time, begunBefore: time.remainder(of: length, from: specification.offset), length)
        case .calendar(let division): return division.window(of: time)
        case .global: return .always
        }
    }

    /// The window of a length that began so long before a time that is in it.
    private func window(of time: Int64, begunBefore past: Int64, _ length: Int64) -> TimeWindow {
        TimeWindow(start: time.saturatingSubtract(past), end: time.saturatingAdd(length - past))
    }

    /// All windows that hold a pane, in the order in which they close.
    func windows(of pane: Int64) -> [TimeWindow] {
        switch layout {
        case .hopping(_, let size, let slide):
            let last = pane.remainder(of: slide, from: specification.offset)
            return stride(from: last, to: size, by: Int(slide)).map { window(of: pane, begunBefore: $0, size) }
                .reversed()
        case .cumulate(let size, let step):
            let past = pane.remainder(of: size, from: specification.offset)
            return stride(from: (past / step + 1) * step, through: size, by: Int(step)).map {
                window(of: pane, begunBefore: past, $0)
            }
        case .calendar, .global: return [self.pane(of: pane)]
        }
    }

    /// The window of a pane that closes last.
    func lastWindow(of pane: Int64) -> TimeWindow {
        switch layout {
        case .hopping(_, let size, let slide):
            return window(of: pane, begunBefore: pane.remainder(of: slide, from: specification.offset), size)
        case .cumulate(let size, _):
            return window(of: pane, begunBefore: pane.remainder(of: size, from: specification.offset), size)
        case .calendar, .global: return self.pane(of: pane)
        }
    }

    /// The watermark at which a window takes no more rows.
    func close(of window: TimeWindow) -> Int64 { window.end.saturatingAdd(specification.allowedLateness) }

    /// Whether a window is closed at a watermark. One over all time never is.
    func isClosed(_ window: TimeWindow, at watermark: Int64) -> Bool {
        if case .global = layout { return false }
        return close(of: window) <= watermark
    }
}

private func greatestCommonDivisor(_ first: Int64, _ second: Int64) -> Int64 {
    var (a, b) = (first, second)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}
