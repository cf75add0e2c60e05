import Columnar
import Dataflow

/// Checkpoints as a process stores them: the whole state now and then, between that only what has changed, all encoded.
/// Every one is read again as a restart does, and its state compared with the whole one.
public struct StoredCheckpoints {
    /// Encoded; the first is whole.
    private var layers: [[UInt8]] = []
    /// Layers after which they are put together into one, so that long runs stay cheap.
    private static let limit = 5

    /// None.
    public init() {}

    /// Stores the next checkpoint and reads it again.
    /// - Parameter make: the checkpoint of this moment, with its state to the extent that is asked for. Called first for
    ///   what is stored, then for the whole to compare with.
    /// - Throws: `StateMismatch` when what was stored comes to another state than the operators have.
    public mutating func store(_ make: (SnapshotExtent) -> Checkpoint) throws -> Checkpoint {
        layers.append(make(layers.isEmpty ? .whole : .changes).encoded())
        let whole = make(.whole)
        let stored = try layers.map { try Checkpoint(decoding: $0) }
        var restored = stored[stored.count - 1]
        restored.state.operators = try StateOverlay.state(of: stored.map(\.state.operators))
        try Self.compare(restored.state, whole.state)
        if layers.count == Self.limit { layers = [restored.encoded()] }
        return restored
    }

    /// - Throws: `StateMismatch` for states that differ in more than the order of rows.
    static func compare(_ state: ExecutionState, _ expected: ExecutionState) throws {
        let (tables, expected) = (state.tables, expected.tables)
        for table in Set(tables.keys).union(expected.keys).sorted() where tables[table] != expected[table] {
            throw StateMismatch(
                description: "the state of step \(table) that checkpoints of changes come to has "
                    + "\(tables[table]?.rows ?? 0) rows, and the operators have \(expected[table]?.rows ?? 0), or others"
            )
        }
    }
}

/// Stored changes came to another state than the operators have: in which step and table.
public struct StateMismatch: Error, CustomStringConvertible {
    public let description: String
}

/// The rows of a table, whatever their order.
private struct TableDigest: Hashable {
    var rows = 0
    var hashes: UInt64 = 0

    mutating func add(_ batch: RecordBatch) {
        rows += batch.count
        // Lists that are packed into bytes may be in another order.
        let columns = batch.columns.filter { $0.type != .bytes }
        for hash in rowHashes(columns, count: batch.count) { hashes &+= hash }
    }
}

extension ExecutionState {
    /// By step and name: those that have rows.
    fileprivate var tables: [String: TableDigest] {
        var tables: [String: TableDigest] = [:]
        for (step, snapshots) in operators {
            for (section, batches) in snapshots.flatMap(\.sections) {
                for batch in batches where batch.count > 0 {
                    tables["\(step), \(section)", default: TableDigest()].add(batch)
                }
            }
        }
        return tables
    }
}
