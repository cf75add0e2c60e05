import Columnar

/// Gives a row for each element of a list, or each entry of a map. Where and when the row was read stays with all of
/// them. A row whose list is null or empty is counted as filtered, or kept once with nulls for the element.
final class ExplodeOperator: Operator {
    let outputSchema: RecordSchema
    private let list: BoundExpression
    private let keepsEmpty: Bool
    /// The columns of the row that the outputs look at, repeated for each element.
    private let repeated: [Int]
    /// These columns and those of the element.
    private let elementSchema: RecordSchema
    private let outputs: [BoundExpression]

    /// - Throws: `PlanError` when there is no list or map to take apart, `BindingError` when an expression does not fit.
    init(_ explosion: Explosion, input: RecordSchema) throws {
        list = try explosion.list.bound(to: input)
        keepsEmpty = explosion.keepsEmpty
        let schema = try explosion.schema(over: input)
        let used = explosion.outputs.reduce(into: Set<String>()) { $0.formUnion($1.expression.columns) }
        repeated = input.fields.indices.filter { used.contains(input.fields[$0].name) }
        elementSchema = RecordSchema(
            repeated.map { input.fields[$0] } + schema.fields[input.fields.count...])
        // A mistake is told over all columns, so that it names the nearest.
        outputSchema = RecordSchema(try explosion.outputs.map { try $0.field(over: schema) })
        outputs = try explosion.outputs.map { [elementSchema] in try $0.expression.bound(to: elementSchema) }
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        let column = list.evaluate(batch)
        guard case .list(let values) = column.values else { preconditionFailure("\(column.type) taken apart") }
        let rows = explode(column, values)
        output.filtered += batch.count - rows.takenCount
        output.added += rows.parents.count - rows.takenCount
        guard !rows.parents.isEmpty else { return }
        var columns = repeated.map { batch.columns[$0].taking(rows.parents) }
        columns += elementColumns(values, rows)
        let exploded = RecordBatch(
            schema: elementSchema, columns: columns, count: rows.parents.count,
            origin: batch.origin?.taking(rows.parents), times: batch.times?.taking(rows.parents))
        output.batches.append(
            exploded.replacing(schema: outputSchema, columns: outputs.map { $0.evaluate(exploded) }))
    }

    private struct Rows {
        /// For each new row the one that it comes from.
        var parents: [Int32] = []
        /// Where its element stands among all; -1 for none.
        var elements: [Int32] = []
        var positions: [Int32] = []
        /// Rows of the batch that give any.
        var takenCount = 0
    }

    private func explode(_ column: ColumnVector, _ values: ListValues) -> Rows {
        var rows = Rows()
        for row in 0..<values.count {
            let range = column.isNull(row) ? 0..<0 : values.range(row)
            if range.isEmpty {
                guard keepsEmpty else { continue }
                rows.parents.append(Int32(row))
                rows.elements.append(-1)
                rows.positions.append(-1)
            }
            rows.takenCount += 1
            for element in range {
                rows.parents.append(Int32(row))
                rows.elements.append(Int32(element))
                rows.positions.append(Int32(element - range.lowerBound))
            }
        }
        return rows
    }

    /// Position, value, and of a map the key.
    private func elementColumns(_ values: ListValues, _ rows: Rows) -> [ColumnVector] {
        let isMap = values.children.count == 2
        let items = (isMap ? [values.children[1], values.children[0]] : values.children).map { items in
            items.takingOrNull(rows.elements)
        }
        var validity: Bitmap?
        if rows.positions.contains(-1) {
            var known = Bitmap(repeating: true, count: rows.positions.count)
            for (row, position) in rows.positions.enumerated() where position < 0 { known[row] = false }
            validity = known
        }
        return [ColumnVector(.int32, .int32(rows.positions), validity: validity)] + items
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {}
    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot { StateSnapshot() }
    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {}
}

extension Explosion {
    /// The columns that the outputs can look at: those of the row, and the element's.
    /// - Throws: `PlanError` when the expression is no list and no map, `BindingError` when it does not fit the row.
    public func schema(over input: RecordSchema) throws -> RecordSchema {
        let bound = try list.bound(to: input)
        var fields = [Field(Self.position, .int32, isNullable: keepsEmpty)]
        switch bound.type {
        case .list(let element, let containsNull):
            fields.append(Field(Self.element, element, isNullable: containsNull || keepsEmpty))
        case .map(let key, let value, let containsNull):
            fields.append(Field(Self.element, value, isNullable: containsNull || keepsEmpty))
            fields.append(Field(Self.key, key, isNullable: keepsEmpty))
        default: throw PlanError("explode takes a list or a map, and \(list) is \(bound.type)")
        }
        return RecordSchema(input.fields + fields)
    }
}
