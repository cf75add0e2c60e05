import Columnar
import Foundation
import Testing

@testable import Parquet

@Suite struct ParquetTests {
    static let types: [(String, DataType)] = [
        ("b", .bool), ("i", .int32), ("l", .int64), ("d", .double), ("m9", .decimal(precision: 9, scale: 2)),
        ("m18", .decimal(precision: 18, scale: 4)), ("m38", .decimal(precision: 38, scale: 10)), ("s", .string),
        ("y", .bytes), ("day", .date), ("t", .timestamp),
    ]

    static func scalar(_ type: DataType, _ random: inout some RandomNumberGenerator) -> Scalar {
        switch type {
        case .bool: .bool(.random(using: &random))
        case .int32: .int32(.random(in: .min ... .max, using: &random))
        case .int64: .int64(.random(in: -3...3, using: &random))
        case .double:
            .double(
                [0.0, -0.0, 1.5, -.infinity, 1e300, .random(in: -1...1, using: &random)].randomElement(using: &random)
                    ?? 0)
        case .decimal(let precision, let scale):
            .decimal(
                .random(
                    in: -(Decimal128.powerOfTen(precision) - 1)...(Decimal128.powerOfTen(precision) - 1), using: &random
                ), scale: scale)
        case .struct, .list, .map: preconditionFailure("nested values are in NestedParquetTests")
        case .string, .json: .string(["", "é", "a longer text", "😀"].randomElement(using: &random) ?? "")
        case .bytes:
            .bytes((0..<Int.random(in: 0...20, using: &random)).map { _ in .random(in: .min ... .max, using: &random) })
        case .date: .date(.random(in: -100_000...100_000, using: &random))
        case .timestamp: .timestamp(.random(in: -4_000_000_000_000_000...4_000_000_000_000_000, using: &random))
        }
    }

    /// A column of each type, with nulls and without.
    static func batch(rows: Int, nullShare: Double) -> RecordBatch {
        var random = SystemRandomNumberGenerator()
        let fields = types.map { Field($0.0, $0.1) } + types.map { Field("n_" + $0.0, $0.1, isNullable: true) }
        let columns = fields.map { field in
            ColumnVector(
                field.type,
                scalars: (0..<rows).map { _ in
                    field.isNullable && Double.random(in: 0..<1) < nullShare ? .null : scalar(field.type, &random)
                })
        }
        return RecordBatch(schema: RecordSchema(fields), columns: columns, count: rows)
    }

    static func file(_ batches: [RecordBatch], rowGroupRows: Int = 1 << 20) -> ParquetFile {
        var options = ParquetWriterOptions()
        options.rowGroupRows = rowGroupRows
        var writer = ParquetWriter(schema: batches[0].schema, options: options)
        for batch in batches { writer.append(batch) }
        return writer.finish()
    }

    static func scalars(_ batches: [RecordBatch]) -> [[Scalar]] {
        batches.flatMap { batch in (0..<batch.count).map { row in batch.columns.map { $0.scalar(at: row) } } }
    }

    @Test func everyTypeComesBack() throws {
        for (rows, share) in [(1, 0.0), (1, 1.0), (7, 0.5), (64, 0.0), (1000, 0.2), (3000, 0.95), (5000, 0.01)] {
            let batches = [Self.batch(rows: rows, nullShare: share), Self.batch(rows: rows, nullShare: share)]
            let file = Self.file(batches, rowGroupRows: rows)
            let reader = try ParquetReader(bytes: file.bytes)
            #expect(reader.schema == batches[0].schema && reader.rowCount == 2 * rows && file.rowCount == 2 * rows)
            #expect(try Self.scalars(reader.read()) == Self.scalars(batches))
            #expect(
                try Self.scalars(reader.read(columns: ["n_s", "l"])) == Self.scalars(batches).map { [$0[18], $0[2]] })
        }
        let empty = Self.file([Self.batch(rows: 0, nullShare: 0)])
        #expect(try ParquetReader(bytes: empty.bytes).read().isEmpty)
    }

    @Test func runLengthsComeBack() throws {
        var random = SystemRandomNumberGenerator()
        for width in [1, 2, 3, 7, 8, 9, 15, 20] {
            for _ in 0..<50 {
                let values = (0..<Int.random(in: 1...9)).flatMap { _ in
                    [Int32](
                        repeating: .random(in: 0..<(1 << Int32(width)), using: &random),
                        count: .random(in: 1...30, using: &random))
                }
                var bytes: [UInt8] = []
                RunLengthEncoding.encode(values, width: width, into: &bytes)
                #expect(try RunLengthEncoding.decode(bytes[...], width: width, count: values.count) == values)
            }
        }
    }

    @Test func damagedFilesGiveAnError() {
        let bytes = Self.file([Self.batch(rows: 20, nullShare: 0.3)]).bytes
        for length in 0..<bytes.count {
            #expect(throws: ParquetError.self) { try ParquetReader(bytes: Array(bytes[..<length])).read() }
        }
        for index in bytes.indices {
            for flip in [0x01, 0x10, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= flip
                // Either an error or other values; never a trap.
                _ = try? ParquetReader(bytes: damaged).read()
            }
        }
    }
}
