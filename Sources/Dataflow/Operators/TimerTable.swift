/// Timers of keys: columns, a chain for each key, and a heap of all by time. A key has at most one timer at a time.
struct TimerTable {
    private var times: [Int64] = []
    private var groups: [Int32] = []
    private var next: [Int32] = []
    private var isLive: [Bool] = []
    /// The first timer of each key's chain; -1 for none.
    private var heads: [Int32] = []
    /// Numbers of timers; the least time is first. Those that are gone stay until they come up.
    private var heap: [Int32] = []
    private(set) var count = 0

    /// Bytes of memory, nearly.
    var byteCount: Int { times.capacity * 21 + heads.capacity * 4 }

    /// A timer of a key.
    struct Entry {
        var group: Int32
        var time: Int64
    }

    mutating func grow(to groupCount: Int) {
        if groupCount > heads.count { heads += repeatElement(-1, count: groupCount - heads.count) }
    }

    func hasTimers(_ group: Int32) -> Bool { heads[Int(group)] >= 0 }

    /// All timers, in the order in which they are due.
    var entries: [Entry] {
        times.indices.filter { isLive[$0] }.map { Entry(group: groups[$0], time: times[$0]) }
            .sorted { ($0.time, $0.group) < ($1.time, $1.group) }
    }

    /// The times of a key's timers.
    func times(of group: Int32) -> [Int64] {
        var found: [Int64] = []
        var timer = heads[Int(group)]
        while timer >= 0 {
            found.append(times[Int(timer)])
            timer = next[Int(timer)]
        }
        return found
    }

    /// Sets a timer; one that is set already stays as it is.
    mutating func set(_ group: Int32, _ time: Int64) {
        var timer = heads[Int(group)]
        while timer >= 0 {
            if times[Int(timer)] == time { return }
            timer = next[Int(timer)]
        }
        if times.count > 2 * count + 1024 { compact() }
        times.append(time)
        groups.append(group)
        isLive.append(true)
        next.append(heads[Int(group)])
        heads[Int(group)] = Int32(times.count - 1)
        count += 1
        push(Int32(times.count - 1))
    }

    /// Takes a timer out of its key.
    /// - Returns: whether there was one.
    @discardableResult mutating func delete(_ group: Int32, _ time: Int64) -> Bool {
        var previous: Int32 = -1
        var timer = heads[Int(group)]
        while timer >= 0 {
            let following = next[Int(timer)]
            if times[Int(timer)] == time {
                if previous < 0 { heads[Int(group)] = following } else { next[Int(previous)] = following }
                isLive[Int(timer)] = false
                count -= 1
                return true
            }
            previous = timer
            timer = following
        }
        return false
    }

    /// Takes all timers of a key away.
    mutating func deleteAll(of group: Int32) {
        var timer = heads[Int(group)]
        while timer >= 0 {
            isLive[Int(timer)] = false
            count -= 1
            timer = next[Int(timer)]
        }
        heads[Int(group)] = -1
    }

    /// Takes out the first timer of a key that is not after a time.
    mutating func take(of group: Int32, until time: Int64) -> Int64? {
        var least: Int64?
        var timer = heads[Int(group)]
        while timer >= 0 {
            if times[Int(timer)] <= time { least = min(least ?? .max, times[Int(timer)]) }
            timer = next[Int(timer)]
        }
        if let least { delete(group, least) }
        return least
    }

    /// Takes out the first timer of all that is not after a time.
    mutating func take(until time: Int64) -> Entry? {
        while let first = heap.first {
            if isLive[Int(first)], times[Int(first)] > time { return nil }
            removeFirst()
            guard isLive[Int(first)] else { continue }
            let entry = Entry(group: groups[Int(first)], time: times[Int(first)])
            delete(entry.group, entry.time)
            return entry
        }
        return nil
    }

    /// Takes the keys' new numbers; those of keys that are gone, which have no timers, are -1.
    mutating func renumber(_ numbers: [Int32], count groupCount: Int) {
        let old = entries
        self = TimerTable()
        grow(to: groupCount)
        for entry in old { set(numbers[Int(entry.group)], entry.time) }
    }

    private mutating func compact() {
        let old = entries
        let groupCount = heads.count
        self = TimerTable()
        grow(to: groupCount)
        for entry in old { set(entry.group, entry.time) }
    }

    private func isBefore(_ left: Int32, _ right: Int32) -> Bool {
        (times[Int(left)], groups[Int(left)]) < (times[Int(right)], groups[Int(right)])
    }

    private mutating func push(_ timer: Int32) {
        heap.append(timer)
        var place = heap.count - 1
        while place > 0, isBefore(heap[place], heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isBefore(heap[child], heap[least]) {
                least = child
            }
            if least == place { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
