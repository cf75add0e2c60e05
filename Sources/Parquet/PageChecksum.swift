/// The checksum of a page as it stands in the file: CRC-32 of zip and gzip (apache/parquet-format, "Checksumming").
enum PageChecksum {
    /// 256 values for each of the eight bytes that are taken at once ("slicing by 8", Kounavis and Berry, 2005).
    private static let tables: [UInt32] = {
        var tables: [UInt32] = (0..<256).map { index in
            (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
        }
        return tables
    }()

    /// The checksum as page headers have it, a signed number.
    static func of(_ bytes: ArraySlice<UInt8>) -> Int32 {
        let sum = bytes.withUnsafeBytes { bytes in
            tables.withUnsafeBufferPointer { tables in
                var sum: UInt32 = ~0
                var position = 0
                while position + 8 <= bytes.count {
                    var word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
                    word ^= UInt64(sum)
                    sum = 0
                    for table in (0..<8).reversed() {
                        sum ^= tables[table * 256 + Int(word & 0xFF)]
                        word >>= 8
                    }
                    position += 8
                }
                while position < bytes.count {
                    sum = sum >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: sum) ^ bytes[position])]
                    position += 1
                }
                return ~sum
            }
        }
        return Int32(bitPattern: sum)
    }
}
