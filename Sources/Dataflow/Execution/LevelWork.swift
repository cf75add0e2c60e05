/// The steps of one level for all lanes of a round. Handed to worker threads: each touches its own lane only, and
/// everything else here is read-only while they run.
struct LevelWork: @unchecked Sendable {
    let plan: LogicalPlan
    /// The level's steps, with the watermark that a stateful one advances to.
    let steps: [(step: Int, watermark: Watermark?)]
    /// How the rows of this level are divided for the keyed steps of the next.
    let exchanges: [Int: KeyExchange]
    let lanes: [Lane]
    let inputs: [Execution.SourceInput]
    /// By source step: where its rows get a time from before any step of the plan; none where a column has it.
    let recordTimes: [Int: RecordTime]
    let processingTime: Int64

    func run(lane number: Int) {
        let lane = lanes[number]
        for (step, watermark) in steps {
            if case .read = plan.steps[step].kind {
                decode(step, lane, number)
            } else {
                let isExchanged = plan.steps[step].isStateful
                let batches = isExchanged ? lane.exchanged[step] : plan.steps[step].inputs.map { lane.outputs[$0] }
                lane.run(step: step, batches: batches, advancingTo: watermark, at: processingTime)
            }
        }
        for (step, exchange) in exchanges {
            for (port, input) in plan.steps[step].inputs.enumerated() {
                for batch in lane.outputs[input] {
                    lane.divided[step] += exchange.divide(batch, port: port, lanes: lanes.count).map {
                        (lane: $0.lane, port: port, batch: $0.batch)
                    }
                }
            }
        }
    }

    /// A partition always goes to the same lane, which holds its watermark.
    private func decode(_ step: Int, _ lane: Lane, _ number: Int) {
        for input in inputs where input.step == step {
            let mine = input.records.enumerated().filter { Int($0.element.partition) % lanes.count == number }
            lane.decode(
                step: step, mine.map { (index: $0.offset, records: $0.element) }, time: recordTimes[step])
        }
    }
}
