import Foundation
import KafkaConnector
import TestSupport
import Testing

/// Checkpoints that earlier versions of Tidemark wrote: they are in `Checkpoints`, with the records that they are of.
@Suite struct CheckpointFormatTests {
    /// Made by `first-topology` before it read the last two records.
    private static let records = [
        #"{"id":"e1","employee":"ada","spent_at":"2026-03-01T09:00:00Z","amount":"12.50","category":"travel"}"#,
        #"{"id":"e2","employee":"ben","spent_at":"2026-03-01T10:00:00Z","amount":"40.00","category":null}"#,
        #"{"id":"e1","employee":"ada","spent_at":"2026-03-01T09:00:00Z","amount":"12.50","category":"travel"}"#,
        #"{"id":"e3","employee":"ada","spent_at":"2026-03-01T18:30:00Z","amount":"7.25","category":"meals"}"#,
        #"{"id":"e4","employee":"ada","spent_at":"2026-03-01T18:40:00Z","amount":"-7.25","category":"meals"}"#,
        #"{"id":"e5","employee":"ben","spent_at":"2026-03-01T19:00:00Z","amount":"5.05","category":"meals"}"#,
        #"{"id":"e5","employee":"ben","spent_at":"2026-03-01T19:00:00Z","amount":"5.05","category":"meals"}"#,
        #"{"id":"e6","employee":"ada","spent_at":"2026-03-01T20:00:00Z","amount":"1.00","category":"meals"}"#,
    ]

    @Test(arguments: ["expense-totals-v1"]) func anOldCheckpointGoesOn(_ name: String) throws {
        let directory = try TemporaryDirectory()
        let checkpoints = directory.path + "/state/checkpoints"
        try FileManager.default.createDirectory(atPath: checkpoints, withIntermediateDirectories: true)
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Checkpoints/\(name).checkpoint")
        try FileManager.default.copyItem(
            at: file, to: URL(fileURLWithPath: checkpoints + "/00000000000000000001.checkpoint"))
        let cluster = try DevelopmentCluster(topics: [("expenses", 1), ("expenses.dlq", 1)])
        defer { cluster.close() }
        let producer = try KafkaProducer(
            configuration: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "test"))
        for record in Self.records { try producer.produce(topic: "expenses", partition: 0, value: Array(record.utf8)) }
        try producer.flush(timeoutMilliseconds: 20_000)
        func run(_ program: String, _ arguments: [String]) throws -> Program.Result {
            try Program.run(
                program, arguments, environment: ["TIDEMARK_KAFKA_BROKERS": cluster.bootstrapServers],
                in: directory.path)
        }
        let plan = try run("first-topology", ["explain", "--upgrade", "--state", "state"])
        #expect(plan.output == "expense-totals: the state of epoch 1 in state goes on\n")
        let result = try run("first-topology", ["run", "--until-end", "--state", "state"])
        #expect(
            result.output
                == "gold.daily_expenses: 8 read = 1 filtered + 5 processed + 0 late + 2 duplicate + 0 malformed\n",
            "\(result.errors)")
        let table = try run("tidemark", ["table", "show", "warehouse/gold/daily_expenses"])
        #expect(table.output.contains("20.75") && table.output.contains("45.05"), "\(table.output)\(table.errors)")
    }
}
