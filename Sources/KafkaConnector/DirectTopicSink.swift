import Columnar
import Dataflow

/// Sends rows to a topic as soon as they are staged: at least once, with the least delay. An epoch's checkpoint is written
/// when the brokers have its records, so that none is lost; after a crash those that came since the last checkpoint are
/// sent again.
///
/// Rows that still have the place where they were read carry it in the header `tidemark.id`, the same each time, so that
/// readers see repeats. Rows that an aggregation computed are told apart by their key and content alone.
public final class DirectTopicSink: Sink {
    private let topic: String
    private let encoder: any RecordEncoder
    private let producer: KafkaProducer
    private let identity: RecordIdentity?
    /// Of the running epoch.
    private var pending = PendingDeliveries()
    /// Of the epoch that ended last; read by `settle`, which runs before the next one ends.
    private var ended = PendingDeliveries()

    /// - Parameters:
    ///   - isKeyed: whether every record has a key, which may be empty.
    ///   - source: the topic that rows are read from when each record gives one row at most; nil when it may give several.
    ///   - application: topology and step, for `tidemark.id`.
    public init(
        configuration: KafkaConfiguration, topic: String, encoder: any RecordEncoder, isKeyed: Bool, source: String?,
        application: String
    ) throws {
        self.topic = topic
        self.encoder = encoder
        identity = source.map { RecordIdentity(prefix: "\(application)/\($0)-", suffix: "") }
        var defaults = TopicPartitioner.defaults(isKeyed: isKeyed)
        // Long enough for what one round gives to go as one batch a partition.
        defaults["linger.ms"] = "1"
        producer = try KafkaProducer(
            configuration: configuration, transactionalID: nil, defaults: defaults, isCounting: true)
    }

    public func stage(_ batch: RecordBatch) throws {
        try producer.produce(encoder.encode(batch), topic: topic, identity: identity, pending: pending)
    }

    public func prepare(epoch: Int64) -> [UInt8] {
        ended = pending
        pending = PendingDeliveries()
        return []
    }

    public func settle(epoch: Int64) throws { try producer.wait(for: ended) }

    /// Nothing: what an epoch sent is there before its checkpoint.
    public func commit(epoch: Int64, prepared: [UInt8]) {}

    public func lastCommittedEpoch() -> Int64? { nil }
}

/// How records find their partition.
enum TopicPartitioner {
    /// librdkafka's default, the CRC-32 of the key, spreads records with an empty key as if they had none; where the key
    /// says what replaces what, they must stay together.
    static func defaults(isKeyed: Bool) -> [String: String] { isKeyed ? ["partitioner": "consistent"] : [:] }
}
