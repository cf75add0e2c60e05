import Columnar
import Testing

@Suite struct BatchCodecTests {
    static let batch: RecordBatch = {
        let fields = [
            Field("b", .bool), Field("i", .int32, isNullable: true), Field("l", .int64), Field("d", .double),
            Field("m", .decimal(precision: 38, scale: 4), isNullable: true), Field("s", .string, isNullable: true),
            Field("y", .bytes), Field("day", .date), Field("t", .timestamp),
        ]
        let rows: [[Scalar]] = [
            [
                .bool(true), .int32(-1), .int64(.min), .double(-0.0), .decimal(-(Int128(1) << 100), scale: 4),
                .string("é"),
                .bytes([0, 255]), .date(-1), .timestamp(.max),
            ],
            [.bool(false), .null, .int64(7), .double(.infinity), .null, .null, .bytes([]), .date(0), .timestamp(0)],
        ]
        let columns = fields.indices.map { index in ColumnVector(fields[index].type, scalars: rows.map { $0[index] }) }
        return RecordBatch(
            schema: RecordSchema(fields), columns: columns, count: 2,
            origin: RowOrigins(partitions: [0, 3], offsets: [5, .max]),
            times: RowTimes(eventTimes: [1, 2], watermarks: [.min, 1]))
    }()

    static var bytes: [UInt8] {
        var bytes: [UInt8] = []
        BatchCodec.encode([batch, batch.taking([1])], into: &bytes)
        return bytes
    }

    @Test func batchesComeBack() throws {
        #expect(try BatchCodec.decode(Self.bytes) == [Self.batch, Self.batch.taking([1])])
    }

    @Test func whatIsCutShortIsAnError() {
        for length in 0..<Self.bytes.count {
            #expect(throws: BatchCodecError.self) { try BatchCodec.decode(Array(Self.bytes[..<length])) }
        }
    }

    @Test func damagedBytesNeverTrap() {
        for index in Self.bytes.indices {
            for flip in [0x01, 0x80, 0xFF] as [UInt8] {
                var damaged = Self.bytes
                damaged[index] ^= flip
                // Either an error or other batches: the checksum of whoever stores them tells.
                _ = try? BatchCodec.decode(damaged)
            }
        }
    }
}
