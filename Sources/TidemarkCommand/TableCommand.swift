import ArgumentParser
import Columnar
import DeltaTables
import Formats
import Foundation
import ObjectStorage
import Runtime

/// `tidemark table`: looks at Delta tables.
struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Looks at a Delta table.",
        discussion: """
            Examples:
              tidemark table show warehouse/gold/departure_delays
              tidemark table history warehouse/gold/departure_delays
            """,
        subcommands: [Show.self, History.self])

    /// How rows are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, jsonl
    }

    /// - Throws: `RuntimeError` where there is no directory: looking makes none.
    private static func open(_ path: String) throws -> DeltaTable {
        guard LocalDirectory.exists(path) else {
            throw RuntimeError("\(path) is not a directory: name that of a table")
        }
        return try DeltaTable.open(LocalDirectory(path))
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints rows.",
            discussion: """
                JSON lines hold decimals as strings, timestamps as ISO 8601 in UTC and bytes as base64.

                Examples:
                  tidemark table show warehouse/gold/delays
                  tidemark table show warehouse/gold/delays --format jsonl --limit all
                """)
        @Argument(help: "The table's directory.") var path: String
        @Option(help: "table or jsonl.") var format = Format.table
        @Option(help: "Rows at most, or 'all'.") var limit = "20"

        func run() throws {
            do { try show() } catch { TopologyCommand.fail(error) }
        }

        private func show() throws {
            let maximum = limit == "all" ? nil : Int(limit)
            guard limit == "all" || maximum.map({ $0 >= 0 }) == true else {
                throw RuntimeError("--limit takes a number or 'all'")
            }
            let table = try TableCommand.open(path)
            if format == .jsonl {
                let encoder = JSONRowEncoder(schema: table.schema)
                return try table.forEachBatch(limit: maximum) { try StandardOutput.write(encoder.encode($0)) }
            }
            var text = TextTable(schema: table.schema)
            try table.forEachBatch(limit: maximum) { text.add($0) }
            let rows = try table.rowCount()
            let shown = min(rows, maximum ?? rows)
            try StandardOutput.line(
                "\(text.text)\n\n\(shown) of \(rows) rows, version \(table.version), \(table.fileCount) \(table.fileCount == 1 ? "file" : "files")"
            )
        }
    }

    struct History: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the table's versions, newest first.",
            discussion: """
                Example:
                  tidemark table history warehouse/gold/delays --limit 5
                """)
        @Argument(help: "The table's directory.") var path: String
        @Option(help: "Versions at most.") var limit: Int?
        @Flag(help: "Print an object a line.") var json = false

        func run() throws {
            do {
                for entry in try TableCommand.open(path).history(limit: limit) {
                    try StandardOutput.line(json ? HistoryText.json(entry) : HistoryText.line(entry))
                }
            } catch {
                TopologyCommand.fail(error)
            }
        }
    }
}

/// A version of a table as a line.
enum HistoryText {
    private struct Entry: Encodable {
        var version: Int64
        var timestamp, operation, engine: String?
        var metrics: [String: String]
    }

    static func line(_ entry: DeltaTable.HistoryEntry) -> String {
        let time = entry.timestamp.map { TimestampText.iso8601($0 * 1000) } ?? "-"
        let metrics = entry.metrics.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return "\(entry.version)  \(time)  \(entry.operation ?? "-")  \(metrics)  \(entry.engine ?? "-")"
    }

    static func json(_ entry: DeltaTable.HistoryEntry) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let stored = Entry(
            version: entry.version, timestamp: entry.timestamp.map { TimestampText.iso8601($0 * 1000) },
            operation: entry.operation, engine: entry.engine, metrics: entry.metrics)
        return String(decoding: try encoder.encode(stored), as: UTF8.self)
    }
}
