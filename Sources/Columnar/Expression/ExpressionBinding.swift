extension Expression {
    /// Checks the expression against a schema.
    /// - Throws: `BindingError` for a column that is not there, naming the nearest, and for types that do not fit.
    public func bound(to schema: RecordSchema) throws(BindingError) -> BoundExpression {
        switch self {
        case .column(let name):
            guard let index = schema.index(of: name) else { throw .unknownColumn(name, in: schema) }
            let field = schema.fields[index]
            return BoundExpression(type: field.type, isNullable: field.isNullable, node: .column(index))
        case .literal(let scalar, let type):
            return BoundExpression(type: type, isNullable: scalar == .null, node: .literal(scalar))
        case .unary(let operation, let operand): return try bindUnary(operation, operand.bound(to: schema))
        case .binary(let operation, let left, let right):
            return try bindBinary(operation, left.bound(to: schema), right.bound(to: schema))
        case .caseWhen(let branches, let otherwise): return try bindCase(branches, otherwise, schema)
        case .cast(let operand, let type): return try operand.bound(to: schema).cast(to: type, explicit: true)
        case .function(let function, let arguments): return try bindFunction(function, bindAll(arguments, schema))
        case .isIn(let operand, let values): return try bindIsIn(operand.bound(to: schema), values)
        case .field(let operand, let name): return try bindField(operand.bound(to: schema), name)
        case .element(let operand, let key):
            return try bindElement(operand.bound(to: schema), key.bound(to: schema))
        }
    }

    private func bindAll(_ all: [Expression], _ schema: RecordSchema) throws(BindingError) -> [BoundExpression] {
        var bound: [BoundExpression] = []
        for expression in all { bound.append(try expression.bound(to: schema)) }
        return bound
    }

    private func bindUnary(
        _ operation: UnaryOperator, _ operand: BoundExpression
    ) throws(BindingError) -> BoundExpression {
        switch operation {
        case .isNull, .isNotNull:
            return BoundExpression(type: .bool, isNullable: false, node: .unary(operation, operand))
        case .not:
            guard operand.type == .bool else { throw mismatch("not", "boolean", operand.type) }
            return BoundExpression(type: .bool, isNullable: operand.isNullable, node: .unary(operation, operand))
        case .negate:
            guard operand.type.isNumeric else { throw mismatch("-", "a number", operand.type) }
            // The least integer has no opposite.
            let canFail = operand.type == .int32 || operand.type == .int64
            return BoundExpression(
                type: operand.type, isNullable: operand.isNullable || canFail, node: .unary(operation, operand))
        }
    }

    private func bindBinary(
        _ operation: BinaryOperator, _ left: BoundExpression, _ right: BoundExpression
    ) throws(BindingError) -> BoundExpression {
        switch operation {
        case .and, .or:
            for side in [left, right] where side.type != .bool {
                throw mismatch(operation.rawValue, "boolean", side.type)
            }
            let nullable = left.isNullable || right.isNullable
            return BoundExpression(
                type: .bool, isNullable: nullable, node: .logical(isAnd: operation == .and, left, right))
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            let sides = try unified([left, right], in: operation.rawValue)
            return BoundExpression(
                type: .bool, isNullable: left.isNullable || right.isNullable,
                node: .comparison(operation, sides[0], sides[1]))
        case .add, .subtract, .multiply, .divide, .remainder: return try bindArithmetic(operation, left, right)
        }
    }

    private func bindArithmetic(
        _ operation: BinaryOperator, _ left: BoundExpression, _ right: BoundExpression
    ) throws(BindingError) -> BoundExpression {
        for side in [left, right] where !side.type.isNumeric {
            throw mismatch(operation.rawValue, "numbers", side.type)
        }
        let type = DataType.arithmetic(operation, left.type, right.type)
        let nullable =
            left.isNullable || right.isNullable || BoundExpression.arithmeticCanFail(operation, left, right)
        // Decimals keep their own scales: the kernel works on unscaled integers and knows both.
        if case .decimal = type {
            let sides = [try left.asDecimal(), try right.asDecimal()]
            return BoundExpression(type: type, isNullable: nullable, node: .arithmetic(operation, sides[0], sides[1]))
        }
        let sides = [try left.cast(to: type), try right.cast(to: type)]
        return BoundExpression(type: type, isNullable: nullable, node: .arithmetic(operation, sides[0], sides[1]))
    }

    private func bindCase(
        _ branches: [CaseBranch], _ otherwise: Expression?, _ schema: RecordSchema
    ) throws(BindingError) -> BoundExpression {
        var conditions: [BoundExpression?] = []
        var values: [BoundExpression] = []
        for branch in branches {
            let condition = try branch.condition.bound(to: schema)
            guard condition.type == .bool else { throw mismatch("case when", "boolean", condition.type) }
            conditions.append(condition)
            values.append(try branch.value.bound(to: schema))
        }
        if let otherwise {
            conditions.append(nil)
            values.append(try otherwise.bound(to: schema))
        }
        guard !values.isEmpty else { throw BindingError(description: "a case without branches") }
        values = try unified(values, in: "case")
        return BoundExpression(
            type: values[0].type, isNullable: otherwise == nil || values.contains(where: \.isNullable),
            node: .choice(zip(conditions, values).map { (condition: $0, value: $1) }))
    }

    func unified(_ sides: [BoundExpression], in place: String) throws(BindingError) -> [BoundExpression] {
        var type = sides[0].type
        for side in sides.dropFirst() {
            guard let common = DataType.common(type, side.type) else {
                throw BindingError(description: "\(place) meets \(type) and \(side.type) in \(self): cast one of them")
            }
            type = common
        }
        var result: [BoundExpression] = []
        for side in sides { result.append(try side.cast(to: type)) }
        return result
    }

    func mismatch(_ place: String, _ wanted: String, _ found: DataType) -> BindingError {
        BindingError(description: "\(place) takes \(wanted), not \(found), in \(self)")
    }
}

extension BoundExpression {
    /// The same value in another type; casts that always fit keep whether it can be null.
    func cast(to target: DataType, explicit: Bool = false) throws(BindingError) -> BoundExpression {
        if type == target { return self }
        guard Kernels.canCast(type, to: target) else {
            throw BindingError(description: "\(type) cannot be cast to \(target)")
        }
        if case .literal(let scalar) = node {
            let folded = Kernels.cast(ColumnVector(type, scalars: [scalar]), to: target).scalar(at: 0)
            return BoundExpression(type: target, isNullable: folded == .null, node: .literal(folded))
        }
        let fits = !explicit || type.alwaysFits(in: target)
        return BoundExpression(type: target, isNullable: fits ? isNullable : true, node: .cast(self))
    }

    func asDecimal() throws(BindingError) -> BoundExpression { try cast(to: type.asDecimal) }
}

extension BindingError {
    /// Names the column that was meant, if one is near, and all there are.
    static func unknownColumn(_ name: String, in schema: RecordSchema) -> BindingError {
        let hint = nearestName(name, among: schema.fields)
        let names = schema.fields.map(\.name).joined(separator: ", ")
        return BindingError(description: "there is no column '\(name)'\(hint) The columns are \(names)")
    }

    /// Names the field that was meant, if one is near, and all there are.
    static func unknownField(_ name: String, of operand: Expression, _ fields: [Field]) -> BindingError {
        let hint = nearestName(name, among: fields)
        let names = fields.map(\.name).joined(separator: ", ")
        return BindingError(description: "\(operand) has no field '\(name)'\(hint) Its fields are \(names)")
    }

    private static func nearestName(_ name: String, among fields: [Field]) -> String {
        let names = fields.map(\.name)
        let nearest = names.min { editDistance($0, name) < editDistance($1, name) }
        let near = nearest.flatMap { editDistance($0, name) <= max(2, name.count / 3) ? $0 : nil }
        return near.map { ", did you mean '\($0)'?" } ?? "."
    }
}

/// The Levenshtein distance of two strings in Unicode scalars.
func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.unicodeScalars)
    let right = Array(right.unicodeScalars)
    var row = Array(0...right.count)
    for (index, character) in left.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in right.indices {
            let substitution = diagonal + (character == right[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
        }
    }
    return row[right.count]
}
