import Columnar

/// Sends each row to the lane that owns its key.
struct KeyExchange {
    /// By input.
    private let keys: [[BoundExpression]]

    /// - Throws: a `BindingError` when a key is not in the schema.
    init(_ step: PlanStep, inputs: [RecordSchema]) throws {
        func columns(_ names: [String]) throws -> [[BoundExpression]] {
            try inputs.map { input in try names.map { try Expression.column($0).bound(to: input) } }
        }
        switch step.kind {
        case .dropDuplicates(let names): keys = try columns(names)
        case .keepLast(let rows): keys = try columns(rows.keys)
        case .top(let ranking): keys = try columns(ranking.keys)
        case .process(let process): keys = try columns(process.keys)
        case .aggregate(let aggregation):
            keys = try inputs.map { input in try aggregation.keys.map { try $0.expression.bound(to: input) } }
        case .join(let join): keys = try BoundJoin.keys(join, inputs)
        case .read, .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .explode, .map, .enrich,
            .union,
            .write:
            keys = inputs.map { _ in [] }
        }
    }

    /// The batch's rows by lane, in their order; a lane without rows is left out.
    func divide(_ batch: RecordBatch, port: Int, lanes: Int) -> [(lane: Int, batch: RecordBatch)] {
        guard lanes > 1 else { return [(0, batch)] }
        let hashes = rowHashes(keys[port].map { $0.evaluate(batch) }, count: batch.count)
        var rows = [[Int32]](repeating: [], count: lanes)
        for row in 0..<batch.count { rows[Shard.owner(ofHash: hashes[row], count: lanes)].append(Int32(row)) }
        return rows.enumerated().compactMap { lane, rows in
            if rows.isEmpty { return nil }
            return (lane, rows.count == batch.count ? batch : batch.taking(rows))
        }
    }
}
