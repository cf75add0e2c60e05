/// Appends little-endian integers and length-prefixed blocks to a byte array.
struct BinaryWriter {
    private(set) var result: [UInt8] = []

    mutating func bytes(_ bytes: [UInt8]) { result += bytes }

    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { result.append(contentsOf: $0) }
    }

    mutating func block(_ bytes: [UInt8]) {
        integer(UInt64(bytes.count))
        result += bytes
    }

    /// A block that `write` appends, without a copy.
    mutating func block(_ write: (inout [UInt8]) -> Void) {
        let start = result.count
        integer(UInt64(0))
        write(&result)
        let length = UInt64(result.count - start - 8).littleEndian
        withUnsafeBytes(of: length) { result.replaceSubrange(start..<start + 8, with: $0) }
    }

    mutating func text(_ text: String) { block(Array(text.utf8)) }

    /// A number of elements, then each of them.
    mutating func list<Element>(_ elements: [Element], _ write: (inout BinaryWriter, Element) -> Void) {
        integer(UInt32(elements.count))
        for element in elements { write(&self, element) }
    }

    /// A list of none or one.
    mutating func optional<Value>(_ value: Value?, _ write: (inout BinaryWriter, Value) -> Void) {
        list(value.map { [$0] } ?? [], write)
    }

    /// Writes entries in the order of their keys, so that equal dictionaries give equal bytes.
    mutating func dictionary<Value>(_ entries: [Int: Value], _ write: (inout BinaryWriter, Value) -> Void) {
        integer(UInt32(entries.count))
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            integer(Int64(key))
            write(&self, value)
        }
    }
}

/// Reads what `BinaryWriter` wrote, and checks every length against what is left.
struct BinaryReader {
    private let source: [UInt8]
    private var position = 0

    init(_ source: [UInt8]) { self.source = source }

    var isAtEnd: Bool { position == source.count }

    mutating func bytes(_ count: Int) throws(CheckpointError) -> [UInt8] {
        guard count >= 0, count <= source.count - position else { throw CheckpointError("it ends too early") }
        defer { position += count }
        return Array(source[position..<position + count])
    }

    mutating func integer<Value: FixedWidthInteger>() throws(CheckpointError) -> Value {
        let bytes = try bytes(MemoryLayout<Value>.size)
        return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(as: Value.self)) }
    }

    /// A number of entries that follow; every entry takes at least four bytes.
    mutating func count() throws(CheckpointError) -> Int {
        let count: UInt32 = try integer()
        guard Int(count) <= (source.count - position) / 4 else { throw CheckpointError("it ends too early") }
        return Int(count)
    }

    mutating func block() throws(CheckpointError) -> [UInt8] {
        let length: UInt64 = try integer()
        guard length <= UInt64(source.count) else { throw CheckpointError("it ends too early") }
        return try bytes(Int(length))
    }

    mutating func text() throws(CheckpointError) -> String {
        guard let text = String(validating: try block(), as: UTF8.self) else {
            throw CheckpointError("text is not UTF-8")
        }
        return text
    }

    mutating func list<Element>(_ read: (inout BinaryReader) throws -> Element) throws -> [Element] {
        try (0..<(try count())).map { _ in try read(&self) }
    }

    mutating func optional<Value>(_ read: (inout BinaryReader) throws -> Value) throws -> Value? {
        let values = try list(read)
        guard values.count <= 1 else { throw CheckpointError("a value that is there \(values.count) times") }
        return values.first
    }

    mutating func dictionary<Value>(_ read: (inout BinaryReader) throws -> Value) throws -> [Int: Value] {
        var result: [Int: Value] = [:]
        for _ in 0..<(try count()) {
            let key: Int64 = try integer()
            result[Int(key)] = try read(&self)
        }
        return result
    }
}
