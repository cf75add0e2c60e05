import Columnar

/// Gives rows their event time, and the watermark of their partition just before them.
final class WatermarkAssigner: Operator {
    /// The largest event time of each partition so far, µs since 1970 UTC.
    private(set) var partitionMaxima: [Int32: Int64] = [:]
    /// Nil where rows come with their time.
    private let column: Int?
    private let delay: Int64

    /// - Throws: `PlanError` when the column is not there, not a timestamp, or can be null.
    init(column name: String, delayMicroseconds: Int64, input: RecordSchema) throws {
        let bound = try Expression.column(name).bound(to: input)
        guard bound.type == .timestamp, !bound.isNullable, let index = input.index(of: name) else {
            throw PlanError("event time '\(name)' must be a timestamp that is never null, and it is \(bound.type)")
        }
        guard delayMicroseconds >= 0 else { throw PlanError("the watermark's delay on '\(name)' is negative") }
        column = index
        delay = delayMicroseconds
    }

    /// For rows that come with the time of their record.
    /// - Throws: `PlanError` for a negative delay.
    init(delayMicroseconds: Int64) throws {
        guard delayMicroseconds >= 0 else { throw PlanError("the delay of ingestion time is negative") }
        column = nil
        delay = delayMicroseconds
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let eventTimes = eventTimes(batch), let origin = batch.origin else {
            preconditionFailure("event time on rows without a source")
        }
        var watermarks: [Int64] = []
        watermarks.reserveCapacity(batch.count)
        var row = 0
        while row < batch.count {
            let partition = origin.partitions[row]
            var largest = partitionMaxima[partition]
            while row < batch.count, origin.partitions[row] == partition {
                watermarks.append(watermark(largest))
                largest = max(largest ?? .min, eventTimes[row])
                row += 1
            }
            partitionMaxima[partition] = largest
        }
        var timed = batch
        timed.times = RowTimes(eventTimes: eventTimes, watermarks: watermarks)
        output.batches.append(timed)
    }

    private func eventTimes(_ batch: RecordBatch) -> [Int64]? {
        guard let column else { return batch.times?.eventTimes }
        guard case .int64(let values) = batch.columns[column].values else { return nil }
        return values
    }

    @inline(__always)
    private func watermark(_ largest: Int64?) -> Int64 {
        guard let largest else { return .min }
        let (time, overflow) = largest.subtractingReportingOverflow(delay)
        return overflow ? .min : time
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {}

    private static let schema = RecordSchema([Field("partition", .int32), Field("event_time", .int64)])

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        guard !partitionMaxima.isEmpty else { return StateSnapshot() }
        let sorted = partitionMaxima.sorted { $0.key < $1.key }
        let columns = [
            ColumnVector(.int32, .int32(sorted.map(\.key))), ColumnVector(.int64, .int64(sorted.map(\.value))),
        ]
        return StateSnapshot(sections: [
            "partitions": [RecordBatch(schema: Self.schema, columns: columns, count: sorted.count)]
        ])
    }

    /// Every lane takes all partitions: only the one that goes on reading a partition moves its time.
    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        for batch in snapshots.flatMap({ $0.sections["partitions"] ?? [] }) {
            guard batch.schema == Self.schema, case .int32(let partitions) = batch.columns[0].values,
                case .int64(let times) = batch.columns[1].values
            else { throw PlanError("event-time state of another shape") }
            partitionMaxima.merge(zip(partitions, times)) { max($0, $1) }
        }
    }
}
