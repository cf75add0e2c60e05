extension Kernels {
    /// Functions of one text.
    static func textFunction(
        _ function: Expression.ScalarFunction, _ column: ColumnVector, _ type: DataType, _ validity: Bitmap?
    ) -> ColumnVector {
        let text = texts(column)
        switch function {
        case .lower: return ColumnVector(type, .binary(lettersChanged(text, from: 0x41, by: 0x20)), validity: validity)
        case .upper: return ColumnVector(type, .binary(lettersChanged(text, from: 0x61, by: 0xE0)), validity: validity)
        case .trim: return ColumnVector(type, .binary(trimmed(text)), validity: validity)
        default: return ColumnVector(type, .int32(lengths(text)), validity: validity)
        }
    }

    static func texts(_ column: ColumnVector) -> BinaryValues {
        guard case .binary(let values) = column.values else { preconditionFailure("\(column.type) used as a text") }
        return values
    }

    /// Adds `difference` to the 26 letters from `first`; the bytes of other characters are never among them.
    private static func lettersChanged(_ text: BinaryValues, from first: UInt8, by difference: UInt8) -> BinaryValues {
        BinaryValues(offsets: text.offsets, bytes: text.bytes.map { $0 &- first < 26 ? $0 &+ difference : $0 })
    }

    /// Unicode scalars: bytes that do not continue one.
    private static func lengths(_ text: BinaryValues) -> [Int32] {
        text.bytes.withUnsafeBufferPointer { bytes in
            (0..<text.count).map { row in
                var length: Int32 = 0
                for index in Int(text.offsets[row])..<Int(text.offsets[row + 1]) where bytes[index] & 0xC0 != 0x80 {
                    length += 1
                }
                return length
            }
        }
    }

    private static func trimmed(_ text: BinaryValues) -> BinaryValues {
        slices(of: text) { bytes, _ in
            var start = 0
            var end = bytes.count
            while start < end, bytes[start] == 0x20 { start += 1 }
            while start < end, bytes[end - 1] == 0x20 { end -= 1 }
            return start..<end
        }
    }

    /// `substring(text, start, length)` in Unicode scalars, start from 1.
    static func substrings(_ arguments: [Operand], _ validity: Bitmap?, _ count: Int) -> ColumnVector {
        guard case .int64(let starts) = arguments[1].column.values,
            case .int64(let lengths) = arguments[2].column.values
        else { preconditionFailure("substring of \(arguments[1].column.type)") }
        let startStep = arguments[1].isConstant ? 0 : 1
        let lengthStep = arguments[2].isConstant ? 0 : 1
        let cut = slices(of: texts(arguments[0].repeated(count))) { bytes, row in
            let start = skip(bytes, from: 0, max(starts[row * startStep], 1) - 1)
            return start..<skip(bytes, from: start, max(lengths[row * lengthStep], 0))
        }
        return ColumnVector(.string, .binary(cut), validity: validity)
    }

    /// The index after so many Unicode scalars, or the end.
    @inline(__always)
    private static func skip(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ scalars: Int64) -> Int {
        var index = start
        var left = scalars
        while left > 0, index < bytes.count {
            index += 1
            while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
            left -= 1
        }
        return index
    }

    /// A part of each text: `part` gives its range, from 0 at the text's begin.
    @inline(__always)
    private static func slices(
        of text: BinaryValues, _ part: (UnsafeBufferPointer<UInt8>, Int) -> Range<Int>
    ) -> BinaryValues {
        var result = BinaryValues()
        result.offsets.reserveCapacity(text.count + 1)
        result.bytes.reserveCapacity(text.bytes.count)
        text.bytes.withUnsafeBufferPointer { bytes in
            for row in 0..<text.count {
                let value = UnsafeBufferPointer(rebasing: bytes[Int(text.offsets[row])..<Int(text.offsets[row + 1])])
                result.bytes.append(contentsOf: value[part(value, row)])
                result.offsets.append(Int32(result.bytes.count))
            }
        }
        return result
    }

    static func concatenated(_ arguments: [Operand], _ validity: Bitmap?, _ count: Int) -> ColumnVector {
        let parts = arguments.map { (text: texts($0.column), step: $0.isConstant ? 0 : 1) }
        var result = BinaryValues()
        result.offsets.reserveCapacity(count + 1)
        result.bytes.reserveCapacity(
            parts.reduce(0) { $0 + ($1.step == 0 ? $1.text.bytes.count * count : $1.text.bytes.count) })
        for row in 0..<count {
            for part in parts { result.bytes.append(contentsOf: part.text[row * part.step]) }
            result.offsets.append(Int32(result.bytes.count))
        }
        return ColumnVector(.string, .binary(result), validity: validity)
    }
}

extension Operand {
    /// The operand as a column of so many rows.
    func repeated(_ count: Int) -> ColumnVector {
        isConstant ? column.taking([Int32](repeating: 0, count: count)) : column
    }
}
