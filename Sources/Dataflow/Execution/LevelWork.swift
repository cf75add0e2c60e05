/// The steps of one level for all lanes of a round. Handed to worker threads: each touches its own lane only, and
/// everything else here is read-only while they run.
struct LevelWork: @unchecked Sendable {
    let plan: LogicalPlan
    /// The level's steps, with the watermark that a stateful one advances to.
    let steps: [(step: Int, watermark: Watermark?)]
    /// How the rows of this level are divided for the keyed steps of the next.
    let exchanges: [Int: KeyExchange]
    let lanes: [Lane]
    let processingTime: Int64

    func run(lane number: Int) {
        let lane = lanes[number]
        for (step, watermark) in steps {
            // A source's rows are there, see `DecodingWork`.
            if case .read = plan.steps[step].kind { continue }
            let isExchanged = plan.steps[step].isStateful
            let batches = isExchanged ? lane.exchanged[step] : plan.steps[step].inputs.map { lane.outputs[$0] }
            lane.run(step: step, batches: batches, advancingTo: watermark, at: processingTime)
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
}
