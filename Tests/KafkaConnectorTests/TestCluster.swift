import Dataflow
import Foundation
import KafkaConnector

/// The cluster that a test runs against: a real one when `TIDEMARK_KAFKA_BROKERS` names it, else a development cluster.
/// Topics and groups have names of their own, and real topics are deleted at the end.
final class TestCluster {
    /// The address of a real cluster, if there is one.
    static var realBrokers: String? { ProcessInfo.processInfo.environment["TIDEMARK_KAFKA_BROKERS"] }

    static let needsRealKafka =
        "skipped: the development cluster cannot do this; set TIDEMARK_KAFKA_BROKERS to a real Kafka"

    let bootstrapServers: String
    let topic: String
    let group: String
    private var topics: [String]
    private let development: DevelopmentCluster?

    /// Starts with one topic.
    init(partitions: Int = 1) throws {
        let unique = "tidemark-test-\(UUID().uuidString.prefix(8).lowercased())"
        topic = "\(unique)-in"
        group = "\(unique)-group"
        topics = [topic]
        if let brokers = Self.realBrokers {
            development = nil
            bootstrapServers = brokers
            let administrator = try KafkaAdministrator(
                configuration: KafkaConfiguration(bootstrapServers: brokers, groupID: group))
            try administrator.create(topic: topic, partitions: partitions)
        } else {
            let cluster = try DevelopmentCluster(topics: [(name: topic, partitions: partitions)])
            development = cluster
            bootstrapServers = cluster.bootstrapServers
        }
    }

    deinit {
        guard development == nil else { return }
        let administrator = try? KafkaAdministrator(configuration: configuration())
        for topic in topics + ["\(group)-committed-epochs"] { try? administrator?.delete(topic: topic) }
    }

    /// Makes a second topic of the same kind.
    func addTopic(partitions: Int = 1) throws -> String {
        let name = "\(topic)-\(topics.count)"
        if let development {
            try development.create(topic: name, partitions: partitions)
        } else {
            try KafkaAdministrator(configuration: configuration()).create(topic: name, partitions: partitions)
        }
        topics.append(name)
        return name
    }

    /// Has the next batch of records refused as too large. A real broker does so by itself when a record is.
    func refuseNextBatch() { development?.failNext(requests: 0, with: [10]) }

    /// Has the next end of a transaction refused, as it is for a producer that was fenced off. A real broker does so by
    /// itself.
    func fenceNextTransaction() { development?.failNext(requests: 26, with: [90]) }

    func configuration(_ properties: [String: String] = [:]) -> KafkaConfiguration {
        var configuration = KafkaConfiguration(bootstrapServers: bootstrapServers, groupID: group)
        configuration.properties = properties
        return configuration
    }

    func source(
        topic: String? = nil, mode: KafkaSource.Mode = .allPartitions, _ properties: [String: String] = [:]
    ) throws -> KafkaSource {
        try KafkaSource(configuration: configuration(properties), topic: topic ?? self.topic, mode: mode)
    }

    /// Produces one record a number, keyed and valued by it, spread over `partitions`.
    func fill(_ numbers: Range<Int>, partitions: Int = 1) throws {
        let producer = try KafkaProducer(configuration: configuration())
        for number in numbers {
            try producer.produce(
                topic: topic, partition: Int32(number % partitions), key: bytes("key \(number)"),
                value: bytes("value \(number)"))
        }
        try producer.flush()
    }
}

func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

func text(_ bytes: (some Collection<UInt8>)?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

/// A record for comparison.
struct Record: Hashable {
    var partition: Int32
    var offset: Int64
    var key: String?
    var value: String?
    var timestamp: Int64
    var headers: [RecordHeader]
}

extension RawRecords {
    var all: [Record] {
        (0..<count).map { row in
            Record(
                partition: partition, offset: offsets[row], key: text(key(row)), value: text(value(row)),
                timestamp: timestamps[row], headers: headers[row] ?? [])
        }
    }
}

extension KafkaSource {
    /// Polls until `count` records came or the time is over.
    func read(_ count: Int, limit: Int = 1000, seconds: Double = 20) throws -> [Record] {
        var records: [Record] = []
        let deadline = Date().addingTimeInterval(seconds)
        while records.count < count && Date() < deadline {
            for batch in try poll(limit: min(limit, count - records.count), timeoutMilliseconds: 200) {
                records += batch.all
            }
        }
        return records
    }

    /// Polls until every partition is at its end.
    func readAll(seconds: Double = 20) throws -> [Record] {
        var records: [Record] = []
        let deadline = Date().addingTimeInterval(seconds)
        repeat {
            for batch in try poll(limit: 10_000, timeoutMilliseconds: 100) { records += batch.all }
        } while !partitions.allSatisfy(\.isIdle) && Date() < deadline
        return records
    }
}
