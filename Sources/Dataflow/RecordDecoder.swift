import Columnar

/// Turns raw records into columns. A record that fails becomes a rejected record and leaves its neighbours untouched.
public protocol RecordDecoder: Sendable {
    /// The columns that `decode` gives.
    var schema: RecordSchema { get }

    /// Decodes every record, in order. Each is either a row of the batch or rejected, never both, never neither.
    mutating func decode(_ records: RawRecords) -> DecodedRecords
}

/// What a decoder made of raw records.
public struct DecodedRecords: Sendable {
    /// One row for each good record, with origins and without times.
    public var batch: RecordBatch
    public var rejected: [RejectedRecord]

    public init(batch: RecordBatch, rejected: [RejectedRecord]) {
        self.batch = batch
        self.rejected = rejected
    }
}

/// A record that could not be decoded, and why. It never holds a value of the record.
public struct RejectedRecord: Hashable, Sendable {
    /// Its position in the raw records.
    public var row: Int
    public var reason: RejectionReason
    /// The path of the field at fault, if one is.
    public var field: String?
    /// The position in the record's value, in bytes from 0, if one is known.
    public var position: Int?
    /// One clause for people, without values: "is missing", "is not an integer".
    public var message: String

    public init(row: Int, reason: RejectionReason, field: String? = nil, position: Int? = nil, message: String) {
        self.row = row
        self.reason = reason
        self.field = field
        self.position = position
        self.message = message
    }
}

/// Why a record went to the dead letters; the raw value is the reason code that dead letters and metrics carry.
public enum RejectionReason: String, Hashable, Sendable, CaseIterable {
    /// Not the format that the contract names: not JSON, not UTF-8, no value.
    case malformed
    /// Well formed, but against the contract: a missing field, a null, another type, a number out of range.
    case contractViolation = "contract_violation"
    /// Its windows had closed before it came.
    case late
    /// A row with the same key came before, or a later one after it where the last is kept.
    case duplicate
    /// A function of the topology failed for it.
    case functionFailed = "function_failed"
}
