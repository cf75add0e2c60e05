/// What became of the records of a source, each counted where it happened: `isBalanced` is a check, not a definition.
public struct Reconciliation: Hashable, Sendable {
    /// Records that the source gave.
    public var read = 0
    /// Rows that a filter removed, or whose list had no element to explode.
    public var filtered = 0
    /// Rows that reached the first step of their path that computes other rows (an aggregation, a join, a ranking, …), or
    /// the sink of a path without one.
    public var processed = 0
    public var late = 0
    public var duplicate = 0
    /// Records that could not be decoded or were against the contract, and rows for which a function of the topology
    /// failed.
    public var malformed = 0
    /// Rows that were made of one beyond the first: by `explode`, a flat map, or a match with several rows of a table.
    public var added = 0

    public init() {}

    /// Whether every record that was read, and every row that was added, is in exactly one of the other counts.
    public var isBalanced: Bool { read + added == filtered + processed + late + duplicate + malformed }

    /// The counts of both.
    public static func + (left: Reconciliation, right: Reconciliation) -> Reconciliation {
        var sum = left
        sum.read += right.read
        sum.filtered += right.filtered
        sum.processed += right.processed
        sum.late += right.late
        sum.duplicate += right.duplicate
        sum.malformed += right.malformed
        sum.added += right.added
        return sum
    }
}

/// A record for the dead letters: the bytes as they came, and why.
public struct DeadLetter: Hashable, Sendable {
    /// The number of the source step that read it.
    public var source: Int
    public var reason: RejectionReason
    public var field: String?
    /// The position in the value, in bytes from 0.
    public var position: Int?
    /// One clause for people, without values.
    public var message: String
    public var partition: Int32
    public var offset: Int64
    /// ms since 1970 UTC, -1 when unknown.
    public var timestamp: Int64
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [RecordHeader]

    public init(
        source: Int, reason: RejectionReason, field: String? = nil, position: Int? = nil, message: String,
        partition: Int32, offset: Int64, timestamp: Int64, key: [UInt8]? = nil, value: [UInt8]? = nil,
        headers: [RecordHeader] = []
    ) {
        self.source = source
        self.reason = reason
        self.field = field
        self.position = position
        self.message = message
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }
}
