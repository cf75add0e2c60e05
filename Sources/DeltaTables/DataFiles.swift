import Columnar
import Foundation
import ObjectStorage
import Parquet

/// Writes and reads the data files of one table.
struct DataFiles {
    let store: any ObjectStore
    let schema: RecordSchema
    let partitionColumns: [String]
    /// Rows after which a file ends.
    static let maximumRows = 4_194_304

    /// The columns that stand in files: the values of partition columns stand in the log.
    var fileSchema: RecordSchema { RecordSchema(schema.fields.filter { !partitionColumns.contains($0.name) }) }

    /// Writes rows as files of the table, each durable, and gives the actions that add them.
    func write(_ batches: [RecordBatch], dataChange: Bool = true) throws -> [AddFile] {
        let rows = batches.filter { $0.count > 0 }
        guard !rows.isEmpty else { return [] }
        if partitionColumns.isEmpty { return try writeFiles(rows, values: [:], dataChange: dataChange) }
        let all = RecordBatch.concatenating(rows)
        var files: [AddFile] = []
        for (values, part) in partitions(of: all) {
            files += try writeFiles([part], values: values, dataChange: dataChange)
        }
        return files
    }

    private func writeFiles(
        _ batches: [RecordBatch], values: [String: String?], dataChange: Bool
    ) throws -> [AddFile] {
        var files: [AddFile] = []
        var writer = ParquetWriter(schema: fileSchema)
        var rows = 0
        for batch in batches {
            writer.append(inFile(batch))
            rows += batch.count
            if rows >= Self.maximumRows {
                files.append(try store(writer.finish(), values, dataChange))
                writer = ParquetWriter(schema: fileSchema)
                rows = 0
            }
        }
        if rows > 0 { files.append(try store(writer.finish(), values, dataChange)) }
        return files
    }

    private func inFile(_ batch: RecordBatch) -> RecordBatch {
        let columns = fileSchema.fields.map { field -> ColumnVector in
            guard let column = batch.column(field.name) else {
                preconditionFailure("rows without the table's column \(field.name)")
            }
            return column.retyped(as: field.type)
        }
        return RecordBatch(schema: fileSchema, columns: columns, count: batch.count)
    }

    private func store(_ file: ParquetFile, _ values: [String: String?], _ dataChange: Bool) throws -> AddFile {
        let folder = partitionColumns.map { PathText.folder($0, values[$0] ?? nil) + "/" }.joined()
        let path = folder + "part-00000-\(store.makeUniqueName())-c000.zstd.parquet"
        try store.put(path, file.bytes)
        return AddFile(
            path: PathText.encoded(path), partitionValues: values, size: Int64(file.bytes.count),
            modificationTime: store.now, dataChange: dataChange,
            stats: try FileStatistics.text(file, fileSchema))
    }

    /// The rows by their partition values.
    private func partitions(of batch: RecordBatch) -> [([String: String?], RecordBatch)] {
        let columns = partitionColumns.compactMap(batch.column)
        var table = GroupTable(keyTypes: columns.map(\.type))
        let groups = table.intern(columns, hashes: rowHashes(columns, count: batch.count))
        var rows = [[Int32]](repeating: [], count: table.count)
        for (row, group) in groups.enumerated() { rows[Int(group)].append(Int32(row)) }
        return rows.indices.map { group in
            var values: [String: String?] = [:]
            for (name, key) in zip(partitionColumns, table.keys) {
                values.updateValue(Self.partitionText(key.scalar(at: group)), forKey: name)
            }
            return (values, batch.taking(rows[group]))
        }
    }

    /// Partition values are text; an empty one stands for null (Delta protocol, "Partition Value Serialization").
    private static func partitionText(_ value: Scalar) -> String? {
        switch value {
        case .string(""): nil
        case .timestamp(let time): TimestampText.iso8601(time)
        default: value.text
        }
    }

    /// A file whose bytes are in memory.
    struct Opened {
        let file: AddFile
        let reader: ParquetReader
    }

    func open(_ file: AddFile) throws -> Opened {
        try naming(file) { Opened(file: file, reader: try ParquetReader(bytes: try store.get($0))) }
    }

    /// Reads the named columns of a file, those of its partition among them: a batch for each row group.
    func read(_ opened: Opened, columns names: [String]) throws -> [RecordBatch] {
        try naming(opened.file) { _ in
            let stored = names.filter { opened.reader.schema.index(of: $0) != nil }
            return try opened.reader.read(columns: stored).map { try complete($0, opened.file, names) }
        }
    }

    func read(_ file: AddFile, columns names: [String]) throws -> [RecordBatch] {
        try read(try open(file), columns: names)
    }

    /// Has an error say which file is damaged.
    private func naming<Result>(_ file: AddFile, _ body: (_ path: String) throws -> Result) throws -> Result {
        let path = PathText.decoded(file.path)
        do {
            return try body(path)
        } catch let error as ParquetError {
            throw DeltaError(.corrupt, "\(store.location)/\(path): \(error)")
        }
    }

    /// Puts the columns in order, adding those that do not stand in the file: partition values, and columns that the
    /// table got later, which are null.
    private func complete(_ batch: RecordBatch, _ file: AddFile, _ names: [String]) throws -> RecordBatch {
        var fields: [Field] = []
        var columns: [ColumnVector] = []
        for name in names {
            guard let index = schema.index(of: name) else { continue }
            let field = schema.fields[index]
            let column: ColumnVector
            if partitionColumns.contains(name) {
                column = ColumnVector(field.type, repeating: try partitionValue(field, file), count: batch.count)
            } else if let stored = batch.column(name) {
                guard field.type.holds(stored.type) else {
                    throw DeltaError(
                        .unsupported,
                        "\(store.location)/\(file.path): column '\(name)' is \(stored.type), the table says \(field.type)"
                    )
                }
                column = stored.retyped(as: field.type)
            } else {
                column = ColumnVector(field.type, repeating: .null, count: batch.count)
            }
            fields.append(field)
            columns.append(column)
        }
        return RecordBatch(schema: RecordSchema(fields), columns: columns, count: batch.count)
    }

    private func partitionValue(_ field: Field, _ file: AddFile) throws -> Scalar {
        guard let text = file.partitionValues[field.name] ?? nil, !text.isEmpty else { return .null }
        guard let value = Scalar(text: text, type: field.type) else {
            throw DeltaError(
                .corrupt, "\(store.location)/\(file.path): its partition value of '\(field.name)' is not \(field.type)")
        }
        return value
    }
}

/// Names of files in folders and in the log.
enum PathText {
    private static let plain: CharacterSet = .alphanumerics.union(CharacterSet(charactersIn: "-_. "))
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/=")

    /// A folder's name for a partition. It is for people: the value stands in the log, so that one that is too long for a
    /// file system may be cut.
    static func folder(_ column: String, _ value: String?) -> String {
        let name = escaped(column) + "=" + (value.map(escaped) ?? "__HIVE_DEFAULT_PARTITION__")
        guard name.utf8.count > longestName else { return name }
        return String(decoding: name.utf8.prefix(longestName - 3), as: UTF8.self) + "..."
    }

    /// Bytes; file systems take 255.
    private static let longestName = 200

    /// A partition value as part of a file name: whatever file systems may not take is percent-encoded.
    static func escaped(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: plain) ?? text }

    /// A path as the log has it: percent-encoded (RFC 2396).
    static func encoded(_ path: String) -> String {
        path.addingPercentEncoding(withAllowedCharacters: unreserved) ?? path
    }

    static func decoded(_ path: String) -> String { path.removingPercentEncoding ?? path }
}
