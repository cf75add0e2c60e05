import Columnar
import Parquet

/// Computes what a merge by keys does to a table: rows that replace or are added, and rows that take others away.
struct TableMerge {
    let files: DataFiles
    let keys: [String]
    /// Bounds by path: parsing statistics once a file is enough.
    private var statistics: [String: FileStatistics] = [:]
    /// A file below this many bytes is small.
    private static let smallBytes: Int64 = 16 << 20
    /// Small files above this number are folded into one.
    private static let smallFiles = 8

    init(files: DataFiles, keys: [String]) {
        self.files = files
        self.keys = keys
    }

    /// The last row of each key, in the order of those rows.
    static func newest(_ batch: RecordBatch, keys: [String]) -> RecordBatch {
        let columns = keys.compactMap(batch.column)
        var table = GroupTable(keyTypes: columns.map(\.type))
        let groups = table.intern(columns, hashes: rowHashes(columns, count: batch.count))
        guard table.count < batch.count else { return batch }
        var last = [Int32](repeating: 0, count: table.count)
        for (row, group) in groups.enumerated() { last[Int(group)] = Int32(row) }
        return batch.taking(last.sorted())
    }

    /// - Parameter rows: one for each key.
    mutating func change(
        _ rows: RecordBatch, into table: DeltaTable, parameters: [String: String]
    ) throws -> DeltaTable.Change {
        let columns = keys.compactMap(rows.column)
        var staged = GroupTable(keyTypes: columns.map(\.type))
        _ = staged.intern(columns, hashes: rowHashes(columns, count: rows.count))
        let bounds = zip(keys, columns).map { ($0, ColumnStatistics($1)) }
        statistics = statistics.filter { table.snapshot.files[$0.key] != nil }
        var removed: [AddFile] = []
        var kept: [RecordBatch] = []
        var updated = 0
        var deleted = 0
        for file in table.snapshot.files.values.sorted(by: { $0.path < $1.path })
        where mayHold(file, bounds) {
            let opened = try files.open(file)
            let found = try files.read(opened, columns: keys).map { matches($0, staged) }
            guard found.contains(where: { !$0.rows.isEmpty }) else { continue }
            removed.append(file)
            let batches = try files.read(opened, columns: files.schema.fields.map(\.name))
            for (batch, (replaced, by)) in zip(batches, found) {
                let gone = rows.deletions.map { deletions in by.count { deletions[Int($0)] } } ?? 0
                deleted += gone
                updated += replaced.count - gone
                kept.append(batch.taking(complement(of: replaced, count: batch.count)))
            }
        }
        let folded = try fold(table, besides: removed, into: &kept)
        let new = Self.additions(rows)
        let added = try files.write((kept + [new]).filter { $0.count > 0 })
        return DeltaTable.Change(
            operation: "MERGE", parameters: parameters,
            metrics: [
                "numTargetRowsUpdated": updated, "numTargetRowsInserted": new.count - updated,
                "numTargetRowsDeleted": deleted,
                "numTargetFilesAdded": added.count, "numTargetFilesRemoved": removed.count + folded.count,
            ], added: added, removed: removed + folded, isBlindAppend: false)
    }

    /// The rows that are in the table after the merge.
    private static func additions(_ rows: RecordBatch) -> RecordBatch {
        guard let deletions = rows.deletions else { return rows }
        var added = rows.taking((0..<rows.count).filter { !deletions[$0] }.map { Int32($0) })
        added.deletions = nil
        return added
    }

    /// Whether a file may hold one of the keys, by its statistics.
    private mutating func mayHold(_ file: AddFile, _ bounds: [(String, ColumnStatistics)]) -> Bool {
        let known = statistics[file.path] ?? FileStatistics(file.stats, files.schema)
        statistics[file.path] = known
        return bounds.allSatisfy { name, bounds in
            guard let held = known.bounds[name] else { return true }
            if bounds.nullCount > 0, known.nullCounts[name] != 0 { return true }
            return bounds.mayOverlap(held.minimum, held.maximum)
        }
    }

    /// The rows whose keys are among the staged ones, and the number of the staged row of each.
    private func matches(_ batch: RecordBatch, _ staged: GroupTable) -> (rows: [Int32], by: [Int32]) {
        let columns = keys.compactMap(batch.column)
        let groups = staged.find(columns, hashes: rowHashes(columns, count: batch.count))
        let rows = groups.indices.filter { groups[$0] >= 0 }.map { Int32($0) }
        return (rows, rows.map { groups[Int($0)] })
    }

    private func complement(of rows: [Int32], count: Int) -> [Int32] {
        var kept: [Int32] = []
        kept.reserveCapacity(count - rows.count)
        var next = 0
        for row in 0..<Int32(count) {
            if next < rows.count, rows[next] == row { next += 1 } else { kept.append(row) }
        }
        return kept
    }

    /// Takes the rows of small files along, when there are many of them.
    private func fold(
        _ table: DeltaTable, besides removed: [AddFile], into kept: inout [RecordBatch]
    ) throws -> [AddFile] {
        let gone = Set(removed.map(\.path))
        let small = table.snapshot.files.values
            .filter { $0.size < Self.smallBytes && !gone.contains($0.path) }.sorted { $0.path < $1.path }
        guard small.count >= Self.smallFiles else { return [] }
        for file in small { kept += try files.read(file, columns: files.schema.fields.map(\.name)) }
        return small
    }
}

extension ColumnStatistics {
    /// Whether the range from `minimum` to `maximum` may have a value in common with the column's.
    func mayOverlap(_ least: Scalar, _ greatest: Scalar) -> Bool {
        !Self.isLess(maximum, least) && !Self.isLess(greatest, minimum)
    }

    /// False also where there is no order to speak of.
    private static func isLess(_ left: Scalar, _ right: Scalar) -> Bool {
        switch (left, right) {
        case (.int32(let left), .int32(let right)), (.date(let left), .date(let right)): left < right
        case (.int64(let left), .int64(let right)), (.timestamp(let left), .timestamp(let right)): left < right
        case (.decimal(let left, _), .decimal(let right, _)): left < right
        // By bytes, as files are ordered.
        case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        default: false
        }
    }
}
