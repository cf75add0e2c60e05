/// A list of rows for each group as one column of byte strings: how state that has many rows a group is stored. Each
/// list is the number of its rows, then column by column; integers are little-endian, texts have their lengths before
/// them. The bytes are of a checkpoint, whose checksum was compared: other bytes trap.
enum PackedLists {
    /// - Parameters:
    ///   - columns: without nulls.
    ///   - lists: for each group the rows of its list.
    static func pack(_ columns: [ColumnVector], lists: [[Int32]]) -> ColumnVector {
        var packed = BinaryValues()
        for rows in lists {
            append(UInt32(rows.count), to: &packed.bytes)
            for column in columns { append(column, rows, to: &packed.bytes) }
            packed.offsets.append(Int32(packed.bytes.count))
        }
        return ColumnVector(.bytes, .binary(packed))
    }

    private static func append(_ column: ColumnVector, _ rows: [Int32], to bytes: inout [UInt8]) {
        switch column.values {
        case .bool(let values): for row in rows { bytes.append(values[Int(row)] ? 1 : 0) }
        case .int32(let values): for row in rows { append(values[Int(row)], to: &bytes) }
        case .int64(let values): for row in rows { append(values[Int(row)], to: &bytes) }
        case .double(let values): for row in rows { append(values[Int(row)].bitPattern, to: &bytes) }
        case .decimal(let values): for row in rows { append(values[Int(row)], to: &bytes) }
        case .binary(let values):
            for row in rows {
                let range = Int(values.offsets[Int(row)])..<Int(values.offsets[Int(row) + 1])
                append(UInt32(range.count), to: &bytes)
                bytes.append(contentsOf: values.bytes[range])
            }
        case .list, .struct:
            var encoded: [UInt8] = []
            BatchCodec.encode(column.taking(rows), into: &encoded)
            append(UInt32(encoded.count), to: &bytes)
            bytes += encoded
        }
    }

    private static func append<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// The rows of all lists, one after the other, and which list each belongs to.
    static func unpack(_ column: ColumnVector, _ types: [DataType]) -> (lists: [Int32], columns: [ColumnVector]) {
        let packed = column.byteStrings
        var reader = Reader(bytes: packed.bytes)
        var lists: [Int32] = []
        var columns = types.map { ColumnVector($0, scalars: []) }
        for list in 0..<packed.count {
            reader.position = Int(packed.offsets[list])
            let count = Int(reader.integer(UInt32.self))
            lists.append(contentsOf: repeatElement(Int32(list), count: count))
            for index in types.indices { columns[index].append(contentsOf: reader.column(types[index], count)) }
            precondition(reader.position == Int(packed.offsets[list + 1]), "a list that ends elsewhere than its bytes")
        }
        return (lists, columns)
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
            precondition(position + MemoryLayout<Value>.size <= bytes.count, "a list that ends too early")
            defer { position += MemoryLayout<Value>.size }
            return bytes.withUnsafeBytes {
                Value(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Value.self))
            }
        }

        mutating func column(_ type: DataType, _ count: Int) -> ColumnVector {
            switch type {
            case .bool: ColumnVector(type, .bool((0..<count).map { _ in integer(UInt8.self) != 0 }))
            case .int32, .date: ColumnVector(type, .int32((0..<count).map { _ in integer(Int32.self) }))
            case .int64, .timestamp: ColumnVector(type, .int64((0..<count).map { _ in integer(Int64.self) }))
            case .double:
                ColumnVector(type, .double((0..<count).map { _ in Double(bitPattern: integer(UInt64.self)) }))
            case .decimal: ColumnVector(type, .decimal((0..<count).map { _ in integer(Int128.self) }))
            case .list, .struct, .map: nested(type, count)
            case .string, .bytes, .json:
                ColumnVector(
                    type,
                    .binary(
                        (0..<count).reduce(into: BinaryValues()) { values, _ in
                            let length = Int(integer(UInt32.self))
                            values.append(bytes[position..<position + length])
                            position += length
                        }))
            }
        }

        private mutating func nested(_ type: DataType, _ count: Int) -> ColumnVector {
            let length = Int(integer(UInt32.self))
            precondition(length <= bytes.count - position, "a list that ends too early")
            defer { position += length }
            guard
                let column = try? BatchCodec.decodeColumn(
                    Array(bytes[position..<position + length]), type, count: count)
            else { preconditionFailure("a list whose values are not \(type)") }
            return column
        }
    }
}
