import Columnar
import Foundation
import Parquet
import TestSupport
import Testing

@Suite(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct OtherReadersTests {
    static func text(_ scalar: Scalar) -> String {
        switch scalar {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int32(let value), .date(let value): "\(value)"
        case .int64(let value), .timestamp(let value): "\(value)"
        case .double(let value): String(format: "%a", value)
        case .decimal(let value, let scale): "\(value)e-\(scale)"
        case .string(let value): value
        case .bytes(let value): value.map { String(format: "%02x", $0) }.joined()
        case .list, .struct, .map: preconditionFailure("nested values are compared in NestedParquetTests")
        }
    }

    @Test(arguments: ["pyarrow", "duckdb", "polars"])
    func readTheSameValues(reader: String) throws {
        let path = NSTemporaryDirectory() + "tidemark-\(UUID().uuidString).parquet"
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Doubles are left to the round trip: their text differs from one language to the other.
        for (rows, share) in [(1, 0.0), (700, 0.3), (3000, 0.9)] {
            let all = ParquetTests.batch(rows: rows, nullShare: share)
            let kept = all.schema.fields.indices.filter { all.schema.fields[$0].type != .double }
            let batch = RecordBatch(
                schema: RecordSchema(kept.map { all.schema.fields[$0] }), columns: kept.map { all.columns[$0] },
                count: rows)
            try Data(ParquetTests.file([batch], rowGroupRows: 512).bytes).write(to: URL(fileURLWithPath: path))
            let expected = (0..<rows).map { row in
                batch.columns.map { Self.text($0.scalar(at: row)) }.joined(separator: "|")
            }
            let actual = try Python.run("parquet_values.py", [reader, path]).split(separator: "\n").map(String.init)
            #expect(actual == expected)
        }
    }
}
