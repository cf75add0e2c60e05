/// Which windows event time is divided into, and when they give their rows.
public struct WindowSpecification: Hashable, Sendable {
    public var kind: Kind
    /// µs by which bounds are moved: from multiples of the length since 1970 UTC, for calendar windows from local
    /// midnight. Session and global windows have no bounds to move.
    public var offset: Int64
    /// µs after its end for which a window still takes rows.
    public var allowedLateness: Int64
    public var emission: Emission
    /// When groups of an aggregation over all time are forgotten; nil: never.
    public var timeToLive: TimeToLive?

    public init(
        _ kind: Kind, offset: Int64 = 0, allowedLateness: Int64 = 0, emission: Emission = .onClose,
        timeToLive: TimeToLive? = nil
    ) {
        self.kind = kind
        self.timeToLive = timeToLive
        self.offset = offset
        self.allowedLateness = allowedLateness
        self.emission = emission
    }

    /// Tumbling windows where `slide` equals `size`, hopping ones where it is less.
    public init(
        size: Int64, slide: Int64, offset: Int64 = 0, allowedLateness: Int64 = 0, emission: Emission = .onClose
    ) {
        self.init(
            .hopping(size: size, slide: slide), offset: offset, allowedLateness: allowedLateness, emission: emission)
    }

    /// How windows lie in time. Lengths are µs and positive; a window holds its start and not its end.
    public enum Kind: Hashable, Sendable {
        /// Windows of one size that begin every `slide`; side by side (tumbling) where both are equal.
        case hopping(size: Int64, slide: Int64)
        /// Windows that begin every `size` and grow: one ends after each `step`, the last after the whole size.
        case cumulate(size: Int64, step: Int64)
        /// For each key, from a row to `gap` after the last of the rows that are less than `gap` apart.
        case session(gap: Int64)
        /// Units of the calendar in an IANA time zone, as long as that unit was there.
        case calendar(CalendarUnit, zone: String)
        /// One window over all time. It never closes.
        case global
    }

    /// A unit of the Gregorian calendar.
    public enum CalendarUnit: String, Hashable, Sendable, CaseIterable {
        case day
        /// From Monday, as in ISO 8601.
        case week
        case month
        case quarter
        case year
    }

    /// When a window gives its rows.
    public enum Emission: Hashable, Sendable {
        /// Once, when it is closed: the watermark has reached end + allowed lateness.
        case onClose
        /// When the watermark reaches its end, and again for each key that a late row within the allowed lateness
        /// changes.
        case updates
        /// While it is open, for each key that has changed, every so many µs of processing time (0: with every batch);
        /// and the rest when the watermark reaches its end.
        case early(every: Int64)
    }

    /// Whether a later row of the result may replace or take away an earlier one.
    var givesChangelog: Bool {
        switch emission {
        case .onClose: false
        case .updates: allowedLateness > 0
        case .early: true
        }
    }
}

/// How long state is kept that nothing closes: a key without rows for so long of event time is forgotten, and a row of it
/// that comes then begins anew.
public struct TimeToLive: Hashable, Sendable {
    /// µs of event time, positive.
    public var microseconds: Int64
    /// Whether the row that was given for a key is taken away when it is forgotten; else the last one stays.
    public var deletesRows: Bool

    public init(microseconds: Int64, deletesRows: Bool = true) {
        self.microseconds = microseconds
        self.deletesRows = deletesRows
    }

    /// Whether a watermark has passed the life of a key whose last row is of a time.
    func hasEnded(_ last: Int64, at watermark: Int64) -> Bool { last.saturatingAdd(microseconds) <= watermark }

    /// Keys are looked for whose life has ended when the watermark passes a multiple of this: a 32nd of the life, so that
    /// state is not searched in every round. It decides when they go, by the watermark alone.
    var sweepInterval: Int64 { max(1, microseconds / 32) }
}
