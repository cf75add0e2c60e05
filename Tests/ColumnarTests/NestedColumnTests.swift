import TestSupport
import Testing

@testable import Columnar

/// Nested columns against lists of single values, which know nothing of offsets and children.
@Suite struct NestedColumnTests {
    static let cases: [(schema: RecordSchema, rows: [[Scalar]])] = (0..<60).map { seed in
        var data = NestedData(seed: UInt64(seed))
        let schema = data.schema(columns: 3, depth: 5)
        return (schema, data.rows(schema, count: 40))
    }

    @Test func rowsAreTakenAndPutTogether() {
        var random = SplitMix(state: 1)
        for (schema, rows) in Self.cases {
            let batch = NestedData.batch(schema, rows)
            #expect(NestedData.rows(batch) == rows)
            let taken = (0..<70).map { _ in Int32.random(in: 0..<40, using: &random) }
            #expect(NestedData.rows(batch.taking(taken)) == taken.map { rows[Int($0)] })
            let parts = [batch.taking([]), batch.taking(Array(taken[..<20])), batch, batch.taking(Array(taken[20...]))]
            #expect(
                NestedData.rows(.concatenating(parts))
                    == taken[..<20].map { rows[Int($0)] } + rows + taken[20...].map { rows[Int($0)] })
        }
    }

    @Test func batchesComeBackFromBytes() throws {
        for (schema, rows) in Self.cases {
            let batch = NestedData.batch(schema, rows)
            var bytes: [UInt8] = []
            BatchCodec.encode([batch, batch.taking([3, 1])], into: &bytes)
            let back = try BatchCodec.decode(bytes)
            #expect(back.map(\.schema) == [schema, schema])
            #expect(back.flatMap(NestedData.rows) == rows + [rows[3], rows[1]])
        }
    }

    @Test func damagedBytesNeverTrap() {
        var data = NestedData(seed: 7)
        let schema = data.schema(columns: 4, depth: 4)
        var bytes: [UInt8] = []
        BatchCodec.encode([NestedData.batch(schema, data.rows(schema, count: 6))], into: &bytes)
        for length in bytes.indices {
            #expect(throws: BatchCodecError.self) { try BatchCodec.decode(Array(bytes[..<length])) }
        }
        for index in bytes.indices {
            for flip in [0x01, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= flip
                _ = try? BatchCodec.decode(damaged)
            }
        }
        // A type that goes on for ever.
        let deep: [UInt8] = [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 97]
        #expect(throws: BatchCodecError.self) {
            try BatchCodec.decode(deep + [UInt8](repeating: 10, count: 3_000_000))
        }
    }

    /// A value that equals another one exactly when that does: maps without their order, one zero.
    static func canonical(_ scalar: Scalar) -> Scalar {
        switch scalar {
        case .double(0): .double(0)
        case .list(let values): .list(values.map(canonical))
        case .struct(let values): .struct(values.map(canonical))
        case .map(let entries):
            .map(
                entries.map { .init($0.key, canonical($0.value)) }.sorted { "\($0.key)" < "\($1.key)" })
        default: scalar
        }
    }

    @Test func equalValuesAreOneGroup() {
        for (seed, (schema, rows)) in Self.cases.enumerated() {
            var data = NestedData(seed: UInt64(seed) + 100)
            // Every row twice, maps in another order.
            let more = rows + rows.map { $0.map { data.shuffled($0) } }
            let batch = NestedData.batch(schema, more)
            var table = GroupTable(keyTypes: schema.fields.map(\.type))
            let hashes = rowHashes(batch.columns, count: batch.count)
            // In two calls, so that rows are compared with keys that are there and with new ones.
            let groups =
                table.intern(batch.columns, hashes: hashes, rows: (0..<20).map { $0 })
                + table.intern(batch.columns, hashes: hashes, rows: (20..<80).map { $0 })
            var numbers: [[Scalar]: Int32] = [:]
            let expected = more.map { row -> Int32 in
                let key = row.map(Self.canonical)
                let number = numbers[key] ?? Int32(numbers.count)
                numbers[key] = number
                return number
            }
            #expect(groups == expected)
            #expect(table.find(batch.columns, hashes: hashes) == expected)
        }
    }

    @Test func orderIsTotal() {
        for (schema, rows) in Self.cases.prefix(20) {
            let column = NestedData.batch(schema, rows).columns[0]
            let sorted = (0..<rows.count).sorted { column.compare($0, column, $1) < 0 }
            for (position, left) in sorted.enumerated() {
                for right in sorted[position...] {
                    #expect(column.compare(left, column, right) <= 0 && column.compare(right, column, left) >= 0)
                }
            }
        }
    }

    @Test func typesHaveTheirText() {
        let type = DataType.struct([
            Field("a", .int32, isNullable: true), Field("b", .list(.string, containsNull: true), isNullable: true),
            Field("c", .map(key: .string, value: .json, valueContainsNull: false)),
        ])
        #expect(
            type.description == "struct<a: int, b: list<string>, c: map<string, json not null> not null>")
        #expect(type.depth == 3 && type.isNested && !DataType.json.isNested)
        #expect(
            type.stored.description == "struct<a: int, b: list<string>, c: map<string, string not null> not null>")
    }

    @Test func valuesAreJSON() {
        let type = DataType.struct([
            Field("n", .decimal(precision: 9, scale: 2)), Field("l", .list(.int32, containsNull: true)),
            Field("m", .map(key: .int64, value: .timestamp, valueContainsNull: false)), Field("j", .json),
        ])
        let column = ColumnVector(
            type,
            scalars: [
                .struct([
                    .decimal(150, scale: 2), .list([.int32(1), .null]), .map([.init(.int64(7), .timestamp(0))]),
                    .string("{\"x\": [1]}"),
                ]), .null,
            ])
        let texts = Kernels.cast(column, to: .json)
        #expect(
            texts.scalar(at: 0)
                == .string("{\"n\":\"1.50\",\"l\":[1,null],\"m\":{\"7\":\"1970-01-01T00:00:00Z\"},\"j\":{\"x\": [1]}}"))
        #expect(texts.scalar(at: 1) == .null)
    }
}

extension NestedData {
    /// The same value with the entries of its maps in another order.
    mutating func shuffled(_ scalar: Scalar) -> Scalar {
        switch scalar {
        case .double(0): .double(-0.0)
        case .list(let values): .list(values.map { shuffled($0) })
        case .struct(let values): .struct(values.map { shuffled($0) })
        case .map(let entries):
            .map(entries.map { .init($0.key, shuffled($0.value)) }.shuffled(using: &random))
        default: scalar
        }
    }
}
