import Columnar

/// How much of an operator's state a snapshot gives.
public enum SnapshotExtent: Hashable, Sendable {
    /// All of it.
    case whole
    /// What is not as it was in the snapshot that was taken last, of either extent, or when it was restored.
    case changes
}

/// An operator's state, or what has changed of it: named tables, stored by the checkpoint as they are.
public struct StateSnapshot: Sendable {
    /// The name of the column (`int64`, the hash's bits) that says which shard a row belongs to; the first of a table.
    public static let shardColumn = "__hash"
    /// Tables by name. One without the shard column is not keyed: every shard gave the same, or its own share to add.
    public var sections: [String: [RecordBatch]]
    /// By table: how its rows change those of the snapshots before. A table that is not named here stands in the place of
    /// all that there was; one that is not in `sections` has not changed.
    public var changes: [String: SectionChanges]

    public init(sections: [String: [RecordBatch]] = [:], changes: [String: SectionChanges] = [:]) {
        self.sections = sections
        self.changes = changes
    }
}

/// How rows of a table change those that earlier snapshots of the same shard gave.
public struct SectionChanges: Hashable, Sendable {
    /// Columns, the shard column first. A row replaces all earlier ones that are equal to it in them; several rows may
    /// be equal and stand together in the place of the earlier ones. Without columns, rows are only added.
    public var keys: [String]
    /// What is gone: the columns of `keys`.
    public var removed: [RecordBatch]
    /// Which earlier rows are gone beside those, if any.
    public var expired: Expiry?

    /// Rows whose value in an `int64` column is less than a bound.
    public struct Expiry: Hashable, Sendable {
        public var column: String
        public var before: Int64

        public init(_ column: String, before: Int64) {
            self.column = column
            self.before = before
        }
    }

    public init(keys: [String], removed: [RecordBatch] = [], expired: Expiry? = nil) {
        self.keys = keys
        self.removed = removed
        self.expired = expired
    }
}
