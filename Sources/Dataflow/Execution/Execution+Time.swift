extension Execution {
    /// The watermark that each step has reached that says what time is, and the partition that holds it back.
    public var watermarks: [(step: Int, tracker: WatermarkTracker)] {
        trackers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The largest event time that was read of each partition, µs since 1970 UTC.
    /// - Parameter step: one that says what time is.
    public func eventTimes(of step: Int) -> [Int32: Int64] {
        var maxima: [Int32: Int64] = [:]
        for lane in lanes {
            guard let assigner = lane.operators[step] as? WatermarkAssigner else { continue }
            maxima.merge(assigner.partitionMaxima) { Swift.max($0, $1) }
        }
        return maxima
    }

    /// The source step whose partitions a step's event time depends on.
    public func source(of step: Int) -> Int { shape.source[step] }

    /// Event time went on by so many µs while these sources had nothing: the next round closes what it closes.
    public func advanceEventTime(of sources: [Int], by quiet: Int64, at processingTime: Int64) {
        for (step, _) in watermarks where sources.contains(shape.source[step]) {
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

    /// Takes how far the partitions have come whose rows passed these steps.
    func updateWatermarks(after steps: [Int], _ inputs: [SourceInput], at processingTime: Int64) {
        for step in steps where trackers[step] != nil {
            if case .withProcessingTime = plan.steps[step].kind {
                trackers[step]?.advance(to: processingTime, at: processingTime)
                continue
            }
            let partitions = inputs.filter { $0.step == shape.source[step] }.flatMap(\.partitions)
            guard !partitions.isEmpty else { continue }
            trackers[step]?.update(maxima: eventTimes(of: step), partitions: partitions, at: processingTime)
        }
    }
}
