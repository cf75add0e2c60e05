/// What a topology is given in a test: records in the order in which they are read, and when the input ends.
public struct TopologyInput: Sendable {
    enum Step: Sendable {
        case records([String], topic: String, partition: Int32, timestamps: [Int64])
        case processingTime(Int64)
        case table(String, [String])
        case endOfInput
    }

    private(set) var steps: [Step] = []

    /// Nothing yet.
    public init() {}

    /// Records of one partition, and the end of the input.
    public init(_ records: [String], topic: String, partition: Int32 = 0) {
        feed(records, topic: topic, partition: partition)
        endInput()
    }

    /// JSON records that come to a topic's partition together.
    /// - Parameter timestamps: the time that the topic has for each record, ms since 1970 UTC, for topologies with
    ///   ingestion time: one for each record, or none.
    public mutating func feed(
        _ records: [String], topic: String, partition: Int32 = 0, timestamps: [Int64] = []
    ) {
        precondition(timestamps.isEmpty || timestamps.count == records.count, "a timestamp for each record, or none")
        steps.append(.records(records, topic: topic, partition: partition, timestamps: timestamps))
    }

    /// The time of day goes on, µs since 1970 UTC; it begins with 0. What depends on it differs in a replay.
    public mutating func advance(processingTime: Int64) { steps.append(.processingTime(processingTime)) }

    /// A table that rows are enriched with, as JSON objects; again for another version of it, which a replay has from the
    /// beginning.
    /// - Parameter name: `database.table`, or the path of the file.
    public mutating func setTable(_ name: String, _ rows: [String]) { steps.append(.table(name, rows)) }

    /// What another input gives follows.
    public mutating func append(_ other: TopologyInput) { steps += other.steps }

    /// The input ends: every window that is open closes.
    public mutating func endInput() { steps.append(.endOfInput) }

    /// The partitions of each topic.
    var partitions: [String: Set<Int32>] {
        steps.reduce(into: [:]) { partitions, step in
            if case .records(_, let topic, let partition, _) = step { partitions[topic, default: []].insert(partition) }
        }
    }

    /// The same records, all of a partition at once: up to each end of the input the partitions one after the other, in
    /// descending order.
    var replayed: TopologyInput {
        struct Place: Hashable, Comparable {
            var topic: String
            var partition: Int32

            static func < (left: Place, right: Place) -> Bool {
                (left.topic, left.partition) < (right.topic, right.partition)
            }
        }
        var replayed = TopologyInput()
        var waiting: [Place: (records: [String], timestamps: [Int64])] = [:]
        func flush() {
            for (place, fed) in waiting.sorted(by: { $0.key > $1.key }) {
                replayed.feed(
                    fed.records, topic: place.topic, partition: place.partition, timestamps: fed.timestamps)
            }
            waiting = [:]
        }
        for step in steps {
            switch step {
            case .records(let records, let topic, let partition, let timestamps):
                let place = Place(topic: topic, partition: partition)
                waiting[place, default: ([], [])].records += records
                waiting[place, default: ([], [])].timestamps += timestamps
            case .processingTime, .table: replayed.steps.append(step)
            case .endOfInput:
                flush()
                replayed.steps.append(step)
            }
        }
        flush()
        return replayed
    }
}
