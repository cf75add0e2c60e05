import Columnar

/// What follows from a plan before it runs: which steps keep state, in which order lanes may run them, and whose
/// records reach which step.
struct PlanShape {
    /// Steps by level. Within a level a lane runs alone; before each next level rows are exchanged by key.
    let levels: [[Int]]
    /// For each step, the number of its level.
    let depths: [Int]
    /// For each step, the source steps whose records reach it, in ascending order; also through steps that compute new
    /// rows from them.
    let sources: [[Int]]
    /// For each step, by source step: on how many paths the source's records come out of it as rows of their own. None
    /// come out of a step in which they end as processed.
    let recordPaths: [[Int: Int]]
    /// By source step: the step that says what time is, where that comes with the records.
    let clocks: [Int: Int]

    init(_ plan: LogicalPlan) throws(PlanError) {
        guard plan.steps.count <= PlanPartition.stepLimit else {
            throw PlanError(
                "\(plan.name) has \(plan.steps.count) steps, and a plan has \(PlanPartition.stepLimit) at most")
        }
        var level: [Int] = []
        var hasEventTime: [Bool] = []
        var sources: [Set<Int>] = []
        var recordPaths: [[Int: Int]] = []
        for (number, step) in plan.steps.enumerated() {
            try step.checkInputs(number, of: plan)
            if case .read = step.kind {
                level.append(0)
                hasEventTime.append(false)
                sources.append([number])
                recordPaths.append([number: 1])
                continue
            }
            let deepest = step.inputs.map { level[$0] }.max() ?? 0
            level.append(deepest + (step.isStateful ? 1 : 0))
            let isTimed = step.inputs.allSatisfy { hasEventTime[$0] }
            hasEventTime.append(step.assignsTime || isTimed)
            try step.checkDuplicates(number, of: plan, sources: step.inputs.flatMap { sources[$0] })
            if step.needsEventTime, !isTimed {
                throw PlanError(
                    "\(plan.name) keeps state by event time in step \(number) but never says what event time is: "
                        + "add withWatermark before it")
            }
            sources.append(step.inputs.reduce(into: []) { $0.formUnion(sources[$1]) })
            recordPaths.append(
                step.endsRecords
                    ? [:] : step.inputs.reduce(into: [:]) { $0.merge(recordPaths[$1], uniquingKeysWith: +) })
        }
        let deepest = level.max() ?? 0
        depths = level
        levels = (0...deepest).map { depth in level.indices.filter { level[$0] == depth } }
        self.sources = sources.map { $0.sorted() }
        self.recordPaths = recordPaths
        clocks = try Self.clocks(plan) { sources[$0].sorted() }
    }
}

extension PlanStep {
    /// Whether the step keeps state by key, so that its rows are exchanged between threads.
    public var isStateful: Bool {
        switch kind {
        case .dropDuplicates, .keepLast, .aggregate, .top, .process, .join: true
        case .read, .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .explode, .map, .enrich,
            .union,
            .write:
            false
        }
    }

    /// Whether the step says what the time of its rows is.
    public var assignsTime: Bool {
        switch kind {
        case .withWatermark, .withIngestionTime, .withProcessingTime: true
        default: false
        }
    }

    /// Whether the step asks its rows for their event time.
    var needsEventTime: Bool {
        switch kind {
        case .aggregate(let aggregation):
            aggregation.window.kind != .global || aggregation.window.timeToLive != nil
                || aggregation.aggregates.contains { $0.function.definition.isOrdered }
        case .top(let ranking): ranking.window.kind != .global
        default: isStateful
        }
    }

    /// Whether records end here as processed: the step computes new rows from them, or gives them to a table.
    var endsRecords: Bool {
        switch kind {
        case .keepLast, .aggregate, .top, .process, .join, .write: true
        case .read, .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .explode, .map, .enrich,
            .dropDuplicates, .union:
            false
        }
    }

    /// µs by which the event time of the rows that the step gives may trail its own watermark.
    var watermarkLag: Int64 {
        switch kind {
        case .join(let join): join.watermarkLag
        // A window's rows are given, or given anew, until the allowed lateness is over.
        case .aggregate(let aggregation): aggregation.window.allowedLateness
        case .top(let ranking): ranking.window.allowedLateness
        case .read, .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .explode, .map, .enrich,
            .dropDuplicates, .keepLast, .process, .union, .write:
            0
        }
    }

    /// - Throws: `PlanError` when duplicates are to go to the dead letters that are found when their bytes are not at hand.
    fileprivate func checkDuplicates(_ number: Int, of plan: LogicalPlan, sources: [Int]) throws(PlanError) {
        guard case .keepLast(let rows) = kind, !rows.givesUpdates else { return }
        for source in sources {
            guard case .read(let description) = plan.steps[source].kind, description.deadLettersDuplicates else {
                continue
            }
            throw PlanError(
                "\(plan.name) sends duplicates to \(description.deadLetterTopic ?? "the dead letters"), and step "
                    + "\(number) finds them when a later record comes and their bytes are no longer at hand: leave "
                    + "'duplicates: true' out, or keep the last row with updates")
        }
    }

    /// - Throws: `PlanError` for another number of inputs than the step takes.
    fileprivate func checkInputs(_ number: Int, of plan: LogicalPlan) throws(PlanError) {
        let isRight: Bool
        let taken: String
        switch kind {
        case .read: (isRight, taken) = (inputs.isEmpty, "none")
        case .union: (isRight, taken) = (!inputs.isEmpty, "one or more")
        case .join: (isRight, taken) = (inputs.count == 2, "two")
        case .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .explode, .map, .enrich,
            .dropDuplicates,
            .keepLast, .aggregate, .top, .process, .write:
            (isRight, taken) = (inputs.count == 1, "exactly one")
        }
        guard isRight else {
            throw PlanError("step \(number) of \(plan.name) has \(inputs.count) inputs; it takes \(taken)")
        }
    }
}
