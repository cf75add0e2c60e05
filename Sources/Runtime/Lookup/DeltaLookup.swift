import Columnar
import Dataflow
import DeltaTables
import ObjectStorage

/// A Delta table that rows are put together with; a version is that of the table.
final class DeltaLookup: LookupSource {
    private let name: String
    private let path: String
    private let schema: RecordSchema

    init(_ name: String, path: String, schema: RecordSchema) {
        self.name = name
        self.path = path
        self.schema = schema
    }

    private func open() throws -> DeltaTable {
        guard LocalDirectory.exists(path) else {
            throw RuntimeError(
                "the table \(name), which rows are enriched with, is not in the warehouse: make it, or name another "
                    + "warehouse with --warehouse")
        }
        return try DeltaTable.open(LocalDirectory(path))
    }

    func newestVersion() throws -> String { "\(try open().version)" }

    func load(version: String) throws -> RecordBatch? {
        guard let number = Int64(version) else { return nil }
        let newest = try open()
        let table = newest.version == number ? newest : try DeltaTable.open(LocalDirectory(path), version: number)
        guard let table else { return nil }
        try schema.check(against: table.schema, of: "the table \(name)")
        var batches: [RecordBatch] = [schema.emptyBatch]
        do {
            try table.forEachBatch(columns: schema.fields.map(\.name)) { batches.append($0.renamed(schema)) }
        } catch let error as StorageError where error.kind == .notFound {
            return nil
        }
        return RecordBatch.concatenating(batches)
    }
}

extension RecordSchema {
    /// Refuses a table that lacks a column or has it with another type.
    func check(against table: RecordSchema, of name: String) throws {
        for field in fields {
            guard let index = table.index(of: field.name) else {
                throw RuntimeError("\(name) has no column '\(field.name)'; it has \(table)")
            }
            let type = table.fields[index].type
            guard type == field.type else {
                throw RuntimeError(
                    "\(name) has the column '\(field.name)' as \(type), and it is declared as \(field.type)")
            }
        }
    }

    var emptyBatch: RecordBatch {
        RecordBatch(schema: self, columns: fields.map { ColumnVector($0.type, scalars: []) }, count: 0)
    }
}

extension RecordBatch {
    /// The columns under a schema of the same names and types that may say otherwise what can be null.
    func renamed(_ schema: RecordSchema) -> RecordBatch {
        RecordBatch(schema: schema, columns: columns, count: count)
    }
}
