/// How much memory columns take: what their arrays have room for.
extension ColumnVector {
    /// Bytes of memory, nearly.
    public var byteCount: Int {
        let bytes =
            switch values {
            case .bool(let values): values.capacity
            case .int32(let values): values.capacity * 4
            case .int64(let values): values.capacity * 8
            case .double(let values): values.capacity * 8
            case .decimal(let values): values.capacity * 16
            case .binary(let values): values.offsets.capacity * 4 + values.bytes.capacity
            case .list(let values): values.children.reduce(values.offsets.capacity * 4) { $0 + $1.byteCount }
            case .struct(let values): values.children.reduce(0) { $0 + $1.byteCount }
            }
        return bytes + (validity.map { $0.words.capacity * 8 } ?? 0)
    }
}

/// The rows with these hashes in the order of their hashes: first by the upper sixteen bits, then within each of those.
public func hashOrder(_ hashes: [UInt64]) -> [Int32] {
    if hashes.count < 16_384 {
        return (0..<Int32(hashes.count)).sorted { hashes[Int($0)] < hashes[Int($1)] }
    }
    var starts = [Int32](repeating: 0, count: (1 << 16) + 1)
    for hash in hashes { starts[Int(hash >> 48) + 1] += 1 }
    for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
    var next = starts
    var order = [Int32](repeating: 0, count: hashes.count)
    for (row, hash) in hashes.enumerated() {
        let bucket = Int(hash >> 48)
        order[Int(next[bucket])] = Int32(row)
        next[bucket] += 1
    }
    order.withUnsafeMutableBufferPointer { order in
        for bucket in 0..<(1 << 16) where starts[bucket + 1] - starts[bucket] > 1 {
            order[Int(starts[bucket])..<Int(starts[bucket + 1])].sort { hashes[Int($0)] < hashes[Int($1)] }
        }
    }
    return order
}
