/// Why a record is not JSON, and where.
struct JSONSyntaxError: Error {
    /// Bytes from the start of the record.
    let position: Int
    let message: String
}

/// Walks the bytes of one JSON text (RFC 8259), checking every rule of the grammar on the way.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    /// Where the record begins and ends in `bytes`.
    let start: Int
    let end: Int
    var position: Int
    static let maximumDepth = 128

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        self.bytes = bytes
        start = range.lowerBound
        end = range.upperBound
        position = range.lowerBound
    }

    func failure(_ message: String) -> JSONSyntaxError { JSONSyntaxError(position: position - start, message: message) }

    /// The next byte that is not white space, without taking it.
    mutating func peek() throws(JSONSyntaxError) -> UInt8 {
        while position < end {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        throw failure("the text ends too early")
    }

    mutating func expect(_ byte: UInt8, _ name: String) throws(JSONSyntaxError) {
        guard try peek() == byte else { throw failure("expected \(name)") }
        position += 1
    }

    /// Takes white space up to the end.
    mutating func finish() throws(JSONSyntaxError) {
        while position < end {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                throw failure("text after the value")
            }
            position += 1
        }
    }

    /// Takes any value, checking it.
    mutating func skipValue(depth: Int) throws(JSONSyntaxError) {
        guard depth <= Self.maximumDepth else { throw failure("nested deeper than \(Self.maximumDepth) levels") }
        switch try peek() {
        case UInt8(ascii: "{"): try skipObject(depth: depth)
        case UInt8(ascii: "["): try skipArray(depth: depth)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
    }

    private mutating func skipObject(depth: Int) throws(JSONSyntaxError) {
        position += 1
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            guard try peek() == UInt8(ascii: "\"") else { throw failure("expected a name in quotes") }
            _ = try string()
            try expect(UInt8(ascii: ":"), "':'")
            try skipValue(depth: depth + 1)
            let byte = try peek()
            position += 1
            if byte == UInt8(ascii: "}") { return }
            guard byte == UInt8(ascii: ",") else {
                position -= 1
                throw failure("expected ',' or '}'")
            }
        }
    }

    private mutating func skipArray(depth: Int) throws(JSONSyntaxError) {
        position += 1
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return
        }
        while true {
            try skipValue(depth: depth + 1)
            let byte = try peek()
            position += 1
            if byte == UInt8(ascii: "]") { return }
            guard byte == UInt8(ascii: ",") else {
                position -= 1
                throw failure("expected ',' or ']'")
            }
        }
    }

    mutating func literal(_ text: StaticString) throws(JSONSyntaxError) {
        let length = text.utf8CodeUnitCount
        guard end - position >= length else { throw failure("not a JSON value") }
        for index in 0..<length where bytes[position + index] != text.utf8Start[index] {
            throw failure("not a JSON value")
        }
        position += length
    }

    /// A string's content, between its quotes.
    struct Text {
        var range: Range<Int>
        var hasEscapes: Bool
    }

    /// Takes a string, checking UTF-8 and escapes.
    mutating func string() throws(JSONSyntaxError) -> Text {
        position += 1
        let first = position
        var hasEscapes = false
        while true {
            skipPlainText()
            guard position < end else { throw failure("a string without its end") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return Text(range: first..<position - 1, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            case 0..<0x20: throw failure("a control character in a string")
            default: try skipMultibyte()
            }
        }
    }

    /// Takes a string without escapes and gives its content; nil for another, or a wrong one, somewhere within it.
    @inline(__always)
    mutating func plainString() -> Range<Int>? {
        position += 1
        let first = position
        while true {
            skipPlainText()
            guard position < end else { return nil }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return first..<position - 1
            }
            guard byte >= 0x80 else { return nil }
            do throws(JSONSyntaxError) { try skipMultibyte() } catch { return nil }
        }
    }

    /// Moves over printable ASCII but quotes and backslashes, eight bytes at a time.
    @inline(__always)
    private mutating func skipPlainText() {
        let raw = UnsafeRawBufferPointer(bytes)
        while position + 8 <= end {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let special = Self.specialBytes(word)
            if special != 0 {
                position += special.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < end {
            let byte = bytes[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte >= 0x80 { return }
            position += 1
        }
    }

    /// The high bit of each byte that is a quote, a backslash, a control character or not ASCII. Exact for the lowest
    /// such byte, which is the one that is used.
    @inline(__always)
    private static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let isQuote = (quote &- ones) & ~quote
        let isBackslash = (backslash &- ones) & ~backslash
        let isControl = (word &- ones &* 0x20) & ~word
        return (isQuote | isBackslash | isControl | word) & high
    }

    private mutating func skipEscape() throws(JSONSyntaxError) {
        guard position + 1 < end else { throw failure("a string without its end") }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            let unit = try hexUnit(at: position + 2)
            guard unit & 0xF800 == 0xD800 else {
                position += 6
                return
            }
            // A high surrogate must be followed by a low one.
            guard unit < 0xDC00, position + 7 < end, bytes[position + 6] == UInt8(ascii: "\\"),
                bytes[position + 7] == UInt8(ascii: "u"), try hexUnit(at: position + 8) & 0xFC00 == 0xDC00
            else { throw failure("half of a surrogate pair") }
            position += 12
        default: throw failure("an unknown escape")
        }
    }

    func hexUnit(at index: Int) throws(JSONSyntaxError) -> UInt16 {
        guard index + 4 <= end else { throw failure("an unfinished escape") }
        var unit: UInt16 = 0
        for offset in 0..<4 {
            let byte = bytes[index + offset]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: throw failure("an unfinished escape")
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// Takes one character of two to four bytes (Unicode 15, table 3-7: no overlong forms, no surrogates).
    private mutating func skipMultibyte() throws(JSONSyntaxError) {
        let lead = bytes[position]
        let (length, low, high): (Int, UInt8, UInt8) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80, 0xBF)
            case 0xE0: (3, 0xA0, 0xBF)
            case 0xED: (3, 0x80, 0x9F)
            case 0xE1...0xEF: (3, 0x80, 0xBF)
            case 0xF0: (4, 0x90, 0xBF)
            case 0xF1...0xF3: (4, 0x80, 0xBF)
            case 0xF4: (4, 0x80, 0x8F)
            default: (0, 0, 0)
            }
        guard length > 0, position + length <= end, (low...high).contains(bytes[position + 1]) else {
            throw failure("not UTF-8")
        }
        for index in 2..<max(length, 2) where bytes[position + index] & 0xC0 != 0x80 { throw failure("not UTF-8") }
        position += length
    }

    /// A number's parts: `range` is all of it, digits and sign as they stand.
    struct Number {
        var range: Range<Int>
        var isInteger: Bool
    }

    /// Takes a number, checking its grammar.
    mutating func number() throws(JSONSyntaxError) -> Number {
        let first = position
        var isInteger = true
        if position < end, bytes[position] == UInt8(ascii: "-") { position += 1 }
        guard position < end, isDigit(bytes[position]) else {
            throw failure(position == first ? "not a JSON value" : "a number without digits")
        }
        if bytes[position] == UInt8(ascii: "0") {
            position += 1
            if position < end, isDigit(bytes[position]) { throw failure("a number with a leading zero") }
        } else {
            skipDigits()
        }
        if position < end, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try needDigits("a number without digits after its point")
        }
        if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < end, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try needDigits("a number without digits in its exponent")
        }
        return Number(range: first..<position, isInteger: isInteger)
    }

    private mutating func needDigits(_ message: String) throws(JSONSyntaxError) {
        guard position < end, isDigit(bytes[position]) else { throw failure(message) }
        skipDigits()
    }

    private mutating func skipDigits() { while position < end, isDigit(bytes[position]) { position += 1 } }

    @inline(__always) private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// The content of a string with its escapes resolved.
    func unescaped(_ text: Text) throws(JSONSyntaxError) -> [UInt8] {
        var result: [UInt8] = []
        var index = text.range.lowerBound
        while index < text.range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if bytes[index + 1] == UInt8(ascii: "u") {
                var scalar = UInt32(try hexUnit(at: index + 2))
                index += 6
                if scalar & 0xF800 == 0xD800 {
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + UInt32(try hexUnit(at: index + 2)) & 0x3FF
                    index += 6
                }
                result += Unicode.Scalar(scalar).map { Array(String($0).utf8) } ?? []
            } else {
                result.append(Self.escapes[bytes[index + 1]] ?? bytes[index + 1])
                index += 2
            }
        }
        return result
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
}
