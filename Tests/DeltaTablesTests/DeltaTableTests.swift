import Columnar
import Foundation
import ObjectStorage
import TestSupport
import Testing

@testable import DeltaTables

@Suite struct AppendTests {
    static let schema = RecordSchema([
        Field("day", .date, isNullable: true), Field("region", .string, isNullable: true), Field("flag", .bool),
        Field("small", .int32, isNullable: true), Field("wide", .decimal(precision: 38, scale: 3)),
        Field("raw", .bytes, isNullable: true), Field("at", .timestamp),
    ])

    static func batch(_ range: Range<Int>) -> RecordBatch {
        let columns: [[Scalar]] = [
            range.map { $0 % 5 == 0 ? .null : .date(Int32(15_000 + $0 % 4)) },
            range.map { $0 % 7 == 0 ? .null : .string(["eu west/1", "a=b%", "ü"][$0 % 3]) },
            range.map { .bool($0 % 2 == 0) }, range.map { $0 % 3 == 0 ? .null : .int32(Int32($0) - 50) },
            range.map { .decimal(Int128($0) * 10_000_000_000_000_000_000_000 - 7, scale: 3) },
            range.map { $0 % 4 == 0 ? .null : .bytes([0, UInt8(truncatingIfNeeded: $0)]) },
            range.map { .timestamp(1_700_000_000_000_000 + Int64($0)) },
        ]
        return RecordBatch(
            schema: schema, columns: zip(schema.fields, columns).map { ColumnVector($0.type, scalars: $1) },
            count: range.count)
    }

    static func line(_ batch: RecordBatch, _ row: Int) -> String {
        let names = batch.schema.fields.map(\.name).sorted()
        return names.compactMap { batch.column($0)?.scalar(at: row) }.map { scalar in
            switch scalar {
            case .decimal(let value, let scale): "\(value)e-\(scale)"
            case .date(let day): "\(day)"
            case .timestamp(let time): "\(time)"
            default: scalar.text ?? "null"
            }
        }.joined(separator: "|")
    }

    @Test(arguments: [[], ["day"], ["region", "day"]])
    func everyRowOnce(partitions: [String]) throws {
        let directory = try TemporaryDirectory()
        let store = try LocalDirectory(directory.path)
        func open() throws -> DeltaAppendSink {
            try DeltaAppendSink(store: store, schema: Self.schema, partitionColumns: partitions, appID: "t/2/x")
        }
        var sink = try open()
        #expect(try sink.lastCommittedEpoch() == nil)
        for epoch in 1...12 {
            sink.stage(Self.batch(epoch * 10..<epoch * 10 + 6))
            sink.stage(Self.batch(epoch * 10 + 6..<epoch * 10 + 10))
            let prepared = try sink.prepare(epoch: Int64(epoch))
            if epoch % 3 == 0 { sink = try open() }
            try sink.commit(epoch: Int64(epoch), prepared: prepared)
            try open().commit(epoch: Int64(epoch), prepared: prepared)
        }
        let all = Self.batch(10..<130)
        let expected = (0..<all.count).map { Self.line(all, $0) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var own: [String] = []
        try DeltaTable.open(store).forEachBatch { batch in own += (0..<batch.count).map { Self.line(batch, $0) } }
        #expect(own.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } == expected)
        for reader in Python.path == nil ? [] : ["deltalake", "polars"] {
            let lines = try Python.run("delta_rows.py", [reader, directory.path]).split(separator: "\n").map(
                String.init)
            #expect(lines == expected, "\(reader)")
        }
    }

    /// The value stands in the log; a folder's name is cut where a file system could not take it.
    @Test func partitionValuesMayBeLongerThanFileNames() throws {
        let directory = try TemporaryDirectory()
        let store = try LocalDirectory(directory.path)
        let schema = RecordSchema([Field("tag", .string), Field("id", .int64)])
        // 255 bytes are the most of a file name; the last two differ behind what is kept of them.
        let tags =
            ["..", "a\u{0}b", String(repeating: "é%", count: 150)]
            + ["x", "y"].map { String(repeating: "a", count: 5000) + $0 }
        let batch = RecordBatch(
            schema: schema,
            columns: [
                ColumnVector(.string, scalars: tags.map(Scalar.string)),
                ColumnVector(.int64, scalars: tags.indices.map { .int64(Int64($0)) }),
            ], count: tags.count)
        let sink = try DeltaAppendSink(store: store, schema: schema, partitionColumns: ["tag"], appID: "t/2/x")
        sink.stage(batch)
        try sink.commit(epoch: 1, prepared: try sink.prepare(epoch: 1))
        var own: [String] = []
        try DeltaTable.open(store).forEachBatch { batch in own += (0..<batch.count).map { Self.line(batch, $0) } }
        #expect(own.sorted() == tags.indices.map { "\($0)|\(tags[$0])" })
        guard Python.path != nil else { return }
        let lines = try Python.run("delta_rows.py", ["deltalake", directory.path]).split(separator: "\n")
        #expect(lines.map(String.init) == own.sorted())
    }

    @Test func anotherSchemaIsRefusedInASentence() throws {
        let directory = try TemporaryDirectory()
        let store = try LocalDirectory(directory.path)
        _ = try DeltaAppendSink(store: store, schema: Self.schema, appID: "t/2/x")
        func refusal(_ fields: [Field], partitions: [String] = []) -> String? {
            do {
                _ = try DeltaAppendSink(
                    store: store, schema: RecordSchema(fields), partitionColumns: partitions, appID: "t/2/x")
                return nil
            } catch { return "\(error)" }
        }
        let place = "table \(directory.path) has another schema: "
        let mend = ". Change the topology's output, or write to another table"
        var fields = Self.schema.fields
        #expect(refusal(fields) == nil)
        fields[4].type = .decimal(precision: 18, scale: 3)
        #expect(
            refusal(fields) == place
                + "column 'wide' is decimal(38,3) in the table and decimal(18,3) in the topology" + mend)
        fields = Self.schema.fields
        fields[6].isNullable = true
        #expect(
            refusal(fields) == place + "column 'at' is never null in the table, but may be in the topology" + mend)
        #expect(
            refusal(Array(Self.schema.fields.dropLast())) == place
                + "its column 'at' is not written by the topology" + mend)
        #expect(
            refusal(Self.schema.fields + [Field("new", .int64)]) == place + "it has no column 'new' (bigint)" + mend)
        #expect(
            refusal(Self.schema.fields, partitions: ["day"])?.contains("not partitioned, the topology wants day")
                == true)
    }

    @Test func whatIsNotKnownIsRefusedByName() throws {
        let directory = try TemporaryDirectory()
        let store = try LocalDirectory(directory.path)
        #expect(throws: DeltaError(.noTable, "\(directory.path) is not a Delta table: it has no _delta_log/")) {
            try DeltaTable.open(store)
        }
        _ = try DeltaAppendSink(store: store, schema: Self.schema, appID: "t/2/x")
        let versions = ProtocolVersions(
            minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ["deletionVectors"],
            writerFeatures: ["deletionVectors"])
        try store.put(DeltaLog.commitPath(1), try LogJSON.bytes([LogAction(protocol: versions)]))
        #expect(throws: DeltaError.self) { try DeltaTable.open(store) }
        do { _ = try DeltaTable.open(store) } catch { #expect("\(error)".contains("with deletionVectors")) }
        try store.put(DeltaLog.commitPath(1), Array("{\"add\": 3}\n".utf8))
        do { _ = try DeltaTable.open(store) } catch { #expect("\(error)".contains("00001.json, line 1")) }
    }
}
