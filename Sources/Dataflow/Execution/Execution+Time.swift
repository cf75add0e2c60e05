extension Execution {
    /// The watermark that each step has reached that says what time is, and the partition that holds it back.
    public var watermarks: [(step: Int, tracker: WatermarkTracker)] {
        trackers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The partition that holds a step's watermark back; nil when none does.
    public func holder(of step: Int) -> SourceAlignment.Name? {
        trackers[step]?.holdingPartition.flatMap { number in
            plan.source(numbered: PlanPartition.source(of: number)).map {
                SourceAlignment.Name(source: $0, partition: PlanPartition.partition(of: number))
            }
        }
    }

    /// The largest event time that was read of each partition of a source, µs since 1970 UTC.
    /// - Parameter step: one that says what time is.
    public func eventTimes(of step: Int, source: Int) -> [Int32: Int64] {
        var times: [Int32: Int64] = [:]
        for (number, time) in eventTimes(of: step) where PlanPartition.source(of: number) == plan.number(of: source) {
            times[PlanPartition.partition(of: number)] = time
        }
        return times
    }

    /// By the partition's number in the plan.
    private func eventTimes(of step: Int) -> [Int32: Int64] {
        var maxima: [Int32: Int64] = [:]
        for lane in lanes {
            guard let assigner = lane.operators[step] as? WatermarkAssigner else { continue }
            maxima.merge(assigner.partitionMaxima) { Swift.max($0, $1) }
        }
        return maxima
    }

    /// The source steps whose partitions a step's event time depends on; several behind a union.
    public func sources(of step: Int) -> [Int] { shape.sources[step] }

    /// The watermark of every step: no row that comes to it from now on is older. It is the least of what its inputs give
    /// that have something to read; an input that is idle, like a partition, does not hold the others. What a step gives
    /// trails its own by `watermarkLag`, and stands at the rows that it has still to give. It never falls.
    /// - Parameter depth: the level whose steps are to run; those behind it are not there yet.
    func watermarks(endOfInput: Bool, depth: Int) -> [Watermark] {
        if endOfInput { return watermarksAtEnd() }
        var given: [(watermark: Watermark, isIdle: Bool)] = []
        for (number, step) in plan.steps.enumerated() {
            guard shape.depths[number] <= depth else {
                given.append((.none, false))
                continue
            }
            let inputs = step.inputs.map { given[$0] }
            let active = inputs.filter { !$0.isIdle }.map(\.watermark).min()
            reached[number] = max(reached[number], active ?? inputs.map(\.watermark).max() ?? .none)
            var watermark = reached[number]
            if let tracker = trackers[number] {
                watermark = tracker.current
            } else if case .time(let time) = watermark {
                watermark = .time(time.saturatingSubtract(step.watermarkLag))
            }
            let held = heldEventTime(of: number)
            if let held { watermark = min(watermark, .time(held)) }
            given.append((watermark, isIdle(number) && held == nil))
        }
        return reached
    }

    /// The end of the input reaches a step when all have come to the end that its rows come from.
    private func watermarksAtEnd() -> [Watermark] {
        var watermarks: [Watermark] = []
        var given: [Watermark] = []
        for (number, step) in plan.steps.enumerated() {
            let least = step.inputs.map { given[$0] }.min() ?? .endOfInput
            watermarks.append(least == .endOfInput ? least : max(reached[number], least))
            given.append(heldEventTime(of: number).map { min(least, .time($0)) } ?? least)
        }
        return watermarks
    }

    /// The least event time of what a step has still to give of windows that are closed.
    func heldEventTime(of step: Int) -> Int64? {
        lanes.compactMap { ($0.operators[step] as? any GradualOperator)?.heldEventTime }.min()
    }

    /// Whether a step gives rows of the rounds before in the next ones.
    public var isGiving: Bool { plan.steps.indices.contains { heldEventTime(of: $0) != nil } }

    /// Whether nothing is there to be read that could reach a step.
    private func isIdle(_ step: Int) -> Bool {
        shape.sources[step].allSatisfy { source in
            guard let partitions = partitions[source], !partitions.isEmpty else { return false }
            return partitions.allSatisfy { $0.isIdle }
        }
    }

    /// Event time went on by so many µs while these sources had nothing: the next round closes what it closes.
    public func advanceEventTime(of sources: [Int], by quiet: Int64, at processingTime: Int64) {
        for (step, _) in watermarks where shape.sources[step].contains(where: sources.contains) {
            trackers[step]?.advance(by: quiet, at: processingTime)
        }
    }

    /// Where rows get their time with the record. The clock does not go back, whatever the machine's does.
    func recordTimes(at processingTime: Int64) -> [Int: RecordTime] {
        shape.clocks.mapValues { step in
            guard case .withProcessingTime = plan.steps[step].kind else { return .timestamp }
            guard case .time(let reached) = trackers[step]?.current else { return .clock(processingTime) }
            return .clock(max(reached, processingTime))
        }
    }

    /// Takes how far the partitions have come whose rows passed these steps. One that takes several sources waits until
    /// all of them have told their partitions.
    func updateWatermarks(after steps: [Int], at processingTime: Int64) {
        for step in steps where trackers[step] != nil {
            if case .withProcessingTime = plan.steps[step].kind {
                trackers[step]?.advance(to: processingTime, at: processingTime)
                continue
            }
            let sources = shape.sources[step]
            guard sources.allSatisfy({ partitions[$0]?.isEmpty == false }) else { continue }
            let all = sources.flatMap { source in
                let number = plan.number(of: source)
                return (partitions[source] ?? []).map {
                    (number: PlanPartition.number(source: number, partition: $0.number), isIdle: $0.isIdle)
                }
            }
            trackers[step]?.update(maxima: eventTimes(of: step), partitions: all, at: processingTime)
        }
    }
}
