import Columnar
import Dataflow

/// What a transactional sink asks of a producer; see `KafkaProducer` for the meaning of each call and of its errors. A
/// simulated one takes its place in simulations.
package protocol TransactionalProducer: AnyObject {
    func initTransactions() throws
    func begin() throws
    /// Sends records, to partitions by their keys, and waits until the brokers have them.
    func send(_ records: [EncodedRecords], topic: String) throws
    /// Sends one record; `commit` waits for it.
    func send(topic: String, partition: Int32, key: [UInt8], value: [UInt8]) throws
    func sendOffsets(_ positions: [Int32: Int64], topic: String, group: String) throws
    func commit() throws
    func abort() throws
}

/// What the transactional sinks of a group have committed, as whoever reads committed records finds it.
package protocol CommittedEpochReader {
    /// The topic with a record for each sink.
    var topic: String { get }
    /// The newest epoch that a sink has committed; nil before the first.
    func last(of application: String) throws -> Int64?
}

extension CommittedEpochs: CommittedEpochReader {}

extension KafkaProducer: TransactionalProducer {
    package func send(_ records: [EncodedRecords], topic: String) throws {
        for records in records { try produce(records, topic: topic) }
        try flush(timeoutMilliseconds: client.configuration.timeoutMilliseconds)
    }

    package func send(topic: String, partition: Int32, key: [UInt8], value: [UInt8]) throws {
        try produce(topic: topic, partition: partition, key: key, value: value)
    }

    package func sendOffsets(_ positions: [Int32: Int64], topic: String, group: String) throws {
        try sendOffsets(positions, topic: topic, group: KafkaGroupMetadata(groupID: group))
    }
}
