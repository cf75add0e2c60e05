/// The watermark of one source from the progress of its partitions.
///
/// A partition that still has something to read holds the source back; one that is idle (its position is the broker's
/// end offset) does not. When all are idle, event time stands where the furthest partition left it.
public struct WatermarkTracker: Hashable, Sendable {
    /// µs by which a partition's watermark trails its largest event time.
    public let delay: Int64
    /// The source's watermark; it never falls.
    public private(set) var current: Watermark = .none
    /// The partition that holds the watermark back; nil when none does.
    public private(set) var holdingPartition: Int32?

    public init(delay: Int64, current: Watermark = .none) {
        self.delay = delay
        self.current = current
    }

    /// Takes the largest event time that was read of each partition (µs), and which partitions the source reads, with
    /// whether each is idle.
    public mutating func update(maxima: [Int32: Int64], partitions: [(number: Int32, isIdle: Bool)]) {
        let active = partitions.filter { !$0.isIdle }
        let proposed: Watermark
        if active.isEmpty {
            holdingPartition = nil
            proposed = partitions.compactMap { maxima[$0.number] }.max().map(watermark) ?? .none
        } else {
            let slowest = active.min { (maxima[$0.number] ?? .min) < (maxima[$1.number] ?? .min) }
            holdingPartition = slowest?.number
            proposed = slowest.flatMap { maxima[$0.number] }.map(watermark) ?? .none
        }
        if proposed > current { current = proposed }
    }

    private func watermark(_ eventTime: Int64) -> Watermark {
        let (time, overflow) = eventTime.subtractingReportingOverflow(delay)
        return .time(overflow ? .min : time)
    }
}
