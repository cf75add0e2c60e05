import Columnar

/// What a run needs to go on where another stopped: the state of every step, as tables.
public struct ExecutionState: Sendable {
    /// By step: one snapshot a lane of the run that took it; when layers were put together, one of all.
    public var operators: [Int: [StateSnapshot]]
    /// The watermark of each step that assigns event time, µs; a step without one yet is left out.
    public var watermarks: [Int: Int64]
    /// Records read, by source step, and rows by step and fate: so that the counts go on too.
    public var counts: [Int: [Int]]

    public init(
        operators: [Int: [StateSnapshot]] = [:], watermarks: [Int: Int64] = [:], counts: [Int: [Int]] = [:]
    ) {
        self.operators = operators
        self.watermarks = watermarks
        self.counts = counts
    }
}

extension ExecutionState {
    /// The files that the state is partly in.
    public var files: [String] { operators.values.flatMap { $0.flatMap(\.files) } }
}

extension Execution {
    /// The state between two rounds: that of operators whole, or what has changed since the last time.
    public func snapshot(_ extent: SnapshotExtent = .whole) -> ExecutionState {
        var state = ExecutionState()
        for step in plan.steps.indices {
            let snapshots = lanes.compactMap { $0.operators[step]?.snapshot(extent) }
            if snapshots.contains(where: { !$0.sections.isEmpty }) { state.operators[step] = snapshots }
            let counts = lanes.reduce(StepCounts()) { $0 + $1.counts[step] }
            state.counts[step] = [read[step] ?? 0] + counts.numbers
        }
        for (step, tracker) in trackers {
            if case .time(let time) = tracker.current { state.watermarks[step] = time }
        }
        return state
    }

    /// Takes over the state of an earlier run of the same plan, whatever its parallelism was.
    /// - Throws: `PlanError` when a step cannot read it.
    public func restore(_ state: ExecutionState) throws {
        for (step, snapshots) in state.operators {
            guard plan.steps.indices.contains(step) else {
                throw PlanError("state for step \(step), which is not there")
            }
            for (number, lane) in lanes.enumerated() {
                try lane.operators[step]?.restore(snapshots, shard: Shard(index: number, count: lanes.count))
            }
        }
        for (step, time) in state.watermarks {
            trackers[step] = trackers[step].map { WatermarkTracker(delay: $0.delay, current: .time(time)) }
        }
        for (step, values) in state.counts where plan.steps.indices.contains(step) {
            read[step] = values.first ?? 0
            lanes[0].counts[step] = try StepCounts(numbers: values.dropFirst())
        }
    }
}
