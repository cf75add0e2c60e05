/// Equality and order of nested values. Equality is that of grouping: nulls equal each other, as do zero and minus zero,
/// and NaNs; the order of a map's entries does not count.
extension ListValues {
    func isEqual(_ row: Int, _ other: ListValues, _ otherRow: Int) -> Bool {
        let (range, otherRange) = (range(row), other.range(otherRow))
        guard range.count == otherRange.count else { return false }
        for (element, otherElement) in zip(range, otherRange) {
            for index in children.indices
            where !Columnar.isEqual(children[index], element, other.children[index], otherElement) { return false }
        }
        return true
    }

    func isEqualMap(_ row: Int, _ other: ListValues, _ otherRow: Int) -> Bool {
        guard range(row).count == other.range(otherRow).count else { return false }
        // Mostly the same program wrote both, in the same order.
        if isEqual(row, other, otherRow) { return true }
        let (keys, otherKeys) = (entryRows(row), other.entryRows(otherRow))
        let ownKeys = [children[0].taking(keys)]
        let wanted = [other.children[0].taking(otherKeys)]
        var table = GroupTable(keyTypes: [children[0].type])
        let places = table.intern(ownKeys, hashes: rowHashes(ownKeys, count: keys.count))
        guard table.count == keys.count else { return false }
        let found = table.find(wanted, hashes: rowHashes(wanted, count: otherKeys.count))
        return zip(otherKeys, found).allSatisfy { entry, place in
            place >= 0
                && Columnar.isEqual(
                    children[1], Int(keys[Int(places[Int(place)])]), other.children[1], Int(entry))
        }
    }

    private func entryRows(_ row: Int) -> [Int32] { range(row).map { Int32($0) } }
}

extension ColumnVector {
    /// A total order of values: negative when the row's comes before the other's, 0 when they are equal. Null comes
    /// first, then numbers, texts and times as they compare, NaN last; lists and structs compare part by part, a list
    /// that another begins with comes before it; maps as lists of their entries in the order of keys.
    /// For rare paths: flat columns have kernels.
    /// - Precondition: both columns have one type.
    func compare(_ row: Int, _ other: ColumnVector, _ otherRow: Int) -> Int {
        let (isNull, isOtherNull) = (isNull(row), other.isNull(otherRow))
        if isNull || isOtherNull { return isNull == isOtherNull ? 0 : isNull ? -1 : 1 }
        switch (values, other.values) {
        case (.bool(let l), .bool(let r)): return Self.order(l[row], r[otherRow])
        case (.int32(let l), .int32(let r)): return Self.order(l[row], r[otherRow])
        case (.int64(let l), .int64(let r)): return Self.order(l[row], r[otherRow])
        case (.double(let l), .double(let r)): return Self.order(l[row], r[otherRow])
        case (.decimal(let l), .decimal(let r)): return Self.order(l[row], r[otherRow])
        case (.binary(let l), .binary(let r)): return l.compare(row, r, otherRow)
        case (.struct(let l), .struct(let r)):
            for (left, right) in zip(l.children, r.children) {
                let order = left.compare(row, right, otherRow)
                if order != 0 { return order }
            }
            return 0
        case (.list(let l), .list(let r)):
            return type.isMap
                ? l.compare(l.entriesByKey(row), r, r.entriesByKey(otherRow))
                : l.compare(Array(l.range(row)), r, Array(r.range(otherRow)))
        default: preconditionFailure("\(type) compared with \(other.type)")
        }
    }

    @inline(__always)
    private static func order<Value: CellValue>(_ left: Value, _ right: Value) -> Int {
        Value.isLess(left, right) ? -1 : Value.isLess(right, left) ? 1 : 0
    }
}

extension ListValues {
    fileprivate func compare(_ elements: [Int], _ other: ListValues, _ otherElements: [Int]) -> Int {
        for (element, otherElement) in zip(elements, otherElements) {
            for (left, right) in zip(children, other.children) {
                let order = left.compare(element, right, otherElement)
                if order != 0 { return order }
            }
        }
        return elements.count - otherElements.count
    }

    fileprivate func entriesByKey(_ row: Int) -> [Int] {
        range(row).sorted { children[0].compare($0, children[0], $1) < 0 }
    }
}
