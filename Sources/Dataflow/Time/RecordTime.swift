import Columnar

/// Where rows get their time from that have no column for it: with the record, before any step.
enum RecordTime: Hashable, Sendable {
    /// The time that the topic has for the record: a property of the record, so that every replay agrees.
    case timestamp
    /// The time of day, µs since 1970 UTC: the same for all rows of a round.
    case clock(Int64)
}

extension DecodedRecords {
    /// Gives every row its time. A record for which the topic has none is rejected where that is needed.
    mutating func take(_ time: RecordTime, of records: RawRecords) {
        switch time {
        case .clock(let now): give([Int64](repeating: now, count: batch.count))
        case .timestamp: takeTimestamps(of: records)
        }
    }

    private mutating func takeTimestamps(of records: RawRecords) {
        var isRejected = [Bool](repeating: false, count: records.count)
        for record in rejected { isRejected[record.row] = true }
        var times: [Int64] = []
        times.reserveCapacity(batch.count)
        var kept: [Int32] = []
        var row: Int32 = 0
        for record in 0..<records.count where !isRejected[record] {
            let timestamp = records.timestamps[record]
            if timestamp >= 0 {
                let (microseconds, overflow) = timestamp.multipliedReportingOverflow(by: 1000)
                times.append(overflow ? .max : microseconds)
                kept.append(row)
            } else {
                rejected.append(
                    RejectedRecord(
                        row: record, reason: .contractViolation,
                        message: "the topic has no timestamp for it, from which the topology takes its time"))
            }
            row += 1
        }
        if kept.count < batch.count { batch = batch.taking(kept) }
        give(times)
    }

    private mutating func give(_ times: [Int64]) {
        batch.times = RowTimes(eventTimes: times, watermarks: [Int64](repeating: .min, count: times.count))
    }
}

extension PlanShape {
    /// The step that says what time is, by the source whose records have to bring it.
    /// - Throws: `PlanError` for records that would have to bring two.
    static func clocks(_ plan: LogicalPlan, sources: (Int) -> [Int]) throws(PlanError) -> [Int: Int] {
        var clocks: [Int: Int] = [:]
        for (number, step) in plan.steps.enumerated() {
            switch step.kind {
            case .withIngestionTime, .withProcessingTime: break
            default: continue
            }
            for source in sources(number) {
                if let other = clocks[source], plan.steps[other].kind != step.kind {
                    throw PlanError(
                        "\(plan.name) takes \(plan.steps[other].kind.text) and \(step.kind.text) from one source: "
                            + "take one of them, or read the topic twice")
                }
                clocks[source] = number
            }
        }
        return clocks
    }
}
