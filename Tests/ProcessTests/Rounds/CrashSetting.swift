import Dataflow
import Foundation
import KafkaConnector
import TestSupport

/// One of the topologies with a development cluster, a warehouse and a state of its own. The cluster is a process, which
/// can be stopped; the topology reaches it through a gate. Warehouse and state are on a small disk where one can be made.
final class CrashSetting {
    static let partitions = 3
    let topology: CrashTopology
    let directory: TemporaryDirectory
    let disk: SmallDisk?
    let broker: Program
    let gate: KafkaGate
    private(set) var produced: [CrashRecord] = []
    private let producer: KafkaProducer
    private let place: String
    var state: String { place + "/state" }
    var warehouse: String { place + "/warehouse" }
    var table: String { warehouse + "/" + topology.table }

    init(_ topology: CrashTopology) throws {
        self.topology = topology
        directory = try TemporaryDirectory()
        disk = SmallDisk.isPossible ? try SmallDisk(megabytes: 512) : nil
        place = disk?.path ?? directory.path
        let address = directory.path + "/address"
        let topics =
            topology.sources.flatMap { ["\($0):\(Self.partitions)", "\($0).dlq:1"] }
            + topology.results.map { "\($0):\(Self.partitions)" }
        broker = try Program("tidemark", ["dev", "--topics", topics.joined(separator: ","), "--address-file", address])
        broker.wait(seconds: 30) { FileManager.default.fileExists(atPath: address) }
        let servers = try String(contentsOfFile: address, encoding: .utf8)
        gate = try KafkaGate(to: servers)
        producer = try KafkaProducer(configuration: KafkaConfiguration(bootstrapServers: servers, groupID: "producer"))
    }

    deinit {
        gate.close()
        broker.kill()
    }

    /// Sends records past the gate, and writes them down for the oracle.
    func produce(_ records: [CrashRecord]) throws {
        for topic in Set(records.map(\.topic)) {
            let file = directory.path + "/\(topic).tsv"
            if !FileManager.default.fileExists(atPath: file) {
                _ = FileManager.default.createFile(atPath: file, contents: nil)
            }
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try handle.seekToEnd()
            let lines = records.filter { $0.topic == topic }.map { "\($0.key)\t\($0.value)\n" }
            try handle.write(contentsOf: Data(lines.joined().utf8))
        }
        produced += records
        for record in records {
            try producer.produce(topic: record.topic, key: Array(record.key.utf8), value: Array(record.value.utf8))
        }
        try producer.flush(timeoutMilliseconds: 30_000)
    }

    /// Starts the topology.
    func start(_ more: [String], environment: [String: String] = [:]) throws -> Program {
        let arguments = [
            topology.rawValue, "run", "--brokers", gate.address, "--warehouse", warehouse, "--state", state, "--json",
            "--kafka", "reconnect.backoff.max.ms=1000",
        ]
        return try Program("crash-topologies", arguments + more, environment: environment)
    }

    /// The table's rows as lines, sorted.
    func rows() throws -> [String] {
        let shown = try Program.run("tidemark", ["table", "show", table, "--format", "jsonl", "--limit", "all"])
        guard shown.status == 0 else { throw PythonError(description: shown.errors) }
        return shown.output.split(separator: "\n").map(String.init).sorted()
    }

    struct Sent: Codable {
        var partition: Int32
        var key: String?
        var value: String?
        /// `tidemark.id`
        var id: String?
    }

    /// The records of a topic that readers of committed records see, partition by partition in their order.
    func records(_ topic: String) throws -> [Sent] {
        let source = try KafkaSource(
            configuration: KafkaConfiguration(bootstrapServers: gate.address, groupID: UUID().uuidString), topic: topic)
        var result: [Sent] = []
        var isAtEnd = false
        while !isAtEnd {
            for records in try source.poll(limit: 10_000, timeoutMilliseconds: 500) {
                for row in 0..<records.count {
                    let id = records.headers[row]?.first { $0.name == "tidemark.id" }?.value
                    result.append(
                        Sent(
                            partition: records.partition,
                            key: records.key(row).map { String(decoding: $0, as: UTF8.self) },
                            value: records.value(row).map { String(decoding: $0, as: UTF8.self) },
                            id: id.map { String(decoding: $0, as: UTF8.self) }))
                }
            }
            isAtEnd = source.partitions.allSatisfy(\.isIdle)
        }
        return result
    }

    /// Compares the table, the topics, the dead letters and the counts with a batch computation.
    func oracle(summary: String) throws -> Program.Result {
        try Data(summary.utf8).write(to: URL(fileURLWithPath: directory.path + "/summary.json"))
        for topic in topology.results + topology.sources.map({ $0 + ".dlq" }) {
            let lines = try records(topic).map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) + "\n" }
            try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: directory.path + "/\(topic).jsonl"))
        }
        return try Program.run(
            Python.path ?? "",
            [
                Program.topologies + "/../Tests/Support/crash_oracle.py", topology.rawValue, directory.path,
                "--partitions",
                "\(Self.partitions)", "--table", table,
            ])
    }
}
