import Columnar

/// Calls a function of the topology's author for each row. What it gives has the row's event time and place; a row for
/// which the function fails is dropped with the reason.
final class RowTransformOperator: Operator {
    let outputSchema: RecordSchema
    private let instance: any RowFunctionInstance

    /// - Throws: `PlanError` for a transform without a name.
    init(_ transform: RowTransform, input: RecordSchema) throws {
        try transform.check()
        outputSchema = transform.output
        instance = transform.function.makeInstance(input: input)
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        let result = instance.apply(batch)
        count(result, of: batch.count, &output)
        output.drop(result.failures, of: batch)
        guard !result.rows.isEmpty else { return }
        let isOneToOne = result.rows.count == batch.count && result.rows.last == Int32(batch.count - 1)
        let isWhole = isOneToOne && result.failures.isEmpty && result.rows.first == 0
        let rows = isWhole && zip(result.rows, 0...).allSatisfy { $0 == Int32($1) } ? batch : batch.taking(result.rows)
        output.batches.append(rows.replacing(schema: outputSchema, columns: result.columns))
    }

    /// Rows that gave none are filtered; those that a row gave beyond one are added.
    private func count(_ result: RowFunctionResult, of count: Int, _ output: inout OperatorOutput) {
        var sources = 0
        for index in result.rows.indices where index == 0 || result.rows[index] != result.rows[index - 1] {
            sources += 1
        }
        output.filtered += count - result.failures.count - sources
        output.added += result.rows.count - sources
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {}
    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot { StateSnapshot() }
    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {}
}

extension OperatorOutput {
    /// Drops rows for which a function of the topology failed, those of one message together.
    mutating func drop(_ failures: [(row: Int32, message: String)], of batch: RecordBatch) {
        guard !failures.isEmpty, let origin = batch.origin else { return }
        var rows: [String: [Int32]] = [:]
        for failure in failures { rows[failure.message, default: []].append(failure.row) }
        for (message, rows) in rows.sorted(by: { $0.key < $1.key }) {
            dropped.append(
                DroppedRows(reason: .functionFailed, origins: origin.taking(rows), message: message))
        }
    }
}
