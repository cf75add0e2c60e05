import Columnar

/// Rows that wait until event time has passed them, in columns: those that are not needed any more leave when they are
/// more than half.
struct PendingRows {
    private(set) var columns: [ColumnVector]
    /// µs since 1970 UTC.
    private(set) var times: [Int64] = []
    private(set) var watermarks: [Int64] = []
    private var waiting = TimeHeap()
    /// Rows below this are in the last snapshot.
    private var savedCount = 0

    init(_ types: [DataType]) { columns = types.map { ColumnVector($0, scalars: []) } }

    /// Bytes of memory, nearly.
    var byteCount: Int { columns.reduce(times.capacity * 32) { $0 + $1.byteCount } }

    /// The latest event time that waits; looks at all of them.
    var last: Int64? { waiting.last }

    mutating func add(_ added: [ColumnVector], _ addedTimes: RowTimes) {
        for index in columns.indices { columns[index].append(contentsOf: added[index]) }
        for time in addedTimes.eventTimes {
            waiting.insert(Int32(times.count), at: time)
            times.append(time)
        }
        watermarks += addedTimes.watermarks
    }

    /// Takes out the rows that are older than `end`, all when it is nil, in the order of their event time.
    mutating func take(before end: Int64?) -> (columns: [ColumnVector], times: RowTimes) {
        let rows = waiting.take(before: end)
        let taken = (
            columns.map { $0.taking(rows) }, RowTimes(eventTimes: times, watermarks: watermarks).taking(rows)
        )
        if waiting.count * 2 < times.count { compact() }
        return taken
    }

    /// The rows that wait: all, or those that came since the last time.
    mutating func takeState(_ extent: SnapshotExtent) -> (columns: [ColumnVector], times: RowTimes) {
        let first = extent == .changes ? savedCount : 0
        let rows = waiting.rows.filter { $0 >= first }.sorted()
        markSaved()
        return (columns.map { $0.taking(rows) }, RowTimes(eventTimes: times, watermarks: watermarks).taking(rows))
    }

    /// Takes note that a snapshot has all rows.
    mutating func markSaved() { savedCount = times.count }

    private mutating func compact() {
        let rows = waiting.rows.sorted()
        savedCount = rows.count { $0 < savedCount }
        var numbers = [Int32](repeating: -1, count: times.count)
        for (number, row) in rows.enumerated() { numbers[Int(row)] = Int32(number) }
        columns = columns.map { $0.taking(rows) }
        times = rows.map { times[Int($0)] }
        watermarks = rows.map { watermarks[Int($0)] }
        waiting.renumber(numbers)
    }
}
