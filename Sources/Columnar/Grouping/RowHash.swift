/// A 64-bit hash of each row of the key columns. Equal keys have equal hashes: nulls equal each other, as do zero and
/// minus zero, and NaNs. Stable across runs and machines, since state is divided by it.
public func rowHashes(_ columns: [ColumnVector], count: Int) -> [UInt64] {
    var hashes = [UInt64](repeating: 0x9E37_79B9_7F4A_7C15, count: count)
    for column in columns { column.mixHashes(into: &hashes) }
    return hashes
}

/// The finaliser of MurmurHash3 over a running hash and a value.
@inline(__always)
func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    var mixed = (hash ^ value) &* 0xFF51_AFD7_ED55_8CCD
    mixed ^= mixed >> 32
    mixed = mixed &* 0xC4CE_B9FE_1A85_EC53
    return mixed ^ (mixed >> 29)
}

extension ColumnVector {
    fileprivate func mixHashes(into hashes: inout [UInt64]) {
        switch values {
        case .bool(let values): mix(values, into: &hashes) { $0 ? 1 : 0 }
        case .int32(let values): mix(values, into: &hashes) { UInt64(bitPattern: Int64($0)) }
        case .int64(let values): mix(values, into: &hashes) { UInt64(bitPattern: $0) }
        case .double(let values): mix(values, into: &hashes) { $0.isNaN ? .max : $0 == 0 ? 0 : $0.bitPattern }
        case .decimal(let values):
            mix(values, into: &hashes) { mixed(UInt64(truncatingIfNeeded: $0), UInt64(truncatingIfNeeded: $0 >> 64)) }
        case .binary(let values):
            values.bytes.withUnsafeBufferPointer { bytes in
                for row in hashes.indices {
                    let range = Int(values.offsets[row])..<Int(values.offsets[row + 1])
                    hashes[row] = isNull(row) ? mixed(hashes[row], nullTag) : bytesHash(bytes, range, seed: hashes[row])
                }
            }
        case .list(let values): mix(type.isMap ? values.mapHashes : values.listHashes, into: &hashes) { $0 }
        case .struct(let values): mix(rowHashes(values.children, count: values.count), into: &hashes) { $0 }
        }
    }

    private var nullTag: UInt64 { 0x6A09_E667_F3BC_C908 }

    @inline(__always)
    private func mix<Value>(_ values: [Value], into hashes: inout [UInt64], _ bits: (Value) -> UInt64) {
        if let validity {
            for row in hashes.indices { hashes[row] = mixed(hashes[row], validity[row] ? bits(values[row]) : nullTag) }
        } else {
            for row in hashes.indices { hashes[row] = mixed(hashes[row], bits(values[row])) }
        }
    }
}

extension ListValues {
    /// Number and order of elements count.
    fileprivate var listHashes: [UInt64] {
        let elements = rowHashes(children, count: Int(offsets[count]))
        return (0..<count).map { row in
            range(row).reduce(UInt64(range(row).count)) { mixed($0, elements[$1]) }
        }
    }

    /// The order of entries does not count: their hashes are added.
    fileprivate var mapHashes: [UInt64] {
        let entries = rowHashes(children, count: Int(offsets[count]))
        return (0..<count).map { row in
            range(row).reduce(UInt64(range(row).count)) { $0 &+ mixed(entries[$1], 0x3C6E_F372_FE94_F82B) }
        }
    }
}

private func bytesHash(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, seed: UInt64) -> UInt64 {
    var hash = mixed(seed, UInt64(range.count))
    var position = range.lowerBound
    let raw = UnsafeRawBufferPointer(bytes)
    while position + 8 <= range.upperBound {
        hash = mixed(hash, UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
        position += 8
    }
    var tail: UInt64 = 0
    while position < range.upperBound {
        tail = tail << 8 | UInt64(bytes[position])
        position += 1
    }
    return mixed(hash, tail)
}
