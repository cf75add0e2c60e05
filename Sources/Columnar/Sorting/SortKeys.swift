/// How one column orders rows. A null comes before every value, as in Spark and Flink: first when ascending, last when
/// descending. NaN is greater than every number.
public enum SortDirection: String, Hashable, Sendable {
    case ascending, descending
}

/// The order of rows by several columns as byte strings that compare as the rows do: made once for a batch, then rows
/// are compared without looking at their types. (The encoding of Apache Arrow's row format and of FoundationDB's tuples:
/// big-endian with the sign flipped, zero bytes of texts escaped, everything inverted when descending.)
public struct SortKeys: Sendable {
    private var bytes: [UInt8] = []
    /// Where each row's string ends.
    private var ends: [Int] = []

    public init() {}

    /// Bytes of memory, nearly.
    public var byteCount: Int { bytes.capacity + ends.capacity * 8 }

    /// The order of the rows of a batch.
    /// - Parameters:
    ///   - columns: the first decides, then the second, and so on.
    ///   - directions: of each column.
    public init(_ columns: [ColumnVector], _ directions: [SortDirection], count: Int) {
        var parts: [SortKeys] = []
        for (column, direction) in zip(columns, directions) {
            var part = SortKeys()
            part.encode(column)
            if direction == .descending { for index in part.bytes.indices { part.bytes[index] = ~part.bytes[index] } }
            parts.append(part)
        }
        if parts.count == 1 {
            self = parts[0]
            return
        }
        for row in 0..<count {
            for part in parts { bytes.append(contentsOf: part.bytes[part.range(row)]) }
            ends.append(bytes.count)
        }
    }

    public var count: Int { ends.count }

    private func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

    /// Adds rows of other keys by the same columns at the end.
    public mutating func append(_ other: SortKeys, rows: [Int32]) {
        for row in rows {
            bytes.append(contentsOf: other.bytes[other.range(Int(row))])
            ends.append(bytes.count)
        }
    }

    /// The keys of the given rows, in that order.
    public func taking(_ rows: [Int32]) -> SortKeys {
        var taken = SortKeys()
        taken.append(self, rows: rows)
        return taken
    }

    /// For each pair whether its left row comes before its right one.
    /// - Parameter rights: rows of `other`; -1 for a pair without one, which the left row comes before.
    public func precede(_ lefts: [Int32], _ other: SortKeys, _ rights: [Int32]) -> [Bool] {
        zip(lefts, rights).map { left, right in
            right < 0 || compare(Int(left), other, Int(right)) < 0
        }
    }

    /// The first rows of those given, in their order.
    public func first(_ limit: Int, of rows: [Int32]) -> [Int32] {
        guard rows.count > 2 * limit else { return Array(sorted(rows).prefix(limit)) }
        // Most rows of many are not among the first: they are compared with the last of those alone.
        var best = sorted(Array(rows[..<limit]))
        for row in rows[limit...] where compare(Int(row), self, Int(best[limit - 1])) < 0 {
            var place = limit - 1
            while place > 0, compare(Int(row), self, Int(best[place - 1])) < 0 {
                best[place] = best[place - 1]
                place -= 1
            }
            best[place] = row
        }
        return best
    }

    private func sorted(_ rows: [Int32]) -> [Int32] { rows.sorted { compare(Int($0), self, Int($1)) < 0 } }

    @inline(__always)
    private func compare(_ row: Int, _ other: SortKeys, _ otherRow: Int) -> Int {
        let (left, right) = (range(row), other.range(otherRow))
        let common = min(left.count, right.count)
        for index in 0..<common {
            let (a, b) = (bytes[left.lowerBound + index], other.bytes[right.lowerBound + index])
            if a != b { return Int(a) - Int(b) }
        }
        return left.count - right.count
    }
}

extension SortKeys {
    /// Appends every row of a column, ascending.
    private mutating func encode(_ column: ColumnVector) {
        switch column.values {
        case .bool(let values): encode(column) { $0.bytes.append(values[$1] ? 1 : 0) }
        case .int32(let values): encode(column) { $0.append(UInt32(bitPattern: values[$1]) ^ (1 << 31)) }
        case .int64(let values): encode(column) { $0.append(UInt64(bitPattern: values[$1]) ^ (1 << 63)) }
        case .double(let values): encode(column) { $0.append(Self.ordered(values[$1])) }
        case .decimal(let values): encode(column) { $0.append(UInt128(bitPattern: values[$1]) ^ (1 << 127)) }
        case .binary(let values): encode(column) { $0.append(text: values[$1]) }
        case .struct(let values):
            let children = values.children.map(SortKeys.init)
            encode(column) { keys, row in for child in children { keys.appendBytes(child, row) } }
        case .list(let values):
            let children = values.children.map(SortKeys.init)
            encode(column) { keys, row in
                for element in values.range(row) {
                    keys.bytes.append(1)
                    for child in children { keys.appendBytes(child, element) }
                }
                keys.bytes.append(0)
            }
        }
    }

    private init(_ column: ColumnVector) { encode(column) }

    private mutating func appendBytes(_ other: SortKeys, _ row: Int) {
        bytes.append(contentsOf: other.bytes[other.range(row)])
    }

    @inline(__always)
    private mutating func encode(_ column: ColumnVector, _ value: (inout SortKeys, Int) -> Void) {
        for row in 0..<column.count {
            if column.isNull(row) {
                bytes.append(0)
            } else {
                bytes.append(1)
                value(&self, row)
            }
            ends.append(bytes.count)
        }
    }

    /// Bits that are in the order of the numbers.
    private static func ordered(_ value: Double) -> UInt64 {
        if value.isNaN { return .max }
        let bits = value.bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }

    @inline(__always)
    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(text: ArraySlice<UInt8>) {
        for byte in text {
            bytes.append(byte)
            if byte == 0 { bytes.append(0xFF) }
        }
        bytes.append(0)
        bytes.append(0)
    }
}
