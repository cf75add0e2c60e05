import Columnar

/// Parquet's plain encoding: values one after the other, little-endian; nulls are left out.
enum PlainEncoding {
    /// Appends the values of a column without nulls.
    static func encode(_ column: ColumnVector, as physical: PhysicalType, into bytes: inout [UInt8]) {
        switch (column.values, physical) {
        case (.bool(let values), _): encodeBits(values, into: &bytes)
        case (.int32(let values), _): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        case (.int64(let values), _): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        case (.double(let values), _): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        case (.decimal(let values), .int32): integers(values.map { Int32(truncatingIfNeeded: $0) }, &bytes)
        case (.decimal(let values), .int64): integers(values.map { Int64(truncatingIfNeeded: $0) }, &bytes)
        case (.decimal(let values), .fixed(let length)):
            for value in values {
                for byte in (0..<length).reversed() {
                    bytes.append(UInt8(truncatingIfNeeded: value >> Int128(8 * byte)))
                }
            }
        case (.binary(let values), _):
            for row in 0..<values.count {
                let value = values[row]
                withUnsafeBytes(of: UInt32(value.count).littleEndian) { bytes.append(contentsOf: $0) }
                bytes.append(contentsOf: value)
            }
        case (.decimal, _), (.list, _), (.struct, _):
            preconditionFailure("\(column.type) stored as \(physical)")
        }
    }

    private static func integers<Value: FixedWidthInteger>(_ values: [Value], _ bytes: inout [UInt8]) {
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    private static func encodeBits(_ values: [Bool], into bytes: inout [UInt8]) {
        for start in stride(from: 0, to: values.count, by: 8) {
            var byte: UInt8 = 0
            for row in start..<min(start + 8, values.count) where values[row] { byte |= 1 << UInt8(row - start) }
            bytes.append(byte)
        }
    }

    /// Reads `count` values.
    static func decode(
        _ bytes: ArraySlice<UInt8>, _ type: DataType, _ physical: PhysicalType, count: Int
    ) throws(ParquetError) -> ColumnVector {
        switch physical {
        case .boolean:
            guard (count + 7) / 8 <= bytes.count else { throw ParquetError("values end too early") }
            return ColumnVector(
                type, .bool((0..<count).map { bytes[bytes.startIndex + $0 / 8] >> UInt8($0 % 8) & 1 == 1 }))
        case .int32:
            let values: [Int32] = try array(bytes, count)
            return ColumnVector(type, type.isDecimalType ? .decimal(values.map { Int128($0) }) : .int32(values))
        case .int64:
            let values: [Int64] = try array(bytes, count)
            return ColumnVector(type, type.isDecimalType ? .decimal(values.map { Int128($0) }) : .int64(values))
        case .double: return ColumnVector(type, .double(try array(bytes, count)))
        case .fixed(let length):
            guard count <= bytes.count / length else { throw ParquetError("values end too early") }
            let values = (0..<count).map { row in
                let start = bytes.startIndex + row * length
                return bigEndian(bytes[start..<start + length])
            }
            return ColumnVector(type, .decimal(values))
        case .byteArray: return try binary(bytes, type, count)
        }
    }

    private static func array<Value: BitwiseCopyable>(
        _ bytes: ArraySlice<UInt8>, _ count: Int
    ) throws(ParquetError) -> [Value] {
        let size = MemoryLayout<Value>.size
        guard count <= bytes.count / size else { throw ParquetError("values end too early") }
        return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[..<(count * size)]))
            }
            initialized = count
        }
    }

    private static func binary(_ bytes: ArraySlice<UInt8>, _ type: DataType, _ count: Int) throws(ParquetError)
        -> ColumnVector
    {
        guard count <= bytes.count / 4 else { throw ParquetError("values end too early") }
        var values = BinaryValues()
        var decimals: [Int128] = []
        var position = bytes.startIndex
        for _ in 0..<count {
            guard bytes.endIndex - position >= 4 else { throw ParquetError("values end too early") }
            let length = Int(bytes[position..<position + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            position += 4
            guard length <= bytes.endIndex - position else { throw ParquetError("a value ends too early") }
            let value = bytes[position..<position + length]
            if type.isDecimalType {
                guard length <= 16 else { throw ParquetError("a decimal of \(length) bytes") }
                decimals.append(bigEndian(value))
            } else {
                values.append(value)
            }
            position += length
        }
        return ColumnVector(type, type.isDecimalType ? .decimal(decimals) : .binary(values))
    }

    static func bigEndian(_ bytes: ArraySlice<UInt8>) -> Int128 {
        let start: Int128 = (bytes.first ?? 0) >= 0x80 ? -1 : 0
        return bytes.reduce(start) { $0 << 8 | Int128($1) }
    }
}

extension DataType {
    var isDecimalType: Bool { if case .decimal = self { true } else { false } }
}
