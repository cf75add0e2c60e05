/// Where state goes that is larger than memory: files that are written once and then only read. Whoever runs an `Execution`
/// hands one over; the dataflow itself does no I/O.
///
/// A file is needed as long as somebody holds it, and as long as a checkpoint that may be restored names it.
public protocol SpillStore: AnyObject, Sendable {
    /// A new file.
    /// - Throws: what keeps it from being written, as an error for people.
    func create() throws -> any SpillFile

    /// A file that a checkpoint names.
    /// - Throws: when it is not there.
    func open(_ name: String) throws -> any SpillFile
}

/// One file of a `SpillStore`. Only the lane that made it writes; any may read then.
public protocol SpillFile: AnyObject, Sendable {
    /// As checkpoints name it.
    var name: String { get }
    /// Bytes that it has.
    var size: Int { get }
    /// Adds bytes at its end.
    func append(_ bytes: [UInt8]) throws
    /// - Throws: also when there are less bytes.
    func read(at offset: Int, count: Int) throws -> [UInt8]
}

/// A lane's share of the memory for state, and what went wrong when it went over. Operators do not fail: the first error is
/// kept, what they gave in that round is void, and whoever runs the execution stops.
final class LaneMemory {
    let store: any SpillStore
    /// Bytes of state that the lane may hold in memory.
    let limit: Int
    /// The hashes of the keys that the lane owns.
    let range: HashRange
    private(set) var failure: (any Error)?

    init(_ store: any SpillStore, limit: Int, shard: Shard) {
        self.store = store
        self.limit = limit
        range = HashRange(shard)
    }

    /// State that a checkpoint would have to hold goes to files instead from this size on: a checkpoint is built in memory.
    var checkpointLimit: Int { limit / 8 }

    /// Groups that are taken from memory, or merged, at once.
    var stretchRows: Int { min(max(limit / 1024, 16), 32_768) }

    /// Rows that a window gives in one round, beyond a stretch.
    var roundRows: Int { min(max(limit / 256, 16), 131_072) }

    /// What `work` gives; nil, now and later, once something has failed.
    @discardableResult
    func attempt<Result>(_ work: () throws -> Result) -> Result? {
        guard failure == nil else { return nil }
        do { return try work() } catch {
            failure = error
            return nil
        }
    }
}

/// An operator that can move its state to files when it is larger than memory.
protocol SpillingOperator: MeasuredOperator {
    /// What it may use; nil: its state stays in memory, whatever it takes.
    var memory: LaneMemory? { get set }
    /// Moves what it holds in memory to files. What waits to be given early is given.
    func spill(into output: inout OperatorOutput)
    /// Bytes of state in files.
    var spilledByteCount: Int { get }
}

/// An operator that can say how much memory its state takes.
protocol MeasuredOperator: Operator {
    /// Bytes, nearly.
    var stateByteCount: Int { get }
}

/// An operator that gives its rows over several rounds, when they are many.
protocol GradualOperator: Operator {
    /// The least event time of the rows that are still to come; nil when all were given.
    var heldEventTime: Int64? { get }
}
