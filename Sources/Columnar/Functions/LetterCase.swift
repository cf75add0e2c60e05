/// The case mappings of Unicode, scalar by scalar, without the exceptions of languages and contexts.
enum LetterCase {
    case lower, upper, title

    /// A column mapped as a whole where all of it is ASCII, otherwise text by text.
    func column(_ call: FunctionCall) -> ColumnVector {
        let texts = Kernels.texts(call.full(0))
        guard texts.bytes.reduce(0, |) < 0x80 else {
            return call.write { (text: Text, out: inout [UInt8]) in append(text, to: &out) }
        }
        let first: UInt8 = self == .lower ? 0x41 : 0x61
        let bytes = texts.bytes.map { $0 &- first < 26 ? $0 ^ 0x20 : $0 }
        return call.column(.binary(BinaryValues(offsets: texts.offsets, bytes: bytes)))
    }

    /// Appends the mapped text; always true.
    @inline(__always)
    @discardableResult
    func append(_ text: Text, to out: inout [UInt8]) -> Bool {
        if text.isASCII {
            let first: UInt8 = self == .lower ? 0x41 : 0x61
            for byte in text.bytes { out.append(byte &- first < 26 ? byte ^ 0x20 : byte) }
        } else {
            appendScalars(text, to: &out)
        }
        return true
    }

    private func appendScalars(_ text: Text, to out: inout [UInt8]) {
        var position = 0
        while position < text.count {
            let (value, next) = text.scalar(at: position)
            if let scalar = Unicode.Scalar(value), value >= 0x80 || value | 0x20 >= 0x61 && value | 0x20 <= 0x7A {
                switch self {
                case .lower: out.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
                case .upper: out.append(contentsOf: scalar.properties.uppercaseMapping.utf8)
                case .title: out.append(contentsOf: scalar.properties.titlecaseMapping.utf8)
                }
            } else {
                out.append(text.part(position..<next))
            }
            position = next
        }
    }
}
