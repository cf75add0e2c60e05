import Columnar
import Dataflow

/// A table in memory with the sinks' meaning: append adds, merge replaces by key. The naive twin of the Delta sinks.
struct MemoryTable {
    let schema: RecordSchema
    let mode: SinkDescription.Mode
    private var appended: [[Scalar]] = []
    private var merged: [[Scalar]: [Scalar]] = [:]

    init(schema: RecordSchema, mode: SinkDescription.Mode) {
        self.schema = schema
        self.mode = mode
    }

    /// This table with the rows of one of other columns; what those do not have is null.
    func taking(_ other: MemoryTable) -> MemoryTable {
        func adapted(_ row: [Scalar]) -> [Scalar] {
            schema.fields.map { field in other.schema.index(of: field.name).map { row[$0] } ?? .null }
        }
        var table = self
        table.appended = other.appended.map(adapted)
        if case .merge(let keys) = mode {
            for row in other.merged.values.map(adapted) {
                table.merged[keys.map { row[schema.index(of: $0) ?? 0] }] = row
            }
        }
        return table
    }

    mutating func write(_ batch: RecordBatch) {
        for row in 0..<batch.count {
            let values = batch.columns.map { $0.scalar(at: row) }
            switch mode {
            case .append: appended.append(values)
            case .merge(let keys):
                let isDeletion = batch.deletions?[row] ?? false
                merged[keys.map { values[schema.index(of: $0) ?? 0] }] = isDeletion ? nil : values
            }
        }
    }

    /// Rows as text, sorted.
    var text: [String] {
        (appended + merged.values).map { row in
            zip(schema.fields, row).map { "\($0.name)=\($1.plainText)" }.joined(separator: " ")
        }.sorted()
    }
}

extension Scalar {
    /// The value without its type: `12.50`, `void`, `null`; times in µs.
    var plainText: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int32(let value), .date(let value): "\(value)"
        case .int64(let value), .timestamp(let value): "\(value)"
        case .double(let value): "\(value)"
        case .decimal(let value, let scale): "\(value)e-\(scale)"
        case .string(let value): value
        case .bytes(let value): "\(value)"
        case .list(let values), .struct(let values): "[\(values.map(\.plainText).joined(separator: ", "))]"
        case .map(let entries):
            "{\(entries.map { "\($0.key.plainText): \($0.value.plainText)" }.sorted().joined(separator: ", "))}"
        }
    }
}
