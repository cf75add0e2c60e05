/// Batches as bytes, for checkpoints and staged output: little-endian, whole columns at a time. Corrupt bytes give an
/// error; whoever stores them adds a checksum.
public enum BatchCodec {
    static let version: UInt8 = 1

    /// Appends the batches to `bytes`.
    public static func encode(_ batches: [RecordBatch], into bytes: inout [UInt8]) {
        var writer = BatchWriter(bytes: bytes)
        bytes = []
        writer.bytes.append(version)
        writer.integer(UInt32(batches.count))
        for batch in batches { writer.batch(batch) }
        bytes = writer.bytes
    }

    /// Reads what `encode` wrote.
    /// - Throws: `BatchCodecError` for anything else.
    public static func decode(_ bytes: [UInt8]) throws(BatchCodecError) -> [RecordBatch] {
        var reader = BatchReader(bytes: bytes)
        guard try reader.integer(UInt8.self) == version else { throw BatchCodecError("batches of another format") }
        var batches: [RecordBatch] = []
        for _ in 0..<(try reader.integer(UInt32.self)) { batches.append(try reader.batch()) }
        guard reader.isAtEnd else { throw BatchCodecError("bytes after the last batch") }
        return batches
    }
}

extension BatchCodec {
    /// Appends columns of one length without their types, for whoever knows them.
    public static func encode(columns: [ColumnVector], into bytes: inout [UInt8]) {
        var writer = BatchWriter(bytes: bytes)
        bytes = []
        for column in columns { writer.column(column) }
        bytes = writer.bytes
    }

    /// Reads the columns that stand at the beginning of `bytes`, `count` rows of known types.
    /// - Throws: `BatchCodecError` for anything else.
    public static func decodeColumns(
        _ bytes: [UInt8], from start: Int = 0, _ types: [DataType], count: Int
    ) throws(BatchCodecError) -> [ColumnVector] {
        var reader = BatchReader(bytes: bytes, position: start)
        var columns: [ColumnVector] = []
        columns.reserveCapacity(types.count)
        for type in types { columns.append(try reader.column(type, count: count)) }
        return columns
    }

    /// Appends the rows of one column, without its type.
    static func encode(_ column: ColumnVector, into bytes: inout [UInt8]) {
        var writer = BatchWriter(bytes: bytes)
        bytes = []
        writer.column(column)
        bytes = writer.bytes
    }

    /// Reads `count` rows of a column of a known type.
    static func decodeColumn(
        _ bytes: [UInt8], _ type: DataType, count: Int
    ) throws(BatchCodecError) -> ColumnVector {
        var reader = BatchReader(bytes: bytes)
        let column = try reader.column(type, count: count)
        guard reader.isAtEnd else { throw BatchCodecError("bytes after the last value") }
        return column
    }
}

/// Why bytes are not batches.
public struct BatchCodecError: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String

    init(_ description: String) { self.description = description }
}

private struct BatchWriter {
    var bytes: [UInt8]

    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A column of a trivial type, copied whole; x86-64 and arm64 are little-endian.
    mutating func array<Value: BitwiseCopyable>(_ values: [Value]) {
        integer(UInt32(values.count))
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    mutating func batch(_ batch: RecordBatch) {
        integer(UInt32(batch.count))
        integer(UInt32(batch.schema.fields.count))
        for (field, column) in zip(batch.schema.fields, batch.columns) {
            self.field(field)
            self.column(column)
        }
        let parts = (batch.origin == nil ? 0 : 1) | (batch.times == nil ? 0 : 2) | (batch.deletions == nil ? 0 : 4)
        integer(UInt8(parts))
        if let origin = batch.origin {
            array(origin.partitions)
            array(origin.offsets)
        }
        if let times = batch.times {
            array(times.eventTimes)
            array(times.watermarks)
        }
        if let deletions = batch.deletions { array(deletions.words) }
    }

    private mutating func field(_ field: Field) {
        array(Array(field.name.utf8))
        type(field.type)
        integer(UInt8(field.isNullable ? 1 : 0))
    }

    mutating func column(_ column: ColumnVector) {
        array(column.validity?.words ?? [])
        integer(UInt8(column.validity == nil ? 0 : 1))
        values(column.values)
    }

    private mutating func values(_ values: ColumnVector.Values) {
        switch values {
        case .bool(let values): array(values.map { $0 ? UInt8(1) : 0 })
        case .int32(let values): array(values)
        case .int64(let values): array(values)
        case .double(let values): array(values)
        case .decimal(let values):
            // Two words a value, the lower first, as they stand in memory.
            integer(UInt32(values.count * 2))
            values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        case .binary(let values):
            array(values.offsets)
            array(values.bytes)
        case .list(let values):
            array(values.offsets)
            for child in values.children { column(child) }
        case .struct(let values): for child in values.children { column(child) }
        }
    }

    private mutating func type(_ type: DataType) {
        switch type {
        case .bool: bytes += [0, 0, 0]
        case .int32: bytes += [1, 0, 0]
        case .int64: bytes += [2, 0, 0]
        case .double: bytes += [3, 0, 0]
        case .decimal(let precision, let scale): bytes += [4, UInt8(precision), UInt8(scale)]
        case .string: bytes += [5, 0, 0]
        case .bytes: bytes += [6, 0, 0]
        case .date: bytes += [7, 0, 0]
        case .timestamp: bytes += [8, 0, 0]
        case .json: bytes += [9, 0, 0]
        case .list(let element, let containsNull):
            bytes += [10, containsNull ? 1 : 0, 0]
            self.type(element)
        case .map(let key, let value, let containsNull):
            bytes += [11, containsNull ? 1 : 0, 0]
            self.type(key)
            self.type(value)
        case .struct(let fields):
            bytes += [12, 0, 0]
            integer(UInt32(fields.count))
            for field in fields { self.field(field) }
        }
    }
}

private struct BatchReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8], position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(BatchCodecError) -> Value {
        try need(MemoryLayout<Value>.size)
        defer { position += MemoryLayout<Value>.size }
        return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Value.self)) }
    }

    mutating func array<Value: BitwiseCopyable>(of type: Value.Type, count expected: Int? = nil) throws(BatchCodecError)
        -> [Value]
    {
        let count = Int(try integer(UInt32.self))
        if let expected, count != expected { throw BatchCodecError("\(count) values where \(expected) belong") }
        let size = count * MemoryLayout<Value>.size
        try need(size)
        defer { position += size }
        return bytes.withUnsafeBytes { source in
            [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[position..<position + size]))
                initialized = count
            }
        }
    }

    mutating func batch() throws(BatchCodecError) -> RecordBatch {
        let count = Int(try integer(UInt32.self))
        var fields: [Field] = []
        var columns: [ColumnVector] = []
        for _ in 0..<(try integer(UInt32.self)) {
            try field(&fields, depth: 0)
            columns.append(try column(fields[fields.count - 1].type, count: count))
        }
        let parts = try integer(UInt8.self)
        var batch = RecordBatch(schema: RecordSchema(fields), columns: columns, count: count)
        if parts & 1 != 0 {
            let partitions = try array(of: Int32.self, count: count)
            batch.origin = RowOrigins(partitions: partitions, offsets: try array(of: Int64.self, count: count))
        }
        if parts & 2 != 0 {
            let eventTimes = try array(of: Int64.self, count: count)
            batch.times = RowTimes(eventTimes: eventTimes, watermarks: try array(of: Int64.self, count: count))
        }
        if parts & 4 != 0 {
            batch.deletions = Bitmap(words: try array(of: UInt64.self, count: (count + 63) / 64), count: count)
        }
        return batch
    }

    private mutating func field(_ fields: inout [Field], depth: Int) throws(BatchCodecError) {
        guard let name = String(validating: try array(of: UInt8.self), as: UTF8.self),
            !fields.contains(where: { $0.name == name })
        else { throw BatchCodecError("a field name that is not UTF-8 or stands twice") }
        let type = try type(depth: depth)
        fields.append(Field(name, type, isNullable: try integer(UInt8.self) != 0))
    }

    mutating func column(_ type: DataType, count: Int) throws(BatchCodecError) -> ColumnVector {
        let words = try array(of: UInt64.self)
        let hasValidity = try integer(UInt8.self) != 0
        guard words.count == (hasValidity ? (count + 63) / 64 : 0) else {
            throw BatchCodecError("a validity of another length")
        }
        let values = try values(type, count: count)
        return ColumnVector(type, values, validity: hasValidity ? Bitmap(words: words, count: count) : nil)
    }

    private mutating func values(_ type: DataType, count: Int) throws(BatchCodecError) -> ColumnVector.Values {
        switch type {
        case .bool: return .bool(try array(of: UInt8.self, count: count).map { $0 != 0 })
        case .int32, .date: return .int32(try array(of: Int32.self, count: count))
        case .int64, .timestamp: return .int64(try array(of: Int64.self, count: count))
        case .double: return .double(try array(of: Double.self, count: count))
        case .decimal:
            let words = try array(of: UInt64.self, count: count * 2)
            return .decimal(
                (0..<count).map {
                    Int128(truncatingIfNeeded: words[2 * $0]) | Int128(bitPattern: UInt128(words[2 * $0 + 1]) << 64)
                })
        case .string, .bytes, .json:
            let offsets = try offsets(count: count)
            let content = try array(of: UInt8.self)
            guard Int(offsets[count]) == content.count else { throw BatchCodecError("strings of another length") }
            return .binary(BinaryValues(offsets: offsets, bytes: content))
        case .list(let element, _):
            let offsets = try offsets(count: count)
            return .list(
                ListValues(offsets: offsets, children: [try column(element, count: Int(offsets[count]))]))
        case .map(let key, let value, _):
            let offsets = try offsets(count: count)
            let keys = try column(key, count: Int(offsets[count]))
            return .list(ListValues(offsets: offsets, children: [keys, try column(value, count: keys.count)]))
        case .struct(let fields):
            var children: [ColumnVector] = []
            for field in fields { children.append(try column(field.type, count: count)) }
            return .struct(StructValues(count: count, children: children))
        }
    }

    private mutating func offsets(count: Int) throws(BatchCodecError) -> [Int32] {
        let offsets = try array(of: Int32.self, count: count + 1)
        guard offsets.first == 0, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw BatchCodecError("bounds out of order")
        }
        return offsets
    }

    private mutating func type(depth: Int) throws(BatchCodecError) -> DataType {
        guard depth < DataType.maximumDepth else { throw BatchCodecError("a type nested too deeply") }
        let tag = try integer(UInt8.self)
        let precision = Int(try integer(UInt8.self))
        let scale = Int(try integer(UInt8.self))
        switch tag {
        case 0: return .bool
        case 1: return .int32
        case 2: return .int64
        case 3: return .double
        case 4:
            guard (1...38).contains(precision), scale <= precision else {
                throw BatchCodecError("a decimal of no such size")
            }
            return .decimal(precision: precision, scale: scale)
        case 5: return .string
        case 6: return .bytes
        case 7: return .date
        case 8: return .timestamp
        case 9: return .json
        case 10: return .list(try type(depth: depth + 1), containsNull: precision != 0)
        case 11:
            let key = try type(depth: depth + 1)
            return .map(key: key, value: try type(depth: depth + 1), valueContainsNull: precision != 0)
        case 12:
            var fields: [Field] = []
            for _ in 0..<(try integer(UInt32.self)) { try field(&fields, depth: depth + 1) }
            return .struct(fields)
        default: throw BatchCodecError("a type of number \(tag)")
        }
    }

    private func need(_ count: Int) throws(BatchCodecError) {
        guard count <= bytes.count - position else { throw BatchCodecError("it ends too early") }
    }
}
