// What a topology imports: the façade, and the entry point that runs it.
@_exported import Streams

import Runtime
import Simulation

extension Topology {
    /// The entry point of a topology's binary: `@main struct InvoiceRevenue: Topology`.
    public static func main() { main(arguments: nil) }

    /// - Parameter arguments: without the program's name; those of the process when nil.
    public static func main(arguments: [String]?) {
        TopologyCommand.main(Self.self, arguments: arguments, commands: [SimulateTopology.self])
    }
}
