import Columnar

/// The decoding of a round's records by all lanes.
///
/// What comes of a record does not depend on the others of its partition until the partition's watermark is known, and
/// decoding costs more than most that follows. So the records of a large partition are divided among the lanes when one
/// lane would have to decode much more than its share; the rows then go to the lane of their partition, in their order.
final class DecodingWork: @unchecked Sendable {
    // While the lanes run, each touches the elements of `parts` that are its own, and its own decoders.
    private let parts: UnsafeMutableBufferPointer<Part>
    private let lanes: [Lane]
    private let times: [Int: RecordTime]

    /// Neighbouring records of a partition.
    struct Part {
        var step: Int
        /// The position of the records that it is taken from among the source's of this round, and its first row there.
        var index: Int
        var firstRow = 0
        var records: RawRecords
        var lane: Int
        fileprivate var decoded: DecodedRecords?

        init(step: Int, index: Int, records: RawRecords, lane: Int) {
            (self.step, self.index, self.records, self.lane) = (step, index, records, lane)
        }
    }

    /// - Parameter times: by source step, see `LevelWork.recordTimes`.
    init(_ inputs: [Execution.SourceInput], lanes: [Lane], times: [Int: RecordTime]) {
        let all = Self.parts(inputs, lanes: lanes.count)
        parts = .allocate(capacity: all.count)
        _ = parts.initialize(fromContentsOf: all)
        self.lanes = lanes
        self.times = times
    }

    deinit {
        parts.deinitialize()
        parts.deallocate()
    }

    func run(lane: Int) {
        for index in parts.indices where parts[index].lane == lane {
            let step = parts[index].step
            guard var decoder = lanes[lane].decoders[step] else { preconditionFailure("step \(step) has no decoder") }
            var decoded = decoder.decode(parts[index].records)
            lanes[lane].decoders[step] = decoder
            if let time = times[step] { decoded.take(time, of: parts[index].records) }
            parts[index].decoded = decoded
        }
    }

    /// Gives every lane the rows of its partitions, which hold their watermarks.
    func finish() {
        for part in parts {
            guard let decoded = part.decoded else { preconditionFailure("records that nobody decoded") }
            let lane = lanes[Self.owner(of: part.records.partition, lanes: lanes.count)]
            lane.take(decoded, of: part.records, step: part.step, index: part.index, firstRow: part.firstRow)
        }
    }

    private static func owner(of partition: Int32, lanes: Int) -> Int { Int(partition) % lanes }
}

extension DecodingWork {
    /// Fewer records than this are not worth a division.
    private static let leastPart = 1024

    /// All records in parts, each for a lane: that of its partition, unless one lane would get much more than the others.
    static func parts(_ inputs: [Execution.SourceInput], lanes: Int) -> [Part] {
        let whole = inputs.flatMap { input in
            input.records.enumerated().map { index, records in
                Part(
                    step: input.step, index: index, records: records,
                    lane: owner(of: records.partition, lanes: lanes))
            }
        }
        var loads = [Int](repeating: 0, count: lanes)
        for part in whole { loads[part.lane] += part.records.count }
        let share = (loads.reduce(0, +) + lanes - 1) / lanes
        guard let largest = loads.max(), largest - share > max(share / 4, leastPart) else { return whole }
        return divided(whole, share: max(share, leastPart))
    }

    /// The parts laid end to end and cut where a lane has its share.
    private static func divided(_ whole: [Part], share: Int) -> [Part] {
        var parts: [Part] = []
        var taken = 0
        for part in whole {
            var row = 0
            while row < part.records.count {
                let count = min(part.records.count - row, share - taken % share)
                var next = part
                next.firstRow = row
                next.lane = taken / share
                if count < part.records.count { next.records = part.records.rows(row..<row + count) }
                parts.append(next)
                row += count
                taken += count
            }
        }
        return parts
    }
}

extension RawRecords {
    /// Some of the records, over the same bytes.
    func rows(_ range: Range<Int>) -> RawRecords {
        var part = RawRecords(partition: partition)
        part.arena = arena
        part.valueStarts = Array(valueStarts[range])
        part.valueLengths = Array(valueLengths[range])
        part.keyStarts = keyStarts.isEmpty ? [] : Array(keyStarts[range])
        part.keyLengths = keyLengths.isEmpty ? [] : Array(keyLengths[range])
        part.timestamps = Array(timestamps[range])
        part.offsets = Array(offsets[range])
        for (row, headers) in headers where range.contains(row) { part.headers[row - range.lowerBound] = headers }
        return part
    }
}
