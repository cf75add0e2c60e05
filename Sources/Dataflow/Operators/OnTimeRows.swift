import Columnar

/// The rows of a batch that the watermark had not passed: neither the one that they carry nor the operator's own.
struct OnTimeRows {
    private(set) var rows: [Int32] = []
    private var late: [Int32] = []

    /// - Parameter passed: the highest watermark that the operator advanced to.
    init(_ batch: RecordBatch, passed: Int64) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        rows.reserveCapacity(batch.count)
        for row in 0..<batch.count {
            if times.eventTimes[row] < max(times.watermarks[row], passed) {
                late.append(Int32(row))
            } else {
                rows.append(Int32(row))
            }
        }
    }

    /// All rows, late ones too.
    init(allOf batch: RecordBatch) { rows = (0..<Int32(batch.count)).map { $0 } }

    func dropLate(of batch: RecordBatch, into output: inout OperatorOutput) {
        guard !late.isEmpty, let origin = batch.origin else { return }
        output.dropped.append(DroppedRows(reason: .late, origins: origin.taking(late)))
    }
}
