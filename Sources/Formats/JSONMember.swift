/// One member of a JSON object, for tools that need no contract.
public enum JSONMember {
    /// What an object holds under a name.
    public enum Content: Equatable, Sendable {
        /// A string's content, or the text of another value as it stands.
        case text([UInt8])
        case null
        case missing
    }

    /// - Parameter record: the bytes of one JSON text.
    /// - Returns: nil when the record is not a JSON object. Of a name that stands twice the last counts.
    public static func content(of name: String, in record: [UInt8]) -> Content? {
        record.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes, 0..<bytes.count)
            return try? find(Array(name.utf8), &scanner)
        }
    }

    private static func find(_ name: [UInt8], _ scanner: inout JSONScanner) throws -> Content {
        var found = Content.missing
        try scanner.expect(UInt8(ascii: "{"), "'{'")
        let isEmpty = try scanner.peek() == UInt8(ascii: "}")
        while !isEmpty {
            guard try scanner.peek() == UInt8(ascii: "\"") else { throw scanner.failure("expected a name in quotes") }
            let member = try scanner.unescaped(scanner.string())
            try scanner.expect(UInt8(ascii: ":"), "':'")
            let value = try value(&scanner)
            if member == name { found = value }
            if try scanner.peek() == UInt8(ascii: "}") { break }
            try scanner.expect(UInt8(ascii: ","), "',' or '}'")
        }
        try scanner.expect(UInt8(ascii: "}"), "'}'")
        try scanner.finish()
        return found
    }

    private static func value(_ scanner: inout JSONScanner) throws -> Content {
        let first = try scanner.peek()
        let start = scanner.position
        if first == UInt8(ascii: "\"") { return .text(try scanner.unescaped(scanner.string())) }
        try scanner.skipValue(depth: 1)
        let text = Array(scanner.bytes[start..<scanner.position])
        return text == Array("null".utf8) ? .null : .text(text)
    }
}
