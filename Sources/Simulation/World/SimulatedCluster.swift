import Columnar
import Dataflow
import KafkaConnector

/// A Kafka cluster: topics with partitions, transactions and what readers of committed records see of them, producers that
/// are fenced off by newer ones.
final class SimulatedCluster: @unchecked Sendable {
    // One thread runs at a time, see `Turns`.
    /// A record, or the marker that ends a transaction, which takes an offset and which no reader sees.
    struct Entry {
        var key: [UInt8]?
        var value: [UInt8]?
        var headers: [RecordHeader] = []
        /// ms since 1970 UTC.
        var timestamp: Int64
        /// The transaction that it belongs to; nil: none.
        var transaction: Int?
        var isMarker = false
    }

    enum TransactionState {
        case open, committed, aborted
    }

    let world: World
    /// By topic: the entries of each partition; the offset is the index.
    private(set) var topics: [String: [[Entry]]] = [:]
    private(set) var transactions: [TransactionState] = []
    /// By group, topic and partition: the offset of the next record.
    private(set) var groupPositions: [String: [String: [Int32: Int64]]] = [:]
    /// The newest producer of each transactional.id, and the transaction that it has open.
    private var producers: [String: (epoch: Int, open: Int?)] = [:]

    init(_ world: World) { self.world = world }

    func makeTopic(_ name: String, partitions: Int) {
        if topics[name] == nil { topics[name] = Array(repeating: [], count: partitions) }
    }

    func append(_ entry: Entry, topic: String, partition: Int32) { topics[topic]?[Int(partition)].append(entry) }

    /// The partition of a record that has a key, as of one that has none.
    func partition(of key: [UInt8]?, topic: String) -> Int32 {
        let count = topics[topic]?.count ?? 1
        guard let key else { return Int32(world.random.number(0...count - 1)) }
        var hash: UInt32 = 0x811C_9DC5
        for byte in key { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return Int32(hash % UInt32(count))
    }

    // MARK: Reading

    /// The first offset that readers of committed records cannot pass: that of the first record of an open transaction, else
    /// the end.
    func lastStableOffset(_ topic: String, _ partition: Int32) -> Int64 {
        let entries = topics[topic]?[Int(partition)] ?? []
        let open = entries.firstIndex { $0.transaction.map { transactions[$0] == .open } ?? false }
        return Int64(open ?? entries.count)
    }

    /// Whether readers of committed records see an entry.
    func isVisible(_ entry: Entry) -> Bool {
        !entry.isMarker && (entry.transaction.map { transactions[$0] == .committed } ?? true)
    }

    /// What a reader of committed records finds in a topic, partition by partition.
    func committed(_ topic: String) -> [[Entry]] {
        (topics[topic] ?? []).indices.map { partition in
            let end = Int(lastStableOffset(topic, Int32(partition)))
            return (topics[topic]?[partition].prefix(end) ?? []).filter(isVisible)
        }
    }

    // MARK: Transactions

    /// A new producer of a transactional.id: what an older one left open is aborted, and that one is fenced off.
    func register(_ transactionalID: String) -> Int {
        let old = producers[transactionalID]
        if let open = old?.open { end(open, .aborted) }
        let epoch = (old?.epoch ?? 0) + 1
        producers[transactionalID] = (epoch, nil)
        return epoch
    }

    /// - Throws: `KafkaError` of kind `.fenced` when a newer producer has registered.
    func check(_ transactionalID: String, _ epoch: Int) throws {
        guard producers[transactionalID]?.epoch == epoch else {
            throw KafkaError(.fenced, "a newer producer has the transactional.id (simulated)")
        }
    }

    /// The transaction that a producer has open; begins one when there is none.
    func transaction(of transactionalID: String) -> Int {
        if let open = producers[transactionalID]?.open { return open }
        transactions.append(.open)
        producers[transactionalID]?.open = transactions.count - 1
        return transactions.count - 1
    }

    func finish(_ transactionalID: String, _ state: TransactionState) {
        guard let open = producers[transactionalID]?.open else { return }
        producers[transactionalID]?.open = nil
        end(open, state)
    }

    private func end(_ transaction: Int, _ state: TransactionState) {
        transactions[transaction] = state
        for (topic, partitions) in topics {
            for partition in partitions.indices
            where partitions[partition].contains(where: { $0.transaction == transaction }) {
                let marker = Entry(timestamp: world.time / 1000, transaction: transaction, isMarker: true)
                topics[topic]?[partition].append(marker)
            }
        }
    }

    func commitPositions(_ positions: [Int32: Int64], group: String, topic: String) {
        groupPositions[group, default: [:]][topic, default: [:]].merge(positions) { $1 }
    }
}
