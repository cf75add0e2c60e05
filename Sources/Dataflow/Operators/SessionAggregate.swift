import Columnar

/// Groups rows by keys and session: rows of a key that are less than `gap` apart, in event time, whatever their order of
/// arrival was. A session is [first row, last row + gap); a row that comes between two merges them.
///
/// A row is late when it is older than the watermark that it carries, or that was advanced to, less the allowed
/// lateness. Sessions that are closed ended before that, so that no row that is taken can belong to one: the sessions of
/// the rows that are not late are those that a batch computation finds, whatever the batches and partitions were. (To
/// ask instead whether the row's session is closed, as Flink does, makes it depend on what other partitions gave.)
final class SessionAggregate: MeasuredOperator {
    var outputSchema: RecordSchema { aggregation.outputSchema }
    private let aggregation: BoundAggregation
    private let specification: WindowSpecification
    private let stateSchema: RecordSchema
    private var sessions: SessionTable
    /// The highest watermark that was advanced to: sessions closed by it have given their final rows.
    private var advancedTo = Int64.min
    private var early: EarlyEmission

    /// - Throws: `PlanError` or `BindingError` when the aggregation does not fit the input.
    init(_ aggregation: WindowedAggregation, gap: Int64, input: RecordSchema) throws {
        try WindowPolicy.check(aggregation.window)
        specification = aggregation.window
        early = EarlyEmission(aggregation.window.emission)
        self.aggregation = try BoundAggregation(aggregation, input: input)
        stateSchema = self.aggregation.stateSchema(SessionTable.stateFields)
        sessions = SessionTable(
            self.aggregation, gap: gap, lateness: specification.allowedLateness,
            isOnClose: specification.emission == .onClose)
    }

    var stateByteCount: Int { sessions.byteCount }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        let (onTime, late) = times.splitLate(reached: advancedTo, lateness: specification.allowedLateness)
        output.drop(late, of: batch, .late)
        guard !onTime.isEmpty else { return }
        sessions.add(aggregation.inputs(batch), times: times.eventTimes, rows: onTime)
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        switch watermark {
        case .none: break
        case .time(let time): advancedTo = max(time, advancedTo)
        case .endOfInput: advancedTo = max(sessions.lastClose, advancedTo)
        }
        let isFlush = early.isDue(at: processingTime, atEnd: watermark == .endOfInput)
        // Early rows that are paced take the old bounds away together with the new row, not an interval before it.
        let isWithdrawing = early.isUpdating && sessions.hasWithdrawn
        guard isFlush || isWithdrawing || sessions.isDue(at: advancedTo) else { return }
        output.batches += sessions.give(at: advancedTo, isFlush: isFlush, aggregation)
        sessions.remove(closedAt: advancedTo)
    }

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        let changes = sessions.takeChanges()
        return StateSnapshot(
            sections: [
                "sessions": [sessions.takeState(stateSchema, extent)], "withdrawn": [sessions.withdrawnState],
                "progress": [ProgressState.batch(advancedTo)],
            ], changes: extent == .changes ? ["sessions": changes] : [:])
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        for batch in snapshots.flatMap({ $0.sections["sessions"] ?? [] }) {
            if let state = try aggregation.state(batch, schema: stateSchema, shard: shard) {
                try sessions.restore(state)
            }
        }
        for batch in snapshots.flatMap({ $0.sections["withdrawn"] ?? [] }) {
            try sessions.restoreWithdrawn(batch, shard: shard)
        }
    }
}
