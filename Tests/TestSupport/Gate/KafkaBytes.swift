/// Reads Kafka's protocol: numbers with their highest byte first, texts and lists with their length before them.
struct KafkaBytes {
    var bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
        defer { position += MemoryLayout<Value>.size }
        return bytes[position..<position + MemoryLayout<Value>.size].reduce(0) {
            $0 << 8 | Value(truncatingIfNeeded: $1)
        }
    }

    mutating func skip(_ count: Int) { position += count }

    /// A text with two bytes of length, -1 for none.
    mutating func text() -> String? { text(length: Int(number(Int16.self))) }

    /// A text of newer versions: length plus one as a varint, 0 for none.
    mutating func compactText() -> String? { text(length: varint() - 1) }

    private mutating func text(length: Int) -> String? {
        guard length >= 0 else { return nil }
        defer { position += length }
        return String(decoding: bytes[position..<position + length], as: UTF8.self)
    }

    /// A varint without a sign.
    mutating func varint() -> Int {
        var value = 0
        for shift in stride(from: 0, to: 63, by: 7) {
            let byte = number(UInt8.self)
            value |= Int(byte & 127) << shift
            if byte < 128 { break }
        }
        return value
    }

    static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    /// Replaces a number in place.
    mutating func set<Value: FixedWidthInteger>(_ value: Value, at place: Int) {
        bytes.replaceSubrange(place..<place + MemoryLayout<Value>.size, with: Self.bytes(value))
    }
}

/// The head of a batch of records, format 2.
struct KafkaBatchHead {
    static let size = 61
    var offset: Int64
    /// Of the whole batch.
    var byteCount: Int
    var attributes: Int16
    var lastOffset: Int64
    var producer: ProducerIdentity
    var sequence: Int32
    var isTransactional: Bool { attributes & 0x10 != 0 }

    /// Nil for a batch that is cut off, as brokers may send it.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= Self.size else { return nil }
        var reader = KafkaBytes(Array(bytes.prefix(Self.size)))
        offset = reader.number(Int64.self)
        byteCount = Int(reader.number(Int32.self)) + 12
        guard bytes.count >= byteCount else { return nil }
        reader.skip(4)
        precondition(reader.number(Int8.self) == 2, "records of an old format")
        reader.skip(4)
        attributes = reader.number(Int16.self)
        lastOffset = offset + Int64(reader.number(Int32.self))
        reader.skip(16)
        producer = ProducerIdentity(id: reader.number(Int64.self), epoch: reader.number(Int16.self))
        sequence = reader.number(Int32.self)
    }

    /// A batch in the place of another that nobody may see: a control record, which consumers pass over.
    static func invisible(_ batch: ArraySlice<UInt8>) -> [UInt8] {
        let head = KafkaBatchHead(batch)
        // Length, attributes, time, offset; a key that says "commit" in version 0; an empty value; no headers.
        let record: [UInt8] = [0, 0, 0, 8, 0, 0, 0, 1, 0, 0]
        let body = [UInt8(record.count * 2)] + record
        var result = KafkaBytes(Array(batch.prefix(size)) + body)
        result.set(Int32(size + body.count - 12), at: 8)
        result.set((head?.attributes ?? 0) & ~0x07 | 0x30, at: 21)
        result.set(Int32(1), at: 57)
        return result.bytes
    }
}

/// A producer as brokers know it; a newer epoch fences off the older ones.
struct ProducerIdentity: Hashable {
    var id: Int64
    var epoch: Int16
}
