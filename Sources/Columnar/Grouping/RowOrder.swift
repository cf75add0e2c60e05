/// Where rows stand in the order of a stream: by event time, then partition, then offset. It does not depend on how
/// they arrived.
struct RowOrder: Sendable {
    /// µs since 1970 UTC.
    private(set) var times: [Int64] = []
    private(set) var partitions: [Int32] = []
    private(set) var offsets: [Int64] = []

    static let types: [DataType] = [.timestamp, .int32, .int64]

    init() {}

    /// - Precondition: columns of `types`, none of them null.
    init(_ columns: [ColumnVector]) {
        times = columns[0].integers
        partitions = columns[1].shortIntegers
        offsets = columns[2].integers
    }

    var columns: [ColumnVector] {
        [
            ColumnVector(.timestamp, .int64(times)), ColumnVector(.int32, .int32(partitions)),
            ColumnVector(.int64, .int64(offsets)),
        ]
    }

    mutating func grow(to count: Int) {
        times.grow(to: count, with: 0)
        partitions.grow(to: count, with: 0)
        offsets.grow(to: count, with: 0)
    }

    @inline(__always)
    mutating func set(_ index: Int, to other: RowOrder, at row: Int) {
        times[index] = other.times[row]
        partitions[index] = other.partitions[row]
        offsets[index] = other.offsets[row]
    }

    /// Negative when the row here comes before the other's.
    @inline(__always)
    func compare(_ row: Int, _ other: RowOrder, _ otherRow: Int) -> Int {
        if times[row] != other.times[otherRow] { return times[row] < other.times[otherRow] ? -1 : 1 }
        if partitions[row] != other.partitions[otherRow] {
            return partitions[row] < other.partitions[otherRow] ? -1 : 1
        }
        if offsets[row] == other.offsets[otherRow] { return 0 }
        return offsets[row] < other.offsets[otherRow] ? -1 : 1
    }

    mutating func append(_ other: RowOrder, at row: Int) {
        times.append(other.times[row])
        partitions.append(other.partitions[row])
        offsets.append(other.offsets[row])
    }

    func taking(_ rows: [Int32]) -> RowOrder {
        var taken = RowOrder()
        taken.times = gather(times, rows)
        taken.partitions = gather(partitions, rows)
        taken.offsets = gather(offsets, rows)
        return taken
    }
}
