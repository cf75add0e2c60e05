import Foundation
import Runtime
import Tidemark

/// Topologies for the tests that kill them: `crash-topologies visits run --until-end`.
@main struct CrashTopologies {
    private static var all: [(name: String, topology: any Topology.Type)] {
        [
            ("pages", PageCounts.self), ("visits", VisitSessions.self), ("orders", SettledOrders.self),
            ("accounts", AccountCopies.self),
        ]
    }

    static func main() {
        guard let name = CommandLine.arguments.dropFirst().first, let chosen = all.first(where: { $0.name == name })
        else {
            let usage = "usage: crash-topologies \(all.map(\.name).joined(separator: "|")) COMMAND …\n"
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
        TopologyCommand.main(chosen.topology, arguments: Array(CommandLine.arguments.dropFirst(2)))
    }
}
