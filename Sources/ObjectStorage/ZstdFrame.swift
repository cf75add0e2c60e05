import CZstd

/// Byte strings compressed as one zstd frame each (RFC 8878).
public enum ZstdFrame {
    /// - Parameter level: 1 (fast) to 19 (small).
    public static func compress(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            let size = bytes.withUnsafeBytes {
                ZSTD_compress(buffer.baseAddress, bound, $0.baseAddress, $0.count, level)
            }
            // With room for the bound, compression fails only when memory is out.
            precondition(ZSTD_isError(size) == 0, "zstd: \(String(cString: ZSTD_getErrorName(size)))")
            count = size
        }
    }

    /// - Parameter limit: the largest size in bytes that is accepted; a frame that claims more is refused unread.
    /// - Throws: `StorageError` of kind `.corrupt` for what is not a whole frame.
    public static func decompress(_ frame: [UInt8], limit: Int = 1 << 32) throws(StorageError) -> [UInt8] {
        let claimed = frame.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        guard claimed <= UInt64(limit) else {
            throw StorageError(.corrupt, "not a zstd frame, or one of no known size")
        }
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(claimed)) { buffer, count in
            result = frame.withUnsafeBytes {
                ZSTD_decompress(buffer.baseAddress, Int(claimed), $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        guard ZSTD_isError(result) == 0, bytes.count == Int(claimed) else {
            throw StorageError(.corrupt, "a damaged zstd frame: \(String(cString: ZSTD_getErrorName(result)))")
        }
        return bytes
    }
}

/// Checksums.
public enum Checksum {
    /// 256 values for each of the eight bytes that are taken at once ("slicing by 8", Kounavis and Berry, 2005).
    private static let tables: [UInt32] = {
        var tables: [UInt32] = (0..<256).map { index in
            (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
        }
        return tables
    }()

    /// CRC-32C (RFC 3720, appendix B.4).
    public static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { bytes in
            tables.withUnsafeBufferPointer { tables in
                var crc: UInt32 = ~0
                var position = 0
                while position + 8 <= bytes.count {
                    var word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
                    word ^= UInt64(crc)
                    crc = 0
                    for table in (0..<8).reversed() {
                        crc ^= tables[table * 256 + Int(word & 0xFF)]
                        word >>= 8
                    }
                    position += 8
                }
                while position < bytes.count {
                    crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[position])]
                    position += 1
                }
                return ~crc
            }
        }
    }
}
