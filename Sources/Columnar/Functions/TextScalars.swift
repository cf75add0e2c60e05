/// Unicode scalars of UTF-8 bytes. Ill-formed bytes count as the reader of `String(decoding:)` would not: a byte that
/// continues no scalar belongs to what stands before it.
extension Text {
    /// The number of Unicode scalars: bytes that do not continue one.
    var scalarCount: Int {
        var length = 0
        for byte in bytes where byte & 0xC0 != 0x80 { length += 1 }
        return length
    }

    /// The byte position behind so many scalars from a position, or the end.
    @inline(__always)
    func position(after scalars: Int64, from start: Int = 0) -> Int {
        var index = start
        var left = scalars
        while left > 0, index < bytes.count {
            index += 1
            while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
            left -= 1
        }
        return index
    }

    /// The byte position so many scalars before the end, or 0.
    func position(beforeEnd scalars: Int64) -> Int {
        var index = bytes.count
        var left = scalars
        while left > 0, index > 0 {
            index -= 1
            while index > 0, bytes[index] & 0xC0 == 0x80 { index -= 1 }
            left -= 1
        }
        return index
    }

    /// The scalar at a byte position and the position behind it; U+FFFD for ill-formed bytes.
    @inline(__always)
    func scalar(at position: Int) -> (value: UInt32, next: Int) {
        let first = bytes[position]
        if first < 0x80 { return (UInt32(first), position + 1) }
        let next = self.position(after: 1, from: position)
        let length = next - position
        var value: UInt32
        switch length {
        case 2 where first & 0xE0 == 0xC0: value = UInt32(first & 0x1F)
        case 3 where first & 0xF0 == 0xE0: value = UInt32(first & 0x0F)
        case 4 where first & 0xF8 == 0xF0: value = UInt32(first & 0x07)
        default: return (0xFFFD, next)
        }
        for index in position + 1..<next { value = value << 6 | UInt32(bytes[index] & 0x3F) }
        return (value, next)
    }

    var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }

    /// Where `wanted` stands first from a byte position on; nil: nowhere.
    @inline(__always)
    func firstPosition(of wanted: Text, from start: Int = 0) -> Int? {
        guard let first = wanted.bytes.first else { return start }
        guard bytes.count - start >= wanted.count else { return nil }
        for index in start...(bytes.count - wanted.count) where bytes[index] == first {
            if hasBytes(of: wanted, at: index) { return index }
        }
        return nil
    }

    /// Where `wanted`, which is not empty, stands last and ends before or at a byte position; nil: nowhere.
    func lastPosition(of wanted: Text, endingAt end: Int) -> Int? {
        var index = end - wanted.count
        while index >= 0 {
            if hasBytes(of: wanted, at: index) { return index }
            index -= 1
        }
        return nil
    }

    /// - Precondition: there are as many bytes from `position` on.
    @inline(__always)
    func hasBytes(of wanted: Text, at position: Int) -> Bool {
        for index in 0..<wanted.count where bytes[position + index] != wanted.bytes[index] { return false }
        return true
    }
}

extension [UInt8] {
    /// Appends a scalar as UTF-8; surrogates and what is beyond Unicode as U+FFFD.
    mutating func append(scalar value: UInt32) {
        if value < 0x80 {
            append(UInt8(value))
        } else {
            append(contentsOf: UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}")!)
        }
    }

    @inline(__always) mutating func append(_ text: Text) { append(contentsOf: text.bytes) }
}

/// The longest text that functions make by repeating; what would be longer is null, so that one row cannot take all
/// memory.
let longestRepetition = 1 << 16
