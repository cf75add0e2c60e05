/// Binding of function calls: arguments checked against parameters and cast, the kernel chosen, constants worked out.
extension Expression {
    func bindFunction(
        _ function: ScalarFunction, _ given: [BoundExpression]
    ) throws(BindingError) -> BoundExpression {
        let arguments = try bindArguments(function, given)
        let parts = FunctionArguments(
            types: arguments.map(\.type), constants: arguments.map(\.constant),
            isNullable: arguments.map(\.isNullable))
        let bound: BoundFunction
        do { bound = try function.resolve(parts) } catch {
            throw BindingError(description: "\(function.name) \(error.clause), in \(self)")
        }
        let call = BoundExpression(
            type: bound.type, isNullable: bound.isNullable ?? (bound.canFail || parts.isNullable.contains(true)),
            node: .function(bound, arguments))
        let operands = arguments.compactMap(\.constantOperand)
        // Of a list, a struct or a map there is no literal.
        guard !bound.type.isNested, operands.count == arguments.count else { return call }
        let value = bound.kernel(FunctionCall(operands, bound.type, count: 1)).scalar(at: 0)
        return BoundExpression(type: bound.type, isNullable: value == .null, node: .literal(value))
    }

    private func bindArguments(
        _ function: ScalarFunction, _ given: [BoundExpression]
    ) throws(BindingError) -> [BoundExpression] {
        var parameters = function.parameters
        if let last = parameters.last, last.isRepeated {
            let more = given.count - parameters.count
            if more > 0 { parameters += [FunctionParameter](repeating: last, count: more) }
        }
        let least = parameters.prefix { $0.standard == nil }.count
        guard (least...max(least, parameters.count)).contains(given.count) else {
            throw BindingError(
                description: "\(function.signature) does not take \(given.count) "
                    + "argument\(given.count == 1 ? "" : "s"), in \(self)")
        }
        var arguments: [BoundExpression] = []
        for (parameter, argument) in zip(parameters, given) {
            arguments.append(try bind(argument, to: parameter, of: function))
        }
        for parameter in parameters.dropFirst(given.count) {
            guard let standard = parameter.standard, let type = standard.literalType else { break }
            let literal = BoundExpression(type: type, isNullable: false, node: .literal(standard))
            arguments.append(try bind(literal, to: parameter, of: function))
        }
        let common = parameters.indices.filter { parameters[$0].kind == .common && $0 < arguments.count }
        guard !common.isEmpty else { return arguments }
        let alike = try unified(common.map { arguments[$0] }, in: function.name)
        for (index, argument) in zip(common, alike) { arguments[index] = argument }
        return arguments
    }

    private func bind(
        _ argument: BoundExpression, to parameter: FunctionParameter, of function: ScalarFunction
    ) throws(BindingError) -> BoundExpression {
        if parameter.isConstant, argument.constant == nil {
            throw BindingError(description: "\(parameter.name) of \(function.name) must be a literal, in \(self)")
        }
        let type = argument.type
        let isInteger = type == .int32 || type == .int64
        let (fits, target, wanted): (Bool, DataType?, String) =
            switch parameter.kind {
            case .string: (type == .string, nil, "a string")
            case .json: (type == .string || type == .json, nil, "a string or JSON")
            case .binary: (type == .bytes, nil, "binary")
            case .stringOrBinary: (type == .string || type == .bytes, nil, "a string or binary")
            case .boolean: (type == .bool, nil, "a boolean")
            case .bigint: (isInteger, .int64, "an integer")
            case .integer: (isInteger, nil, "an integer")
            case .double: (type.isNumeric, .double, "a number")
            case .number: (type.isNumeric, nil, "a number")
            case .date: (type == .date, nil, "a date")
            case .day: (type == .date || type == .timestamp, .date, "a timestamp or a date")
            case .timestamp: (type == .timestamp, nil, "a timestamp")
            case .dateOrTimestamp: (type == .date || type == .timestamp, nil, "a timestamp or a date")
            case .list: (type.element != nil, nil, "a list")
            case .map: (type.isMap, nil, "a map")
            case .listOrMap: (type.element != nil || type.isMap, nil, "a list or a map")
            case .any, .common: (true, nil, "")
            }
        guard fits else { throw mismatch(function.name, wanted, type) }
        return try target.map { (target) throws(BindingError) in try argument.cast(to: target) } ?? argument
    }
}

extension BoundExpression {
    /// The value of a literal.
    var constant: Scalar? { if case .literal(let scalar) = node { scalar } else { nil } }
}
