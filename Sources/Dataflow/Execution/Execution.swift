import Columnar

/// A running plan: pure computation, fed round by round.
///
/// A round takes what the sources had waiting. Every lane decodes its partitions and runs the steps up to the first
/// keyed one; rows are exchanged by key; every lane runs the next steps; and so on. Then event time advances. At the
/// end of a round nothing is in flight, so that a checkpoint between rounds needs no alignment, and the result does
/// not depend on the timing of threads.
public final class Execution {
    public let plan: LogicalPlan
    /// What each step gives; for a sink, what it takes.
    public let schemas: [RecordSchema]
    let shape: PlanShape
    let lanes: [Lane]
    private let exchanges: [Int: KeyExchange]
    private let runner: any LaneRunner
    var trackers: [Int: WatermarkTracker] = [:]
    var read: [Int: Int] = [:]

    /// - Parameters:
    ///   - decoders: by source step.
    ///   - parallelism: the number of lanes, 1...128.
    /// - Throws: `PlanError` or `BindingError` for a plan that cannot run.
    public init(
        _ plan: LogicalPlan, decoders: [Int: any RecordDecoder], parallelism: Int = 1,
        runner: any LaneRunner = SerialLaneRunner()
    ) throws {
        self.plan = plan
        self.runner = runner
        shape = try PlanShape(plan)
        let changelogs = try plan.changelogs()
        var schemas: [RecordSchema] = []
        var exchanges: [Int: KeyExchange] = [:]
        for (number, step) in plan.steps.enumerated() {
            let input = step.inputs.first.map { schemas[$0] }
            schemas.append(try OperatorFactory.make(step, input: input, isChangelog: changelogs[number]).1)
            if step.isStateful, let input { exchanges[number] = try KeyExchange(step, input: input) }
            trackers[number] = WatermarkTracker(of: step)
        }
        self.schemas = schemas
        self.exchanges = exchanges
        lanes = try (0..<parallelism).map { _ in
            let operators = try plan.steps.enumerated().map { number, step in
                try OperatorFactory.make(
                    step, input: step.inputs.first.map { schemas[$0] }, isChangelog: changelogs[number]
                ).0
            }
            return Lane(operators: operators, decoders: decoders)
        }
    }

    /// What a source had waiting, and how its partitions stand after it.
    public struct SourceInput: Sendable {
        public var step: Int
        public var records: [RawRecords]
        public var partitions: [(number: Int32, isIdle: Bool)]

        public init(step: Int, records: [RawRecords], partitions: [(number: Int32, isIdle: Bool)]) {
            self.step = step
            self.records = records
            self.partitions = partitions
        }
    }

    /// What a round gave.
    public struct RoundOutput: Sendable {
        /// Rows by sink step.
        public var rows: [Int: [RecordBatch]] = [:]
        public var deadLetters: [DeadLetter] = []
    }

    /// Processes one round.
    /// - Parameters:
    ///   - endOfInput: whether nothing will follow, so that everything pending is final.
    ///   - processingTime: the time of day, µs since 1970 UTC, for what is given early by it.
    public func round(
        _ inputs: [SourceInput], endOfInput: Bool = false, at processingTime: Int64 = 0
    ) -> RoundOutput {
        for lane in lanes { lane.beginRound() }
        let recordTimes = recordTimes(at: processingTime)
        for input in inputs { read[input.step, default: 0] += input.records.reduce(0) { $0 + $1.count } }
        for (depth, steps) in shape.levels.enumerated() {
            if depth > 0 { exchange(into: steps) }
            let next = depth + 1 < shape.levels.count ? shape.levels[depth + 1] : []
            let watermarks = steps.map { step in
                plan.steps[step].isStateful ? watermark(for: step, endOfInput: endOfInput) : nil
            }
            let work = LevelWork(
                plan: plan, steps: Array(zip(steps, watermarks)), exchanges: exchanges.filter { next.contains($0.key) },
                lanes: lanes, inputs: inputs, recordTimes: recordTimes, processingTime: processingTime)
            runner.run(lanes: lanes.count) { work.run(lane: $0) }
            updateWatermarks(after: steps, inputs, at: processingTime)
        }
        return collect(inputs)
    }

    /// What became of the records, by path from a source to its first aggregation or to a sink.
    public func reconciliations() -> [(step: Int, counts: Reconciliation)] {
        plan.steps.indices.compactMap { terminal in
            guard isTerminal(terminal) else { return nil }
            var counts = Reconciliation()
            counts.processed = sum(terminal) { $0.received - $0.late }
            var step: Int? = terminal
            while let current = step {
                counts.filtered += sum(current) { $0.filtered }
                counts.late += sum(current) { $0.late }
                counts.duplicate += sum(current) { $0.duplicate }
                counts.malformed += sum(current) { $0.malformed }
                step = plan.steps[current].inputs.first
            }
            counts.read = read[shape.source[terminal]] ?? 0
            return (terminal, counts)
        }
    }
}

extension Execution {
    /// Hands every lane what the others have for it. The rows were divided by the lanes themselves.
    private func exchange(into steps: [Int]) {
        for step in steps {
            for lane in lanes {
                for part in lane.divided[step] { lanes[part.lane].exchanged[step].append(part.batch) }
                lane.divided[step] = []
            }
        }
    }

    private func watermark(for step: Int, endOfInput: Bool) -> Watermark {
        if endOfInput { return .endOfInput }
        return shape.assigner[step].flatMap { trackers[$0]?.current } ?? .none
    }

    private func collect(_ inputs: [SourceInput]) -> RoundOutput {
        var output = RoundOutput()
        for (number, step) in plan.steps.enumerated() {
            guard case .write = step.kind else { continue }
            let batches = lanes.flatMap { $0.outputs[number] }
            if !batches.isEmpty { output.rows[number] = batches }
        }
        let letters = DeadLetterCollector(plan: plan, shape: shape, inputs: inputs)
        output.deadLetters = lanes.flatMap { letters.letters(of: $0) }
        return output
    }

    private func sum(_ step: Int, _ count: (StepCounts) -> Int) -> Int {
        lanes.reduce(0) { $0 + count($1.counts[step]) }
    }

    /// Whether records end here as processed: at the first aggregation of a path, or at a sink without one before it.
    private func isTerminal(_ step: Int) -> Bool {
        switch plan.steps[step].kind {
        case .aggregate, .write: break
        case .read, .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .dropDuplicates:
            return false
        }
        var before = plan.steps[step].inputs.first
        while let current = before {
            if case .aggregate = plan.steps[current].kind { return false }
            before = plan.steps[current].inputs.first
        }
        return true
    }
}
