extension Kernels {
    /// Whether each value is one of `wanted`; a null stays null. NaN equals NaN, as in comparisons.
    /// - Precondition: both columns have one type, and `wanted` has no nulls.
    static func isIn(_ column: ColumnVector, _ wanted: ColumnVector) -> ColumnVector {
        let found: [Bool]
        switch (column.values, wanted.values) {
        case (.bool(let values), .bool(let set)): found = contained(values, set)
        case (.int32(let values), .int32(let set)): found = contained(values, set)
        case (.int64(let values), .int64(let set)): found = contained(values, set)
        case (.decimal(let values), .decimal(let set)): found = contained(values, set)
        case (.double(let values), .double(let set)):
            // Bit patterns: one for all NaN, one for both zeros.
            found = contained(values.map(comparableBits), set.map(comparableBits))
        case (.binary(let values), .binary(let set)): found = contained(values, set)
        case (.list, .list), (.struct, .struct):
            var table = GroupTable(keyTypes: [wanted.type])
            _ = table.intern([wanted], hashes: rowHashes([wanted], count: wanted.count))
            found = table.find([column], hashes: rowHashes([column], count: column.count)).map { $0 >= 0 }
        default: preconditionFailure("\(column.type) looked up among \(wanted.type)")
        }
        return ColumnVector(.bool, .bool(found), validity: column.validity)
    }

    /// A few values are compared one by one, more are looked up in a hash table.
    private static func contained<Value: Hashable>(_ values: [Value], _ wanted: [Value]) -> [Bool] {
        if wanted.count == 1 { return values.map { $0 == wanted[0] } }
        if wanted.count <= 8 { return values.map { value in wanted.contains { $0 == value } } }
        let set = Set(wanted)
        return values.map { set.contains($0) }
    }

    private static func comparableBits(_ value: Double) -> UInt64 {
        value.isNaN ? Double.nan.bitPattern : value == 0 ? 0 : value.bitPattern
    }

    /// Strings are looked up by length first, then by their bytes.
    private static func contained(_ values: BinaryValues, _ wanted: BinaryValues) -> [Bool] {
        var byLength: [Int32: [Int]] = [:]
        for index in 0..<wanted.count {
            byLength[wanted.offsets[index + 1] - wanted.offsets[index], default: []].append(index)
        }
        let longest = byLength.keys.max() ?? 0
        var candidates = [[Int]](repeating: [], count: Int(longest) + 1)
        for (length, indices) in byLength {
            candidates[Int(length)] = indices.sorted { wanted.compare($0, wanted, $1) < 0 }
        }
        return (0..<values.count).map { row in
            let length = Int(values.offsets[row + 1] - values.offsets[row])
            guard length < candidates.count else { return false }
            return values.isAmong(candidates[length], of: wanted, row)
        }
    }
}

extension BinaryValues {
    /// Whether the value at `row` is one of the candidates, which have its length and are in order.
    fileprivate func isAmong(_ candidates: [Int], of other: BinaryValues, _ row: Int) -> Bool {
        if candidates.count <= 8 { return candidates.contains { hasSameBytes(row, as: other, $0) } }
        var low = 0
        var high = candidates.count
        while low < high {
            let middle = (low + high) / 2
            let order = compare(row, other, candidates[middle])
            if order == 0 { return true }
            if order < 0 { high = middle } else { low = middle + 1 }
        }
        return false
    }

    /// Whether two values of one length have the same bytes.
    fileprivate func hasSameBytes(_ row: Int, as other: BinaryValues, _ otherRow: Int) -> Bool {
        let start = Int(offsets[row])
        let otherStart = Int(other.offsets[otherRow])
        for index in 0..<Int(offsets[row + 1]) - start where bytes[start + index] != other.bytes[otherStart + index] {
            return false
        }
        return true
    }
}
