import Foundation
import NexmarkQueries
import Tidemark

/// One program for all queries: `nexmark q5 run --until-end`.
@main struct NexmarkProgram {
    static func main() {
        let names = Nexmark.queries.map(\.name).joined(separator: ", ")
        guard let name = CommandLine.arguments.dropFirst().first,
            let query = Nexmark.queries.first(where: { $0.name == name })
        else {
            let usage = "usage: nexmark QUERY COMMAND …, as nexmark q5 run --until-end; the queries are \(names)\n"
            FileHandle.standardError.write(Data(usage.utf8))
            exit(CommandLine.arguments.dropFirst().first == "--help" ? 0 : 64)
        }
        query.topology.main(arguments: Array(CommandLine.arguments.dropFirst(2)))
    }
}
