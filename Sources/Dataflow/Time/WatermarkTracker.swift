/// The watermark of one source from the progress of its partitions.
///
/// A partition that still has something to read holds the source back; one that is idle (its position is the broker's
/// end offset) does not. When all are idle, event time stands where the furthest partition left it. A partition that
/// comes back, comes later or falls back holds the watermark where it is: it never falls.
public struct WatermarkTracker: Hashable, Sendable {
    /// µs by which a partition's watermark trails its largest event time.
    public let delay: Int64
    /// The source's watermark; it never falls.
    public private(set) var current: Watermark = .none
    /// The partition that holds the watermark back; nil when none does.
    public private(set) var holdingPartition: Int32?
    /// Since when the watermark has stood where it is with the same partition holding it, or with none: processing time,
    /// µs since 1970 UTC. Nil before the first update of this process.
    public private(set) var standingSince: Int64?

    public init(delay: Int64, current: Watermark = .none) {
        self.delay = delay
        self.current = current
    }

    /// Takes the largest event time that was read of each partition (µs), and which partitions the source reads, with
    /// whether each is idle.
    /// - Parameter processingTime: µs since 1970 UTC; for `standingSince` only.
    public mutating func update(
        maxima: [Int32: Int64], partitions: [(number: Int32, isIdle: Bool)], at processingTime: Int64 = 0
    ) {
        let active = partitions.filter { !$0.isIdle }
        let proposed: Watermark
        var holder: Int32?
        if active.isEmpty {
            proposed = partitions.compactMap { maxima[$0.number] }.max().map(watermark) ?? .none
        } else {
            let slowest = active.min { (maxima[$0.number] ?? .min) < (maxima[$1.number] ?? .min) }
            holder = slowest?.number
            proposed = slowest.flatMap { maxima[$0.number] }.map(watermark) ?? .none
        }
        if holder != holdingPartition || proposed > current || standingSince == nil { standingSince = processingTime }
        holdingPartition = holder
        if proposed > current { current = proposed }
    }

    /// Has the watermark stand at a time or, where it is further already, stay: the time of day for processing time.
    mutating func advance(to time: Int64, at processingTime: Int64) {
        guard .time(time) > current else { return }
        current = .time(time)
        standingSince = processingTime
    }

    /// Event time went on without records, see `QuietTime`; nothing before the first event.
    mutating func advance(by quiet: Int64, at processingTime: Int64) {
        guard case .time(let time) = current else { return }
        advance(to: time.saturatingAdd(quiet), at: processingTime)
    }

    private func watermark(_ eventTime: Int64) -> Watermark { .time(eventTime.saturatingSubtract(delay)) }
}

extension WatermarkTracker {
    /// Nil for a step that does not say what time is.
    init?(of step: PlanStep) {
        switch step.kind {
        case .withWatermark(_, let delay), .withIngestionTime(let delay): self.init(delay: delay)
        case .withProcessingTime: self.init(delay: 0)
        default: return nil
        }
    }
}
