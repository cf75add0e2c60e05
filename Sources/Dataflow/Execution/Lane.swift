import Columnar

/// One worker's share of a running plan: its instance of every step, and what they gave in this round. Lanes share
/// nothing, so that they run side by side.
final class Lane {
    /// Operators by step; nil for sources, unions and sinks.
    var operators: [(any Operator)?]
    /// Decoders by source step; each lane has its own, since decoders learn.
    var decoders: [Int: any RecordDecoder]
    /// Batches by step: what each gave in this round.
    var outputs: [[RecordBatch]]
    /// By stateful step: the rows that it takes of this lane, each part for the lane that owns its keys.
    var divided: [[(lane: Int, port: Int, batch: RecordBatch)]]
    /// Batches by stateful step and input: what the exchange brought for this lane.
    var exchanged: [[[RecordBatch]]]
    /// By step.
    var counts: [StepCounts]
    var dropped: [(step: Int, rows: DroppedRows)] = []
    var rejected: [(step: Int, records: Int, record: RejectedRecord)] = []
    /// Nil: state stays in memory, whatever it takes.
    var memory: LaneMemory?
    /// By source step: what names it in the partitions of rows and in the counts.
    private let numbers: [Int]

    init(_ plan: LogicalPlan, operators: [(any Operator)?], decoders: [Int: any RecordDecoder]) {
        self.operators = operators
        self.decoders = decoders
        outputs = Array(repeating: [], count: operators.count)
        divided = Array(repeating: [], count: operators.count)
        exchanged = plan.steps.map { $0.inputs.map { _ in [] } }
        counts = Array(repeating: StepCounts(), count: operators.count)
        numbers = plan.steps.indices.map { plan.number(of: $0) }
    }

    /// Forgets the rows of the last round, keeping state and counts.
    func beginRound() {
        for step in outputs.indices {
            outputs[step] = []
            for port in exchanged[step].indices { exchanged[step][port] = [] }
        }
        dropped = []
        rejected = []
    }

    /// Takes what came of records of a source step.
    /// - Parameters:
    ///   - records: the records, from `firstRow` on of those at `index` among the source's of the round.
    func take(_ decoded: DecodedRecords, of records: RawRecords, step: Int, index: Int, firstRow: Int) {
        let source = numbers[step]
        counts[step][source: source].received += records.count
        counts[step][source: source].malformed += decoded.rejected.count
        for var record in decoded.rejected {
            record.row += firstRow
            rejected.append((step, index, record))
        }
        guard decoded.batch.count > 0 else { return }
        var batch = decoded.batch
        let partition = PlanPartition.number(source: source, partition: records.partition)
        if partition != records.partition {
            batch.origin?.partitions = [Int32](repeating: partition, count: batch.count)
        }
        outputs[step].append(batch)
    }

    /// Runs one operator over its batches of the round, by input, then lets event time advance where it keeps state.
    func run(step: Int, batches: [[RecordBatch]], advancingTo watermark: Watermark?, at processingTime: Int64) {
        var output = OperatorOutput()
        for (port, batches) in batches.enumerated() {
            for batch in batches {
                let source = batch.source
                counts[step][port: port, source: source].received += batch.count
                guard let operation = operators[step] else {
                    output.batches.append(batch)
                    continue
                }
                let (filtered, added, dropped) = (output.filtered, output.added, output.dropped.count)
                operation.process(batch, port: port, into: &output)
                counts[step][port: port, source: source].filtered += output.filtered - filtered
                counts[step][port: port, source: source].added += output.added - added
                for rows in output.dropped[dropped...] { counts[step].add(rows, port: port) }
            }
        }
        if let watermark, let operation = operators[step] {
            let dropped = output.dropped.count
            operation.advance(to: watermark, at: processingTime, into: &output)
            for rows in output.dropped[dropped...] { counts[step].add(rows, port: 0) }
            spillIfNeeded(step, into: &output)
        }
        dropped += output.dropped.map { (step, $0) }
        outputs[step] = output.batches
    }
}

extension Lane {
    /// When the lane's state takes more memory than it may, the step that holds most of it goes to files.
    private func spillIfNeeded(_ step: Int, into output: inout OperatorOutput) {
        guard let memory, let spilling = operators[step] as? any SpillingOperator else { return }
        let sizes = operators.map { ($0 as? any MeasuredOperator)?.stateByteCount ?? 0 }
        guard sizes.reduce(0, +) > memory.limit else { return }
        let largest = zip(operators, sizes).reduce(0) { $1.0 is any SpillingOperator ? max($0, $1.1) : $0 }
        if sizes[step] == largest { spilling.spill(into: &output) }
    }
}

extension RecordBatch {
    /// The number of the source that the rows were read by; nil for rows that an operator computed. Batches of several sources are
    /// never put together.
    fileprivate var source: Int? { origin?.partitions.first.map(PlanPartition.source) }
}
