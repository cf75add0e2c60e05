/// Steps through JSON text (RFC 8259) without making anything of it.
struct JSONWalk {
    private let text: Text
    private(set) var position = 0
    /// Arrays and objects within each other, so that a hostile text cannot exhaust the stack.
    private static let deepest = 512

    init(_ text: Text) { self.text = text }

    /// The first byte of the value.
    var first: UInt8? {
        var index = 0
        while index < text.count, Self.isSpace(text[index]) { index += 1 }
        return index < text.count ? text[index] : nil
    }

    /// Whether the whole text is one value.
    mutating func isValid() -> Bool {
        position = 0
        guard skipValue(depth: 0) else { return false }
        skipSpace()
        return position == text.count
    }

    /// Calls `body` with the place of each element of the outermost array.
    /// - Precondition: the text is valid, and an array.
    mutating func forEachElement(_ body: (Int, Range<Int>) -> Void) {
        position = 0
        skipSpace()
        position += 1
        skipSpace()
        var index = 0
        while position < text.count, text[position] != UInt8(ascii: "]") {
            let start = position
            guard skipValue(depth: 0) else { return }
            body(index, start..<position)
            index += 1
            skipSpace()
            if position < text.count, text[position] == UInt8(ascii: ",") { position += 1 }
            skipSpace()
        }
    }

    /// Calls `body` with the places of each member's name, with its quotes, and value.
    /// - Precondition: the text is valid, and an object.
    mutating func forEachMember(_ body: (Range<Int>, Range<Int>) -> Void) {
        position = 0
        skipSpace()
        position += 1
        skipSpace()
        while position < text.count, text[position] == UInt8(ascii: "\"") {
            let nameStart = position
            guard skipString() else { return }
            let name = nameStart..<position
            skipSpace()
            position += 1
            skipSpace()
            let start = position
            guard skipValue(depth: 0) else { return }
            body(name, start..<position)
            skipSpace()
            if position < text.count, text[position] == UInt8(ascii: ",") { position += 1 }
            skipSpace()
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private mutating func skipSpace() {
        while position < text.count, Self.isSpace(text[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipValue(depth: Int) -> Bool {
        skipSpace()
        guard position < text.count, depth < Self.deepest else { return false }
        switch text[position] {
        case UInt8(ascii: "{"): return skipObject(depth)
        case UInt8(ascii: "["): return skipArray(depth)
        case UInt8(ascii: "\""): return skipString()
        case UInt8(ascii: "t"): return skipWord("true")
        case UInt8(ascii: "f"): return skipWord("false")
        case UInt8(ascii: "n"): return skipWord("null")
        default: return skipNumber()
        }
    }

    private mutating func skipArray(_ depth: Int) -> Bool {
        position += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return true }
        while true {
            guard skipValue(depth: depth + 1) else { return false }
            skipSpace()
            if take(UInt8(ascii: "]")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func skipObject(_ depth: Int) -> Bool {
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return true }
        while true {
            skipSpace()
            guard position < text.count, text[position] == UInt8(ascii: "\""), skipString() else { return false }
            skipSpace()
            guard take(UInt8(ascii: ":")), skipValue(depth: depth + 1) else { return false }
            skipSpace()
            if take(UInt8(ascii: "}")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func skipString() -> Bool {
        position += 1
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte < 0x20 { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard position < text.count else { return false }
            let escaped = text[position]
            position += 1
            if escaped == UInt8(ascii: "u") {
                guard position + 4 <= text.count, (0..<4).allSatisfy({ hexDigit(text[position + $0]) != nil }) else {
                    return false
                }
                position += 4
            } else if !"\"\\/bfnrt".utf8.contains(escaped) {
                return false
            }
        }
        return false
    }

    private mutating func skipWord(_ word: StaticString) -> Bool {
        for index in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[index]) else { return false }
        }
        return true
    }

    private mutating func skipNumber() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")), !skipDigits() { return false }
        if take(UInt8(ascii: ".")), !skipDigits() { return false }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            return skipDigits()
        }
        return true
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while position < text.count, text[position] &- 0x30 < 10 { position += 1 }
        return position > start
    }
}

/// A path into JSON, read once.
struct JSONPath: Sendable {
    private enum Step {
        case name([UInt8])
        case index(Int)
        case all
    }

    private let steps: [Step]
    private let hasWildcard: Bool

    init(_ path: String) throws(FunctionRefusal) {
        var steps: [Step] = []
        let bytes = Array(path.utf8)
        func refusal() -> FunctionRefusal { FunctionRefusal("takes a path such as $.a.b[0], not '\(path)'") }
        guard bytes.first == UInt8(ascii: "$") else { throw refusal() }
        var index = 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ".") {
                let end =
                    bytes[(index + 1)...].firstIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }
                    ?? bytes.count
                let name = Array(bytes[index + 1..<end])
                guard !name.isEmpty else { throw refusal() }
                steps.append(name == [UInt8(ascii: "*")] ? .all : .name(name))
                index = end
            } else if bytes[index] == UInt8(ascii: "["), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "'")
            {
                guard let end = bytes[(index + 2)...].firstIndex(of: UInt8(ascii: "'")), end + 1 < bytes.count,
                    bytes[end + 1] == UInt8(ascii: "]")
                else { throw refusal() }
                steps.append(.name(Array(bytes[index + 2..<end])))
                index = end + 2
            } else if bytes[index] == UInt8(ascii: "["), let end = bytes[index...].firstIndex(of: UInt8(ascii: "]")) {
                let inside = bytes[index + 1..<end]
                if inside.elementsEqual([UInt8(ascii: "*")]) {
                    steps.append(.all)
                } else {
                    guard !inside.isEmpty, inside.count < 10, let number = TimestampText.number(inside) else {
                        throw refusal()
                    }
                    steps.append(.index(Int(number)))
                }
                index = end + 1
            } else {
                throw refusal()
            }
        }
        self.steps = steps
        hasWildcard = steps.contains { if case .all = $0 { true } else { false } }
    }

    /// Appends what is at the path in a text; false when there is nothing, or null.
    func append(from text: Text, to out: inout [UInt8]) -> Bool {
        var walk = JSONWalk(text)
        guard walk.isValid() else { return false }
        var found: [Range<Int>] = []
        collect(text, 0..<text.count, 0, &found)
        guard let first = found.first else { return false }
        guard found.count == 1 else {
            for (index, range) in found.enumerated() {
                out.append(UInt8(ascii: index == 0 ? "[" : ","))
                out.append(text.part(range))
            }
            out.append(UInt8(ascii: "]"))
            return true
        }
        let value = text.trimmedJSON(first)
        if value.elementsEqual("null".utf8) { return false }
        if value.first == UInt8(ascii: "\"") { return JSONStringReader.append(value, to: &out) }
        out.append(value)
        return true
    }

    private func collect(_ text: Text, _ range: Range<Int>, _ step: Int, _ found: inout [Range<Int>]) {
        guard step < steps.count else {
            found.append(range)
            return
        }
        let part = text.part(range)
        var walk = JSONWalk(part)
        var matches: [Range<Int>] = []
        switch (steps[step], walk.first) {
        case (.name(let wanted), UInt8(ascii: "{")):
            walk.forEachMember { name, value in
                // Of equal names the first, as Spark.
                if matches.isEmpty, JSONStringReader.isEqual(part.part(name), wanted) { matches.append(value) }
            }
        case (.index(let wanted), UInt8(ascii: "[")):
            walk.forEachElement { index, value in if index == wanted { matches.append(value) } }
        case (.all, UInt8(ascii: "[")): walk.forEachElement { _, value in matches.append(value) }
        case (.all, UInt8(ascii: "{")): walk.forEachMember { _, value in matches.append(value) }
        default: break
        }
        for match in matches {
            collect(text, range.lowerBound + match.lowerBound..<range.lowerBound + match.upperBound, step + 1, &found)
        }
    }
}

extension Text {
    /// A part without the white space around it.
    fileprivate func trimmedJSON(_ range: Range<Int>) -> Text {
        var range = range
        while !range.isEmpty, bytes[range.lowerBound] <= 0x20 { range = range.lowerBound + 1..<range.upperBound }
        while !range.isEmpty, bytes[range.upperBound - 1] <= 0x20 { range = range.lowerBound..<range.upperBound - 1 }
        return part(range)
    }
}

/// Strings of JSON with their escapes undone.
enum JSONStringReader {
    /// Whether a string, in quotes, is some name.
    static func isEqual(_ quoted: Text, _ name: [UInt8]) -> Bool {
        let inner = quoted.part(1..<quoted.count - 1)
        guard inner.bytes.contains(UInt8(ascii: "\\")) else { return inner.elementsEqual(name) }
        var text: [UInt8] = []
        return append(quoted, to: &text) && text == name
    }

    /// Appends a valid string, given in quotes, without its escapes; half of a surrogate pair becomes U+FFFD. Always true.
    static func append(_ quoted: Text, to out: inout [UInt8]) -> Bool {
        var index = 1
        let end = quoted.count - 1
        while index < end {
            let byte = quoted[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            let escaped = quoted[index]
            index += 1
            switch escaped {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"): out.append(scalar: codePoint(quoted, &index, end))
            default: out.append(escaped)
            }
        }
        return true
    }

    private static func codePoint(_ text: Text, _ index: inout Int, _ end: Int) -> UInt32 {
        func unit(_ start: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 << 4 | UInt32(hexDigit(text[start + $1]) ?? 0) }
        }
        let first = unit(index)
        index += 4
        guard first & 0xFC00 == 0xD800, index + 6 <= end, text[index] == UInt8(ascii: "\\"),
            text[index + 1] == UInt8(ascii: "u")
        else { return first }
        let second = unit(index + 2)
        guard second & 0xFC00 == 0xDC00 else { return first }
        index += 6
        return 0x10000 + ((first & 0x3FF) << 10 | second & 0x3FF)
    }
}
