import Columnar
import Dataflow
import Foundation
import TestSupport
import Testing

@testable import Formats

@Suite struct JSONRowEncoderTests {
    /// A column's type, the other program's name for it, and the values where encoders go wrong.
    private static let columns: [(type: DataType, name: String, values: [Scalar])] = [
        (.bool, "bool", [.bool(true), .bool(false)]),
        (.int32, "integer", [0, -1, .min, .max].map(Scalar.int32)),
        (.int64, "integer", [0, -1, 9_007_199_254_740_993, .min, .max].map(Scalar.int64)),
        (
            .double, "double",
            [
                0, -0.0, 0.1, 1e16, 1e-7, -123_456_789.125, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .nan,
                .infinity, -.infinity,
            ].map(Scalar.double)
        ),
        (
            .decimal(precision: 38, scale: 10), "decimal",
            [0, 1, -1, 10_000_000_000, -123_456_789_012, Decimal128.powerOfTen(38) - 1, 1 - Decimal128.powerOfTen(38)]
                .map { Scalar.decimal($0, scale: 10) }
        ),
        (.decimal(precision: 18, scale: 0), "decimal", [0, -7, 999_999_999].map { .decimal($0, scale: 0) }),
        (.decimal(precision: 4, scale: 4), "decimal", [0, -7, 9_999].map { .decimal($0, scale: 4) }),
        (
            .string, "string",
            [
                "", "a\"b\\c/d", (0..<0x80).map { String(Unicode.Scalar(UInt8($0))) }.joined(), "é😀\u{2028}\u{FFFF}",
                "null",
            ]
            .map(Scalar.string)
        ),
        (.bytes, "bytes", [[], [0], [255, 254], [1, 2, 3], Array(0...255)].map(Scalar.bytes)),
        // 9999-12-31 is day 2,932,896; the others are before the year 1 and behind the year 9999.
        (.date, "date", [0, -1, 2_932_896, 2_932_897, -719_163, -719_529, .min, .max].map(Scalar.date)),
        (
            .timestamp, "timestamp",
            [0, -1, 1, 1_767_225_599_999_999, 253_402_300_800_000_000, -62_135_596_800_000_001, .min, .max]
                .map(Scalar.timestamp)
        ),
    ]

    /// Rows of these values in random order, with nulls between them.
    private static func batch(rows: Int) -> RecordBatch {
        var random = SplitMix(state: 8259)
        let fields = columns.enumerated().map { Field("column \"\($0)\"\n", $1.type, isNullable: true) }
        let vectors = columns.map { column in
            ColumnVector(
                column.type,
                scalars: (0..<rows).map { row in
                    // Each value once, then by chance.
                    if row < column.values.count { return column.values[row] }
                    return Int.random(in: 0..<4, using: &random) == 0
                        ? .null : column.values.randomElement(using: &random) ?? .null
                })
        }
        return RecordBatch(schema: RecordSchema(fields), columns: vectors, count: rows)
    }

    private static func text(_ scalar: Scalar) -> String {
        func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
        return switch scalar {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int32(let value), .date(let value): "\(value)"
        case .int64(let value), .timestamp(let value): "\(value)"
        case .double(let value): String(format: "%016lx", value.bitPattern)
        case .decimal(let value, let scale): plain(value, scale)
        case .string(let value): hex(value.utf8)
        case .bytes(let value): hex(value)
        case .list, .struct, .map: preconditionFailure("nested values are in NestedJSONTests")
        }
    }

    /// An unscaled decimal with its point, by moving digits.
    private static func plain(_ value: Int128, _ scale: Int) -> String {
        var digits = Array(String(value.magnitude))
        while digits.count <= scale { digits.insert("0", at: 0) }
        if scale > 0 { digits.insert(".", at: digits.count - scale) }
        return (value < 0 ? "-" : "") + String(digits)
    }

    @Test(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
    func anotherReaderFindsTheSameValues() throws {
        let batch = Self.batch(rows: 500)
        let json = String(decoding: JSONRowEncoder(schema: batch.schema).encode(batch), as: UTF8.self)
        let types = Self.columns.map(\.name).joined(separator: ",")
        let lines = try Python.run("json_rows.py", [types], input: json).split(separator: "\n").map(String.init)
        try #require(lines.count == batch.count)
        for (row, line) in lines.enumerated() {
            #expect(line == batch.columns.map { Self.text($0.scalar(at: row)) }.joined(separator: "|"))
        }
    }

    @Test func namesStandAsDeclaredAndRowsOnOneLine() throws {
        let batch = Self.batch(rows: 20)
        let json = JSONRowEncoder(schema: batch.schema).encode(batch)
        let lines = json.split(separator: 0x0A)
        #expect(lines.count == 20 && json.last == 0x0A)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            #expect(Set(object?.keys.map { $0 } ?? []) == Set(batch.schema.fields.map(\.name)))
        }
    }

    /// What the decoder reads is what the encoder wrote, for the types that a contract has.
    @Test func theDecoderReadsTheSameRows() {
        let schema = RecordSchema([
            Field("b", .bool), Field("i", .int32), Field("l", .int64), Field("d", .double),
            Field("m", .decimal(precision: 38, scale: 10)), Field("s", .string, isNullable: true),
            Field("t", .timestamp),
        ])
        let wanted: [[Scalar]] = [
            [
                .bool(true), .int32(.min), .int64(.max), .double(0.1), .decimal(-1, scale: 10),
                .string("a\"\\\n\u{1}é😀"),
                .timestamp(-62_135_596_800_000_000),
            ],
            [
                .bool(false), .int32(7), .int64(.min), .double(-.leastNonzeroMagnitude),
                .decimal(Decimal128.powerOfTen(38) - 1, scale: 10), .null, .timestamp(253_402_300_799_999_999),
            ],
        ]
        let columns = schema.fields.indices.map { index in
            ColumnVector(schema.fields[index].type, scalars: wanted.map { $0[index] })
        }
        let json = JSONRowEncoder(schema: schema).encode(RecordBatch(schema: schema, columns: columns, count: 2))
        var decoder = JSONRecordDecoder(
            contract: ContractDescription(name: "Row", columns: schema.fields.map { .init($0) }))
        var raw = RawRecords(partition: 0)
        for (offset, line) in json.split(separator: 0x0A).enumerated() {
            raw.append(value: Array(line), offset: Int64(offset))
        }
        let decoded = decoder.decode(raw)
        #expect(decoded.rejected.isEmpty)
        for row in 0..<decoded.batch.count {
            #expect(decoded.batch.columns.map { $0.scalar(at: row) } == wanted[row])
        }
        #expect(decoded.batch.count == 2)
    }
}
