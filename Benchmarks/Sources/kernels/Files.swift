import Columnar
import Dataflow
import DeltaTables
import Foundation
import ObjectStorage
import Parquet
import Workloads

/// Columns to a Parquet file and back.
func measureParquet(_ data: SampleData, _ stopwatch: inout Stopwatch) throws {
    var file: [UInt8] = []
    stopwatch.measure("write Parquet, zstd 1", data.count, "bid of 6 columns") {
        var writer = ParquetWriter(schema: data.batch.schema)
        writer.append(data.batch)
        file = writer.finish().bytes
    }
    try stopwatch.measure("read Parquet", data.count, "bid of 6 columns") {
        keep(try ParquetReader(bytes: file).read())
    }
}

/// The state of a deduplication by two keys, to a file that is on disk and back.
func measureCheckpoints(keys count: Int, _ stopwatch: inout Stopwatch) throws {
    let plan = try Workload.w4.topology.makePlan()
    func execution() throws -> Execution {
        try Execution(plan, decoders: [0: try SampleData.decoder(.w4)])
    }
    let filled = try execution()
    var records = RawRecords(partition: 0)
    for number in 0..<count {
        let line = #"{"auction":\#(number),"bidder":\#(number % 977),"dateTime":"2026-01-01T00:00:00Z"}"#
        records.append(value: Array(line.utf8), offset: Int64(number))
    }
    keep(filled.round([.init(step: 0, records: [records], partitions: [(number: 0, isIdle: false)])]))
    let directory = try ScratchDirectory()
    let store = try LocalDirectory(directory.path)
    try stopwatch.measure("checkpoint: encode, zstd 1, fsync", count, "key") {
        let checkpoint = Checkpoint(
            epoch: 1, topology: plan.name, plan: plan.text, stateID: "benchmark", positions: [0: [0: Int64(count)]],
            state: filled.snapshot(), prepared: [:])
        try store.put("1", ZstdFrame.compress(checkpoint.encoded()))
    }
    try stopwatch.measure("checkpoint: read, decode, restore", count, "key") {
        let checkpoint = try Checkpoint(decoding: try ZstdFrame.decompress(try store.get("1")))
        let restored = try execution()
        try restored.restore(checkpoint.state)
        keep(restored)
    }
}

/// Workload W5: changes merged into a Delta table of eight files, spread over all keys or over the newest fifth.
func measureMerges(rows: Int, _ stopwatch: inout Stopwatch) throws {
    let base = try ScratchDirectory()
    let writer = try DeltaMergeSink(
        store: LocalDirectory(base.path), schema: MergeRows.schema, keys: ["id"], appID: "base")
    for part in 0..<8 {
        writer.stage(MergeRows.batch(ids: (part * rows / 8..<(part + 1) * rows / 8).map { $0 }, seed: 1))
        try writer.commit(epoch: Int64(part + 1), prepared: try writer.prepare(epoch: Int64(part + 1)))
    }
    for (name, first) in [("all keys", 0), ("the newest fifth", rows / 5 * 4)] {
        let changes = MergeRows.changes(rows: rows, from: first)
        try stopwatch.measure("merge over \(name) of a table", changes.count, "change") {
            let copy = try ScratchDirectory(copying: base)
            let sink = try DeltaMergeSink(
                store: LocalDirectory(copy.path), schema: MergeRows.schema, keys: ["id"], appID: "benchmark")
            return (copy, sink)
        } _: { (_: ScratchDirectory, sink: DeltaMergeSink) in
            sink.stage(changes)
            try sink.commit(epoch: 1, prepared: try sink.prepare(epoch: 1))
        }
    }
}

/// The rows of workload W5.
enum MergeRows {
    static let schema = RecordSchema([
        Field("id", .int64), Field("auction", .int64), Field("price", .double), Field("name", .string),
        Field("ts", .timestamp),
    ])

    static func batch(ids: [Int], seed: UInt64, deletions: Bitmap? = nil) -> RecordBatch {
        func random(_ id: Int) -> UInt64 { ((UInt64(id) &+ seed) &* 0x9E37_79B9_7F4A_7C15) >> 32 }
        let names = ids.map { "customer-name-" + String(String($0 + 1_000_000_000_000).dropFirst()) }
        let columns = [
            ColumnVector(.int64, .int64(ids.map { Int64($0) })),
            ColumnVector(.int64, .int64(ids.map { 1000 + Int64(random($0) % 19_000) })),
            ColumnVector(.double, .double(ids.map { Double(random($0) % 1_000_000) / 1000 })),
            ColumnVector(.string, .binary(BinaryValues(names))),
            ColumnVector(.timestamp, .int64(ids.map { 1_767_225_600_000_000 + Int64($0) * 1000 })),
        ]
        return RecordBatch(schema: schema, columns: columns, count: ids.count, deletions: deletions)
    }

    /// 10 % of the table's rows replaced, 1 % taken away, 2 % new ones.
    /// - Parameter first: the least of the keys that change.
    static func changes(rows: Int, from first: Int) -> RecordBatch {
        let changed = rows / 100 * 11
        let old = (0..<changed).map { first + $0 * (rows - first) / changed }
        var deletions = Bitmap(count: changed + rows / 50)
        for row in stride(from: 0, to: changed, by: 11) { deletions[row] = true }
        return batch(ids: old + (rows..<rows + rows / 50), seed: 2, deletions: deletions)
    }
}
