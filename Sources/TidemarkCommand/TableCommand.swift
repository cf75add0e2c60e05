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
        commandName: "table", abstract: "Looks at a Delta table.", subcommands: [Show.self, History.self])

    /// How rows are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, jsonl
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints rows.",
            discussion: """
                JSON lines hold decimals as strings, timestamps as ISO 8601 in UTC and bytes as base64.

                Example:
                  tidemark table show warehouse/gold/departure_delays --format jsonl --limit all
                """)
        @Argument(help: "The table's directory.") var path: String
        @Option(help: "table or jsonl.") var format = Format.table
        @Option(help: "Rows at most, or 'all'.") var limit = "20"

        func run() throws {
            do {
                let maximum = limit == "all" ? Int.max : Int(limit)
                guard let maximum, maximum >= 0 else { throw RuntimeError("--limit takes a number or 'all'") }
                let table = try DeltaTable.open(LocalDirectory(path))
                let batches = try table.rows(columns: nil, limit: maximum == Int.max ? nil : maximum)
                for batch in batches where format == .jsonl {
                    FileHandle.standardOutput.write(Data(JSONRowEncoder(schema: batch.schema).encode(batch)))
                }
                if format == .table { print(TextTable(batches).text) }
            } catch {
                TopologyCommand.fail(error)
            }
        }
    }

    struct History: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the table's versions, newest first.")
        @Argument(help: "The table's directory.") var path: String

        func run() throws {
            do {
                for entry in try DeltaTable.open(LocalDirectory(path)).history() { print(entry) }
            } catch {
                TopologyCommand.fail(error)
            }
        }
    }
}
