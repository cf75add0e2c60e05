/// Binding of the ways into nested values.
extension Expression {
    /// Nullable when the struct is, or the field in it.
    func bindField(_ operand: BoundExpression, _ name: String) throws(BindingError) -> BoundExpression {
        guard case .field(let parent, _) = self else { preconditionFailure("\(self) is no field") }
        guard case .struct(let fields) = operand.type else {
            throw BindingError(
                description: "\(parent) is \(operand.type), which has no fields, in \(self): only structs have fields")
        }
        guard let index = fields.firstIndex(where: { $0.name == name }) else {
            throw .unknownField(name, of: parent, fields)
        }
        return BoundExpression(
            type: fields[index].type, isNullable: operand.isNullable || fields[index].isNullable,
            node: .field(operand, index))
    }

    /// Always nullable: the index may be outside of the list, the key not in the map.
    func bindElement(_ operand: BoundExpression, _ key: BoundExpression) throws(BindingError) -> BoundExpression {
        switch operand.type {
        case .list(let element, _):
            guard key.type == .int32 || key.type == .int64 else {
                throw BindingError(description: "a list takes an integer as index, not \(key.type), in \(self)")
            }
            return BoundExpression(
                type: element, isNullable: true, node: .element(operand, try key.cast(to: .int64)))
        case .map(let keyType, let value, _):
            let isLiteralThatFits =
                if case .literal(let scalar) = key.node { scalar.converted(to: keyType) != nil } else { false }
            guard key.type == keyType || isLiteralThatFits else {
                throw BindingError(description: "the map's keys are \(keyType), not \(key.type), in \(self)")
            }
            return BoundExpression(
                type: value, isNullable: true, node: .element(operand, try key.cast(to: keyType)))
        default:
            throw BindingError(
                description: "\(operand.type) has no elements, in \(self): only lists and maps have")
        }
    }
}

extension Kernels {
    /// A field of structs: null where its struct is.
    static func field(_ column: ColumnVector, _ index: Int) -> ColumnVector {
        guard case .struct(let values) = column.values else { preconditionFailure("a field of \(column.type)") }
        var child = values.children[index]
        if let parent = column.validity { child.validity = child.validity.map { $0 & parent } ?? parent }
        return child
    }

    static func element(_ column: ColumnVector, _ key: Operand) -> ColumnVector {
        guard case .list(let values) = column.values else { preconditionFailure("an element of \(column.type)") }
        let rows = column.type.isMap ? entries(column, values, key) : elements(column, values, key)
        return values.children[values.children.count - 1].takingOrNull(rows)
    }

    /// For each row where its element stands among all; -1 for none.
    private static func elements(_ column: ColumnVector, _ values: ListValues, _ key: Operand) -> [Int32] {
        let indexes = key.column.integers
        let step = key.isConstant ? 0 : 1
        return (0..<values.count).map { row in
            let index = indexes[row * step]
            let range = values.range(row)
            guard !column.isNull(row), !key.column.isNull(row * step), index >= 0, index < Int64(range.count) else {
                return -1
            }
            return Int32(range.lowerBound) + Int32(index)
        }
    }

    /// For each row where the entry with its key stands among all; -1 for none.
    private static func entries(_ column: ColumnVector, _ values: ListValues, _ key: Operand) -> [Int32] {
        let step = key.isConstant ? 0 : 1
        let keys = values.children[0]
        if case .binary(let known) = keys.values, case .binary(let wanted) = key.column.values {
            return (0..<values.count).map { row in
                guard !column.isNull(row), !key.column.isNull(row * step) else { return -1 }
                let found = values.range(row).last { known.isEqual($0, wanted, row * step) }
                return found.map { Int32($0) } ?? -1
            }
        }
        return (0..<values.count).map { row in
            guard !column.isNull(row), !key.column.isNull(row * step) else { return -1 }
            let found = values.range(row).last { isEqual(keys, $0, key.column, row * step) }
            return found.map { Int32($0) } ?? -1
        }
    }
}
