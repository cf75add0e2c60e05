import Columnar
import Dataflow
import DeltaTables
import Foundation
import ObjectStorage
import Parquet
import TestSupport
import Testing

@testable import Runtime

/// Tables that rows are put together with, from files and Delta tables.
@Suite struct LookupTests {
    static let contract = ContractDescription(
        name: "Customer",
        columns: [.init(Field("id", .int64)), .init(Field("name", .string, isNullable: true))])

    static func plan(_ place: LookupDescription.Place) -> LogicalPlan {
        var plan = LogicalPlan(name: "lookup")
        let orders = ContractDescription(name: "Order", columns: [.init(Field("customer", .int64))])
        let read = plan.add(.read(SourceDescription(topic: "orders", contract: orders)))
        let enrichment = Enrichment(
            table: LookupDescription(place: place, contract: contract, refreshInterval: 10),
            keys: [.init(.column("customer"), column: "id")], keepsUnmatched: true,
            outputs: [Projection("customer", .column("customer")), Projection("name", .column("table.name"))])
        let enrich = plan.add(.enrich(enrichment), after: [read])
        _ = plan.add(
            .write(SinkDescription(table: "t.orders", mode: .append(partitionedBy: []))), after: [enrich])
        return plan
    }

    static func batch(_ rows: [(Int64, String?)]) -> RecordBatch {
        RecordBatch(
            schema: contract.schema,
            columns: [
                ColumnVector(.int64, .int64(rows.map(\.0))),
                ColumnVector(.string, scalars: rows.map { $0.1.map { .string($0) } ?? .null }),
            ], count: rows.count)
    }

    static func rows(_ batch: RecordBatch?) -> [String] {
        guard let batch else { return ["gone"] }
        return (0..<batch.count).map { row in
            let (id, name) = (batch.columns[0].scalar(at: row), batch.columns[1].scalar(at: row))
            return "\(id) \(name)"
        }.sorted()
    }

    static let two = ["int64(1) string(\"ada\")", "int64(2) null"]

    @Test func filesOfEachKind() throws {
        let directory = try TemporaryDirectory()
        var parquet = ParquetWriter(schema: Self.contract.schema)
        parquet.append(Self.batch([(1, "ada"), (2, nil)]))
        let contents: [String: [UInt8]] = [
            "c.csv": Array("name,id,more\nada,1,x\n,2,y\n".utf8),
            "c.jsonl": Array("{\"id\":1,\"name\":\"ada\"}\n{\"id\":2,\"name\":null}\n".utf8),
            "c.parquet": parquet.finish().bytes,
        ]
        for (name, bytes) in contents {
            let path = directory.path + "/" + name
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let lookup = try FileLookup(path, contract: Self.contract)
            let version = try lookup.newestVersion()
            #expect(Self.rows(try lookup.load(version: version)) == Self.two, "\(name)")
            #expect(try lookup.load(version: "0 0") == nil, "another version is not there")
            try Data(bytes + [0x0A]).write(to: URL(fileURLWithPath: path))
            #expect(try lookup.newestVersion() != version)
        }
    }

    @Test(arguments: [
        ("c.csv", "id,name\n1,ada\nx,bob\n", "c.csv, line 3: id is a string, not bigint"),
        ("c.jsonl", "{\"id\":1,\"name\":\"ada\"}\n{\"name\":\"bob\"}\n", "c.jsonl, line 2: id is null or missing"),
        ("c.parquet", "PAR1", "not a Parquet file"),
    ])
    func whatDoesNotFitIsSaid(name: String, text: String, words: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let lookup = try FileLookup(path, contract: Self.contract)
        #expect { try lookup.load(version: lookup.newestVersion()) } throws: { "\($0)".contains(words) }
        #expect { try FileLookup("customers.xlsx", contract: Self.contract) } throws: { "\($0)".contains(".parquet") }
        #expect { try FileLookup("/nowhere.csv", contract: Self.contract).newestVersion() } throws: {
            "\($0)".contains("/nowhere.csv, which rows are enriched with, cannot be read")
        }
    }

    @Test func versionsOfADeltaTable() throws {
        let directory = try TemporaryDirectory()
        let store = try LocalDirectory(directory.path)
        let sink = try DeltaAppendSink(store: store, schema: Self.contract.schema, partitionColumns: [], appID: "test")
        let lookup = DeltaLookup("silver.customers", path: directory.path, schema: Self.contract.schema)
        for epoch in 1...12 as ClosedRange<Int64> {
            sink.stage(Self.batch([(epoch, "n\(epoch)")]))
            try sink.commit(epoch: epoch, prepared: try sink.prepare(epoch: epoch))
        }
        let newest = try lookup.newestVersion()
        #expect(Self.rows(try lookup.load(version: newest)).count == 12)
        let earlier = "\((Int64(newest) ?? 0) - 5)"
        #expect(Self.rows(try lookup.load(version: earlier)).count == 7, "as it was")
        #expect(try lookup.load(version: "99") == nil)
        let other = DeltaLookup(
            "silver.customers", path: directory.path, schema: RecordSchema([Field("id", .string)]))
        #expect { try other.load(version: newest) } throws: {
            "\($0)" == "the table silver.customers has the column 'id' as bigint, and it is declared as string"
        }
        let missing = DeltaLookup("silver.no", path: directory.path + "/no", schema: Self.contract.schema)
        #expect { try missing.newestVersion() } throws: { "\($0)".contains("silver.no") }
    }

    /// A table in memory whose versions can be made to go.
    private final class Source: LookupSource {
        var versions: [String: RecordBatch] = [:]
        var newest = "1"
        var fails = false

        func newestVersion() throws -> String {
            if fails { throw RuntimeError("the disk is away") }
            return newest
        }
        func load(version: String) throws -> RecordBatch? { versions[version] }
    }

    private final class TestClock: Dataflow.Clock, @unchecked Sendable {
        var time: Int64 = 0
        func now() -> Int64 { time }
    }

    private final class Warnings { var texts: [String] = [] }

    @Test func aRestartGoesOnWithTheSameVersion() throws {
        let plan = Self.plan(.table("silver.customers"))
        let (source, clock, warnings) = (Source(), TestClock(), Warnings())
        source.versions = ["1": Self.batch([(1, "ada")]), "2": Self.batch([(1, "eve")])]
        func start(_ state: ExecutionState? = nil) throws -> (Execution, LookupTables) {
            let execution = try Execution(plan, decoders: [:])
            if let state { try execution.restore(state) }
            let tables = LookupTables(execution, sources: [1: source], clock: clock) { warnings.texts.append($0) }
            try tables.start()
            return (execution, tables)
        }
        let (first, tables) = try start()
        #expect(first.lookups[0].version == "1")
        source.newest = "2"
        clock.time = 9
        tables.refresh()
        #expect(first.lookups[0].version == "1", "the interval has not passed")
        let state = first.snapshot()
        #expect(try start(state).0.lookups[0].version == "1", "not the newest, but what the checkpoint says")
        clock.time = 10
        tables.refresh()
        #expect(first.lookups[0].version == "2")
        source.fails = true
        clock.time = 20
        tables.refresh()
        #expect(first.lookups[0].version == "2" && warnings.texts.count == 1, "it stays as it was")
        source.fails = false
        source.versions["1"] = nil
        #expect(try start(state).0.lookups[0].version == "2", "the version is gone")
        #expect(warnings.texts.count == 2 && warnings.texts[1].contains("no longer there"))
    }

    @Test func nullsAgainstTheDeclarationAreRefused() throws {
        let execution = try Execution(Self.plan(.table("silver.customers")), decoders: [:])
        let rows = RecordBatch(
            schema: Self.contract.schema,
            columns: [ColumnVector(.int64, scalars: [.null]), ColumnVector(.string, scalars: [.string("ada")])],
            count: 1)
        #expect { try execution.setLookup(step: 1, version: "1", rows: rows) } throws: {
            "\($0)".contains("silver.customers: the column 'id' holds a null")
        }
    }
}
