import Columnar

/// Keeps the rows for which a condition is true; the others are counted as filtered.
final class FilterOperator: Operator {
    private let condition: BoundExpression

    /// - Throws: `PlanError` when the condition is not boolean, `BindingError` when it does not fit the input.
    init(_ condition: Expression, input: RecordSchema) throws {
        self.condition = try condition.bound(to: input)
        guard self.condition.type == .bool else {
            throw PlanError("a filter needs a condition, and \(condition) is \(self.condition.type)")
        }
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        let rows = condition.selection(batch)
        output.filtered += batch.count - rows.count
        if rows.count == batch.count {
            output.batches.append(batch)
        } else if !rows.isEmpty {
            output.batches.append(batch.taking(rows))
        }
    }

    func advance(to watermark: Watermark, into output: inout OperatorOutput) {}
    func snapshot() -> StateSnapshot { StateSnapshot() }
    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {}
}
