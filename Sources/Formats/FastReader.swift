import Columnar
import Dataflow

/// Reads the frequent forms of values. False means that a value is of another form, or wrong: nothing is known of it.
struct FastReader {
    private let bytes: UnsafePointer<UInt8>
    private let end: Int
    private var position: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        // Records are not empty here: an empty one is no object.
        self.bytes = bytes.baseAddress!
        end = range.upperBound
        position = range.lowerBound
    }

    var isAtEnd: Bool { position == end }

    /// Takes bytes that are known.
    @inline(__always)
    mutating func take(_ literal: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = literal.count
        guard count <= end - position else { return false }
        guard count > 0, let known = literal.baseAddress else { return true }
        guard isEqual(UnsafeRawPointer(known), UnsafeRawPointer(bytes + position), count) else { return false }
        position += count
        return true
    }

    /// Takes a value of a column.
    @inline(__always)
    mutating func value(into column: inout JSONColumn, _ row: Int) -> Bool {
        guard position < end else { return false }
        switch column.kind {
        case .int64:
            guard let value = integer() else { return null(column, row) }
            column.set(whole: value, row)
            return true
        case .string:
            guard let text = text() else { return null(column, row) }
            column.set(textAt: text.start, text.length, row)
            return true
        case .timestamp: return timestamp(into: &column, row)
        case .double:
            guard let value = double() else { return null(column, row) }
            column.set(double: value, row)
            return true
        case .decimal(let precision, let scale):
            guard let value = decimal(precision, scale) else { return null(column, row) }
            column.set(decimal: value, row)
            return true
        case .int32:
            guard let value = integer(), Int32(exactly: value) != nil else { return null(column, row) }
            column.set(whole: value, row)
            return true
        case .bool:
            guard let value = boolean() else { return null(column, row) }
            column.set(whole: value ? 1 : 0, row)
            return true
        case .date:
            guard let text = text(), let days = ISO8601.date(buffer(text)) else { return null(column, row) }
            column.set(whole: days, row)
            return true
        case .whole: return whole(into: column, row)
        case .bytes: return false
        }
    }

    private mutating func whole(into column: JSONColumn, _ row: Int) -> Bool {
        var scanner = JSONScanner(UnsafeBufferPointer(start: bytes, count: end), position..<end)
        guard (try? column.take(whole: &scanner, row)) != nil else { return false }
        position = scanner.position
        return true
    }

    private mutating func timestamp(into column: inout JSONColumn, _ row: Int) -> Bool {
        if column.epochUnit > 0 {
            guard let value = integer() else { return null(column, row) }
            let (time, overflow) = value.multipliedReportingOverflow(by: column.epochUnit)
            column.set(whole: time, row)
            return !overflow
        }
        guard let text = text() else { return null(column, row) }
        guard let time = ISO8601.timestamp(buffer(text), &column.day) else { return false }
        column.set(whole: time, row)
        return true
    }

    /// Takes a null of a column that allows it; the position is that of a value that could not be taken.
    private mutating func null(_ column: JSONColumn, _ row: Int) -> Bool {
        guard column.isNullable, take("null") else { return false }
        column.states[row] = JSONColumn.State.null
        return true
    }

    /// Takes a value that no column wants: a string, a number or a literal.
    @inline(__always)
    mutating func skipScalar() -> Bool {
        if text() != nil { return true }
        if position < end, bytes[position] | 0x20 >= UInt8(ascii: "a") {
            return take("null") || take("true") || take("false")
        }
        return double() != nil
    }

    private mutating func take(_ text: StaticString) -> Bool {
        take(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func boolean() -> Bool? {
        if take("true") { return true }
        return take("false") ? false : nil
    }

    private func buffer(_ text: (start: Int, length: Int)) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + text.start, count: text.length)
    }
}

extension FastReader {
    /// Takes digits and gives their value and number; nil, without moving, for none, more than 18, or a leading zero.
    @inline(__always)
    private mutating func digits() -> (value: Int64, count: Int)? {
        let first = position
        var index = position
        var value: Int64 = 0
        while index < end {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { break }
            value = value &* 10 &+ Int64(digit)
            index += 1
        }
        let count = index - first
        guard count > 0, count <= 18, count == 1 || bytes[first] != 0x30 else { return nil }
        position = index
        return (value, count)
    }

    /// What comes after an integer decides whether it was one: the known bytes that follow do not begin with a point.
    @inline(__always)
    private mutating func integer() -> Int64? {
        guard position < end else { return nil }
        let start = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        guard let digits = digits() else {
            position = start
            return nil
        }
        return isNegative ? -digits.value : digits.value
    }

    /// A number without exponent as an integer and the digits after its point; nil, without moving, for others.
    @inline(__always)
    private mutating func fixedPoint() -> (value: Int64, fraction: Int)? {
        let start = position
        guard let whole = integer() else { return nil }
        guard position < end, bytes[position] == UInt8(ascii: ".") else {
            if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
                position = start
                return nil
            }
            // Minus zero is a number of its own as a double.
            if whole == 0, bytes[start] == UInt8(ascii: "-") {
                position = start
                return nil
            }
            return (whole, 0)
        }
        position += 1
        let first = position
        var value = whole.magnitude
        while position < end {
            let digit = bytes[position] &- 0x30
            guard digit < 10 else { break }
            value = value &* 10 &+ UInt64(digit)
            position += 1
        }
        let isPlain = position == end || bytes[position] | 0x20 != UInt8(ascii: "e")
        let isNegative = bytes[start] == UInt8(ascii: "-")
        guard position > first, position - start <= 19, isPlain, value > 0 || !isNegative else {
            position = start
            return nil
        }
        return (isNegative ? -Int64(value) : Int64(value), position - first)
    }

    /// Exact where both the digits and the power of ten are (Clinger, "How to read floating point numbers accurately",
    /// 1990); nil, without moving, for other numbers.
    @inline(__always)
    private mutating func double() -> Double? {
        let start = position
        guard let number = fixedPoint() else { return nil }
        guard number.value.magnitude < 1 << 53, number.fraction < powersOfTen.count else {
            position = start
            return nil
        }
        return Double(number.value) / powersOfTen[number.fraction]
    }

    /// The unscaled value; nil, without moving, for a number that does not fit, or stands in quotes.
    @inline(__always)
    private mutating func decimal(_ precision: Int, _ scale: Int) -> Int128? {
        let start = position
        guard let number = fixedPoint() else { return nil }
        guard number.fraction <= scale else {
            position = start
            return nil
        }
        let value = Int128(number.value) * Decimal128.powerOfTen(scale - number.fraction)
        guard precision >= 19 + scale || value.magnitude < Decimal128.powerOfTen(precision).magnitude else {
            position = start
            return nil
        }
        return value
    }

    /// Takes a string without escapes and gives where its content stands; nil, without moving, for others.
    @inline(__always)
    private mutating func text() -> (start: Int, length: Int)? {
        guard position < end, bytes[position] == UInt8(ascii: "\"") else { return nil }
        var scanner = JSONScanner(UnsafeBufferPointer(start: bytes, count: end), position..<end)
        guard let text = scanner.plainString() else { return nil }
        position = scanner.position
        return (text.lowerBound, text.count)
    }
}

/// 10^0 to 10^22: exact as doubles.
private let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]

/// Whether so many bytes are the same: eight at a time, the last eight overlapping those before.
@inline(__always)
private func isEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
    if count >= 8 {
        var index = 0
        while index + 8 < count {
            if left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                != right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            {
                return false
            }
            index += 8
        }
        return left.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
            == right.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    }
    for index in 0..<count {
        if left.load(fromByteOffset: index, as: UInt8.self) != right.load(fromByteOffset: index, as: UInt8.self) {
            return false
        }
    }
    return true
}
