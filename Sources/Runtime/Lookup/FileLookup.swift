import Columnar
import Dataflow
import Formats
import Foundation
import Parquet

/// A file that rows are put together with: CSV with a header, JSON lines or Parquet. A version is the file's time and size.
final class FileLookup: LookupSource {
    private let path: String
    private let contract: ContractDescription

    /// - Throws: `RuntimeError` for a file of another kind.
    init(_ path: String, contract: ContractDescription) throws {
        guard [".csv", ".jsonl", ".json", ".parquet"].contains(where: path.hasSuffix) else {
            throw RuntimeError("\(path): rows are enriched with .csv, .jsonl and .parquet files, and with Delta tables")
        }
        self.path = path
        self.contract = contract
    }

    func newestVersion() throws -> String {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let time = attributes[.modificationDate] as? Date, let size = attributes[.size] as? NSNumber
        else {
            throw RuntimeError(
                "\(path), which rows are enriched with, cannot be read: check the name and its permissions")
        }
        return "\(Int64(time.timeIntervalSince1970 * 1_000_000)) \(size.int64Value)"
    }

    func load(version: String) throws -> RecordBatch? {
        guard try newestVersion() == version else { return nil }
        let rows = path.hasSuffix(".parquet") ? try parquet() : try records()
        // Written to while it was read: neither this version nor the next.
        return try newestVersion() == version ? rows : nil
    }

    private func parquet() throws -> RecordBatch {
        let schema = contract.schema
        guard let data = FileManager.default.contents(atPath: path) else {
            throw RuntimeError("\(path) cannot be read: check its permissions")
        }
        do {
            let reader = try ParquetReader(bytes: Array(data))
            try schema.check(against: reader.schema, of: path)
            return RecordBatch.concatenating(
                [schema.emptyBatch] + (try reader.read(columns: schema.fields.map(\.name))).map { $0.renamed(schema) })
        } catch let error as ParquetError {
            throw RuntimeError("\(path): \(error)")
        }
    }

    private func records() throws -> RecordBatch {
        var file = try RecordFile(path)
        var decoder = JSONRecordDecoder(contract: contract)
        var batches: [RecordBatch] = []
        while let block = try file.next() {
            var records = RawRecords(partition: 0)
            for record in block { records.append(value: record.value, offset: Int64(record.line)) }
            let decoded = decoder.decode(records)
            if let rejected = decoded.rejected.first {
                let field = rejected.field.map { "\($0) " } ?? ""
                throw RuntimeError("\(path), line \(block[rejected.row].line): \(field)\(rejected.message)")
            }
            batches.append(decoded.batch.renamed(contract.schema))
        }
        return RecordBatch.concatenating([contract.schema.emptyBatch] + batches)
    }
}
