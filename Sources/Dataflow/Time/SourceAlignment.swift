/// Which partitions are not read for now, since they are so far ahead in event time that what they give would only wait
/// in the state for the slowest one. It decides when records are read, never what comes of them.
///
/// A partition that has nothing to read, or little enough for one round, holds no other back; and the slowest one is never
/// ahead of itself. So there is always one that is read, if any has records. (Flink: watermark alignment; Kafka Streams:
/// the choice of the next record.)
public struct SourceAlignment: Sendable {
    /// A partition of one of the sources.
    public struct Name: Hashable, Sendable, Comparable {
        /// The source's step.
        public var source: Int
        public var partition: Int32

        public init(source: Int, partition: Int32) {
            self.source = source
            self.partition = partition
        }

        public static func < (left: Name, right: Name) -> Bool {
            (left.source, left.partition) < (right.source, right.partition)
        }
    }

    /// How far a partition has come.
    public struct Progress: Hashable, Sendable {
        public var name: Name
        /// The partition's watermark, µs since 1970 UTC; nil before its first event time.
        public var watermark: Int64?
        /// Records that it has to read; nil before the brokers have said so.
        public var backlog: Int64?

        public init(_ name: Name, watermark: Int64?, backlog: Int64?) {
            self.name = name
            self.watermark = watermark
            self.backlog = backlog
        }
    }

    /// What a source has to do, by step.
    public struct Change: Hashable, Sendable {
        public var pause: [Int: [Int32]] = [:]
        public var resume: [Int: [Int32]] = [:]
    }

    /// µs by which a partition's watermark may be ahead of the slowest.
    public let bound: Int64
    /// With this many records or fewer to read a partition holds no other: a round takes them.
    public let roundRecords: Int64
    public private(set) var paused: Set<Name> = []
    /// The slowest of the partitions that have much to read; nil when there is none.
    public private(set) var slowest: Name?

    /// - Precondition: the bound is not negative.
    public init(bound: Int64, roundRecords: Int64) {
        precondition(bound >= 0, "alignment by a negative bound")
        self.bound = bound
        self.roundRecords = roundRecords
    }

    /// Takes how far all partitions have come after a round.
    public mutating func update(_ partitions: [Progress]) -> Change {
        let behind = partitions.filter { ($0.backlog ?? .max) > roundRecords }
        let last = behind.min { ($0.watermark ?? .min, $0.name) < ($1.watermark ?? .min, $1.name) }
        slowest = last?.name
        let limit = last.map { ($0.watermark ?? .min).saturatingAdd(bound) } ?? .max
        let ahead = Set(partitions.filter { $0.watermark.map { $0 > limit } ?? false }.map(\.name))
        let present = Set(partitions.map(\.name))
        var change = Change()
        for name in ahead.subtracting(paused).sorted() { change.pause[name.source, default: []].append(name.partition) }
        for name in paused.subtracting(ahead).intersection(present).sorted() {
            change.resume[name.source, default: []].append(name.partition)
        }
        paused = ahead
        return change
    }
}

extension LogicalPlan {
    /// The sources whose rows meet in some step, together: their event times depend on each other.
    public var sourcesByMeeting: [[Int]] {
        // By step, the group that it belongs to: the least step that is connected with it.
        var group: [Int] = []
        for (number, step) in steps.enumerated() {
            group.append(number)
            let joined = step.inputs.map { group[$0] }
            guard let least = joined.min() else { continue }
            for index in group.indices where joined.contains(group[index]) || index == number { group[index] = least }
        }
        let sources = steps.indices.filter { if case .read = steps[$0].kind { true } else { false } }
        return Dictionary(grouping: sources) { group[$0] }.values.sorted { $0[0] < $1[0] }
    }
}
