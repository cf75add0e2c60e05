/// Reads Thrift's compact protocol into a tree, checking every length. Metadata is small, so the tree costs little and
/// keeps what is not known of the format from mattering.
struct ThriftReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int
    private static let maximumDepth = 32

    /// A value of the protocol.
    indirect enum Value {
        case bool(Bool)
        case integer(Int64)
        case double(Double)
        case binary([UInt8])
        case list([Value])
        case structure([Int16: Value])
    }

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    mutating func structure(depth: Int = 0) throws(ParquetError) -> [Int16: Value] {
        guard depth < Self.maximumDepth else { throw ParquetError("metadata nested too deep") }
        var fields: [Int16: Value] = [:]
        var last: Int16 = 0
        while true {
            let header = try byte()
            if header == 0 { return fields }
            let delta = Int16(header >> 4)
            let id = delta == 0 ? Int16(truncatingIfNeeded: try zigzag()) : last &+ delta
            last = id
            fields[id] = try value(header & 0x0F, depth: depth, isElement: false)
        }
    }

    private mutating func value(_ kind: UInt8, depth: Int, isElement: Bool) throws(ParquetError) -> Value {
        switch kind {
        case 1, 2: return .bool(isElement ? try byte() == 1 : kind == 1)
        case 3: return .integer(Int64(Int8(bitPattern: try byte())))
        case 4, 5, 6: return .integer(try zigzag())
        case 7:
            let raw = try take(8)
            return .double(Double(bitPattern: raw.reversed().reduce(0) { $0 << 8 | UInt64($1) }))
        case 8: return .binary(Array(try take(try length())))
        case 9, 10: return try list(depth: depth)
        case 12: return .structure(try structure(depth: depth + 1))
        default: throw ParquetError("metadata of an unknown kind")
        }
    }

    private mutating func list(depth: Int) throws(ParquetError) -> Value {
        guard depth < Self.maximumDepth else { throw ParquetError("metadata nested too deep") }
        let header = try byte()
        let count = header >> 4 == 15 ? try length() : Int(header >> 4)
        // Each element takes at least one byte.
        guard count <= bytes.endIndex - position else { throw ParquetError("metadata ends too early") }
        var elements: [Value] = []
        for _ in 0..<count { elements.append(try value(header & 0x0F, depth: depth + 1, isElement: true)) }
        return .list(elements)
    }

    private mutating func length() throws(ParquetError) -> Int {
        let value = try varint()
        guard value <= UInt64(bytes.endIndex - position) else { throw ParquetError("metadata ends too early") }
        return Int(value)
    }

    private mutating func byte() throws(ParquetError) -> UInt8 {
        guard position < bytes.endIndex else { throw ParquetError("metadata ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ count: Int) throws(ParquetError) -> ArraySlice<UInt8> {
        guard count <= bytes.endIndex - position else { throw ParquetError("metadata ends too early") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func varint() throws(ParquetError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try byte()
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
        }
        throw ParquetError("a number in the metadata is too long")
    }

    private mutating func zigzag() throws(ParquetError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}

extension [Int16: ThriftReader.Value] {
    func integer(_ id: Int16) -> Int? { if case .integer(let value) = self[id] { Int(value) } else { nil } }
    func bool(_ id: Int16) -> Bool? { if case .bool(let value) = self[id] { value } else { nil } }
    func binary(_ id: Int16) -> [UInt8]? { if case .binary(let value) = self[id] { value } else { nil } }
    func string(_ id: Int16) -> String? { binary(id).flatMap { String(validating: $0, as: UTF8.self) } }
    func structure(_ id: Int16) -> [Int16: ThriftReader.Value]? {
        if case .structure(let value) = self[id] { value } else { nil }
    }
    func list(_ id: Int16) -> [ThriftReader.Value] { if case .list(let values) = self[id] { values } else { [] } }
    func structures(_ id: Int16) -> [[Int16: ThriftReader.Value]] {
        list(id).compactMap { if case .structure(let value) = $0 { value } else { nil } }
    }
}

/// Why bytes are not a Parquet file that can be read.
public struct ParquetError: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String

    init(_ description: String) { self.description = description }
}
