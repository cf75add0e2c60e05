import Columnar

/// Rows as JSON, an object a line; values as `ColumnVector.appendJSON` writes them.
public struct JSONRowEncoder: Sendable {
    private let schema: RecordSchema
    /// `"name":`, quoted once.
    private let names: [[UInt8]]

    public init(schema: RecordSchema) {
        self.schema = schema
        names = schema.fields.map { field in
            var name: [UInt8] = []
            JSONText.append(field.name.utf8, to: &name)
            return name + [UInt8(ascii: ":")]
        }
    }

    /// The rows of a batch, each ended by a line feed.
    /// - Precondition: the batch has the encoder's schema.
    public func encode(_ batch: RecordBatch) -> [UInt8] {
        precondition(batch.schema == schema, "a batch of another schema")
        var bytes: [UInt8] = []
        for row in 0..<batch.count {
            append(row, of: batch, to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// Appends one row, without a line feed.
    /// - Precondition: the batch has the encoder's schema.
    func append(_ row: Int, of batch: RecordBatch, to bytes: inout [UInt8]) {
        append(row, columns: batch.columns, to: &bytes)
    }

    /// Appends one row of columns that are those of the schema.
    func append(_ row: Int, columns: [ColumnVector], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (index, column) in columns.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += names[index]
            column.appendJSON(row, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}
