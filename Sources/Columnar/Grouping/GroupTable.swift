/// Gives each distinct key a dense number, in the order in which keys first come: the row of the key columns, and the
/// index of its state in accumulators. Open addressing with linear probing over stored hashes.
public struct GroupTable: Sendable {
    /// Each group's key, a column a key part.
    public private(set) var keys: [ColumnVector]
    /// Each group's hash.
    public private(set) var hashes: [UInt64] = []
    /// Group number + 1 by slot; 0 is free. A power of two long.
    private var slots: [Int32]
    /// Groups whose key has another number now, see `renew`.
    private var retired: Set<Int32> = []

    /// An empty table for keys of the given types.
    public init(keyTypes: [DataType]) {
        keys = keyTypes.map { ColumnVector($0, scalars: []) }
        slots = [Int32](repeating: 0, count: 64)
    }

    /// The number of groups.
    public var count: Int { hashes.count }

    /// The bytes of memory that it takes, nearly.
    public var byteCount: Int {
        keys.reduce(hashes.capacity * 8 + slots.capacity * 4) { $0 + $1.byteCount }
    }

    /// Finds or makes the group of each row.
    /// - Parameters:
    ///   - columns: the rows' keys; `hashes` their `rowHashes`.
    ///   - rows: the rows to take, all when nil.
    /// - Returns: a group number for each row taken.
    public mutating func intern(_ columns: [ColumnVector], hashes rowHashes: [UInt64], rows: [Int32]? = nil) -> [Int32]
    {
        let known = count
        let (groups, fresh) = internByHash(rowHashes, rows)
        if !fresh.isEmpty { for index in keys.indices { keys[index].append(contentsOf: columns[index].taking(fresh)) } }
        if columns.indices.allSatisfy({ columns[$0].matches(keys[$0], rows: rows, groups: groups) }) { return groups }
        // Different keys of one hash are rare enough to begin again.
        keep((0..<Int32(known)).map { $0 })
        return internByKey(columns, rowHashes, rows)
    }

    /// Takes rows with one hash for one group.
    /// - Returns: the group of each row, and the first row of each new group.
    private mutating func internByHash(_ rowHashes: [UInt64], _ rows: [Int32]?) -> (groups: [Int32], fresh: [Int32]) {
        var fresh: [Int32] = []
        let number = rows?.count ?? rowHashes.count
        let groups = [Int32](unsafeUninitializedCapacity: number) { buffer, initialized in
            for start in stride(from: 0, to: number, by: Self.blockRows) {
                let block = start..<min(start + Self.blockRows, number)
                guess(block, rowHashes, rows, into: buffer)
                for index in block where buffer[index] < 0 {
                    growIfNeeded()
                    let row = rows.map { Int($0[index]) } ?? index
                    let slot = slot(of: rowHashes[row])
                    if slots[slot] == 0 {
                        hashes.append(rowHashes[row])
                        fresh.append(Int32(row))
                        slots[slot] = Int32(hashes.count)
                    }
                    buffer[index] = slots[slot] - 1
                }
            }
            initialized = number
        }
        return (groups, fresh)
    }

    /// The rows that are looked up side by side, so that what is missing in the processor's caches is fetched for many at
    /// once.
    private static let blockRows = 64

    /// The group in the slot where each row's hash leads first, if it has this hash; else -1. Nothing in one turn of the
    /// loops depends on the turn before.
    @inline(__always)
    private func guess(
        _ block: Range<Int>, _ rowHashes: [UInt64], _ rows: [Int32]?, into buffer: UnsafeMutableBufferPointer<Int32>
    ) {
        for index in block {
            let hash = rowHashes[rows.map { Int($0[index]) } ?? index]
            (buffer.baseAddress! + index).initialize(to: slots[Int(truncatingIfNeeded: hash) & (slots.count - 1)])
        }
        for index in block {
            let hash = rowHashes[rows.map { Int($0[index]) } ?? index]
            let group = Int(buffer[index]) - 1
            buffer[index] = group >= 0 && hashes[group] == hash ? Int32(group) : -1
        }
    }

    /// The slot of the group with this hash, or the free one where it belongs.
    @inline(__always)
    private func slot(of hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0, hashes[Int(slots[slot]) - 1] != hash { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    /// The same as `intern`, comparing the keys of every row.
    private mutating func internByKey(_ columns: [ColumnVector], _ rowHashes: [UInt64], _ rows: [Int32]?) -> [Int32] {
        let taken = rows ?? (0..<Int32(rowHashes.count)).map { $0 }
        return taken.map { row in
            growIfNeeded()
            let hash = rowHashes[Int(row)]
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 {
                let group = Int(slots[slot]) - 1
                if hashes[group] == hash, isEqual(columns, row, keys, Int32(group)) { break }
                slot = (slot + 1) & (slots.count - 1)
            }
            if slots[slot] == 0 {
                hashes.append(hash)
                for index in keys.indices { keys[index].append(contentsOf: columns[index].taking([row])) }
                slots[slot] = Int32(hashes.count)
            }
            return slots[slot] - 1
        }
    }

    /// The group of each row, -1 for a key that has none. Nothing is added.
    /// - Parameter rows: the rows to look up, all when nil.
    public func find(_ columns: [ColumnVector], hashes rowHashes: [UInt64], rows: [Int32]? = nil) -> [Int32] {
        let groups = findByHash(rowHashes, rows)
        if columns.indices.allSatisfy({ columns[$0].matches(keys[$0], rows: rows, groups: groups) }) { return groups }
        let taken = rows ?? (0..<Int32(rowHashes.count)).map { $0 }
        return taken.map { row in
            let hash = rowHashes[Int(row)]
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 {
                let group = slots[slot] - 1
                if hashes[Int(group)] == hash, isEqual(columns, row, keys, group) { break }
                slot = (slot + 1) & (slots.count - 1)
            }
            return slots[slot] - 1
        }
    }

    private func findByHash(_ rowHashes: [UInt64], _ rows: [Int32]?) -> [Int32] {
        let number = rows?.count ?? rowHashes.count
        return [Int32](unsafeUninitializedCapacity: number) { buffer, initialized in
            for start in stride(from: 0, to: number, by: Self.blockRows) {
                let block = start..<min(start + Self.blockRows, number)
                guess(block, rowHashes, rows, into: buffer)
                for index in block where buffer[index] < 0 {
                    buffer[index] = slots[slot(of: rowHashes[rows.map { Int($0[index]) } ?? index])] - 1
                }
            }
            initialized = number
        }
    }

    /// Gives the keys of some groups new numbers, from `count` on, so that they begin anew in accumulators. The old numbers
    /// stay, for nobody, until `keep` leaves them out.
    public mutating func renew(_ groups: [Int32]) {
        for index in keys.indices { keys[index].append(contentsOf: keys[index].taking(groups)) }
        for group in groups {
            precondition(!isRetired(group), "a group that has another number already")
            growIfNeeded()
            var slot = Int(truncatingIfNeeded: hashes[Int(group)]) & (slots.count - 1)
            while slots[slot] != group + 1 { slot = (slot + 1) & (slots.count - 1) }
            hashes.append(hashes[Int(group)])
            slots[slot] = Int32(hashes.count)
            retired.insert(group)
        }
    }

    /// Whether a group's key has another number now.
    public func isRetired(_ group: Int32) -> Bool { !retired.isEmpty && retired.contains(group) }

    @inline(__always)
    private mutating func growIfNeeded() {
        if (hashes.count + 1) * 2 > slots.count { rebuild(capacity: slots.count * 2) }
    }

    private mutating func rebuild(capacity: Int) {
        slots = [Int32](repeating: 0, count: capacity)
        for (group, hash) in hashes.enumerated() where !isRetired(Int32(group)) {
            var slot = Int(truncatingIfNeeded: hash) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Int32(group + 1)
        }
    }

    /// Keeps the given groups only, renumbered in that order.
    public mutating func keep(_ groups: [Int32]) {
        keys = keys.map { $0.taking(groups) }
        hashes = gather(hashes, groups)
        if !retired.isEmpty { retired = Set(groups.indices.filter { retired.contains(groups[$0]) }.map { Int32($0) }) }
        var capacity = 64
        while (hashes.count + 1) * 2 > capacity { capacity *= 2 }
        rebuild(capacity: capacity)
    }
}

private func isEqual(_ left: [ColumnVector], _ row: Int32, _ right: [ColumnVector], _ otherRow: Int32) -> Bool {
    for index in left.indices where !isEqual(left[index], Int(row), right[index], Int(otherRow)) { return false }
    return true
}

func isEqual(_ left: ColumnVector, _ row: Int, _ right: ColumnVector, _ otherRow: Int) -> Bool {
    let isNull = left.isNull(row)
    guard isNull == right.isNull(otherRow) else { return false }
    if isNull { return true }
    switch (left.values, right.values) {
    case (.bool(let l), .bool(let r)): return l[row] == r[otherRow]
    case (.int32(let l), .int32(let r)): return l[row] == r[otherRow]
    case (.int64(let l), .int64(let r)): return l[row] == r[otherRow]
    case (.double(let l), .double(let r)): return l[row] == r[otherRow] || l[row].isNaN && r[otherRow].isNaN
    case (.decimal(let l), .decimal(let r)): return l[row] == r[otherRow]
    case (.binary(let l), .binary(let r)): return l.isEqual(row, r, otherRow)
    case (.list(let l), .list(let r)):
        return left.type.isMap ? l.isEqualMap(row, r, otherRow) : l.isEqual(row, r, otherRow)
    case (.struct(let l), .struct(let r)): return isEqual(l.children, Int32(row), r.children, Int32(otherRow))
    default: return false
    }
}

extension ColumnVector {
    /// Whether each of the rows has the key of its group; a row without a group (-1) has any.
    /// - Parameters:
    ///   - keys: a value for each group.
    ///   - rows: all when nil.
    fileprivate func matches(_ keys: ColumnVector, rows: [Int32]?, groups: [Int32]) -> Bool {
        switch (values, keys.values) {
        case (.bool(let l), .bool(let r)): return matches(keys, rows, groups) { l[$0] == r[$1] }
        case (.int32(let l), .int32(let r)): return matches(keys, rows, groups) { l[$0] == r[$1] }
        case (.int64(let l), .int64(let r)): return matches(keys, rows, groups) { l[$0] == r[$1] }
        case (.double(let l), .double(let r)):
            return matches(keys, rows, groups) { l[$0] == r[$1] || l[$0].isNaN && r[$1].isNaN }
        case (.decimal(let l), .decimal(let r)): return matches(keys, rows, groups) { l[$0] == r[$1] }
        case (.binary(let l), .binary(let r)): return matches(keys, rows, groups) { l.isEqual($0, r, $1) }
        default: return matches(keys, rows, groups) { isEqual(self, $0, keys, $1) }
        }
    }

    @inline(__always)
    private func matches(
        _ keys: ColumnVector, _ rows: [Int32]?, _ groups: [Int32], _ isSame: (_ row: Int, _ group: Int) -> Bool
    ) -> Bool {
        let hasNulls = validity != nil || keys.validity != nil
        for index in groups.indices where groups[index] >= 0 {
            let row = rows.map { Int($0[index]) } ?? index
            let group = Int(groups[index])
            if hasNulls {
                let isNull = isNull(row)
                guard isNull == keys.isNull(group) else { return false }
                if isNull { continue }
            }
            guard isSame(row, group) else { return false }
        }
        return true
    }
}
