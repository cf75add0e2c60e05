import Columnar

/// Makes a step's operator: the one place that knows which operator stands behind which step of a plan.
enum OperatorFactory {
    /// The operator, nil for sources and sinks, and the schema of what it gives.
    /// - Parameter isChangelog: whether what it gives is one.
    static func make(
        _ step: PlanStep, input: RecordSchema?, isChangelog: Bool
    ) throws -> ((any Operator)?, RecordSchema) {
        if case .read(let source) = step.kind { return (nil, source.contract.schema) }
        guard let input else { throw PlanError("a step without an input") }
        switch step.kind {
        case .read, .write:
            return (nil, input)
        case .withWatermark(let column, let delay):
            return try (WatermarkAssigner(column: column, delayMicroseconds: delay, input: input), input)
        case .withIngestionTime(let delay): return try (WatermarkAssigner(delayMicroseconds: delay), input)
        case .withProcessingTime: return try (WatermarkAssigner(delayMicroseconds: 0), input)
        case .filter(let condition):
            return try (FilterOperator(condition, input: input, isChangelog: isChangelog), input)
        case .select(let projections):
            let select = try SelectOperator(projections, input: input)
            return (select, select.outputSchema)
        case .dropDuplicates(let keys):
            return try (DropDuplicates(keys: keys, input: input), input)
        case .aggregate(let aggregation):
            if case .session(let gap) = aggregation.window.kind {
                let sessions = try SessionAggregate(aggregation, gap: gap, input: input)
                return (sessions, sessions.outputSchema)
            }
            let windows = try WindowAggregate(aggregation, input: input)
            return (windows, windows.outputSchema)
        }
    }
}
