/// One bit a row: a column's validity (1 = not null) or a selection.
public struct Bitmap: Hashable, Sendable {
    /// 64 rows a word, row 0 in the lowest bit; bits past `count` are zero.
    public private(set) var words: [UInt64]
    public private(set) var count: Int

    public init(repeating value: Bool = false, count: Int) {
        self.count = count
        words = [UInt64](repeating: value ? ~0 : 0, count: (count + 63) / 64)
        clearTail()
    }

    /// - Precondition: `words` holds `count` bits.
    public init(words: [UInt64], count: Int) {
        precondition(words.count == (count + 63) / 64, "a bitmap of \(count) bits in \(words.count) words")
        self.words = words
        self.count = count
        clearTail()
    }

    @inlinable public subscript(row: Int) -> Bool {
        get { words[row >> 6] & (1 << UInt64(row & 63)) != 0 }
        set {
            precondition(row < count)
            set(row, to: newValue)
        }
    }

    @usableFromInline mutating func set(_ row: Int, to value: Bool) {
        let bit: UInt64 = 1 << UInt64(row & 63)
        if value { words[row >> 6] |= bit } else { words[row >> 6] &= ~bit }
    }

    /// Adds one bit at the end.
    public mutating func append(_ value: Bool) {
        if count & 63 == 0 { words.append(0) }
        if value { words[count >> 6] |= 1 << UInt64(count & 63) }
        count += 1
    }

    /// The number of ones.
    public var popCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Bitwise and.
    /// - Precondition: both have the same count.
    public static func & (left: Bitmap, right: Bitmap) -> Bitmap {
        precondition(left.count == right.count)
        return Bitmap(words: zip(left.words, right.words).map { $0 & $1 }, count: left.count)
    }

    /// The bits at `rows`, in that order.
    public func taking(_ rows: [Int32]) -> Bitmap {
        var result = Bitmap(count: rows.count)
        for (index, row) in rows.enumerated() where self[Int(row)] { result.set(index, to: true) }
        return result
    }

    /// The bits of a range.
    public func rows(_ range: Range<Int>) -> Bitmap {
        var result = Bitmap(count: range.count)
        for row in range where self[row] { result.set(row - range.lowerBound, to: true) }
        return result
    }

    /// Adds all bits of `other` at the end.
    public mutating func append(contentsOf other: Bitmap) {
        for row in 0..<other.count { append(other[row]) }
    }

    private mutating func clearTail() {
        if count & 63 != 0 { words[words.count - 1] &= (1 << UInt64(count & 63)) - 1 }
    }
}
