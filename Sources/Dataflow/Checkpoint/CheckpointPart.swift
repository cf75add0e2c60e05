import Columnar

/// A piece of a stored checkpoint. The head comes first, then tables of state in pieces of some megabytes, then an end,
/// by which one that was cut short is known.
public enum CheckpointPart: Sendable {
    /// The checkpoint without the state of operators.
    case head(Checkpoint)
    case table(StateTable)
    case end
}

/// Rows of one table of an operator's state.
public struct StateTable: Sendable {
    public var step: Int
    /// Of `shards` that gave a snapshot.
    public var shard: Int
    public var shards: Int
    public var section: String
    /// Nil when the table is whole.
    public var changes: SectionChanges?
    public var batches: [RecordBatch]

    public init(
        step: Int, shard: Int, shards: Int, section: String, changes: SectionChanges? = nil, batches: [RecordBatch]
    ) {
        self.step = step
        self.shard = shard
        self.shards = shards
        self.section = section
        self.changes = changes
        self.batches = batches
    }
}

extension Checkpoint {
    /// Rows of a piece; those of a pass over it are in the processor's caches.
    public static let partRows = 1 << 16

    /// Gives the checkpoint in pieces, so that whoever stores them needs no copy of the whole.
    public func forEachPart(_ body: (CheckpointPart) throws -> Void) rethrows {
        var head = self
        head.state.operators = [:]
        try body(.head(head))
        for (step, snapshots) in state.operators.sorted(by: { $0.key < $1.key }) {
            for (shard, snapshot) in snapshots.enumerated() {
                for (section, batches) in snapshot.sections.sorted(by: { $0.key < $1.key }) {
                    var table = StateTable(
                        step: step, shard: shard, shards: snapshots.count, section: section,
                        changes: snapshot.changes[section], batches: [])
                    for batches in Self.pieces(batches) {
                        table.batches = batches
                        try body(.table(table))
                        table.changes?.removed = []
                    }
                }
            }
        }
        try body(.end)
    }

    /// Batches together and apart, so that each piece has about as many rows. There is one at least.
    private static func pieces(_ batches: [RecordBatch]) -> [[RecordBatch]] {
        var pieces: [[RecordBatch]] = [[]]
        var rows = 0
        for batch in batches {
            for start in stride(from: 0, to: max(batch.count, 1), by: partRows) {
                let part = batch.count <= partRows ? batch : batch.rows(start..<min(start + partRows, batch.count))
                if rows + part.count > partRows, rows > 0 {
                    pieces.append([])
                    rows = 0
                }
                pieces[pieces.count - 1].append(part)
                rows += part.count
            }
        }
        return pieces
    }

    /// Puts a checkpoint together from its pieces.
    /// - Throws: `CheckpointError` when they are not those of one checkpoint.
    public init(parts: some Sequence<CheckpointPart>) throws {
        var assembly = CheckpointAssembly()
        for part in parts { try assembly.take(part) }
        self = try assembly.finish()
    }
}

/// Takes the pieces of a checkpoint one by one.
public struct CheckpointAssembly: Sendable {
    private var checkpoint: Checkpoint?
    private var isEnded = false

    public init() {}

    /// - Throws: `CheckpointError` when the piece cannot follow those before.
    public mutating func take(_ part: CheckpointPart) throws {
        guard !isEnded, (checkpoint == nil) == part.isHead else { throw CheckpointError("its parts are out of order") }
        switch part {
        case .head(let head): checkpoint = head
        case .table(let table): try checkpoint?.state.take(table)
        case .end: isEnded = true
        }
    }

    /// - Throws: `CheckpointError` when pieces are missing.
    public func finish() throws -> Checkpoint {
        guard let checkpoint, isEnded else { throw CheckpointError("it is cut short") }
        return checkpoint
    }
}

extension CheckpointPart {
    fileprivate var isHead: Bool { if case .head = self { true } else { false } }
}

extension ExecutionState {
    /// Adds rows to what there is of their table.
    fileprivate mutating func take(_ table: StateTable) throws {
        guard (1...Shard.keyGroups).contains(table.shards), (0..<table.shards).contains(table.shard) else {
            throw CheckpointError("a shard that cannot be")
        }
        var snapshots = operators[table.step] ?? []
        operators[table.step] = nil
        while snapshots.count < table.shards { snapshots.append(StateSnapshot()) }
        snapshots[table.shard].sections[table.section, default: []] += table.batches
        if let changes = table.changes {
            let removed = snapshots[table.shard].changes[table.section]?.removed ?? []
            snapshots[table.shard].changes[table.section] = changes
            snapshots[table.shard].changes[table.section]?.removed = removed + changes.removed
        }
        operators[table.step] = snapshots
    }
}
