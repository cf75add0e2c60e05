import Columnar

/// Turns rows into the records of a topic.
public protocol RecordEncoder: Sendable {
    /// Encodes every row, in order: one record each.
    /// - Precondition: the batch has the encoder's schema.
    func encode(_ batch: RecordBatch) -> EncodedRecords
}

/// The records of a topic before they are sent: columns of one length.
public struct EncodedRecords: Hashable, Sendable {
    /// Of type `bytes`; null for a record without a key.
    public private(set) var keys: ColumnVector
    /// Of type `bytes`; null for a record without a value, which takes away what has its key (a tombstone).
    public private(set) var values: ColumnVector
    /// The records' times, ms since 1970 UTC; 0 for the time of sending.
    public private(set) var timestamps: [Int64]
    /// Where the rows were read; nil for rows that an operator computed.
    public private(set) var origin: RowOrigins?

    /// - Precondition: all have the same length.
    public init(keys: ColumnVector, values: ColumnVector, timestamps: [Int64], origin: RowOrigins? = nil) {
        precondition(keys.type == .bytes && values.type == .bytes, "records that are not bytes")
        precondition(keys.count == values.count && values.count == timestamps.count, "records in part")
        self.keys = keys
        self.values = values
        self.timestamps = timestamps
        self.origin = origin
    }

    public var count: Int { timestamps.count }

    /// The bytes of keys and values.
    public var byteCount: Int { keys.byteCount + values.byteCount }

    /// Adds records at the end.
    /// - Precondition: both have origins, or neither.
    public mutating func append(contentsOf other: EncodedRecords) {
        precondition((origin == nil) == (other.origin == nil), "records with origins beside others without")
        keys.append(contentsOf: other.keys)
        values.append(contentsOf: other.values)
        timestamps += other.timestamps
        origin?.partitions += other.origin?.partitions ?? []
        origin?.offsets += other.origin?.offsets ?? []
    }
}

extension EncodedRecords {
    private static let schema = RecordSchema([
        Field("key", .bytes, isNullable: true), Field("value", .bytes, isNullable: true), Field("timestamp", .int64),
    ])

    /// The records as a batch, for `BatchCodec`.
    public var batch: RecordBatch {
        RecordBatch(
            schema: Self.schema, columns: [keys, values, ColumnVector(.int64, .int64(timestamps))], count: count,
            origin: origin)
    }

    /// Records from what `batch` gave; nil for a batch of another shape.
    public init?(_ batch: RecordBatch) {
        guard batch.schema == Self.schema, case .int64(let timestamps) = batch.columns[2].values else { return nil }
        self.init(keys: batch.columns[0], values: batch.columns[1], timestamps: timestamps, origin: batch.origin)
    }
}

extension ColumnVector {
    fileprivate var byteCount: Int {
        if case .binary(let values) = values { values.bytes.count } else { 0 }
    }
}
