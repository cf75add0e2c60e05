import Columnar

/// Computes new columns from each row; where and when the row was read stays with it.
final class SelectOperator: Operator {
    let outputSchema: RecordSchema
    private let expressions: [BoundExpression]

    /// - Throws: `BindingError` when an expression does not fit the input.
    init(_ projections: [Projection], input: RecordSchema) throws {
        expressions = try projections.map { try $0.expression.bound(to: input) }
        outputSchema = RecordSchema(try projections.map { try $0.field(over: input) })
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        output.batches.append(batch.replacing(schema: outputSchema, columns: expressions.map { $0.evaluate(batch) }))
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {}
    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot { StateSnapshot() }
    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {}
}
