import Columnar

/// Rows as JSON, an object a line; values as `ColumnVector.appendJSON` writes them.
public struct JSONRowEncoder {
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
            bytes.append(UInt8(ascii: "{"))
            for (index, column) in batch.columns.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += names[index]
                column.appendJSON(row, to: &bytes)
            }
            bytes += [UInt8(ascii: "}"), UInt8(ascii: "\n")]
        }
        return bytes
    }
}
