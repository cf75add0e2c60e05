import Columnar

/// The rows of one side of an interval join, in buckets of time: those of a stretch of time are looked up together and
/// go together, so that expiry looks at no row.
struct IntervalSide {
    /// What the times of a match are, from this side: from its row's time + `lower` to its time + `upper`, both included.
    let lower: Int64
    let upper: Int64
    /// Whether rows without a match are given.
    let isKept: Bool
    /// µs that a bucket spans.
    private let width: Int64
    private let keyTypes: [DataType]
    private let columnTypes: [DataType]
    /// The first instant of each bucket, ascending.
    private var starts: [Int64] = []
    private var buckets: [Bucket] = []
    /// The number of the next row, where rows have numbers.
    private var nextID: Int64 = 0
    /// Since the last snapshot all buckets were forgotten that end here or before.
    private var expiredBefore = Int64.min

    private struct Bucket {
        var rows: JoinRows
        /// Rows that no match is known of and that were not given.
        var pending = TimeHeap()
    }

    init(lower: Int64, upper: Int64, isKept: Bool, keyTypes: [DataType], columnTypes: [DataType]) {
        self.lower = lower
        self.upper = upper
        self.isKept = isKept
        // A row looks into three buckets at most, and rows stay half as long again as they must. Less than a second would
        // make many small buckets.
        width = max((upper - lower) / 2, 1_000_000)
        self.keyTypes = keyTypes
        self.columnTypes = columnTypes
    }

    /// Bytes of memory, nearly.
    var byteCount: Int { buckets.reduce(0) { $0 + $1.rows.byteCount + $1.pending.count * 16 } }

    /// Adds rows.
    /// - Parameter rows: of the addition; the others are left out.
    mutating func add(_ added: JoinRows.Addition, rows: [Int32]) {
        var added = added
        if isKept, added.ids.isEmpty {
            let count = Int64(added.times.eventTimes.count)
            added.ids = (nextID..<nextID + count).map { $0 }
            nextID += count
        }
        let parts = rows.divided(by: added.times.eventTimes) { time in
            let past = time.remainder(of: width, from: 0)
            return TimeWindow(start: time.saturatingSubtract(past), end: time.saturatingAdd(width - past))
        }
        for (start, rows) in parts {
            add(added, rows: rows.count == added.times.eventTimes.count ? nil : rows, to: start)
        }
    }

    private mutating func add(_ added: JoinRows.Addition, rows: [Int32]?, to start: Int64) {
        let index = firstIndex(from: start, near: starts.count)
        if index == starts.count || starts[index] != start {
            starts.insert(start, at: index)
            buckets.insert(Bucket(rows: JoinRows(keyTypes: keyTypes, columnTypes: columnTypes)), at: index)
        }
        let first = buckets[index].rows.add(added, rows: rows)
        guard isKept else { return }
        for row in first..<buckets[index].rows.count where !buckets[index].rows.isMatched[row] {
            buckets[index].pending.insert(Int32(row), at: buckets[index].rows.times[row])
        }
    }

    /// The first bucket that does not begin before a time.
    /// - Parameter hint: where it probably is.
    private func firstIndex(from start: Int64, near hint: Int) -> Int {
        if (hint == 0 || starts[hint - 1] < start) && (hint == starts.count || starts[hint] >= start) { return hint }
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < start { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension IntervalSide {
    /// Rows of the other side and of one bucket that match, pair by pair.
    struct Pairs {
        var probing: [Int32] = []
        var stored: [Int32] = []
    }

    /// Finds the matches of rows of the other side, bucket by bucket.
    /// - Parameters:
    ///   - other: the other side's bounds.
    ///   - take: gets the matches in one bucket, and says which of them hold (nil: all).
    mutating func match(
        _ keys: BoundJoin.Keys, times: [Int64], rows: [Int32], from other: IntervalSide,
        _ take: (Pairs, JoinRows) -> [Int32]?
    ) {
        for (index, rows) in divide(times, rows, other) {
            let isWhole = rows.count == times.count
            let pairs = findPairs(
                keys, times, rows: isWhole ? nil : rows, bucket: buckets[index].rows, lower: other.lower,
                upper: other.upper)
            guard !pairs.stored.isEmpty else { continue }
            let holding = take(pairs, buckets[index].rows)
            guard isKept else { continue }
            if let holding {
                for pair in holding { buckets[index].rows.settle(Int(pairs.stored[Int(pair)])) }
            } else {
                for row in pairs.stored { buckets[index].rows.settle(Int(row)) }
            }
        }
    }

    /// For each bucket the rows that may have matches there.
    private func divide(_ times: [Int64], _ rows: [Int32], _ other: IntervalSide) -> [(bucket: Int, rows: [Int32])] {
        var divided: [(bucket: Int, rows: [Int32])] = []
        /// Where the list of a bucket is.
        var places: [Int: Int] = [:]
        var (hint, nearest, nearestPlace) = (0, -1, 0)
        for row in rows {
            let time = times[Int(row)]
            let (first, overflow) = time.addingReportingOverflow(other.lower)
            if overflow && other.lower > 0 { continue }
            let last = time.saturatingAdd(other.upper)
            let start = overflow ? .min : first.saturatingSubtract(first.remainder(of: width, from: 0))
            hint = firstIndex(from: start, near: hint)
            var index = hint
            while index < starts.count, starts[index] <= last {
                if index != nearest {
                    nearest = index
                    nearestPlace = places[index] ?? divided.count
                    if nearestPlace == divided.count {
                        places[index] = nearestPlace
                        divided.append((index, []))
                    }
                }
                divided[nearestPlace].rows.append(row)
                index += 1
            }
        }
        return divided
    }

    private func findPairs(
        _ keys: BoundJoin.Keys, _ times: [Int64], rows: [Int32]?, bucket: JoinRows, lower: Int64, upper: Int64
    ) -> Pairs {
        let groups = bucket.table.find(keys.columns, hashes: keys.hashes, rows: rows)
        var pairs = Pairs()
        for (index, group) in groups.enumerated() where group >= 0 {
            let row = rows.map { Int($0[index]) } ?? index
            let (first, last) = (times[row].saturatingAdd(lower), times[row].saturatingAdd(upper))
            var stored = bucket.heads[Int(group)]
            while stored >= 0 {
                let time = bucket.times[Int(stored)]
                if first <= time && time <= last {
                    pairs.probing.append(Int32(row))
                    pairs.stored.append(stored)
                }
                stored = bucket.older[Int(stored)]
            }
        }
        return pairs
    }
}

extension IntervalSide {
    /// The least watermark at which every row without a match is final; nil when there is none.
    var lastFinal: Int64? { buckets.compactMap(\.pending.last).max()?.saturatingAdd(upper).saturatingAdd(1) }

    /// Forgets what no row can match when event time has reached a watermark; gives the rows without a match that are
    /// final then.
    /// - Parameter isEnd: whether all of them are.
    mutating func expire(at watermark: Int64, isEnd: Bool) -> [(columns: [ColumnVector], times: RowTimes)] {
        // A row at t has seen its last match when t + upper is before the watermark.
        let end = watermark.saturatingSubtract(upper)
        var given: [(columns: [ColumnVector], times: RowTimes)] = []
        var expired = 0
        for index in buckets.indices {
            guard isEnd || starts[index] < end else { break }
            let final = buckets[index].pending.take(before: isEnd ? nil : end)
            let rows = final.filter { !buckets[index].rows.isMatched[Int($0)] }
            if !rows.isEmpty { given.append(buckets[index].rows.taking(rows)) }
            // Settled: a restart must not give them again.
            for row in rows { buckets[index].rows.settle(Int(row)) }
            if starts[index].saturatingAdd(width - 1) < end {
                expired = index + 1
                expiredBefore = max(expiredBefore, starts[index].saturatingAdd(width))
            }
        }
        starts.removeFirst(expired)
        buckets.removeFirst(expired)
        return given
    }
}

extension IntervalSide {
    /// Puts the side's rows, or what has changed of them, into a snapshot.
    mutating func takeState(_ section: String, _ extent: SnapshotExtent, into snapshot: inout StateSnapshot) {
        let schema = JoinRows.stateSchema(keyTypes: keyTypes, columnTypes: columnTypes, settles: isKept)
        snapshot.sections[section] = buckets.indices.map { buckets[$0].rows.takeState(schema, extent) }
            .filter { $0.count > 0 }
        if extent == .changes {
            snapshot.changes[section] = SectionChanges(
                keys: JoinRows.stateKeys(settles: isKept), expired: .init("time", before: expiredBefore))
        }
        expiredBefore = .min
    }

    /// Takes over the rows of a snapshot that a shard owns.
    mutating func restore(_ batches: [RecordBatch], shard: Shard) throws {
        for batch in batches {
            let added = try JoinRows.restored(
                batch, keyTypes: keyTypes, columnTypes: columnTypes, settles: isKept, nextID: &nextID, shard: shard)
            add(added, rows: added.times.eventTimes.indices.map(Int32.init))
        }
        for index in buckets.indices { buckets[index].rows.markSaved() }
    }
}
