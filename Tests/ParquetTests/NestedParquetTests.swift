import Columnar
import Foundation
import TestSupport
import Testing

@testable import Parquet

@Suite struct NestedParquetTests {
    /// A random schema and rows of it.
    static func data(seed: UInt64, rows: Int, depth: Int = 5) -> RecordBatch {
        var data = NestedData(seed: seed)
        let schema = data.schema(columns: 4, depth: depth)
        return NestedData.batch(schema, data.rows(schema, count: rows))
    }

    @Test func everyNestingComesBack() throws {
        for seed in 0..<80 as Range<UInt64> {
            let rows = [1, 7, 300][Int(seed % 3)]
            let batch = Self.data(seed: seed, rows: rows)
            let file = ParquetTests.file([batch, batch.taking([0])], rowGroupRows: 100)
            let reader = try ParquetReader(bytes: file.bytes)
            #expect(reader.schema == batch.schema.stored)
            let expected = NestedData.rows(batch) + NestedData.rows(batch.taking([0]))
            #expect(try reader.read().flatMap(NestedData.rows) == expected, "seed \(seed)")
            // One column alone, behind others that are passed over.
            #expect(
                try reader.read(columns: ["c2"]).flatMap(NestedData.rows) == expected.map { [$0[2]] }, "seed \(seed)")
        }
    }

    /// A struct that is null, with whatever stands in its fields, is null for all of them.
    @Test func valuesUnderNullsAreNotWritten() throws {
        let inner = DataType.struct([
            Field("id", .int64), Field("tags", .list(.string, containsNull: false), isNullable: true),
        ])
        let children = [
            ColumnVector(.int64, .int64([1, 2, 3])),
            ColumnVector(
                .list(.string, containsNull: false),
                .list(
                    ListValues(
                        offsets: [0, 1, 3, 3],
                        children: [ColumnVector(.string, .binary(BinaryValues(["a", "b", "c"])))]
                    ))),
        ]
        let column = ColumnVector(
            inner, .struct(StructValues(count: 3, children: children)),
            validity: Bitmap(words: [0b101], count: 3))
        let schema = RecordSchema([Field("s", inner, isNullable: true)])
        let batch = RecordBatch(schema: schema, columns: [column], count: 3)
        let file = ParquetTests.file([batch])
        #expect(
            try ParquetReader(bytes: file.bytes).read().flatMap(NestedData.rows)
                == [[.struct([.int64(1), .list([.string("a")])])], [.null], [.struct([.int64(3), .list([])])]])
        // Statistics count what is there.
        #expect(
            file.statistics == [
                ColumnStatistics(minimum: .int64(1), maximum: .int64(3), nullCount: 1),
                ColumnStatistics(minimum: .string("a"), maximum: .string("a"), nullCount: 2),
            ])
    }

    @Test func damagedFilesGiveAnError() {
        let bytes = ParquetTests.file([Self.data(seed: 3, rows: 12, depth: 4)]).bytes
        for length in stride(from: 0, to: bytes.count, by: 3) {
            #expect(throws: ParquetError.self) { try ParquetReader(bytes: Array(bytes[..<length])).read() }
        }
        for index in bytes.indices {
            for flip in [0x01, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= flip
                _ = try? ParquetReader(bytes: damaged).read()
            }
        }
    }

    /// Levels that no writer gives, under a schema that is sound: an error, never a trap.
    @Test func levelsThatDoNotFitGiveAnError() throws {
        var random = SplitMix(state: 5)
        let type = DataType.list(
            .struct([
                Field("a", .int32, isNullable: true),
                Field("m", .map(key: .int32, value: .int32, valueContainsNull: true)),
            ]), containsNull: true)
        let node = ParquetNode.column(Field("c", type, isNullable: true))
        let places = LeafPlace.all([node])
        var errors = 0
        for _ in 0..<3000 {
            let leaves = places.map { place in
                let levels = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    Int32.random(in: 0...place.maximumDefinition, using: &random)
                }
                let values = levels.count { $0 == place.maximumDefinition }
                return ParquetLeaf(
                    values: ColumnVector(.int32, .int32([Int32](repeating: 1, count: values))),
                    definitionLevels: levels,
                    repetitionLevels: levels.map { _ in .random(in: 0...place.maximumRepetition, using: &random) })
            }
            var assembler = ColumnAssembler(leaves: leaves)
            do { _ = try assembler.column(node) } catch { errors += 1 }
        }
        #expect(errors > 1000)
    }

    /// - Parameter reader: Polars gives maps as dictionaries, the others as lists of pairs.
    static func text(_ scalar: Scalar, _ type: DataType, _ reader: String) -> String {
        switch (scalar, type) {
        case (.struct(let values), .struct(let fields)):
            "{" + zip(fields, values).map { "\($0.name)=\(text($1, $0.type, reader))" }.joined(separator: ", ") + "}"
        case (.list(let values), .list(let element, _)):
            "[" + values.map { text($0, element, reader) }.joined(separator: ", ") + "]"
        case (.map(let entries), .map(let key, let value, _)) where reader == "polars":
            "{"
                + entries.map { "\(text($0.key, key, reader))=\(text($0.value, value, reader))" }
                .joined(separator: ", ") + "}"
        case (.map(let entries), .map(let key, let value, _)):
            "["
                + entries.map { "{key=\(text($0.key, key, reader)), value=\(text($0.value, value, reader))}" }
                .joined(separator: ", ") + "]"
        case (.double(let value), _): "\(value)"
        default: OtherReadersTests.text(scalar)
        }
    }

    static func lines(_ batches: [RecordBatch], _ reader: String = "") -> [String] {
        batches.flatMap { batch in
            NestedData.rows(batch).map { row in
                zip(row, batch.schema.fields).map { text($0, $1.type, reader) }.joined(separator: " | ")
                    .replacingOccurrences(of: "\n", with: "\\n")
            }
        }
    }

    @Test(
        .enabled(if: Python.path != nil, "no Python with the test readers: run make setup"),
        arguments: ["pyarrow", "duckdb", "polars"])
    func othersReadTheSameValues(reader: String) throws {
        let directory = try TemporaryDirectory()
        for seed in 0..<8 as Range<UInt64> {
            let batch = Self.data(seed: seed, rows: 150)
            let path = directory.path + "/\(seed).parquet"
            try Data(ParquetTests.file([batch], rowGroupRows: 64).bytes).write(to: URL(fileURLWithPath: path))
            let actual = try Python.run("nested_values.py", ["rows", reader, path]).split(separator: "\n")
            #expect(actual.map(String.init) == Self.lines([batch], reader), "seed \(seed)")
        }
    }

    @Test(
        .enabled(if: Python.path != nil, "no Python with the test readers: run make setup"),
        arguments: ["pyarrow", "pyarrow-older-names", "duckdb"])
    func whatOthersWriteIsRead(writer: String) throws {
        let directory = try TemporaryDirectory()
        for seed in 0..<8 as Range<UInt64> {
            let batch = Self.data(seed: seed, rows: 150)
            let (path, other) = (directory.path + "/\(seed).parquet", directory.path + "/\(seed).other.parquet")
            try Data(ParquetTests.file([batch], rowGroupRows: 64).bytes).write(to: URL(fileURLWithPath: path))
            _ = try Python.run("nested_values.py", ["rewrite", writer, path, other])
            let reader = try ParquetReader(bytes: [UInt8](Data(contentsOf: URL(fileURLWithPath: other))))
            #expect(Self.lines(try reader.read()) == Self.lines([batch]), "seed \(seed)")
        }
    }
}
