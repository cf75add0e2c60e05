/// Gives each distinct key a dense number, in the order in which keys first come: the row of the key columns, and the
/// index of its state in accumulators. Open addressing with linear probing over stored hashes.
public struct GroupTable: Sendable {
    /// Each group's key, a column a key part.
    public private(set) var keys: [ColumnVector]
    /// Each group's hash.
    public private(set) var hashes: [UInt64] = []
    /// Group number + 1 by slot; 0 is free. A power of two long.
    private var slots: [Int32]

    /// An empty table for keys of the given types.
    public init(keyTypes: [DataType]) {
        keys = keyTypes.map { ColumnVector($0, scalars: []) }
        slots = [Int32](repeating: 0, count: 64)
    }

    /// The number of groups.
    public var count: Int { hashes.count }

    /// Finds or makes the group of each row.
    /// - Parameters:
    ///   - columns: the rows' keys; `hashes` their `rowHashes`.
    ///   - rows: the rows to take, all when nil.
    /// - Returns: a group number for each row taken.
    public mutating func intern(_ columns: [ColumnVector], hashes rowHashes: [UInt64], rows: [Int32]? = nil) -> [Int32]
    {
        if columns.count == 1, columns[0].validity == nil, keys[0].validity == nil,
            case .int64(let values) = columns[0].values
        {
            return internIntegers(values, columns[0].type, rowHashes, rows)
        }
        var fresh: [Int32] = []
        var groups: [Int32] = []
        let taken = rows ?? (0..<Int32(rowHashes.count)).map { $0 }
        groups.reserveCapacity(taken.count)
        let known = count
        for row in taken {
            growIfNeeded()
            let hash = rowHashes[Int(row)]
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 {
                let group = Int(slots[slot]) - 1
                if hashes[group] == hash {
                    let isSame =
                        group < known
                        ? isEqual(columns, row, keys, Int32(group))
                        : isEqual(columns, row, columns, fresh[group - known])
                    if isSame { break }
                }
                slot = (slot + 1) & (slots.count - 1)
            }
            if slots[slot] == 0 {
                hashes.append(hash)
                fresh.append(row)
                slots[slot] = Int32(hashes.count)
            }
            groups.append(slots[slot] - 1)
        }
        if !fresh.isEmpty { for index in keys.indices { keys[index].append(contentsOf: columns[index].taking(fresh)) } }
        return groups
    }

    /// The same for one integer key without nulls, the most frequent case.
    private mutating func internIntegers(
        _ values: [Int64], _ type: DataType, _ rowHashes: [UInt64], _ rows: [Int32]?
    ) -> [Int32] {
        guard case .int64(var known) = keys[0].values else {
            preconditionFailure("an integer among \(keys[0].type) keys")
        }
        keys[0] = ColumnVector(type, .int64([]))
        let number = rows?.count ?? values.count
        let groups = [Int32](unsafeUninitializedCapacity: number) { buffer, initialized in
            for index in 0..<number {
                growIfNeeded()
                let row = rows.map { Int($0[index]) } ?? index
                let hash = rowHashes[row]
                let key = values[row]
                var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
                while slots[slot] != 0, known[Int(slots[slot]) - 1] != key { slot = (slot + 1) & (slots.count - 1) }
                if slots[slot] == 0 {
                    hashes.append(hash)
                    known.append(key)
                    slots[slot] = Int32(hashes.count)
                }
                (buffer.baseAddress! + index).initialize(to: slots[slot] - 1)
            }
            initialized = number
        }
        keys[0] = ColumnVector(type, .int64(known))
        return groups
    }

    /// The group of each row, -1 for a key that has none. Nothing is added.
    /// - Parameter rows: the rows to look up, all when nil.
    public func find(_ columns: [ColumnVector], hashes rowHashes: [UInt64], rows: [Int32]? = nil) -> [Int32] {
        if columns.count == 1, columns[0].validity == nil, keys[0].validity == nil,
            case .int64(let values) = columns[0].values, case .int64(let known) = keys[0].values
        {
            return find(rowHashes, rows) { row, group in known[group] == values[row] }
        }
        return find(rowHashes, rows) { row, group in
            hashes[group] == rowHashes[row] && isEqual(columns, Int32(row), keys, Int32(group))
        }
    }

    @inline(__always)
    private func find(
        _ rowHashes: [UInt64], _ rows: [Int32]?, _ isEqual: (_ row: Int, _ group: Int) -> Bool
    ) -> [Int32] {
        let number = rows?.count ?? rowHashes.count
        return [Int32](unsafeUninitializedCapacity: number) { buffer, initialized in
            for index in 0..<number {
                let row = rows.map { Int($0[index]) } ?? index
                var slot = Int(truncatingIfNeeded: rowHashes[row]) & (slots.count - 1)
                while slots[slot] != 0, !isEqual(row, Int(slots[slot]) - 1) { slot = (slot + 1) & (slots.count - 1) }
                (buffer.baseAddress! + index).initialize(to: slots[slot] - 1)
            }
            initialized = number
        }
    }

    @inline(__always)
    private mutating func growIfNeeded() {
        if (hashes.count + 1) * 2 > slots.count { rebuild(capacity: slots.count * 2) }
    }

    private mutating func rebuild(capacity: Int) {
        slots = [Int32](repeating: 0, count: capacity)
        for (group, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Int32(group + 1)
        }
    }

    /// Keeps the given groups only, renumbered in that order.
    public mutating func keep(_ groups: [Int32]) {
        keys = keys.map { $0.taking(groups) }
        hashes = gather(hashes, groups)
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

extension BinaryValues {
    @inline(__always)
    func isEqual(_ row: Int, _ other: BinaryValues, _ otherRow: Int) -> Bool {
        self[row].elementsEqual(other[otherRow])
    }
}
