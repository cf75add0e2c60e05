import Columnar
import Foundation
import TestSupport

/// Random rows with nulls, of every plain type.
enum RandomRows {
    static let schema = RecordSchema([
        Field("s", .string, isNullable: true), Field("u", .string, isNullable: true),
        Field("k", .int32, isNullable: true), Field("i", .int32, isNullable: true),
        Field("n", .int64, isNullable: true), Field("x", .double, isNullable: true),
        Field("y", .double, isNullable: true), Field("m", .decimal(precision: 12, scale: 3), isNullable: true),
        Field("t", .timestamp, isNullable: true), Field("v", .timestamp, isNullable: true),
        Field("d", .date, isNullable: true), Field("e", .date, isNullable: true), Field("b", .bool, isNullable: true),
    ])
    private static let letters = ["a", "b", "A", "B", ".", " ", "é", "É", "日", "😀", "1", "2", "%", "-", "ß"]

    static func batch(seed: UInt64, count: Int) -> RecordBatch {
        var random = SplitMix(state: seed)
        func text(_ longest: Int) -> Scalar {
            .string(
                (0..<Int.random(in: 0...longest, using: &random)).map { _ in letters.randomElement(using: &random) ?? ""
                }
                .joined())
        }
        func value(_ name: String) -> Scalar {
            switch name {
            case "s": return text(14)
            case "u": return text(2)
            case "k": return .int32(.random(in: -6...9, using: &random))
            case "i": return .int32(.random(in: -2_000...2_000, using: &random))
            case "n": return .int64(.random(in: -3_000_000_000...3_000_000_000, using: &random))
            case "x": return .double(Double(Int.random(in: -20_000...20_000, using: &random)) / 64)
            case "y": return .double(Double(Int.random(in: 1...4_000, using: &random)) / 64)
            case "m": return .decimal(Int128(Int.random(in: -99_999...99_999, using: &random)), scale: 3)
            case "t", "v":
                return .timestamp(.random(in: -3_000_000_000_000_000...3_000_000_000_000_000, using: &random))
            case "d", "e": return .date(.random(in: -100_000...100_000, using: &random))
            default: return .bool(.random(using: &random))
            }
        }
        let columns = schema.fields.map { field in
            ColumnVector(
                field.type,
                scalars: (0..<count).map { _ in Int.random(in: 0..<10, using: &random) == 0 ? .null : value(field.name)
                })
        }
        return RecordBatch(schema: schema, columns: columns, count: count)
    }

    /// As lines of JSON, in order.
    static func write(_ batch: RecordBatch, to path: String) throws {
        var bytes: [UInt8] = []
        for row in 0..<batch.count {
            bytes += Array("{\"row\":\(row)".utf8)
            for (field, column) in zip(batch.schema.fields, batch.columns) {
                bytes += Array(",\"\(field.name)\":".utf8)
                column.appendJSON(row, to: &bytes)
            }
            bytes += Array("}\n".utf8)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
