import Columnar

/// What follows from a plan before it runs: which steps keep state, in which order lanes may run them, and between
/// which of them rows change lanes.
struct PlanShape {
    /// Steps by level. Within a level a lane runs alone; before each next level rows are exchanged by key.
    let levels: [[Int]]
    /// For each step, the nearest step at or before it that assigns event time; nil where there is none.
    let assigner: [Int?]
    /// For each step, the source step that its rows come from; nil after a join of several.
    let source: [Int]
    /// By source step: the step that says what time is, where that comes with the records.
    let clocks: [Int: Int]

    init(_ plan: LogicalPlan) throws(PlanError) {
        var level: [Int] = []
        var assigner: [Int?] = []
        var source: [Int] = []
        for (number, step) in plan.steps.enumerated() {
            if case .read = step.kind {
                level.append(0)
                assigner.append(nil)
                source.append(number)
                continue
            }
            guard let input = step.inputs.first, step.inputs.count == 1 else {
                throw PlanError("step \(number) of \(plan.name) has \(step.inputs.count) inputs; it takes exactly one")
            }
            level.append(level[input] + (step.isStateful ? 1 : 0))
            assigner.append(step.assignsTime ? number : assigner[input])
            source.append(source[input])
            if step.needsEventTime, assigner[input] == nil {
                throw PlanError(
                    "\(plan.name) keeps state by event time in step \(number) but never says what event time is: "
                        + "add withWatermark before it")
            }
        }
        let deepest = level.max() ?? 0
        levels = (0...deepest).map { depth in level.indices.filter { level[$0] == depth } }
        self.assigner = assigner
        self.source = source
        clocks = try Self.clocks(plan) { source[$0] }
    }
}

extension PlanStep {
    /// Whether the step keeps state by key, so that its rows are exchanged between threads.
    public var isStateful: Bool {
        switch kind {
        case .dropDuplicates, .aggregate: true
        case .read, .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .write: false
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
        guard case .aggregate(let aggregation) = kind else { return isStateful }
        return aggregation.window.kind != .global
            || aggregation.aggregates.contains { $0.function.definition.isOrdered }
    }
}
