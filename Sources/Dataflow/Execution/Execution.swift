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
    /// By step: the furthest watermark so far.
    var reached: [Watermark]
    /// By step that assigns event time.
    var trackers: [Int: WatermarkTracker] = [:]
    /// The partitions of each source, as its last input told them.
    var partitions: [Int: [(number: Int32, isIdle: Bool)]] = [:]
    /// Records by source step.
    var read: [Int: Int] = [:]
    /// Steps that know that the input is over.
    var ended: Set<Int> = []

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
        reached = plan.steps.map { _ in .none }
        let changelogs = try plan.changelogs()
        var schemas: [RecordSchema] = []
        var exchanges: [Int: KeyExchange] = [:]
        for (number, step) in plan.steps.enumerated() {
            let inputs = step.inputs.map { schemas[$0] }
            let takesChangelog = step.inputs.contains { changelogs[$0] }
            schemas.append(
                try OperatorFactory.make(
                    step, inputs: inputs, isChangelog: changelogs[number], takesChangelog: takesChangelog
                ).1)
            if step.isStateful { exchanges[number] = try KeyExchange(step, inputs: inputs) }
            trackers[number] = WatermarkTracker(of: step)
        }
        self.schemas = schemas
        self.exchanges = exchanges
        lanes = try (0..<parallelism).map { _ in
            let operators = try plan.steps.enumerated().map { number, step in
                try OperatorFactory.make(
                    step, inputs: step.inputs.map { schemas[$0] }, isChangelog: changelogs[number],
                    takesChangelog: step.inputs.contains { changelogs[$0] }
                ).0
            }
            return Lane(plan, operators: operators, decoders: decoders)
        }
    }

    /// The plan as a checkpoint keeps it.
    public var description: PlanDescription { PlanDescription(plan, schemas: schemas) }

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
    ///   - inputs: of any of the sources. One without an input gives nothing in this round, and its partitions stand as
    ///     they stood.
    ///   - endOfInput: whether nothing will follow, so that everything pending is final. Such rounds go on while `isGiving`.
    ///   - processingTime: the time of day, µs since 1970 UTC, for what is given early by it.
    public func round(
        _ inputs: [SourceInput], endOfInput: Bool = false, at processingTime: Int64 = 0
    ) -> RoundOutput {
        for lane in lanes { lane.beginRound() }
        if !endOfInput { ended = [] }
        for input in inputs {
            read[input.step, default: 0] += input.records.reduce(0) { $0 + $1.count }
            partitions[input.step] = input.partitions
        }
        let decoding = DecodingWork(inputs, lanes: lanes, times: recordTimes(at: processingTime))
        runner.run(lanes: lanes.count) { decoding.run(lane: $0) }
        decoding.finish()
        for (depth, steps) in shape.levels.enumerated() {
            if depth > 0 { exchange(into: steps) }
            let next = depth + 1 < shape.levels.count ? shape.levels[depth + 1] : []
            let reached = self.watermarks(endOfInput: endOfInput, depth: depth)
            let watermarks = steps.map { plan.steps[$0].isStateful ? advance(of: $0, to: reached[$0]) : nil }
            let work = LevelWork(
                plan: plan, steps: Array(zip(steps, watermarks)), exchanges: exchanges.filter { next.contains($0.key) },
                lanes: lanes, processingTime: processingTime)
            runner.run(lanes: lanes.count) { work.run(lane: $0) }
            updateWatermarks(after: steps, at: processingTime)
        }
        return collect(inputs)
    }
}

extension Execution {
    /// The watermark that a step advances to; nil for one that has been told of the end of the input and has given all.
    private func advance(of step: Int, to watermark: Watermark) -> Watermark? {
        guard watermark == .endOfInput else { return watermark }
        return ended.insert(step).inserted || heldEventTime(of: step) != nil ? watermark : nil
    }

    /// Hands every lane what the others have for it. The rows were divided by the lanes themselves.
    private func exchange(into steps: [Int]) {
        for step in steps {
            for lane in lanes {
                for part in lane.divided[step] { lanes[part.lane].exchanged[step][part.port].append(part.batch) }
                lane.divided[step] = []
            }
        }
    }

    private func collect(_ inputs: [SourceInput]) -> RoundOutput {
        var output = RoundOutput()
        for (number, step) in plan.steps.enumerated() {
            guard case .write = step.kind else { continue }
            let batches = lanes.flatMap { $0.outputs[number] }
            if !batches.isEmpty { output.rows[number] = batches }
        }
        output.deadLetters = DeadLetterCollector(plan: plan, inputs: inputs).letters(of: lanes)
        return output
    }
}
