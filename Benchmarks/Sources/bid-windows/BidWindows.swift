import Tidemark
import Workloads

/// Workload W2 from Kafka into a Delta table.
@main struct BidWindows: Topology {
    func build(_ topology: TopologyBuilder) { AuctionWindows().build(topology) }
}
