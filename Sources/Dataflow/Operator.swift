import Columnar

/// A step of the dataflow, one instance a shard. Synchronous: it never blocks, suspends, starts a thread, reads a clock
/// or does I/O, so that a run is a function of what it was fed.
///
/// The caller feeds batches and watermarks in turn. Watermarks never fall. A row may be older than the watermark; the
/// operator decides what is late. After `restore` the operator goes on as the one that gave the snapshot would have.
public protocol Operator: AnyObject {
    /// Takes a batch from input `port` (0 but for joins) and gives what follows from it.
    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput)

    /// Event time may have advanced: gives what is final now and forgets what no later row can need. Called in every
    /// round, after its rows.
    /// - Parameter processingTime: µs since 1970 UTC; only for when something is given early, never for what.
    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput)

    /// The state, or what has changed of it, as named columns. Every row of a keyed section stands for one key, and
    /// `StateSnapshot.shardColumn` names the column with its hash, so that a restart may divide it anew. Each snapshot
    /// that is taken counts: what a later one gives of changes is what is not as it was in this one. It must not look at
    /// all of the state to give a little of it, since rows wait meanwhile. State that is small, or nearly all of which
    /// changes, may be given whole each time.
    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot

    /// Takes over the state that the shards of an earlier run gave: all of it, of which the operator keeps the keys
    /// that `shard` owns.
    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws
}

/// How far event time has come.
public enum Watermark: Hashable, Sendable, Comparable {
    /// Before the first event.
    case none
    /// No row older than this (µs since 1970 UTC) is expected.
    case time(Int64)
    /// The input is over: everything pending is final. Operators emit it, and keep what rows of a later run on the
    /// same state may need.
    case endOfInput
}

/// What an operator gives in one call.
public struct OperatorOutput {
    /// Rows for the next operator.
    public var batches: [RecordBatch] = []
    /// Rows for nobody: late or duplicate, with their origins, for the dead letters and the counts.
    public var dropped: [DroppedRows] = []
    /// Rows that a filter removed, or for which a flat map gave none.
    public var filtered = 0
    /// Rows that were made of one beyond the first.
    public var added = 0

    public init() {}
}

/// Rows that an operator dropped for one reason.
public struct DroppedRows: Sendable {
    public var reason: RejectionReason
    public var origins: RowOrigins
    /// One clause for people, without values; nil where the reason says it all.
    public var message: String?

    public init(reason: RejectionReason, origins: RowOrigins, message: String? = nil) {
        self.reason = reason
        self.origins = origins
        self.message = message
    }
}

/// One of the divisions of the keys among worker threads. A key belongs to the shard `keyGroup * count / 128` where
/// `keyGroup` is the top seven bits of its 64-bit hash, so that growing from N to M shards moves whole key groups.
public struct Shard: Hashable, Sendable {
    public static let keyGroups = 128
    public static let single = Shard(index: 0, count: 1)
    public let index: Int
    /// 1...128.
    public let count: Int

    public init(index: Int, count: Int) {
        precondition((1...Self.keyGroups).contains(count) && (0..<count).contains(index))
        self.index = index
        self.count = count
    }

    /// The number of the shard, of `count`, that owns the key with this hash.
    public static func owner(ofHash hash: UInt64, count: Int) -> Int { Int(hash >> 57) * count / keyGroups }

    public func owns(hash: UInt64) -> Bool { Self.owner(ofHash: hash, count: count) == index }
}
