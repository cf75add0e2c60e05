import Foundation
import KafkaConnector
import TestSupport
import Testing

/// Nested records from Kafka to Delta tables with struct, list and map columns, by the programs themselves.
@Suite(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct NestedTests {
    @Test func tablesAreReadAsTheRecordsWere() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/orders.jsonl"
        _ = try Python.run("nested_orders.py", ["make", "2000", file])
        let cluster = try DevelopmentCluster(topics: [("orders", 3), ("orders.dlq", 1)])
        defer { cluster.close() }
        func run(_ name: String, _ arguments: [String]) throws -> String {
            let result = try Program.run(
                name, arguments, environment: ["TIDEMARK_KAFKA_BROKERS": cluster.bootstrapServers], in: directory.path)
            #expect(result.status == 0, "\(name) \(arguments): \(result.errors)")
            return result.output
        }
        // In two runs, so that the second goes on with the tables of the first.
        for half in 0..<2 {
            let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            let part = directory.path + "/part\(half).jsonl"
            try Data((lines[half * 1000..<half * 1000 + 1000].joined(separator: "\n") + "\n").utf8)
                .write(to: URL(fileURLWithPath: part))
            _ = try run("tidemark", ["produce", "--topic", "orders", "--from", part, "--key", "id"])
            let output = try run("nested-topology", ["run", "--until-end"])
            #expect(!output.contains("DOES NOT BALANCE"), "\(output)")
        }
        _ = try Python.run("nested_orders.py", ["compare", file, directory.path + "/warehouse"])

        let plan = try run("nested-topology", ["explain"])
        #expect(plan.contains("explode lines keeping empty ones: id as order_id, __position as line"), "\(plan)")
        #expect(plan.contains("parts list<struct<number: bigint not null, weight: double> not null>"), "\(plan)")
        let shown = try run(
            "tidemark", ["table", "show", "warehouse/bronze/orders", "--limit", "2000", "--format", "jsonl"])
        let rows = shown.split(separator: "\n").map { Data($0.utf8) }
        #expect(rows.count == 1800)
        for row in rows {
            let object = try #require(try JSONSerialization.jsonObject(with: row) as? [String: Any])
            #expect(object["lines"] is [[String: Any]] && object["customer"] is [String: Any])
        }
    }
}
