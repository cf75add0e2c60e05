import Columnar
import Foundation
import ObjectStorage
import TestSupport
import Testing

@testable import DeltaTables

/// Merges against a dictionary, with everything that may come between.
@Suite struct MergeTests {
    static let schema = RecordSchema([
        Field("customer", .string, isNullable: true), Field("window", .timestamp), Field("count", .int64),
        Field("sum", .decimal(precision: 18, scale: 2), isNullable: true), Field("mean", .double, isNullable: true),
    ])
    static let keys = ["customer", "window"]

    struct Row: Hashable {
        var customer: String?
        var window: Int64
        var count: Int64
        var sum: Int128?
    }

    static func batch(_ rows: [Row]) -> RecordBatch {
        var columns: [[Scalar]] = [[], [], [], [], []]
        for row in rows {
            columns[0].append(row.customer.map { .string($0) } ?? .null)
            columns[1].append(.timestamp(row.window))
            columns[2].append(.int64(row.count))
            columns[3].append(row.sum.map { .decimal($0, scale: 2) } ?? .null)
            columns[4].append(row.sum.map { .double(Double($0) / 4) } ?? .null)
        }
        return RecordBatch(
            schema: schema, columns: zip(schema.fields, columns).map { ColumnVector($0.type, scalars: $1) },
            count: rows.count)
    }

    /// Every fifth row takes a row away instead of adding one.
    static func isDeletion(_ row: Row) -> Bool { row.count % 5 == 0 }

    static func changes(_ rows: [Row]) -> RecordBatch {
        var changes = batch(rows)
        var deletions = Bitmap(count: rows.count)
        for (index, row) in rows.enumerated() where isDeletion(row) { deletions[index] = true }
        changes.deletions = rows.contains(where: isDeletion) ? deletions : nil
        return changes
    }

    static func random(_ count: Int, epoch: Int, using generator: inout some RandomNumberGenerator) -> [Row] {
        (0..<count).map { _ in
            let customer = Int.random(in: 0..<12, using: &generator)
            let window = Int64(max(0, epoch - Int.random(in: 0..<6, using: &generator))) * 3_600_000_000 + 123_457
            return Row(
                customer: customer == 0 ? nil : customer == 1 ? "" : "customer \(customer) ü/=%", window: window,
                count: Int64.random(in: 0..<1_000_000, using: &generator),
                sum: Bool.random(using: &generator) ? nil : Int128(Int64.random(in: -9999...9999, using: &generator)))
        }
    }

    struct Key: Hashable {
        var customer: String?
        var window: Int64
    }

    /// The rows as the Python readers print them, columns by name.
    static func lines(_ rows: some Sequence<Row>) -> [String] {
        rows.map { row in
            let mean = row.sum.map { String(Double($0) / 4) } ?? "null"
            let sum = row.sum.map { "\($0)e-2" } ?? "null"
            return "\(row.count)|\(row.customer ?? "null")|\(mean)|\(sum)|\(row.window)"
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    static func read(_ store: LocalDirectory) throws -> [Row] {
        var rows: [Row] = []
        try DeltaTable.open(store).forEachBatch { batch in
            for row in 0..<batch.count {
                let scalars = batch.columns.map { $0.scalar(at: row) }
                guard case .timestamp(let window) = scalars[1], case .int64(let count) = scalars[2] else { continue }
                var customer: String?
                if case .string(let text) = scalars[0] { customer = text }
                var sum: Int128?
                if case .decimal(let value, _) = scalars[3] { sum = value }
                rows.append(Row(customer: customer, window: window, count: count, sum: sum))
            }
        }
        return rows
    }

    @Test(arguments: [1, 2, 3])
    func equalsADictionary(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        let store = try LocalDirectory(directory.path)
        var generator = SplitMix(state: seed)
        var expected: [Key: Row] = [:]
        func open() throws -> DeltaMergeSink {
            try DeltaMergeSink(store: store, schema: Self.schema, keys: Self.keys, appID: "test/1/a")
        }
        var sink = try open()
        let other = try DeltaMergeSink(store: store, schema: Self.schema, keys: Self.keys, appID: "test/1/b")
        for epoch in 1...45 {
            let rows = Self.random(Int.random(in: 0..<40, using: &generator), epoch: epoch, using: &generator)
            for part in rows.chunked(7) { sink.stage(Self.changes(part)) }
            let prepared = try sink.prepare(epoch: Int64(epoch))
            if epoch % 5 == 0 { sink = try open() }
            if epoch % 7 == 0 {
                // Another writer comes first.
                let theirs = Self.random(5, epoch: epoch, using: &generator)
                other.stage(Self.batch(theirs))
                try other.commit(epoch: Int64(epoch), prepared: try other.prepare(epoch: Int64(epoch)))
                for row in theirs { expected[Key(customer: row.customer, window: row.window)] = row }
            }
            try sink.commit(epoch: Int64(epoch), prepared: prepared)
            for row in rows {
                expected[Key(customer: row.customer, window: row.window)] = Self.isDeletion(row) ? nil : row
            }
            // A commit that is repeated, by this process and by the next, changes nothing.
            if epoch % 3 == 0 { try sink.commit(epoch: Int64(epoch), prepared: prepared) }
            if epoch % 4 == 0 { try open().commit(epoch: Int64(epoch), prepared: prepared) }
            if !rows.isEmpty { #expect(try sink.lastCommittedEpoch() == Int64(epoch)) }
            #expect(try Self.lines(Self.read(store)) == Self.lines(expected.values))
        }
        let table = try DeltaTable.open(store)
        #expect(table.fileCount < 12, "small files are folded")
        #expect(try table.rowCount() == expected.count)
        #expect(try table.history().count == Int(table.version) + 1)
        // Readers that begin at a checkpoint see the same.
        #expect(try store.list(prefix: DeltaLog.directory).contains { $0.path.hasSuffix(".checkpoint.parquet") })
        for version in 0..<40 { try store.delete(DeltaLog.commitPath(Int64(version))) }
        #expect(try Self.lines(Self.read(store)) == Self.lines(expected.values))
        for reader in Python.path == nil ? [] : ["deltalake", "polars", "duckdb"] {
            let lines = try Python.run("delta_rows.py", [reader, directory.path]).split(separator: "\n").map(
                String.init)
            #expect(Self.withoutDoubles(lines) == Self.withoutDoubles(Self.lines(expected.values)), "\(reader)")
        }
    }

    /// Doubles have another text in Python.
    static func withoutDoubles(_ lines: [String]) -> [String] {
        lines.map { line in
            var parts = line.split(separator: "|", omittingEmptySubsequences: false)
            parts.remove(at: 2)
            return parts.joined(separator: "|")
        }.sorted()
    }

    @Test func skipsFilesThatCannotHoldTheKeys() throws {
        let store = CountingStore(try LocalDirectory(try TemporaryDirectory().path))
        let sink = try DeltaMergeSink(store: store, schema: Self.schema, keys: Self.keys, appID: "test/1/a")
        for epoch in 1...6 {
            sink.stage(
                Self.batch((0..<4).map { Row(customer: "c\($0)", window: Int64(epoch) * 3_600_000_000, count: 1) }))
            try sink.commit(epoch: Int64(epoch), prepared: try sink.prepare(epoch: Int64(epoch)))
        }
        store.reads.removeAll()
        sink.stage(Self.batch([Row(customer: "c1", window: 6 * 3_600_000_000, count: 2)]))
        try sink.commit(epoch: 7, prepared: try sink.prepare(epoch: 7))
        #expect(Set(store.reads.filter { $0.hasSuffix(".parquet") }).count == 1)
    }
}

/// Remembers what was read.
final class CountingStore: ObjectStore, @unchecked Sendable {
    let store: LocalDirectory
    var reads: [String] = []
    var location: String { store.location }

    init(_ store: LocalDirectory) { self.store = store }

    func get(_ path: String) throws(StorageError) -> [UInt8] {
        reads.append(path)
        return try store.get(path)
    }
    func put(_ path: String, _ bytes: [UInt8]) throws(StorageError) { try store.put(path, bytes) }
    func putIfAbsent(_ path: String, _ bytes: [UInt8]) throws(StorageError) -> Bool {
        try store.putIfAbsent(path, bytes)
    }
    func list(prefix: String) throws(StorageError) -> [ObjectInfo] { try store.list(prefix: prefix) }
    func delete(_ path: String) throws(StorageError) { try store.delete(path) }
}

extension Array {
    func chunked(_ size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
