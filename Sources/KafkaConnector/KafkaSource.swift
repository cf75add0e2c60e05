import CRdkafka
import Dataflow

/// Reads a topic in batches. Used by one thread at a time, which it blocks while it waits, but for `commit`.
///
/// Every partition has a queue of its own; a poll takes what waits there, and the bytes are copied once. What may wait is
/// bounded by `KafkaConfiguration.bufferedBytes`: while nobody polls, fetching stops.
///
/// Reading begins with the first poll: where `seek` said, else at the group's committed position, else where
/// `auto.offset.reset` says (the default is `earliest`). When a position has been deleted from the topic since, the poll
/// fails, unless `auto.offset.reset` is set: nothing is skipped in silence.
public final class KafkaSource: Source {
    /// Which partitions a source reads.
    public enum Mode: Sendable {
        /// All partitions, always. Two sources with this mode read everything twice.
        case allPartitions
        /// Those that the consumer group gives to this process; see `KafkaSource.rebalance`.
        case group
    }

    public let topic: String
    public let mode: Mode
    private let readsHeaders: Bool
    /// What the group decided and the caller has not answered yet, see `KafkaRebalance`. Always nil with
    /// `Mode.allPartitions`.
    public internal(set) var rebalance: KafkaRebalance?

    let client: KafkaClient
    var readers: [PartitionReader] = []
    /// Where to begin, by partition; from `seek` before the partition is read.
    var starts: [Int32: Int64] = [:]
    var isStarted = false
    var isClosed = false
    let wakeUp: WakeUp
    private let buffer: MessageBuffer
    private var turn = 0
    /// Until when a start waits for all partitions; nil once they have come.
    var gatheringEnd: ContinuousClock.Instant?

    /// The most messages that are taken from librdkafka at once.
    private static let batchSize = 4096
    /// The records that a partition is asked for at least.
    private static let leastShare = 2048

    /// Looks the topic up. Fails within `timeoutMilliseconds` when no broker answers, when the credentials are refused and
    /// when there is no such topic, and at once when a property is wrong.
    /// - Parameter readsHeaders: whether records get their headers. librdkafka looks for them in every message, which
    ///   costs as much as all else that is done with it here.
    public init(
        configuration: KafkaConfiguration, topic: String, mode: Mode = .allPartitions, readsHeaders: Bool = true
    ) throws {
        let defaults = Self.defaults(configuration)
        let fixed = ["enable.partition.eof": "true", "enable.auto.offset.store": "false"]
        // Wrong properties are found before anybody is asked.
        rd_kafka_conf_destroy(try configuration.makeNative(defaults: defaults, fixed: fixed))
        let administrator = try KafkaAdministrator(configuration: configuration)
        let numbers = try administrator.partitions(of: topic)
        var bounded = defaults
        // A broker answers a waiting fetch when records come. The development cluster answers when its time is over.
        if administrator.isDevelopmentCluster { bounded["fetch.wait.max.ms"] = "2" }
        let share = configuration.bufferedBytes / 1024 / numbers.count
        bounded["queued.max.messages.kbytes"] = String(min(max(share, 128), 2_097_151))
        // What is fetched comes on top, several times as large once it is decompressed. A batch that is larger than this
        // is fetched all the same.
        bounded["fetch.message.max.bytes"] = String(min(max(share / 4, 32), 1024) << 10)
        client = try KafkaClient(
            RD_KAFKA_CONSUMER, configuration: configuration, defaults: bounded, fixed: fixed,
            isSubscribing: mode == .group)
        self.topic = topic
        self.mode = mode
        self.readsHeaders = readsHeaders
        wakeUp = try WakeUp()
        buffer = .allocate(capacity: Self.batchSize)
        buffer.initialize(repeating: nil)
        switch mode {
        case .allPartitions:
            readers = try numbers.map {
                try PartitionReader(topic: topic, number: $0, client: client, wakeUp: wakeUp)
            }
        case .group: try subscribe()
        }
    }

    deinit {
        close()
        buffer.deallocate()
    }

    private static func defaults(_ configuration: KafkaConfiguration) -> [String: String] {
        [
            "group.id": configuration.groupID,
            "enable.auto.commit": "false",
            "auto.offset.reset": "error",
            "partition.assignment.strategy": "cooperative-sticky",
            // The bytes that wait are bounded, not their number.
            "queued.min.messages": "10000000",
        ]
    }

    /// The newest trouble that librdkafka is working to overcome, such as a broker that went away; each is told once.
    public func takeTrouble() -> String? {
        client.events.access { state in
            defer { state.isTroubleNew = false }
            return state.isTroubleNew ? state.trouble?.description : nil
        }
    }

    public var partitions: [SourcePartition] {
        readers.map { reader in
            var low: Int64 = -1
            var high: Int64 = -1
            let code = rd_kafka_get_watermark_offsets(client.handle, topic, reader.number, &low, &high)
            let isKnown = code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0
            return SourcePartition(
                number: reader.number, name: reader.name, position: reader.position, endOffset: isKnown ? high : nil)
        }
    }

    /// Takes what is waiting, without exceeding `limit` records or `KafkaConfiguration.pollBytes`, and waits up to
    /// `timeoutMilliseconds` for the first. Every partition gets its turn. Returns early, without records, when the group
    /// decided something.
    public func poll(limit: Int, timeoutMilliseconds: Int) throws -> [RawRecords] {
        if isClosed { throw client.error(RD_KAFKA_RESP_ERR__STATE, detail: "the source is closed", topic: topic) }
        if mode == .allPartitions && !isStarted { try start() }
        let clock = ContinuousClock()
        let deadline = clock.now + .milliseconds(timeoutMilliseconds)
        while true {
            try serve()
            let records = takeWaiting(limit)
            if !records.isEmpty { return records }
            try throwFailure()
            let left = Int(clock.now.duration(to: deadline) / .milliseconds(1))
            if left <= 0 || rebalance != nil { return [] }
            wakeUp.wait(milliseconds: left)
        }
    }

    /// Runs librdkafka's callbacks on this thread and takes what the group decided.
    private func serve() throws {
        rd_kafka_poll(client.handle, 0)
        if let message = rd_kafka_consumer_poll(client.handle, 0) {
            defer { rd_kafka_message_destroy(message) }
            let error = client.error(message.pointee.err, topic: topic)
            if error.kind != .unreachable { client.events.access { $0.note(error) } }
        }
        if let fatal = client.events.access({ $0.fatal }) { throw fatal }
        if mode == .group { takeDecision() }
    }

    /// Divides `limit` among the partitions that have something and takes it. Of many partitions a few get their turn, so
    /// that their batches are large: a batch costs as much as some hundred rows.
    private func takeWaiting(_ limit: Int) -> [RawRecords] {
        let open = readers.indices.filter { readers[$0].isAssigned && !readers[$0].isPaused && readers[$0].waiting > 0 }
        guard !open.isEmpty, !isWaitingForOthers(open.count) else { return [] }
        var result: [RawRecords] = []
        var left = limit
        var bytesLeft = client.configuration.pollBytes
        // The first that is not before the partition whose turn it is.
        let first = open.firstIndex { $0 >= turn } ?? 0
        for place in open.indices where left > 0 && bytesLeft > 0 {
            let index = open[(place + first) % open.count]
            var share = min(left, max(Self.leastShare, left / (open.count - place)))
            turn = index + 1
            while share > 0 && bytesLeft > 0 {
                let records = readers[index].take(share, through: buffer, readsHeaders: readsHeaders)
                let count = records.reduce(0) { $0 + $1.count }
                if count == 0 { break }
                share -= count
                left -= count
                bytesLeft -= records.reduce(0) { $0 + $1.arena.count }
                result += records
            }
        }
        return result
    }

    /// Whether the first poll's partitions are to wait for those that librdkafka has not fetched yet, a quarter of a second
    /// at most. The first fetched would run far ahead of the last, and whoever waits for the slowest would have to keep
    /// what lies between them.
    private func isWaitingForOthers(_ open: Int) -> Bool {
        guard let deadline = gatheringEnd else { return false }
        let assigned = readers.reduce(0) { $0 + ($1.isAssigned && !$1.isPaused ? 1 : 0) }
        if open < assigned && ContinuousClock.now < deadline { return true }
        gatheringEnd = nil
        return false
    }

    private func throwFailure() throws {
        guard let reader = readers.first(where: { $0.failure != nil }), let failure = reader.failure else { return }
        var error = client.error(
            failure.code, detail: failure.reason.map(client.configuration.redact), topic: topic,
            partition: reader.number)
        if failure.code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || failure.code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE
        {
            let place = reader.position.map { "offset \($0)" } ?? "the position"
            error.message = "\(place) is not in the topic any more: \(error.message)"
            error.mend =
                "Records were deleted before they were read, or the topic was made anew. Start anew with --reset-state, or "
                + "set auto.offset.reset to earliest or latest to go on without them."
        }
        throw error
    }

    /// Stops taking records of these partitions; what is fetched already waits, within the bound.
    public func pause(_ partitions: [Int32]) { setPaused(partitions, true) }

    /// Goes on with paused partitions.
    public func resume(_ partitions: [Int32]) { setPaused(partitions, false) }

    private func setPaused(_ partitions: [Int32], _ isPaused: Bool) {
        for index in readers.indices where partitions.contains(readers[index].number) {
            readers[index].isPaused = isPaused
        }
    }

    /// Leaves the group and lets the connections go. Calling it again does nothing.
    public func close() {
        if isClosed { return }
        isClosed = true
        client.events.access { $0.isClosing = true }
        if mode == .group { giveUpPending() }
        readers.forEach { $0.destroy() }
        readers = []
        rd_kafka_consumer_close(client.handle)
    }
}
