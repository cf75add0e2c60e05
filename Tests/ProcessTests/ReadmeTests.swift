import Foundation
import KafkaConnector
import TestSupport
import Testing

/// README.md's first topology is the target `first-topology`: this is what builds it and runs what is printed there.
@Suite struct ReadmeTests {
    private static let root = URL(fileURLWithPath: Program.topologies).deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The texts of the fenced blocks of a language, in order.
    private static func blocks(_ language: String) throws -> [String] {
        try text("README.md").components(separatedBy: "\n```\(language)\n").dropFirst().map {
            $0.components(separatedBy: "\n```\n")[0] + "\n"
        }
    }

    @Test func theFirstTopologyIsTheOneThatIsBuilt() throws {
        #expect(try Self.blocks("swift").first == Self.text("Tests/FirstTopology/ExpenseTotals.swift"))
    }

    @Test func itsRecordsGiveWhatIsPrinted() throws {
        let directory = try TemporaryDirectory()
        let records = try #require(Self.blocks("json").first)
        try Data(records.utf8).write(to: URL(fileURLWithPath: directory.path + "/expenses.jsonl"))
        let cluster = try DevelopmentCluster(topics: [("expenses", 1), ("expenses.dlq", 1)])
        defer { cluster.close() }
        func run(_ command: String) throws -> String {
            var words = command.split(separator: " ").map(String.init)
            if words[0] == "expense-totals" { words[0] = "first-topology" }
            let result = try Program.run(
                words[0], Array(words.dropFirst()), environment: ["TIDEMARK_KAFKA_BROKERS": cluster.bootstrapServers],
                in: directory.path)
            #expect(result.status == 0, "\(command): \(result.errors)")
            return result.output
        }
        let commands = [
            "tidemark produce --topic expenses --from expenses.jsonl --key employee", "expense-totals run --until-end",
            "tidemark table show warehouse/gold/daily_expenses",
        ]
        #expect(try Self.text("README.md").contains(commands.map { "    \($0)\n" }.joined()))
        let outputs = try commands.map(run)
        #expect(try Self.blocks("text").first == outputs[1] + "\n" + outputs[2])
    }
}
