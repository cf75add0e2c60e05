import Columnar
import Dataflow

/// Gives the rows of an epoch to a topic in one transaction: exactly once for whoever reads committed records only.
///
/// The rows are encoded when they are staged; the checkpoint holds them. The transaction carries them, the sources'
/// positions for the consumer group, and the epoch's number (`CommittedEpochs`). What a crash leaves open is aborted by the
/// next process with the same transactional.id, which asks for the last committed epoch and produces what is missing from
/// the checkpoint. A second process with that id fences the first off.
public final class TransactionalTopicSink: TransactionalSink {
    private let topic: String
    private let encoder: any RecordEncoder
    private let producer: any TransactionalProducer
    private let epochs: any CommittedEpochReader
    /// The identity of this sink; the same for all runs of one state.
    private let application: String
    private let group: String
    /// The topics of the sources, by step.
    private let sources: [Int: String]
    private var staged: [EncodedRecords] = []
    private var stagedBytes = 0
    /// The newest committed epoch, once it is known.
    private var committed: Int64??

    /// Bytes of staged records after which the epoch should end.
    var stageLimit = 64 << 20
    /// Staged records are kept together in parts of so many bytes.
    private static let partBytes = 4 << 20
    /// Transactions that may fail for one epoch before the sink gives up.
    private static let attempts = 5

    /// Registers with the cluster: ends what an earlier process left open, and fences it off.
    /// - Parameters:
    ///   - isKeyed: whether every record has a key, which may be empty.
    ///   - sources: the topics whose positions the transactions carry, by step.
    ///   - transactionalID: of the topology's group and step, so that two processes of them exclude each other.
    ///   - application: the identity of this sink; the same for all runs of one state.
    public convenience init(
        configuration: KafkaConfiguration, topic: String, encoder: any RecordEncoder, isKeyed: Bool,
        sources: [Int: String], transactionalID: String, application: String
    ) throws {
        let epochs = CommittedEpochs(configuration: configuration)
        try epochs.makeTopic()
        var patient = configuration
        // A broker that restarts is waited for.
        patient.timeoutMilliseconds = max(configuration.timeoutMilliseconds, 120_000)
        let producer = try KafkaProducer(
            configuration: patient, transactionalID: transactionalID,
            defaults: TopicPartitioner.defaults(isKeyed: isKeyed))
        try self.init(
            producer: producer, epochs: epochs, topic: topic, encoder: encoder, group: configuration.groupID,
            sources: sources, application: application)
    }

    /// Registers a producer with the cluster.
    package init(
        producer: any TransactionalProducer, epochs: any CommittedEpochReader, topic: String,
        encoder: any RecordEncoder, group: String, sources: [Int: String], application: String
    ) throws {
        self.producer = producer
        self.epochs = epochs
        self.topic = topic
        self.encoder = encoder
        self.group = group
        self.sources = sources
        self.application = application
        try placed { try producer.initTransactions() }
    }

    public var isFull: Bool { stagedBytes >= stageLimit }

    public func stage(_ batch: RecordBatch) {
        let records = encoder.encode(batch.withoutOrigin)
        stagedBytes += records.byteCount
        if let last = staged.indices.last, staged[last].byteCount + records.byteCount < Self.partBytes {
            staged[last].append(contentsOf: records)
        } else {
            staged.append(records)
        }
    }

    public func prepare(epoch: Int64) -> [UInt8] {
        defer {
            staged = []
            stagedBytes = 0
        }
        guard !staged.isEmpty else { return [] }
        var bytes: [UInt8] = []
        BatchCodec.encode(staged.map(\.batch), into: &bytes)
        return bytes
    }

    public func commit(epoch: Int64, prepared: [UInt8], positions: [Int: [Int32: Int64]]) throws {
        guard !prepared.isEmpty, try lastCommittedEpoch() ?? 0 < epoch else { return }
        let parts = try BatchCodec.decode(prepared).map { batch in
            guard let records = EncodedRecords(batch) else {
                throw KafkaError(.other, "the checkpoint holds something else than records", topic: topic)
            }
            return records
        }
        try placed {
            for attempt in 1... {
                do {
                    try transaction(epoch, parts, positions)
                    break
                } catch let error as KafkaError where error.kind == .abortable {
                    try producer.abort()
                    if attempt == Self.attempts { throw error }
                }
            }
        }
        committed = epoch
    }

    private func transaction(_ epoch: Int64, _ parts: [EncodedRecords], _ positions: [Int: [Int32: Int64]]) throws {
        try producer.begin()
        try producer.send(parts, topic: topic)
        // Behind the rows, so that it does not stand there without them where aborted records can be seen.
        try producer.send(
            topic: epochs.topic, partition: CommittedEpochs.partition, key: Array(application.utf8),
            value: Array("\(epoch)".utf8))
        for (step, offsets) in positions.sorted(by: { $0.key < $1.key }) {
            guard let topic = sources[step] else { continue }
            try producer.sendOffsets(offsets, topic: topic, group: group)
        }
        try producer.commit()
    }

    public func lastCommittedEpoch() throws -> Int64? {
        if let committed { return committed }
        let last = try epochs.last(of: application)
        committed = .some(last)
        return last
    }

    /// Says in an error which topic it is about.
    private func placed<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch var error as KafkaError {
            error.topic = error.topic ?? topic
            if error.kind == .fenced {
                error.mend =
                    "Another process of this topology and group has taken over; let only one of them run, or give them "
                    + "different --group names."
            }
            throw error
        }
    }
}

extension RecordBatch {
    fileprivate var withoutOrigin: RecordBatch {
        var batch = self
        batch.origin = nil
        return batch
    }
}
