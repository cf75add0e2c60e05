import Columnar

/// One worker's share of a running plan: its instance of every step, and what they gave in this round. Lanes share
/// nothing, so that they run side by side.
final class Lane {
    /// Operators by step; nil for sources and sinks.
    var operators: [(any Operator)?]
    /// Decoders by source step; each lane has its own, since decoders learn.
    var decoders: [Int: any RecordDecoder]
    /// Batches by step: what each gave in this round.
    var outputs: [[RecordBatch]]
    /// By stateful step: the rows that it takes of this lane, each part for the lane that owns its keys.
    var divided: [[(lane: Int, batch: RecordBatch)]]
    /// Batches by stateful step: what the exchange brought for this lane.
    var exchanged: [[RecordBatch]]
    var counts: [StepCounts]
    var dropped: [(step: Int, rows: DroppedRows)] = []
    var rejected: [(step: Int, records: Int, record: RejectedRecord)] = []

    init(operators: [(any Operator)?], decoders: [Int: any RecordDecoder]) {
        self.operators = operators
        self.decoders = decoders
        outputs = Array(repeating: [], count: operators.count)
        divided = Array(repeating: [], count: operators.count)
        exchanged = outputs
        counts = Array(repeating: StepCounts(), count: operators.count)
    }

    /// Forgets the rows of the last round, keeping state and counts.
    func beginRound() {
        for step in outputs.indices {
            outputs[step] = []
            exchanged[step] = []
        }
        dropped = []
        rejected = []
    }

    /// Decodes this lane's records of a source step; `inputs` holds their positions in the round's records.
    func decode(step: Int, _ inputs: [(index: Int, records: RawRecords)], time: RecordTime? = nil) {
        guard var decoder = decoders[step] else { preconditionFailure("step \(step) has no decoder") }
        for (index, records) in inputs {
            var decoded = decoder.decode(records)
            if let time { decoded.take(time, of: records) }
            counts[step].received += records.count
            counts[step].malformed += decoded.rejected.count
            rejected += decoded.rejected.map { (step, index, $0) }
            if decoded.batch.count > 0 { outputs[step].append(decoded.batch) }
        }
        decoders[step] = decoder
    }

    /// Runs one operator over its batches of the round, then lets event time advance where it keeps state.
    func run(step: Int, batches: [RecordBatch], advancingTo watermark: Watermark?, at processingTime: Int64) {
        counts[step].received += batches.reduce(0) { $0 + $1.count }
        guard let operation = operators[step] else {
            outputs[step] = batches
            return
        }
        var output = OperatorOutput()
        for batch in batches { operation.process(batch, port: 0, into: &output) }
        if let watermark { operation.advance(to: watermark, at: processingTime, into: &output) }
        counts[step].filtered += output.filtered
        for rows in output.dropped {
            counts[step].add(rows)
            dropped.append((step, rows))
        }
        outputs[step] = output.batches
    }
}

/// Rows that came to one step in one lane, and those that ended there.
struct StepCounts {
    var received = 0
    var filtered = 0
    var late = 0
    var duplicate = 0
    var malformed = 0

    mutating func add(_ rows: DroppedRows) {
        switch rows.reason {
        case .late: late += rows.origins.offsets.count
        case .duplicate: duplicate += rows.origins.offsets.count
        case .malformed, .contractViolation: malformed += rows.origins.offsets.count
        }
    }
}
