import Columnar

/// Keeps the rows for which a condition is true; the others are counted as filtered. In a changelog a row for which it is
/// not true takes an earlier one with its keys away, for which it may have been.
final class FilterOperator: Operator {
    private let condition: BoundExpression
    private let isChangelog: Bool

    /// - Throws: `PlanError` when the condition is not boolean, `BindingError` when it does not fit the input.
    init(_ condition: Expression, input: RecordSchema, isChangelog: Bool) throws {
        self.isChangelog = isChangelog
        self.condition = try condition.bound(to: input)
        guard self.condition.type == .bool else {
            throw PlanError("a filter needs a condition, and \(condition) is \(self.condition.type)")
        }
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        let rows = condition.selection(batch)
        output.filtered += batch.count - rows.count
        if isChangelog {
            var changes = batch
            changes.deletions = deletions(batch, kept: rows)
            output.batches.append(changes)
        } else if rows.count == batch.count {
            output.batches.append(batch)
        } else if !rows.isEmpty {
            output.batches.append(batch.taking(rows))
        }
    }

    private func deletions(_ batch: RecordBatch, kept rows: [Int32]) -> Bitmap? {
        var deletions = Bitmap(repeating: true, count: batch.count)
        for row in rows { deletions[Int(row)] = batch.deletions?[Int(row)] ?? false }
        return rows.count == batch.count ? batch.deletions : deletions
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {}
    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot { StateSnapshot() }
    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {}
}
