import ArgumentParser
import Dataflow
import Formats
import Foundation
import KafkaConnector
import Runtime

/// `tidemark produce`: sends the records of a file to a topic.
struct ProduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "produce",
        abstract: "Sends a file to a topic: JSON lines as they are, CSV rows as JSON objects.",
        discussion: """
            Records with the same key go to the same partition and keep their order. The key is the field's text as it \
            stands, without quotes; a null gives a record without key. Fields of CSV outside of quotes \
            that are numbers, true or false stand as such in the object, empty ones as null. The broker may be named by \
            TIDEMARK_KAFKA_BROKERS.

            Examples:
              tidemark produce --topic flights --from flights.jsonl --key flight --rate 5000
              tidemark produce --brokers localhost:9092 --topic invoices --from a.csv
            """)
    @OptionGroup var kafka: KafkaOptions
    @Option(help: "The topic.") var topic: String
    @Option(help: "The file, .jsonl or .csv.") var from: String
    @Option(help: "The field whose value becomes the record's key.") var key: String?
    @Option(help: "Records per second at most.") var rate: Int?

    func run() throws {
        do { try produce() } catch { TopologyCommand.fail(error) }
    }

    private func produce() throws {
        let settings = try kafka.settings()
        try settings.validate()
        guard rate ?? 1 >= 1 else { throw RuntimeError("--rate \(rate ?? 0): it must be 1 or more") }
        var configuration = KafkaConfiguration(bootstrapServers: settings.brokers, groupID: "tidemark-produce")
        configuration.properties = try settings.resolvedKafkaProperties()
        var file = try RecordFile(from)
        let administrator = try KafkaAdministrator(configuration: configuration)
        _ = try administrator.partitions(of: topic)
        let producer = try KafkaProducer(configuration: configuration)
        let began = SystemClock().now()
        var sent = 0
        do {
            while let records = try file.next() {
                for record in records {
                    try producer.produce(topic: topic, key: try key(of: record), value: record.value)
                    sent += 1
                    try pace(sent, since: began)
                }
            }
        } catch let error as RuntimeError where sent > 0 {
            try producer.flush(timeoutMilliseconds: 60_000)
            throw RuntimeError("\(error). The \(sent) records before it were sent")
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        try StandardOutput.line("\(sent) records sent to \(topic)")
    }

    private func key(of record: RecordFile.Record) throws -> [UInt8]? {
        guard let key else { return nil }
        switch JSONMember.content(of: key, in: record.value) {
        case .text(let text): return text
        // A record that is not a JSON object is sent all the same, it is the reader's to judge.
        case .null, nil: return nil
        case .missing:
            throw RuntimeError("\(from), line \(record.line) has no field '\(key)': name another with --key")
        }
    }

    private func pace(_ sent: Int, since began: Int64) throws {
        guard let rate, rate > 0 else { return }
        let ahead = Int64(sent) * 1_000_000 / Int64(rate) - (SystemClock().now() - began)
        if ahead > 1_000 { usleep(UInt32(min(ahead, 1_000_000))) }
    }
}
