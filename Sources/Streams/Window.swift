import Dataflow

/// A kind of event-time window, and when it gives its rows. A window holds its start and not its end; it is closed when
/// the watermark reaches its end + `allowedLateness`.
public struct Window: Sendable {
    let specification: WindowSpecification

    public typealias CalendarUnit = WindowSpecification.CalendarUnit

    private init(
        _ kind: WindowSpecification.Kind, offset: Duration = .zero, allowedLateness: Duration = .zero,
        emitting: Emission
    ) {
        specification = WindowSpecification(
            kind, offset: offset.microseconds, allowedLateness: allowedLateness.microseconds,
            emission: emitting.emission)
    }

    /// Windows of one size side by side.
    /// - Parameter offset: by which bounds are moved from multiples of the size since 1970 UTC.
    public static func tumbling(
        _ size: Duration, offset: Duration = .zero, allowedLateness: Duration = .zero, emitting: Emission = .onClose
    ) -> Window { hopping(size, every: size, offset: offset, allowedLateness: allowedLateness, emitting: emitting) }

    /// Windows of one size that begin every so often.
    public static func hopping(
        _ size: Duration, every slide: Duration, offset: Duration = .zero, allowedLateness: Duration = .zero,
        emitting: Emission = .onClose
    ) -> Window {
        Window(
            .hopping(size: size.microseconds, slide: slide.microseconds), offset: offset,
            allowedLateness: allowedLateness, emitting: emitting)
    }

    /// Windows that grow: all that begin together end after one step, two steps, … up to the whole size, which is a
    /// multiple of the step. For totals since midnight, every hour.
    public static func cumulating(
        every step: Duration, upTo size: Duration, offset: Duration = .zero, allowedLateness: Duration = .zero,
        emitting: Emission = .onClose
    ) -> Window {
        Window(
            .cumulate(size: size.microseconds, step: step.microseconds), offset: offset,
            allowedLateness: allowedLateness, emitting: emitting)
    }

    /// For each key, the rows that are less than `gap` apart. A session begins with its first row and ends `gap` after its
    /// last. Rows older than the watermark by more than `allowedLateness` are late.
    public static func session(
        gap: Duration, allowedLateness: Duration = .zero, emitting: Emission = .onClose
    ) -> Window { Window(.session(gap: gap.microseconds), allowedLateness: allowedLateness, emitting: emitting) }

    /// Days, weeks (from Monday), months, quarters or years of a time zone, as long as each was there: a day is 23 or 25
    /// hours long when the clocks change.
    /// - Parameters:
    ///   - zone: a name of the IANA time zone database, `Europe/Berlin`.
    ///   - offset: of local time after midnight; `.hours(4)` for a business day that begins at four.
    public static func calendar(
        _ unit: CalendarUnit, in zone: String, offset: Duration = .zero, allowedLateness: Duration = .zero,
        emitting: Emission = .onClose
    ) -> Window {
        Window(.calendar(unit, zone: zone), offset: offset, allowedLateness: allowedLateness, emitting: emitting)
    }

    /// All time: totals that never close.
    static func global(emitting: Emission) -> Window { Window(.global, emitting: emitting) }

    /// The same, of which groups are forgotten.
    static func global(emitting: Emission, timeToLive: Duration?, expired: ExpiredRows) -> WindowSpecification {
        var specification = global(emitting: emitting).specification
        specification.timeToLive = timeToLive.map {
            TimeToLive(microseconds: $0.microseconds, deletesRows: expired == .deleted)
        }
        return specification
    }
}

/// When a window gives the rows of its groups.
public struct Emission: Sendable {
    let emission: WindowSpecification.Emission

    /// Once, when the window is closed. The rows are final.
    public static let onClose = Emission(emission: .onClose)

    /// When the watermark reaches the window's end, and again for each group that a late row within the allowed lateness
    /// changes.
    public static let updates = Emission(emission: .updates)

    /// While the window is open, for each group that has changed, so often; and what is left when the watermark reaches
    /// its end.
    /// - Parameter interval: of processing time. Zero: with every batch.
    public static func early(every interval: Duration = .zero) -> Emission {
        Emission(emission: .early(every: interval.microseconds))
    }
}

/// Rows in windows.
public struct WindowedStream<S: Schema> {
    let builder: TopologyBuilder
    let step: Int
    let window: WindowSpecification

    /// Groups the rows of a window by columns.
    public func groupBy<each Key>(_ keys: repeat KeyPath<S, Column<each Key>>) -> GroupedStream<S> {
        GroupedStream(builder: builder, step: step, window: window, keys: columnNames(of: S.self, repeat each keys))
    }
}

extension Stream {
    /// Aggregates over all time, without windows: a running total of each group, kept for ever. It never closes, so its
    /// rows replace earlier ones: merge them.
    public func overAllTime(emitting: Emission = .early()) -> WindowedStream<S> {
        WindowedStream(builder: builder, step: step, window: Window.global(emitting: emitting).specification)
    }
}

extension EventTimeStream {
    /// Aggregates over all time, without windows: a running total of each group, kept for ever. It never closes, so its
    /// rows replace earlier ones: merge them. No row is late.
    ///
    /// With a time to live, a group is forgotten when the watermark has passed its last row by so much, and a row that comes
    /// then begins anew; a row that is older than its watermark by as much is late. Give the rows of a group the same Kafka
    /// key, so that they share a partition.
    /// - Parameters:
    ///   - timeToLive: of event time; nil: for ever.
    ///   - expired: what becomes of the row of a group that is forgotten.
    public func overAllTime(
        emitting: Emission = .early(), timeToLive: Duration? = nil, expired: ExpiredRows = .deleted
    ) -> WindowedStream<S> {
        WindowedStream(
            builder: builder, step: step,
            window: Window.global(emitting: emitting, timeToLive: timeToLive, expired: expired))
    }
}

/// What becomes of the row that was given for a key whose state is forgotten.
public enum ExpiredRows: Sendable {
    /// It is taken away, so that a table has the groups that the state has.
    case deleted
    /// It stays, until a row of the key begins anew and replaces it.
    case kept
}
