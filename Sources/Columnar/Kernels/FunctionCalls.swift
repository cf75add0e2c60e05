extension Kernels {
    /// Applies a built-in function to whole columns; a null argument makes the result null.
    static func call(
        _ function: Expression.ScalarFunction, _ arguments: [Operand], _ type: DataType, count: Int
    ) -> ColumnVector {
        let first = arguments[0]
        // A constant is worked out once.
        if arguments.allSatisfy(\.isConstant) {
            let value = call(function, arguments.map { Operand(column: $0.column, isConstant: false) }, type, count: 1)
            return ColumnVector(type, repeating: value.scalar(at: 0), count: count)
        }
        let validity = commonValidity(arguments, count: count)
        switch function {
        case .lower, .upper, .trim, .length: return textFunction(function, first.column, type, validity)
        case .startsWith, .endsWith, .contains: return search(function, first, arguments[1], validity, count)
        case .concat: return concatenated(arguments, validity, count)
        case .substring: return substrings(arguments, validity, count)
        case .abs: return magnitudes(first.column, type)
        case .year, .month, .day, .dayOfWeek, .hour, .minute, .second, .toDate:
            return timePart(function, first.column, type)
        }
    }

    /// The rows that are valid in all operands; nil when all are.
    private static func commonValidity(_ operands: [Operand], count: Int) -> Bitmap? {
        let none = Operand(column: ColumnVector(.bool, .bool([false])), isConstant: true)
        return operands.reduce(nil) { common, operand in
            guard let validity = combinedValidity(operand, none, count: count) else { return common }
            return common.map { $0 & validity } ?? validity
        }
    }

    /// The least integer has no magnitude of its type and becomes null.
    private static func magnitudes(_ column: ColumnVector, _ type: DataType) -> ColumnVector {
        switch column.values {
        case .int32(let values):
            let failed = values.indices.filter { values[$0] == .min }.map(Int32.init)
            let validity = removing(failed, from: column.validity, count: values.count)
            return ColumnVector(type, .int32(values.map { $0 == .min ? 0 : abs($0) }), validity: validity)
        case .int64(let values):
            let failed = values.indices.filter { values[$0] == .min }.map(Int32.init)
            let validity = removing(failed, from: column.validity, count: values.count)
            return ColumnVector(type, .int64(values.map { $0 == .min ? 0 : abs($0) }), validity: validity)
        case .double(let values):
            return ColumnVector(type, .double(values.map(\.magnitude)), validity: column.validity)
        case .decimal(let values):
            return ColumnVector(type, .decimal(values.map { abs($0) }), validity: column.validity)
        case .bool, .binary, .list, .struct: preconditionFailure("abs of \(column.type)")
        }
    }
}
