extension Kernels {
    /// Row by row the value of the operand that `source` names; -1 names none and gives null.
    static func chosen(_ operands: [Operand], _ source: [Int32], _ type: DataType) -> ColumnVector {
        if type.isNested { return chosenNested(operands, source, type) }
        let values: ColumnVector.Values =
            switch operands[0].column.values {
            case .bool: .bool(gathered(operands, source, false) { if case .bool(let all) = $0 { all } else { [] } })
            case .int32: .int32(gathered(operands, source, 0) { if case .int32(let all) = $0 { all } else { [] } })
            case .int64: .int64(gathered(operands, source, 0) { if case .int64(let all) = $0 { all } else { [] } })
            case .double: .double(gathered(operands, source, 0) { if case .double(let all) = $0 { all } else { [] } })
            case .decimal:
                .decimal(gathered(operands, source, 0) { if case .decimal(let all) = $0 { all } else { [] } })
            case .binary: .binary(gatheredBinaries(operands, source))
            case .list, .struct: preconditionFailure("nested values of \(type)")
            }
        return ColumnVector(type, values, validity: validity(operands, source))
    }

    /// Rows are taken from all operands' rows and a null, one after the other.
    private static func chosenNested(_ operands: [Operand], _ source: [Int32], _ type: DataType) -> ColumnVector {
        var starts: [Int32] = []
        var all = ColumnVector(type, scalars: [.null])
        for operand in operands {
            starts.append(Int32(all.count))
            all.append(contentsOf: operand.column)
        }
        let rows = source.indices.map { row -> Int32 in
            let index = Int(source[row])
            return index < 0 ? 0 : starts[index] + (operands[index].isConstant ? 0 : Int32(row))
        }
        return all.taking(rows).withoutEmptyValidity()
    }

    /// The first operand that is not null, row by row.
    static func coalesce(_ operands: [Operand], _ type: DataType, count: Int) -> ColumnVector {
        var source = [Int32](repeating: -1, count: count)
        for (index, operand) in operands.enumerated().reversed() {
            guard let known = operand.column.validity else {
                if index == 0, !operand.isConstant { return operand.column }
                source = [Int32](repeating: Int32(index), count: count)
                continue
            }
            if operand.isConstant {
                if known[0] { source = [Int32](repeating: Int32(index), count: count) }
            } else {
                for row in 0..<count where known[row] { source[row] = Int32(index) }
            }
        }
        return chosen(operands, source, type)
    }

    /// One pass for each operand, so that each is a loop over one array.
    @inline(__always)
    private static func gathered<Value>(
        _ operands: [Operand], _ source: [Int32], _ zero: Value, _ extract: (ColumnVector.Values) -> [Value]
    ) -> [Value] {
        var result = [Value](repeating: zero, count: source.count)
        for (index, operand) in operands.enumerated() {
            let values = extract(operand.column.values)
            let step = operand.isConstant ? 0 : 1
            result.withUnsafeMutableBufferPointer { result in
                source.withUnsafeBufferPointer { source in
                    values.withUnsafeBufferPointer { values in
                        for row in 0..<source.count where source[row] == Int32(index) {
                            result[row] = values[row * step]
                        }
                    }
                }
            }
        }
        return result
    }

    private static func gatheredBinaries(_ operands: [Operand], _ source: [Int32]) -> BinaryValues {
        let parts = operands.map { (text: texts($0.column), step: $0.isConstant ? 0 : 1) }
        var result = BinaryValues()
        result.offsets.reserveCapacity(source.count + 1)
        for (row, index) in source.enumerated() {
            if index >= 0 {
                let part = parts[Int(index)]
                result.bytes.append(contentsOf: part.text[row * part.step])
            }
            result.offsets.append(Int32(result.bytes.count))
        }
        return result
    }

    /// Nil when no row is null.
    private static func validity(_ operands: [Operand], _ source: [Int32]) -> Bitmap? {
        if operands.allSatisfy({ $0.column.validity == nil }), !source.contains(-1) { return nil }
        var validity = Bitmap(repeating: true, count: source.count)
        var hasNulls = false
        for (row, index) in source.enumerated() {
            let known =
                index >= 0
                && (operands[Int(index)].column.validity.map { $0[operands[Int(index)].isConstant ? 0 : row] } ?? true)
            guard !known else { continue }
            validity[row] = false
            hasNulls = true
        }
        return hasNulls ? validity : nil
    }
}
