extension Kernels {
    /// Whether a text begins with, ends with or holds another one, by its bytes.
    static func search(
        _ function: Expression.ScalarFunction, _ text: Operand, _ wanted: Operand, _ validity: Bitmap?, _ count: Int
    ) -> ColumnVector {
        let found: [Bool] =
            switch function {
            case .startsWith: matches(text, wanted, count) { $0.count >= $1.count && hasBytes($0, at: 0, $1) }
            case .endsWith:
                matches(text, wanted, count) { $0.count >= $1.count && hasBytes($0, at: $0.count - $1.count, $1) }
            default: matches(text, wanted, count, contains)
            }
        return ColumnVector(.bool, .bool(found), validity: validity)
    }

    @inline(__always)
    private static func matches(
        _ text: Operand, _ wanted: Operand, _ count: Int,
        _ isMatch: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
    ) -> [Bool] {
        let (texts, others) = (texts(text.column), texts(wanted.column))
        let textStep = text.isConstant ? 0 : 1
        let otherStep = wanted.isConstant ? 0 : 1
        return texts.bytes.withUnsafeBufferPointer { textBytes in
            others.bytes.withUnsafeBufferPointer { otherBytes in
                (0..<count).map { row in
                    isMatch(
                        slice(textBytes, texts.offsets, row * textStep),
                        slice(otherBytes, others.offsets, row * otherStep))
                }
            }
        }
    }

    @inline(__always)
    private static func slice(
        _ bytes: UnsafeBufferPointer<UInt8>, _ offsets: [Int32], _ row: Int
    ) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[Int(offsets[row])..<Int(offsets[row + 1])])
    }

    /// - Precondition: `text` has the bytes from `start` on.
    @inline(__always)
    private static func hasBytes(
        _ text: UnsafeBufferPointer<UInt8>, at start: Int, _ wanted: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        for index in wanted.indices where text[start + index] != wanted[index] { return false }
        return true
    }

    @inline(__always)
    private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = wanted.first else { return true }
        guard text.count >= wanted.count else { return false }
        for start in 0...(text.count - wanted.count) where text[start] == first && hasBytes(text, at: start, wanted) {
            return true
        }
        return false
    }
}
