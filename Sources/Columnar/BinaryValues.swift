/// Strings or byte strings laid end to end.
public struct BinaryValues: Hashable, Sendable {
    /// Where each value begins, and the end of the last: one more than there are values.
    public var offsets: [Int32]
    public var bytes: [UInt8]

    public init() {
        offsets = [0]
        bytes = []
    }

    /// - Precondition: `offsets` begins with 0, never falls, and ends with `bytes.count`.
    public init(offsets: [Int32], bytes: [UInt8]) {
        precondition(offsets.first == 0 && Int(offsets[offsets.count - 1]) == bytes.count)
        self.offsets = offsets
        self.bytes = bytes
    }

    public init(_ strings: some Sequence<String>) {
        self.init()
        for string in strings { append(string.utf8) }
    }

    public var count: Int { offsets.count - 1 }

    /// Adds one value.
    public mutating func append(_ value: some Sequence<UInt8>) {
        bytes.append(contentsOf: value)
        offsets.append(Int32(bytes.count))
    }

    /// The bytes of the value at `row`.
    public subscript(row: Int) -> ArraySlice<UInt8> { bytes[Int(offsets[row])..<Int(offsets[row + 1])] }

    /// The value at `row` as text; ill-formed UTF-8 is repaired. For tests and rare paths.
    public func string(_ row: Int) -> String { String(decoding: self[row], as: UTF8.self) }
}

extension BinaryValues {
    /// The values of a range.
    public func rows(_ range: Range<Int>) -> BinaryValues {
        let start = offsets[range.lowerBound]
        return BinaryValues(
            offsets: offsets[range.lowerBound...range.upperBound].map { $0 - start },
            bytes: Array(bytes[Int(start)..<Int(offsets[range.upperBound])]))
    }

    /// The values at the given rows, in that order.
    public func taking(_ rows: [Int32]) -> BinaryValues {
        var size = 0
        let starts = [Int32](unsafeUninitializedCapacity: rows.count + 1) { buffer, initialized in
            buffer.baseAddress!.initialize(to: 0)
            for index in 0..<rows.count {
                size += Int(offsets[Int(rows[index]) + 1] - offsets[Int(rows[index])])
                (buffer.baseAddress! + index + 1).initialize(to: Int32(size))
            }
            initialized = rows.count + 1
        }
        let content = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            bytes.withUnsafeBufferPointer { source in
                for index in 0..<rows.count {
                    let start = Int(offsets[Int(rows[index])])
                    let length = Int(starts[index + 1] - starts[index])
                    // An empty value may stand where there are no bytes at all.
                    guard length > 0 else { continue }
                    (buffer.baseAddress! + Int(starts[index])).initialize(
                        from: source.baseAddress! + start, count: length)
                }
            }
            initialized = size
        }
        return BinaryValues(offsets: starts, bytes: content)
    }

    @inline(__always)
    func isEqual(_ row: Int, _ other: BinaryValues, _ otherRow: Int) -> Bool {
        let range = Int(offsets[row])..<Int(offsets[row + 1])
        let otherRange = Int(other.offsets[otherRow])..<Int(other.offsets[otherRow + 1])
        guard range.count == otherRange.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            other.bytes.withUnsafeBytes { others in
                order(bytes, range, others, otherRange) == 0
            }
        }
    }
}

/// Compares two strings of bytes, byte by byte, eight at a time: negative when the left one comes first, zero when they are
/// the same.
@inline(__always)
func order(
    _ left: UnsafeRawBufferPointer, _ leftRange: Range<Int>, _ right: UnsafeRawBufferPointer, _ rightRange: Range<Int>
) -> Int {
    let common = min(leftRange.count, rightRange.count)
    var index = 0
    while index + 8 <= common {
        let l = left.loadUnaligned(fromByteOffset: leftRange.lowerBound + index, as: UInt64.self).bigEndian
        let r = right.loadUnaligned(fromByteOffset: rightRange.lowerBound + index, as: UInt64.self).bigEndian
        if l != r { return l < r ? -1 : 1 }
        index += 8
    }
    while index < common {
        let (l, r) = (left[leftRange.lowerBound + index], right[rightRange.lowerBound + index])
        if l != r { return l < r ? -1 : 1 }
        index += 1
    }
    return leftRange.count - rightRange.count
}
