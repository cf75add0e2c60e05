import Columnar
import Synchronization

/// The decoding of a round's records by all lanes.
///
/// What comes of a record does not depend on the others of its partition until the partition's watermark is known, and
/// decoding costs more than most that follows. So the records are cut into parts that the lanes take one after the other,
/// as they get ready: a large partition, or a core that is slower at the moment, holds nobody up. The rows then go to the
/// lane of their partition, in their order.
final class DecodingWork: @unchecked Sendable {
    // While the lanes run, each touches the elements of `parts` that it has taken, and its own decoders.
    private let parts: UnsafeMutableBufferPointer<Part>
    private let taken = Atomic(0)
    private let lanes: [Lane]
    private let times: [Int: RecordTime]

    /// Neighbouring records of a partition.
    struct Part {
        var step: Int
        /// The position of the records that it is taken from among the source's of this round, and its first row there.
        var index: Int
        var firstRow = 0
        var records: RawRecords
        fileprivate var decoded: DecodedRecords?

        init(step: Int, index: Int, records: RawRecords) {
            (self.step, self.index, self.records) = (step, index, records)
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
        while true {
            let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
            if index >= parts.count { return }
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
            let lane = lanes[Int(part.records.partition) % lanes.count]
            lane.take(decoded, of: part.records, step: part.step, index: part.index, firstRow: part.firstRow)
        }
    }
}

extension DecodingWork {
    /// The records of a part: so many that taking one costs nothing beside decoding it, so few that the last ones of a
    /// round keep no lane waiting for long.
    private static let partRecords = 4096

    /// All records in parts, in their order; whole where one lane decodes them all.
    static func parts(_ inputs: [Execution.SourceInput], lanes: Int) -> [Part] {
        inputs.flatMap { input in
            input.records.enumerated().flatMap { index, records in
                let whole = Part(step: input.step, index: index, records: records)
                return lanes == 1 ? [whole] : cut(whole)
            }
        }
    }

    private static func cut(_ whole: Part) -> [Part] {
        let count = whole.records.count
        // As equal as they can be.
        let parts = (count + partRecords - 1) / partRecords
        if parts <= 1 { return [whole] }
        return (0..<parts).map { number in
            var part = whole
            part.firstRow = count * number / parts
            part.records = whole.records.rows(part.firstRow..<count * (number + 1) / parts)
            return part
        }
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
