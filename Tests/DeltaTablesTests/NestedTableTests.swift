import Columnar
import Dataflow
import Foundation
import ObjectStorage
import TestSupport
import Testing

@testable import DeltaTables

@Suite struct NestedTableTests {
    /// The rows as `nested_values.py` prints them: sorted, columns by name.
    static func lines(_ schema: RecordSchema, _ rows: [[Scalar]]) -> [String] {
        let order = schema.fields.indices.sorted { schema.fields[$0].name < schema.fields[$1].name }
        return rows.map { row in
            order.map { text(row[$0], schema.fields[$0].type) }.joined(separator: " | ")
                .replacingOccurrences(of: "\n", with: "\\n")
        }.sorted()
    }

    static func text(_ scalar: Scalar, _ type: DataType) -> String {
        switch (scalar, type) {
        case (.struct(let values), .struct(let fields)):
            "{" + zip(fields, values).map { "\($0.name)=\(text($1, $0.type))" }.joined(separator: ", ") + "}"
        case (.list(let values), .list(let element, _)):
            "[" + values.map { text($0, element) }.joined(separator: ", ") + "]"
        case (.map(let entries), .map(let key, let value, _)):
            "["
                + entries.map { "{key=\(text($0.key, key)), value=\(text($0.value, value))}" }.joined(separator: ", ")
                + "]"
        case (.timestamp(let value), _): "\(value)"
        case (.date(let value), _): "\(value)"
        case (.decimal(let value, let scale), _): "\(value)e-\(scale)"
        default: scalar.text ?? "null"
        }
    }

    static func rows(_ store: LocalDirectory) throws -> (schema: RecordSchema, rows: [[Scalar]]) {
        let table = try DeltaTable.open(store)
        var rows: [[Scalar]] = []
        try table.forEachBatch { rows += NestedData.rows($0) }
        return (table.schema, rows)
    }

    @Test func schemasComeBack() throws {
        for seed in 0..<60 as Range<UInt64> {
            var data = NestedData(seed: seed)
            let schema = data.schema(columns: 4, depth: 6)
            #expect(try TableSchema.parse(TableSchema.text(schema), table: "t") == schema.stored)
        }
        let text = try TableSchema.text(
            RecordSchema([
                Field(
                    "a", .map(key: .string, value: .list(.json, containsNull: false), valueContainsNull: true),
                    isNullable: true)
            ]))
        #expect(
            text == #"{"fields":[{"metadata":{},"name":"a","nullable":true,"type":{"keyType":"string","type":"map","#
                + #""valueContainsNull":true,"valueType":{"containsNull":false,"elementType":"string","type":"array"}}}],"#
                + #""type":"struct"}"#)
    }

    @Test(
        .enabled(if: Python.path != nil, "no Python with the test readers: run make setup"), arguments: [1, 2, 5, 6])
    func appendedAndMergedRowsAreReadByOthers(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        var data = NestedData(seed: seed)
        let schema = RecordSchema([Field("id", .int64)] + data.schema(columns: 3, depth: 4).fields)
        func rows(_ ids: Range<Int64>) -> [[Scalar]] {
            data.rows(schema, count: ids.count).enumerated().map {
                [.int64(ids.lowerBound + Int64($0))] + $1.dropFirst()
            }
        }
        let (appended, merged) = (try LocalDirectory(directory.path + "/a"), try LocalDirectory(directory.path + "/m"))
        var all: [[Scalar]] = []
        var newest: [Scalar: [Scalar]] = [:]
        for (epoch, ids) in [0..<60, 40..<90, 10..<20].enumerated() as EnumeratedSequence<[Range<Int64>]> {
            let sinks: [any Sink] = [
                try DeltaAppendSink(store: appended, schema: schema, appID: "x"),
                try DeltaMergeSink(store: merged, schema: schema, keys: ["id"], appID: "x"),
            ]
            let epochRows = rows(ids)
            for sink in sinks {
                try sink.stage(NestedData.batch(schema, epochRows))
                try sink.commit(epoch: Int64(epoch), prepared: try sink.prepare(epoch: Int64(epoch)))
            }
            all += epochRows
            for row in epochRows { newest[row[0]] = row }
        }
        for (store, expected) in [(appended, all), (merged, Array(newest.values))] {
            let known = try Self.rows(store)
            #expect(known.schema == schema.stored)
            #expect(Self.lines(schema, known.rows) == Self.lines(schema, expected), "seed \(seed)")
            for reader in ["deltalake", "duckdb"] {
                let lines = try Python.run("nested_values.py", ["table", reader, store.location])
                    .split(separator: "\n").map(String.init)
                #expect(lines == Self.lines(schema, expected), "seed \(seed), \(reader)")
            }
        }
    }

    /// A table of another writer, whose elements may be null, takes rows whose elements never are.
    @Test(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
    func tablesOfOthersTakeNarrowerTypes() throws {
        let directory = try TemporaryDirectory()
        _ = try Python.run("nested_values.py", ["create", directory.path])
        let line = DataType.struct([
            Field("sku", .string), Field("price", .decimal(precision: 9, scale: 2), isNullable: true),
        ])
        let schema = RecordSchema([
            Field("extra", .json, isNullable: true), Field("id", .int64),
            Field("lines", .list(line, containsNull: false)),
            Field("stock", .map(key: .string, value: .int32, valueContainsNull: false)),
        ])
        let store = try LocalDirectory(directory.path)
        let sink = try DeltaMergeSink(store: store, schema: schema, keys: ["id"], appID: "x")
        let row: [Scalar] = [
            .string("[1]"), .int64(2), .list([.struct([.string("b"), .null])]), .map([.init(.string("m"), .int32(3))]),
        ]
        sink.stage(NestedData.batch(schema, [row]))
        try sink.commit(epoch: 1, prepared: try sink.prepare(epoch: 1))
        let first: [Scalar] = [
            .string("{}"), .int64(1), .list([.null, .struct([.string("a"), .decimal(150, scale: 2)])]),
            .map([.init(.string("k"), .null)]),
        ]
        for reader in ["deltalake", "duckdb"] {
            let lines = try Python.run("nested_values.py", ["table", reader, directory.path])
                .split(separator: "\n").map(String.init)
            #expect(lines == Self.lines(schema, [first, row]))
        }
        let other = RecordSchema(schema.fields.map { $0.name == "stock" ? Field("stock", .int64) : $0 })
        #expect {
            _ = try DeltaMergeSink(store: store, schema: other, keys: ["id"], appID: "x")
        } throws: {
            "\($0)".contains("column 'stock' is map<string, int> in the table and bigint in the topology")
        }
    }

    @Test func nestedPartitionsAreRefusedBeforeThereIsATable() throws {
        let directory = try TemporaryDirectory()
        let schema = RecordSchema([Field("tags", .list(.string, containsNull: false))])
        let store = try LocalDirectory(directory.path)
        #expect {
            _ = try DeltaAppendSink(store: store, schema: schema, partitionColumns: ["tags"], appID: "x")
        } throws: {
            "\($0)".contains("cannot be partitioned by 'tags', which is list<string not null>")
        }
        #expect(try DeltaLog(store: store).newest() == nil)
    }

    @Test func statisticsAreOfFieldsOfStructs() throws {
        let directory = try TemporaryDirectory()
        let schema = RecordSchema([
            Field("id", .int64),
            Field(
                "a",
                .struct([
                    Field("n", .int32), Field("tags", .list(.string, containsNull: false)),
                    Field("in", .struct([Field("s", .string, isNullable: true)])),
                ]), isNullable: true),
        ])
        let store = try LocalDirectory(directory.path)
        let sink = try DeltaAppendSink(store: store, schema: schema, appID: "x")
        sink.stage(
            NestedData.batch(
                schema,
                [
                    [.int64(1), .struct([.int32(7), .list([.string("t")]), .struct([.null])])],
                    [.int64(2), .struct([.int32(3), .list([]), .struct([.string("z")])])], [.int64(3), .null],
                ]))
        try sink.commit(epoch: 1, prepared: try sink.prepare(epoch: 1))
        let stats = try DeltaTable.open(store).snapshot.files.values.first?.stats
        #expect(
            stats == #"{"numRecords":3,"minValues":{"id":1,"a":{"n":3,"in":{"s":"z"}}},"#
                + #""maxValues":{"id":3,"a":{"n":7,"in":{"s":"z"}}},"#
                + #""nullCount":{"id":0,"a":{"n":1,"in":{"s":2}}}}"#)
    }
}
