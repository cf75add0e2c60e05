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
                withUnsafeBytes(of: value.bigEndian) { all in
                    for index in all.count - length..<all.count { bytes.append(all[index]) }
                }
            }
        case (.binary(let values), _): bytes += withLengths(values)
        case (.decimal, _), (.list, _), (.struct, _):
            preconditionFailure("\(column.type) stored as \(physical)")
        }
    }

    private static func integers<Value: FixedWidthInteger>(_ values: [Value], _ bytes: inout [UInt8]) {
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Each value behind its length.
    private static func withLengths(_ values: BinaryValues) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4 * values.count + values.bytes.count) { buffer, filled in
            let target = UnsafeMutableRawBufferPointer(buffer)
            values.bytes.withUnsafeBytes { source in
                for row in 0..<values.count {
                    let range = Int(values.offsets[row])..<Int(values.offsets[row + 1])
                    target.storeBytes(of: UInt32(range.count).littleEndian, toByteOffset: filled, as: UInt32.self)
                    filled += 4
                    guard let start = source.baseAddress, let end = target.baseAddress else { continue }
                    (end + filled).copyMemory(from: start + range.lowerBound, byteCount: range.count)
                    filled += range.count
                }
            }
        }
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
        guard let offsets = offsets(bytes, count) else { throw ParquetError("values end too early") }
        guard type.isDecimalType else { return ColumnVector(type, .binary(withoutLengths(bytes, offsets))) }
        var decimals: [Int128] = []
        decimals.reserveCapacity(count)
        for row in 0..<count {
            let length = Int(offsets[row + 1] - offsets[row])
            guard length <= 16 else { throw ParquetError("a decimal of \(length) bytes") }
            let start = bytes.startIndex + Int(offsets[row]) + 4 * (row + 1)
            decimals.append(bigEndian(bytes[start..<start + length]))
        }
        return ColumnVector(type, .decimal(decimals))
    }

    /// Where each of the values would begin if there were no lengths between them, and the end of the last; nil when there
    /// are fewer than `count`.
    private static func offsets(_ bytes: ArraySlice<UInt8>, _ count: Int) -> [Int32]? {
        guard count <= bytes.count / 4 else { return nil }
        var isWhole = true
        let offsets = bytes.withUnsafeBytes { source in
            [Int32](unsafeUninitializedCapacity: count + 1) { buffer, filled in
                var position = 0
                for row in 0..<count {
                    (buffer.baseAddress! + row).initialize(to: Int32(truncatingIfNeeded: position - 4 * row))
                    filled = row + 1
                    isWhole = source.count - position >= 4
                    guard isWhole else { return }
                    let length = source.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian
                    position += 4
                    isWhole = Int(length) <= source.count - position
                    guard isWhole else { return }
                    position += Int(length)
                }
                (buffer.baseAddress! + count).initialize(to: Int32(truncatingIfNeeded: position - 4 * count))
                filled = count + 1
            }
        }
        return isWhole ? offsets : nil
    }

    private static func withoutLengths(_ bytes: ArraySlice<UInt8>, _ offsets: [Int32]) -> BinaryValues {
        let size = Int(offsets[offsets.count - 1])
        let content = bytes.withUnsafeBytes { source in
            [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
                let target = UnsafeMutableRawBufferPointer(buffer)
                for row in 0..<offsets.count - 1 {
                    let range = Int(offsets[row])..<Int(offsets[row + 1])
                    guard !range.isEmpty, let start = source.baseAddress, let end = target.baseAddress else { continue }
                    (end + range.lowerBound).copyMemory(
                        from: start + range.lowerBound + 4 * (row + 1), byteCount: range.count)
                }
                filled = size
            }
        }
        return BinaryValues(offsets: offsets, bytes: content)
    }

    static func bigEndian(_ bytes: ArraySlice<UInt8>) -> Int128 {
        let start: Int128 = (bytes.first ?? 0) >= 0x80 ? -1 : 0
        return bytes.reduce(start) { $0 << 8 | Int128($1) }
    }
}

extension DataType {
    var isDecimalType: Bool { if case .decimal = self { true } else { false } }
}
