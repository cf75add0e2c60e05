import Columnar

/// Makes a step's operator: the one place that knows which operator stands behind which step of a plan.
enum OperatorFactory {
    /// The operator, nil for sources, unions and sinks, and the schema of what it gives.
    /// - Parameters:
    ///   - isChangelog: whether what it gives is one.
    ///   - takesChangelog: whether what it takes is one.
    static func make(
        _ step: PlanStep, inputs: [RecordSchema], isChangelog: Bool, takesChangelog: Bool
    ) throws -> ((any Operator)?, RecordSchema) {
        if case .read(let source) = step.kind { return (nil, source.contract.schema) }
        guard let input = inputs.first else { throw PlanError("a step without an input") }
        switch step.kind {
        case .read:
            return (nil, input)
        case .write(let sink):
            try sink.check(input, isChangelog: isChangelog)
            return (nil, input)
        case .union:
            for other in inputs where other != input {
                throw PlanError("a union is of rows with the same columns, and has (\(input)) and (\(other))")
            }
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
        case .explode(let explosion):
            let explode = try ExplodeOperator(explosion, input: input)
            return (explode, explode.outputSchema)
        case .dropDuplicates(let keys):
            return try (DropDuplicates(keys: keys, input: input), input)
        case .map(let transform):
            return try (RowTransformOperator(transform, input: input), transform.output)
        case .enrich(let enrichment):
            let enrich = try Enrich(enrichment, input: input)
            return (enrich, enrich.outputSchema)
        case .process(let process):
            return try (KeyedProcessOperator(process, input: input), process.output)
        case .keepLast(let rows):
            return try (KeepLast(rows, input: input), input)
        case .top(let ranking):
            let top = try TopN(ranking, input: input, isOfChangelog: takesChangelog)
            return (top, top.outputSchema)
        case .join(let join):
            return try makeJoin(join, inputs)
        case .aggregate(let aggregation):
            if case .session(let gap) = aggregation.window.kind {
                let sessions = try SessionAggregate(aggregation, gap: gap, input: input)
                return (sessions, sessions.outputSchema)
            }
            if aggregation.window.kind == .global {
                let running = try RunningAggregate(aggregation, input: input)
                return (running, running.outputSchema)
            }
            let windows = try WindowAggregate(aggregation, input: input)
            return (windows, windows.outputSchema)
        }
    }

    private static func makeJoin(
        _ join: JoinSpecification, _ inputs: [RecordSchema]
    ) throws -> (any Operator, RecordSchema) {
        switch join.match {
        case .interval(let lower, let upper):
            let interval = try IntervalJoin(join, lower: lower, upper: upper, inputs: inputs)
            return (interval, interval.outputSchema)
        case .window(let window):
            let windows = try WindowJoin(join, window: window, inputs: inputs)
            return (windows, windows.outputSchema)
        case .version(let deletedWhere):
            let versions = try VersionJoin(join, deletedWhere: deletedWhere, inputs: inputs)
            return (versions, versions.outputSchema)
        }
    }
}
