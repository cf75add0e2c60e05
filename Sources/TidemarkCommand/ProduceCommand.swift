import ArgumentParser
import Dataflow
import Formats
import Foundation
import KafkaConnector
import Runtime

/// `tidemark produce`: sends the lines of a file to a topic.
struct ProduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "produce",
        abstract: "Sends a file of JSON lines to a topic, a record a line.",
        discussion: """
            Records with the same key go to the same partition and keep their order.

            Example:
              tidemark produce --brokers 127.0.0.1:9092 --topic flights --from flights.jsonl --key carrier --rate 5000
            """)
    @Option(help: "Kafka brokers, host:port with commas [$TIDEMARK_KAFKA_BROKERS].") var brokers: String?
    @Option(help: "The topic.") var topic: String
    @Option(help: "The file, .jsonl.") var from: String
    @Option(help: "The field whose value becomes the record's key.") var key: String?
    @Option(help: "Records per second at most.") var rate: Int?
    @Option(name: .customLong("kafka"), help: "A librdkafka property, NAME=VALUE; may be repeated.")
    var properties: [String] = []

    func run() throws {
        do { try produce() } catch { TopologyCommand.fail(error) }
    }

    private func produce() throws {
        var options = RunOptions()
        options.brokers = brokers
        options.properties = properties
        let settings = try options.settings()
        try settings.validate()
        var configuration = KafkaConfiguration(bootstrapServers: settings.brokers, groupID: nil)
        configuration.properties = settings.kafkaProperties
        let producer = try KafkaProducer(configuration: configuration)
        let reader = try JSONLinesReader(path: from)
        let began = SystemClock().now()
        var sent = 0
        while let records = try reader.next() {
            for row in 0..<records.count {
                guard let value = records.value(row) else { continue }
                try producer.produce(topic: topic, key: try self.key(of: value, line: sent), value: Array(value))
                sent += 1
                try pace(sent, since: began)
            }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        print("\(sent) records sent to \(topic)")
    }

    private func key(of value: ArraySlice<UInt8>, line: Int) throws -> [UInt8]? {
        guard let key else { return nil }
        guard let object = try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any] else {
            throw RuntimeError("\(from), line \(line + 1) is not a JSON object")
        }
        guard let field = object[key] else {
            throw RuntimeError("\(from), line \(line + 1) has no field '\(key)': name another with --key")
        }
        return field is NSNull ? nil : Array("\(field)".utf8)
    }

    private func pace(_ sent: Int, since began: Int64) throws {
        guard let rate, rate > 0 else { return }
        let ahead = Int64(sent) * 1_000_000 / Int64(rate) - (SystemClock().now() - began)
        if ahead > 1_000 { usleep(UInt32(min(ahead, 1_000_000))) }
    }
}
