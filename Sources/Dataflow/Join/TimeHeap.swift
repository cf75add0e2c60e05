/// Row numbers, of which the one with the least time is taken first: a binary heap. Rows that come in the order of their
/// times, as most do, stay where they are put.
struct TimeHeap {
    private var entries: [(time: Int64, row: Int32)] = []

    var isEmpty: Bool { entries.isEmpty }
    /// The least time.
    var first: Int64? { entries.first?.time }
    /// The greatest time; looks at all of them.
    var last: Int64? { entries.lazy.map(\.time).max() }

    var count: Int { entries.count }
    var rows: [Int32] { entries.map(\.row) }

    /// Gives every row the number that stands at its old one.
    mutating func renumber(_ numbers: [Int32]) {
        for index in entries.indices { entries[index].row = numbers[Int(entries[index].row)] }
    }

    mutating func insert(_ row: Int32, at time: Int64) {
        var place = entries.count
        entries.append((time, row))
        while place > 0 {
            let parent = (place - 1) / 2
            guard entries[parent].time > time else { break }
            entries.swapAt(place, parent)
            place = parent
        }
    }

    /// Takes out the rows whose time is less than `end`, or all when it is nil, in the order of their times.
    mutating func take(before end: Int64?) -> [Int32] {
        var taken: [Int32] = []
        while let first = entries.first, end.map({ first.time < $0 }) ?? true {
            taken.append(first.row)
            let last = entries.removeLast()
            if !entries.isEmpty { sink(last) }
        }
        return taken
    }

    /// Puts an entry in the place of the first and moves it down.
    private mutating func sink(_ entry: (time: Int64, row: Int32)) {
        var place = 0
        while true {
            var child = 2 * place + 1
            if child + 1 < entries.count, entries[child + 1].time < entries[child].time { child += 1 }
            guard child < entries.count, entries[child].time < entry.time else { break }
            entries[place] = entries[child]
            place = child
        }
        entries[place] = entry
    }
}
