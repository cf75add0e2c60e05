// What a topology imports: the façade, and the entry point that runs it.
@_exported import Streams

import Runtime

extension Topology {
    /// The entry point of a topology's binary: `@main struct InvoiceRevenue: Topology`.
    public static func main() { TopologyCommand.main(Self.self) }
}
