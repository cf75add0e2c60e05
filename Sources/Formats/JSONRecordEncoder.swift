import Columnar
import Dataflow

/// Rows as records of JSON: the value is an object of all columns, as `JSONRowEncoder` writes them; a deletion has no
/// value.
///
/// The key of one column is the text of its value: the string itself, `42`, `12.50`, `2026-01-31T10:00:00Z`, or the bytes
/// of a column of bytes; null makes a record without a key. The key of several columns is a JSON object of them, in their
/// order and without spaces, in which nulls stand as such. The record's time is that of the event, in ms, where the row
/// has one after 1970; else it is the time of sending.
public struct JSONRecordEncoder: RecordEncoder {
    private let rows: JSONRowEncoder
    private let key: Key

    private let keyColumns: [Int]

    private enum Key: Sendable {
        case none
        /// Whether the JSON of the column has quotes that the key has not.
        case column(isQuoted: Bool)
        case object(JSONRowEncoder)
    }

    /// - Parameter keys: columns of the schema.
    public init(schema: RecordSchema, keys: [String]) {
        rows = JSONRowEncoder(schema: schema)
        keyColumns = keys.map { name in
            guard let position = schema.index(of: name) else { preconditionFailure("a key that is no column") }
            return position
        }
        let fields = keyColumns.map { schema.fields[$0] }
        switch fields.count {
        case 0: key = .none
        case 1: key = .column(isQuoted: Self.isQuoted(fields[0].type))
        default: key = .object(JSONRowEncoder(schema: RecordSchema(fields)))
        }
    }

    private static func isQuoted(_ type: DataType) -> Bool {
        switch type {
        case .decimal, .date, .timestamp, .double: true
        default: false
        }
    }

    public func encode(_ batch: RecordBatch) -> EncodedRecords {
        var values = BinaryValues()
        var valuesThere = Bitmap(repeating: true, count: batch.count)
        var keys = BinaryValues()
        var keysThere = Bitmap(repeating: true, count: batch.count)
        let columns = keyColumns.map { batch.columns[$0] }
        for row in 0..<batch.count {
            if batch.deletions?[row] ?? false {
                valuesThere[row] = false
            } else {
                rows.append(row, of: batch, to: &values.bytes)
            }
            values.offsets.append(Int32(values.bytes.count))
            if !appendKey(row, of: columns, to: &keys.bytes) { keysThere[row] = false }
            keys.offsets.append(Int32(keys.bytes.count))
        }
        return EncodedRecords(
            keys: ColumnVector(.bytes, .binary(keys), validity: keysThere),
            values: ColumnVector(.bytes, .binary(values), validity: valuesThere), timestamps: timestamps(batch),
            origin: batch.origin)
    }

    /// False for a row without a key.
    private func appendKey(_ row: Int, of columns: [ColumnVector], to bytes: inout [UInt8]) -> Bool {
        switch key {
        case .none: return false
        case .object(let encoder): encoder.append(row, columns: columns, to: &bytes)
        case .column(let isQuoted):
            if columns[0].isNull(row) { return false }
            switch (columns[0].type, columns[0].values) {
            case (.string, .binary(let values)), (.bytes, .binary(let values)): bytes += values[row]
            default:
                let start = bytes.count
                columns[0].appendJSON(row, to: &bytes)
                if isQuoted && bytes[start] == UInt8(ascii: "\"") {
                    bytes.removeLast()
                    bytes.remove(at: start)
                }
            }
        }
        return true
    }

    private func timestamps(_ batch: RecordBatch) -> [Int64] {
        guard let times = batch.times else { return [Int64](repeating: 0, count: batch.count) }
        return times.eventTimes.map { max($0 / 1000, 0) }
    }
}
