import Columnar

extension RowTimes {
    /// Divides rows into those that are on time and those that are late: older than the watermark that they carry, or than
    /// the operator's own, less a lateness.
    /// - Parameters:
    ///   - reached: the highest watermark that the operator advanced to.
    ///   - lateness: µs.
    func splitLate(reached: Int64, lateness: Int64 = 0) -> (onTime: [Int32], late: [Int32]) {
        var split: (onTime: [Int32], late: [Int32]) = ([], [])
        split.onTime.reserveCapacity(eventTimes.count)
        for row in eventTimes.indices {
            if eventTimes[row] < max(watermarks[row], reached).saturatingSubtract(lateness) {
                split.late.append(Int32(row))
            } else {
                split.onTime.append(Int32(row))
            }
        }
        return split
    }
}

extension OperatorOutput {
    /// Drops rows of a batch. Rows that an operator computed stem from no record, and have nobody to tell.
    mutating func drop(_ rows: [Int32], of batch: RecordBatch, _ reason: RejectionReason) {
        guard !rows.isEmpty, let origin = batch.origin else { return }
        dropped.append(DroppedRows(reason: reason, origins: origin.taking(rows)))
    }
}
