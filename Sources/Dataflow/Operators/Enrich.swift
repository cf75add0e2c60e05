import Columnar

/// Puts each row together with the rows of a table that have its key. The table is one for all lanes and changes between
/// rounds only.
final class Enrich: Operator {
    let outputSchema: RecordSchema
    private let enrichment: Enrichment
    private let keys: [BoundExpression]
    private let outputs: [BoundExpression]
    private let resultSchema: RecordSchema
    /// Nil until the table is loaded, which whoever runs the plan does before the first record.
    private var index: LookupIndex?
    /// The version of the table; after `restore`, that of the checkpoint until a table is set.
    private(set) var version: String?

    /// - Throws: `PlanError` or `BindingError` when the enrichment does not fit the input.
    init(_ enrichment: Enrichment, input: RecordSchema) throws {
        self.enrichment = enrichment
        let table = enrichment.table.contract.schema
        guard !enrichment.keys.isEmpty else {
            throw PlanError("enrich with \(enrichment.table.name) has no keys: say which columns have to be equal")
        }
        keys = try enrichment.keys.map { key in
            let value = try key.value.bound(to: input)
            let column = try Expression.column(key.column).bound(to: table)
            guard value.type == column.type else {
                throw PlanError(
                    "enrich with \(enrichment.table.name): \(key.value) is \(value.type), and \(key.column) is "
                        + "\(column.type): cast the value")
            }
            return value
        }
        let resultSchema = enrichment.resultSchema(over: input)
        outputs = try enrichment.outputs.map { try $0.expression.bound(to: resultSchema) }
        outputSchema = RecordSchema(try enrichment.outputs.map { try $0.field(over: resultSchema) })
        self.resultSchema = resultSchema
    }

    func set(_ index: LookupIndex, version: String) {
        self.index = index
        self.version = version
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let index else { preconditionFailure("rows before the table \(enrichment.table.name) was loaded") }
        let matches = index.matches(
            keys.map { $0.evaluate(batch) }, count: batch.count, keepsUnmatched: enrichment.keepsUnmatched)
        output.filtered += matches.unmatched
        output.added += matches.rows.count - (batch.count - matches.unmatched)
        guard !matches.rows.isEmpty else { return }
        let isWhole = matches.rows.count == batch.count && matches.unmatched == 0
        let rows = isWhole ? batch : batch.taking(matches.rows)
        let joined = rows.replacing(schema: resultSchema, columns: rows.columns + index.columns(matches.tableRows))
        output.batches.append(joined.replacing(schema: outputSchema, columns: outputs.map { $0.evaluate(joined) }))
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {}

    private static let schema = RecordSchema([Field("version", .string)])

    /// The version of the table alone, whole each time: the table is loaded anew.
    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        guard let version else { return StateSnapshot() }
        let column = ColumnVector(.string, .binary(BinaryValues([version])))
        return StateSnapshot(sections: [
            "table": [RecordBatch(schema: Self.schema, columns: [column], count: 1)]
        ])
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        for batch in snapshots.flatMap({ $0.sections["table"] ?? [] }) {
            guard batch.schema == Self.schema, batch.count == 1, case .string(let text) = batch.columns[0].scalar(at: 0)
            else { throw PlanError("state of a table of another shape") }
            version = text
        }
    }
}

/// A table by its keys: columns, and for each key the rows that have it.
struct LookupIndex: Sendable {
    private let columns: [ColumnVector]
    private let table: GroupTable
    /// The rows by key, one after the other, and where those of each key begin.
    private let rows: [Int32]
    private let starts: [Int32]
    /// A row of nulls behind the table's.
    private let nullRow: Int32

    /// - Parameter keys: positions of the keys among the columns.
    init(_ batch: RecordBatch, keys: [Int]) {
        let keyColumns = keys.map { batch.columns[$0] }
        let present = (0..<Int32(batch.count)).filter { row in !keyColumns.contains { $0.isNull(Int(row)) } }
        var table = GroupTable(keyTypes: keyColumns.map(\.type))
        let groups = table.intern(keyColumns, hashes: rowHashes(keyColumns, count: batch.count), rows: present)
        var starts = [Int32](repeating: 0, count: table.count + 1)
        for group in groups { starts[Int(group) + 1] += 1 }
        for group in 0..<table.count { starts[group + 1] += starts[group] }
        var next = starts
        var rows = [Int32](repeating: 0, count: present.count)
        for (row, group) in zip(present, groups) {
            rows[Int(next[Int(group)])] = row
            next[Int(group)] += 1
        }
        self.table = table
        self.rows = rows
        self.starts = starts
        nullRow = Int32(batch.count)
        columns = batch.columns.map { column in
            .concatenating([column, ColumnVector(column.type, repeating: .null, count: 1)])
        }
    }

    /// Pairs of rows.
    struct Matches {
        var rows: [Int32] = []
        var tableRows: [Int32] = []
        /// Rows that have no match and are not kept.
        var unmatched = 0
    }

    func matches(_ keys: [ColumnVector], count: Int, keepsUnmatched: Bool) -> Matches {
        let groups = table.find(keys, hashes: rowHashes(keys, count: count))
        let nullable = keys.filter { $0.validity != nil }
        var matches = Matches()
        matches.rows.reserveCapacity(count)
        matches.tableRows.reserveCapacity(count)
        for row in 0..<count {
            let group = nullable.contains { $0.isNull(row) } ? -1 : Int(groups[row])
            if group >= 0 {
                for place in starts[group]..<starts[group + 1] {
                    matches.rows.append(Int32(row))
                    matches.tableRows.append(rows[Int(place)])
                }
            } else if keepsUnmatched {
                matches.rows.append(Int32(row))
                matches.tableRows.append(nullRow)
            } else {
                matches.unmatched += 1
            }
        }
        return matches
    }

    func columns(_ rows: [Int32]) -> [ColumnVector] {
        columns.map { $0.taking(rows) }
    }
}
