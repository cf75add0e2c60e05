/// Parquet's hybrid of run lengths and bit packing, for levels and dictionary indexes.
enum RunLengthEncoding {
    /// Appends values of `width` bits: runs of eight or more as runs, the rest packed in groups of eight.
    static func encode(_ values: [Int32], width: Int, into bytes: inout [UInt8]) {
        var packed: [Int32] = []
        var row = 0
        while row < values.count {
            var end = row + 1
            while end < values.count, values[end] == values[row] { end += 1 }
            // A group that was begun is filled up first, since groups hold exactly eight.
            let missing = (8 - packed.count % 8) % 8
            if end - row - missing >= 8 {
                packed += values[row..<row + missing]
                flush(&packed, width, &bytes)
                run(values[row], count: end - row - missing, width, &bytes)
            } else {
                packed += values[row..<end]
            }
            row = end
        }
        packed += [Int32](repeating: 0, count: (8 - packed.count % 8) % 8)
        flush(&packed, width, &bytes)
    }

    private static func run(_ value: Int32, count: Int, _ width: Int, _ bytes: inout [UInt8]) {
        varint(UInt64(count) << 1, &bytes)
        for byte in 0..<(width + 7) / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> Int32(8 * byte))) }
    }

    private static func flush(_ packed: inout [Int32], _ width: Int, _ bytes: inout [UInt8]) {
        guard !packed.isEmpty else { return }
        varint(UInt64(packed.count / 8) << 1 | 1, &bytes)
        var buffer: UInt64 = 0
        var used = 0
        for value in packed {
            buffer |= UInt64(UInt32(bitPattern: value)) << UInt64(used)
            used += width
            while used >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: buffer))
                buffer >>= 8
                used -= 8
            }
        }
        packed.removeAll(keepingCapacity: true)
    }

    private static func varint(_ value: UInt64, _ bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Reads `count` values of `width` bits, 0...32.
    static func decode(_ bytes: ArraySlice<UInt8>, width: Int, count: Int) throws(ParquetError) -> [Int32] {
        guard (0...32).contains(width) else { throw ParquetError("values of \(width) bits") }
        var values: [Int32] = []
        values.reserveCapacity(min(count, bytes.count * 8 + 8))
        var position = bytes.startIndex
        while values.count < count {
            var header: UInt64 = 0
            var shift: UInt64 = 0
            repeat {
                guard position < bytes.endIndex, shift < 35 else { throw ParquetError("run lengths end too early") }
                header |= UInt64(bytes[position] & 0x7F) << shift
                shift += 7
                position += 1
            } while bytes[position - 1] >= 0x80
            let left = count - values.count
            if header & 1 == 0 {
                let size = (width + 7) / 8
                guard size <= bytes.endIndex - position else { throw ParquetError("a run ends too early") }
                let value = bytes[position..<position + size].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                position += size
                guard header >> 1 > 0 else { throw ParquetError("an empty run") }
                values += repeatElement(Int32(bitPattern: value), count: Int(min(header >> 1, UInt64(left))))
            } else {
                let size = Int(header >> 1) * width
                guard header >> 1 > 0, size <= bytes.endIndex - position else {
                    throw ParquetError("packed values end too early")
                }
                unpack(bytes[position..<position + size], width, min(Int(header >> 1) * 8, left), &values)
                position += size
            }
        }
        return values
    }

    private static func unpack(_ bytes: ArraySlice<UInt8>, _ width: Int, _ count: Int, _ values: inout [Int32]) {
        var buffer: UInt64 = 0
        var held = 0
        var position = bytes.startIndex
        let mask: UInt64 = width == 32 ? 0xFFFF_FFFF : (1 << UInt64(width)) - 1
        for _ in 0..<count {
            while held < width {
                buffer |= UInt64(bytes[position]) << UInt64(held)
                position += 1
                held += 8
            }
            values.append(Int32(bitPattern: UInt32(buffer & mask)))
            buffer >>= UInt64(width)
            held -= width
        }
    }
}
