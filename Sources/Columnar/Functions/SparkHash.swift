/// A hash function as Spark applies it, value after value: each value's hash is the seed of the next.
protocol SparkHasher {
    associatedtype Hash: FixedWidthInteger & UnsignedInteger
    static func int(_ value: Int32, _ seed: Hash) -> Hash
    static func long(_ value: Int64, _ seed: Hash) -> Hash
    static func bytes(_ value: Text, _ seed: Hash) -> Hash
}

/// Hashes of rows: a column at a time, so that each is a loop over one array.
enum SparkHash {
    static func canHash(_ type: DataType) -> Bool {
        switch type {
        case .bool, .int32, .int64, .double, .decimal, .string, .bytes, .date, .timestamp, .json: true
        case .list(let element, _): canHash(element)
        case .struct(let fields): fields.allSatisfy { canHash($0.type) }
        // Equal maps may have their entries in another order.
        case .map: false
        }
    }

    static func rows<Hasher: SparkHasher>(
        _ call: FunctionCall, _: Hasher.Type, seed: Hasher.Hash
    ) -> [Hasher.Hash] {
        var hashes = [Hasher.Hash](repeating: seed, count: call.count)
        for operand in call.operands { add(operand, Hasher.self, &hashes) }
        return hashes
    }

    private static func add<Hasher: SparkHasher>(
        _ operand: Operand, _: Hasher.Type, _ hashes: inout [Hasher.Hash]
    ) {
        switch operand.column.values {
        case .list, .struct:
            for row in hashes.indices {
                hashes[row] = nested(operand.column, operand.isConstant ? 0 : row, Hasher.self, hashes[row])
            }
        case .bool: each(operand, &hashes) { (value: Bool, seed) in Hasher.int(value ? 1 : 0, seed) }
        case .int32: each(operand, &hashes) { (value: Int32, seed) in Hasher.int(value, seed) }
        case .int64: each(operand, &hashes) { (value: Int64, seed) in Hasher.long(value, seed) }
        case .double:
            each(operand, &hashes) { (value: Double, seed) in
                // One for both zeros, and one for all NaN.
                let bits = value.isNaN ? 0x7FF8_0000_0000_0000 : value == 0 ? 0 : value.bitPattern
                return Hasher.long(Int64(bitPattern: bits), seed)
            }
        case .decimal:
            guard case .decimal(let precision, _) = operand.column.type else { return }
            each(operand, &hashes) { (value: Int128, seed) in
                precision <= 18
                    ? Hasher.long(Int64(truncatingIfNeeded: value), seed)
                    : bigEndian(value).withUnsafeBufferPointer { Hasher.bytes(Text($0), seed) }
            }
        case .binary: each(operand, &hashes) { (value: Text, seed) in Hasher.bytes(value, seed) }
        }
    }

    /// The elements of a list or the fields of a struct, one after the other.
    private static func nested<Hasher: SparkHasher>(
        _ column: ColumnVector, _ row: Int, _: Hasher.Type, _ seed: Hasher.Hash
    ) -> Hasher.Hash {
        if column.isNull(row) { return seed }
        switch column.values {
        case .list(let lists):
            return lists.range(row).reduce(seed) { nested(lists.children[0], $1, Hasher.self, $0) }
        case .struct(let structs): return structs.children.reduce(seed) { nested($1, row, Hasher.self, $0) }
        default:
            var hash = [seed]
            add(Operand(column: column.taking([Int32(row)]), isConstant: false), Hasher.self, &hash)
            return hash[0]
        }
    }

    @inline(__always)
    private static func each<Value: RowElement, Hash>(
        _ operand: Operand, _ hashes: inout [Hash], _ body: (Value, Hash) -> Hash
    ) {
        Value.withReader(operand) { values in
            for row in hashes.indices where operand.isValid(row) { hashes[row] = body(values[row], hashes[row]) }
        }
    }

    /// The fewest bytes that hold the value and its sign, as Java's `BigInteger.toByteArray`.
    private static func bigEndian(_ value: Int128) -> [UInt8] {
        var bytes = (0..<16).reversed().map { UInt8(truncatingIfNeeded: value >> Int128($0 * 8)) }
        let sign: UInt8 = value < 0 ? 0xFF : 0
        while bytes.count > 1, bytes[0] == sign, bytes[1] & 0x80 == sign & 0x80 { bytes.removeFirst() }
        return bytes
    }
}

extension Text {
    /// Little-endian.
    @inline(__always)
    fileprivate func word<Word: FixedWidthInteger>(_ index: Int, _: Word.Type) -> Word {
        var word: Word = 0
        for byte in 0..<MemoryLayout<Word>.size { word |= Word(bytes[index + byte]) << Word(byte * 8) }
        return word
    }
}

/// Murmur3 of 32 bits (Austin Appleby), with Spark's way with the last bytes: each is mixed in as a number of its own.
enum Murmur3: SparkHasher {
    static func int(_ value: Int32, _ seed: UInt32) -> UInt32 { finish(mix(seed, UInt32(bitPattern: value)), 4) }

    static func long(_ value: Int64, _ seed: UInt32) -> UInt32 {
        let low = mix(seed, UInt32(truncatingIfNeeded: value))
        return finish(mix(low, UInt32(truncatingIfNeeded: value >> 32)), 8)
    }

    static func bytes(_ value: Text, _ seed: UInt32) -> UInt32 {
        var hash = seed
        let whole = value.count & ~3
        for index in stride(from: 0, to: whole, by: 4) { hash = mix(hash, value.word(index, UInt32.self)) }
        for index in whole..<value.count {
            hash = mix(hash, UInt32(bitPattern: Int32(Int8(bitPattern: value[index]))))
        }
        return finish(hash, UInt32(value.count))
    }

    private static func mix(_ hash: UInt32, _ word: UInt32) -> UInt32 {
        let scrambled = rotate(word &* 0xCC9E_2D51, 15) &* 0x1B87_3593
        return rotate(hash ^ scrambled, 13) &* 5 &+ 0xE654_6B64
    }

    private static func finish(_ hash: UInt32, _ length: UInt32) -> UInt32 {
        var hash = hash ^ length
        hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
        hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
        return hash ^ hash >> 16
    }

    private static func rotate(_ value: UInt32, _ bits: UInt32) -> UInt32 { value << bits | value >> (32 - bits) }
}

/// xxHash of 64 bits (Yann Collet).
enum XXHash64: SparkHasher {
    private static let p1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let p2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let p3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let p4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let p5: UInt64 = 0x27D4_EB2F_1656_67C5

    static func int(_ value: Int32, _ seed: UInt64) -> UInt64 {
        finish(four(seed &+ p5 &+ 4, UInt32(bitPattern: value)))
    }

    static func long(_ value: Int64, _ seed: UInt64) -> UInt64 {
        finish(eight(seed &+ p5 &+ 8, UInt64(bitPattern: value)))
    }

    static func bytes(_ value: Text, _ seed: UInt64) -> UInt64 {
        var index = 0
        var hash: UInt64
        if value.count >= 32 {
            var lanes = (seed &+ p1 &+ p2, seed &+ p2, seed, seed &- p1)
            while index + 32 <= value.count {
                lanes.0 = round(lanes.0, value.word(index, UInt64.self))
                lanes.1 = round(lanes.1, value.word(index + 8, UInt64.self))
                lanes.2 = round(lanes.2, value.word(index + 16, UInt64.self))
                lanes.3 = round(lanes.3, value.word(index + 24, UInt64.self))
                index += 32
            }
            hash = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
            for lane in [lanes.0, lanes.1, lanes.2, lanes.3] { hash = (hash ^ round(0, lane)) &* p1 &+ p4 }
        } else {
            hash = seed &+ p5
        }
        hash &+= UInt64(value.count)
        while index + 8 <= value.count {
            hash = eight(hash, value.word(index, UInt64.self))
            index += 8
        }
        if index + 4 <= value.count {
            hash = four(hash, value.word(index, UInt32.self))
            index += 4
        }
        while index < value.count {
            hash = rotate(hash ^ UInt64(value[index]) &* p5, 11) &* p1
            index += 1
        }
        return finish(hash)
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotate(lane &+ word &* p2, 31) &* p1 }

    private static func eight(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        rotate(hash ^ round(0, word), 27) &* p1 &+ p4
    }

    private static func four(_ hash: UInt64, _ word: UInt32) -> UInt64 {
        rotate(hash ^ UInt64(word) &* p1, 23) &* p2 &+ p3
    }

    private static func finish(_ hash: UInt64) -> UInt64 {
        var hash = (hash ^ hash >> 33) &* p2
        hash = (hash ^ hash >> 29) &* p3
        return hash ^ hash >> 32
    }

    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}
