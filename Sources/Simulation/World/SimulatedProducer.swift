import Columnar
import Dataflow
import KafkaConnector
import Runtime

/// A transactional producer of a simulated cluster.
final class SimulatedProducer: TransactionalProducer, CommittedEpochReader {
    private let cluster: SimulatedCluster
    private let transactionalID: String
    let topic: String
    private var epoch = 0
    private var positions: [(topic: String, group: String, offsets: [Int32: Int64])] = []

    /// - Parameter epochTopic: where the committed epochs stand.
    init(_ cluster: SimulatedCluster, transactionalID: String, epochTopic: String) {
        self.cluster = cluster
        self.transactionalID = transactionalID
        topic = epochTopic
        cluster.makeTopic(epochTopic, partitions: 1)
    }

    func initTransactions() throws {
        try call("register", [.error]) { epoch = cluster.register(transactionalID) }
    }

    func begin() throws {
        try cluster.check(transactionalID, epoch)
        positions = []
    }

    func send(_ records: [EncodedRecords], topic: String) throws {
        for record in records.flatMap(\.messages) {
            try call("send to \(topic)", [.error]) {
                try cluster.check(transactionalID, epoch)
                append(record, topic, cluster.partition(of: record.key, topic: topic))
            }
        }
    }

    func send(topic: String, partition: Int32, key: [UInt8], value: [UInt8]) throws {
        try call("send to \(topic)", [.error]) {
            try cluster.check(transactionalID, epoch)
            append(Message(key: key, value: value, timestamp: 0), topic, partition)
        }
    }

    private func append(_ message: Message, _ topic: String, _ partition: Int32) {
        let timestamp = message.timestamp == 0 ? cluster.world.time / 1000 : message.timestamp
        cluster.append(
            SimulatedCluster.Entry(
                key: message.key, value: message.value, timestamp: timestamp,
                transaction: cluster.transaction(of: transactionalID)), topic: topic, partition: partition)
    }

    func sendOffsets(_ offsets: [Int32: Int64], topic: String, group: String) throws {
        try call("send positions", [.error]) {
            try cluster.check(transactionalID, epoch)
            positions.append((topic, group, offsets))
        }
    }

    func commit() throws {
        try call("commit", [.error, .timeout]) {
            try cluster.check(transactionalID, epoch)
            cluster.finish(transactionalID, .committed)
            for position in positions {
                cluster.commitPositions(position.offsets, group: position.group, topic: position.topic)
            }
        }
    }

    func abort() throws {
        try call("abort", [.timeout]) {
            try cluster.check(transactionalID, epoch)
            cluster.finish(transactionalID, .aborted)
        }
    }

    func last(of application: String) throws -> Int64? {
        var last: Int64?
        try call("read \(topic)", [.error]) {
            for entry in cluster.committed(topic)[0]
            where entry.key.map({ $0.elementsEqual(application.utf8) }) ?? false {
                last = entry.value.flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? last
            }
        }
        return last
    }

    /// A request. An error in a transaction has it aborted and done again; a lost answer of a commit says nothing of it.
    private func call(_ name: String, _ possible: Set<Fault.Kind>, _ effect: () throws -> Void) throws {
        let fault = try cluster.world.operate("kafka \(transactionalID): \(name)", possible)
        if fault == .error { throw KafkaError(.abortable, "the request failed (simulated)") }
        try effect()
        if fault == .timeout { throw KafkaError(.unreachable, "no answer came in time (simulated)") }
    }
}

/// A record on its way.
struct Message {
    var key: [UInt8]?
    var value: [UInt8]?
    /// ms since 1970 UTC; 0 for the time of sending.
    var timestamp: Int64
}

extension EncodedRecords {
    var messages: [Message] {
        (0..<count).map { row in
            Message(key: Self.bytes(keys, row), value: Self.bytes(values, row), timestamp: timestamps[row])
        }
    }

    private static func bytes(_ column: ColumnVector, _ row: Int) -> [UInt8]? {
        if case .bytes(let bytes) = column.scalar(at: row) { bytes } else { nil }
    }
}

/// Sends dead letters to a topic of a simulated cluster: what was produced goes out in order, at the latest with the flush.
final class SimulatedLetterProducer: LetterProducer {
    private let cluster: SimulatedCluster
    private var queue: [(topic: String, entry: SimulatedCluster.Entry)] = []
    var outstanding: Int { queue.count }

    init(_ cluster: SimulatedCluster) { self.cluster = cluster }

    func produce(
        topic: String, partition: Int32?, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader], timestamp: Int64?
    ) throws {
        let entry = SimulatedCluster.Entry(
            key: key, value: value, headers: headers, timestamp: timestamp ?? cluster.world.time / 1000)
        queue.append((topic, entry))
    }

    func flush(timeoutMilliseconds: Int) throws {
        while !queue.isEmpty {
            let (topic, entry) = queue.removeFirst()
            let fault = try cluster.world.operate("kafka: send to \(topic)", [.error, .timeout])
            if fault == .error { throw KafkaError(.unreachable, "a record was not delivered (simulated)") }
            cluster.append(entry, topic: topic, partition: cluster.partition(of: entry.key, topic: topic))
            if fault == .timeout { throw KafkaError(.unreachable, "no answer came in time (simulated)") }
        }
    }
}

/// A sink that sends rows as soon as they are staged, at least once.
final class SimulatedDirectSink: Sink {
    private let cluster: SimulatedCluster
    private let topic: TopicSinkDescription

    init(_ cluster: SimulatedCluster, _ topic: TopicSinkDescription) {
        self.cluster = cluster
        self.topic = topic
    }

    func stage(_ batch: RecordBatch) throws {
        for message in topic.encoder.encode(batch).messages {
            _ = try cluster.world.operate("kafka: send to \(topic.topic)")
            cluster.append(
                SimulatedCluster.Entry(key: message.key, value: message.value, timestamp: message.timestamp),
                topic: topic.topic, partition: cluster.partition(of: message.key, topic: topic.topic))
        }
    }

    func prepare(epoch: Int64) -> [UInt8] { [] }

    func commit(epoch: Int64, prepared: [UInt8]) {}

    func lastCommittedEpoch() -> Int64? { nil }
}
