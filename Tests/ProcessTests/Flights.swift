import Dataflow
import Foundation
import KafkaConnector
import TestSupport

/// The first flights of 2013 in a development Kafka of their own, with a warehouse and a state.
final class Flights {
    static let partitions = 4
    let cluster: DevelopmentCluster
    let directory: TemporaryDirectory
    let file: String
    var warehouse: String
    var state: String
    var table: String { warehouse + "/" + tableName }
    private let tableName: String

    /// - Parameter table: its place in the warehouse.
    init(count: Int, table: String = "gold/departure_delays") throws {
        directory = try TemporaryDirectory()
        warehouse = directory.path + "/warehouse"
        state = directory.path + "/state"
        tableName = table
        file = directory.path + "/flights.jsonl"
        cluster = try DevelopmentCluster(topics: [("flights", Self.partitions), ("flights.dlq", 1)])
        let script = Program.topologies + "/flight-delays/flights.py"
        _ = try Program.run(Python.path ?? "", [script, file, "--limit", "\(count)"])
        let produced = try Program.run(
            "tidemark",
            ["produce", "--brokers", cluster.bootstrapServers, "--topic", "flights", "--from", file, "--key", "flight"])
        guard produced.output == "\(count) records sent to flights\n" else {
            throw PythonError(description: "produce: \(produced)")
        }
    }

    deinit { cluster.close() }

    /// The arguments of a run to the end of the topic.
    func arguments(_ more: [String] = []) -> [String] { endless(["--until-end"] + more) }

    /// The arguments of a run that goes on until it is stopped.
    func endless(_ more: [String] = []) -> [String] {
        ["run", "--brokers", cluster.bootstrapServers, "--warehouse", warehouse, "--state", state, "--json"] + more
    }

    /// The table's rows as lines, sorted.
    func rows() throws -> [String] {
        let shown = try Program.run("tidemark", ["table", "show", table, "--format", "jsonl", "--limit", "all"])
        return shown.output.split(separator: "\n").map(String.init).sorted()
    }

    /// The records as they were produced.
    func lines() throws -> [String] {
        try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// The records of each identity among the dead letters, keys before values.
    func deadLetters() throws -> [String: [String]] {
        let source = try KafkaSource(
            configuration: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: UUID().uuidString),
            topic: "flights.dlq")
        var letters: [String: [String]] = [:]
        var isAtEnd = false
        while !isAtEnd {
            for records in try source.poll(limit: 10_000, timeoutMilliseconds: 500) {
                for row in 0..<records.count {
                    let id = records.headers[row]?.first { $0.name == "tidemark.id" }?.value ?? []
                    let record = [records.key(row), records.value(row)].map { bytes in
                        bytes.map { String(decoding: $0, as: UTF8.self) } ?? "none"
                    }
                    letters[String(decoding: id, as: UTF8.self), default: []].append(record.joined(separator: " "))
                }
            }
            isAtEnd = source.partitions.allSatisfy(\.isIdle)
        }
        return letters
    }

    /// Compares table and summary with the batch computation.
    func oracle(summary: String) throws -> Program.Result {
        let path = directory.path + "/summary.json"
        try Data(summary.utf8).write(to: URL(fileURLWithPath: path))
        return try Program.run(
            Python.path ?? "",
            [
                Program.topologies + "/flight-delays/oracle.py", file, "--partitions", "\(Self.partitions)", "--table",
                table, "--summary", path,
            ])
    }
}

extension Program {
    static let topologies = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "topologies").path
}
