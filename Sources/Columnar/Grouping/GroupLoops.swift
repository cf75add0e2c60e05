// What the states of aggregates share: loops over the rows that count, and columns by group.

/// Calls `body` with row and group of every row that is not null.
@inline(__always)
func forEachValid(_ validity: Bitmap?, _ groups: [Int32], _ body: (_ row: Int, _ group: Int) -> Void) {
    if let validity {
        for (row, group) in groups.enumerated() where validity[row] { body(row, Int(group)) }
    } else {
        for (row, group) in groups.enumerated() { body(row, Int(group)) }
    }
}

/// The rows that are null in none of the columns; nil: all are.
func commonValidity(_ columns: [ColumnVector]) -> Bitmap? {
    columns.reduce(nil) { bits, column in
        guard let validity = column.validity else { return bits }
        return bits.map { $0 & validity } ?? validity
    }
}

extension Array {
    /// Adds elements at the end until there are `count`.
    mutating func grow(to count: Int, with element: Element) {
        if count > self.count { append(contentsOf: repeatElement(element, count: count - self.count)) }
    }
}

extension Bitmap {
    /// A validity; nil when all rows are valid.
    static func validity(_ isValid: [Bool]) -> Bitmap? {
        guard isValid.contains(false) else { return nil }
        var bits = Bitmap(repeating: true, count: isValid.count)
        for (row, isValid) in isValid.enumerated() where !isValid { bits[row] = false }
        return bits
    }
}

extension ColumnVector {
    /// The values that are not null, and the group of each.
    func withoutNulls(_ groups: [Int32]) -> (ColumnVector, [Int32]) {
        guard let validity else { return (self, groups) }
        let rows = groups.indices.filter { validity[$0] }.map { Int32($0) }
        var values = taking(rows)
        values.validity = nil
        return (values, gather(groups, rows))
    }
}

/// The values of a column by physical type, for state whose types are known.
extension ColumnVector {
    var integers: [Int64] {
        guard case .int64(let values) = values else { preconditionFailure("\(type) where bigint belongs") }
        return values
    }

    var shortIntegers: [Int32] {
        guard case .int32(let values) = values else { preconditionFailure("\(type) where int belongs") }
        return values
    }

    var doubles: [Double] {
        guard case .double(let values) = values else { preconditionFailure("\(type) where double belongs") }
        return values
    }

    var wideIntegers: [Int128] {
        guard case .decimal(let values) = values else { preconditionFailure("\(type) where decimal belongs") }
        return values
    }

    var byteStrings: BinaryValues {
        guard case .binary(let values) = values else { preconditionFailure("\(type) where binary belongs") }
        return values
    }

    /// A number of any type as doubles.
    var asDoubles: [Double] {
        switch (type, values) {
        case (_, .int32(let values)): return values.map { Double($0) }
        case (_, .int64(let values)): return values.map { Double($0) }
        case (_, .double(let values)): return values
        case (.decimal(_, let scale), .decimal(let values)):
            let divisor = Double(Decimal128.powerOfTen(scale))
            return values.map { Double($0) / divisor }
        default: preconditionFailure("\(type) as numbers")
        }
    }
}
