extension Kernels {
    /// Whether the parts can be cast, one by one. A struct's fields must have the same names in the same order; a part
    /// that may not be null must always fit. A map's keys stay as they are: two could become one.
    static func canCastNested(_ from: DataType, to target: DataType) -> Bool {
        switch (from, target) {
        case (.struct(let fields), .struct(let targets)):
            fields.count == targets.count
                && zip(fields, targets).allSatisfy {
                    $0.name == $1.name && canCastPart($0.type, $0.isNullable, to: $1.type, $1.isNullable)
                }
        case (.list(let element, let nulls), .list(let other, let otherNulls)):
            canCastPart(element, nulls, to: other, otherNulls)
        case (.map(let key, let value, let nulls), .map(let otherKey, let other, let otherNulls)):
            otherKey.holds(key) && canCastPart(value, nulls, to: other, otherNulls)
        default: false
        }
    }

    private static func canCastPart(
        _ from: DataType, _ containsNull: Bool, to target: DataType, _ allowsNull: Bool
    ) -> Bool {
        canCast(from, to: target) && (allowsNull || !containsNull && from.alwaysFits(in: target))
    }

    /// Casts every part; to a string or JSON, gives the value as JSON.
    static func castNested(_ column: ColumnVector, to target: DataType) -> ColumnVector {
        switch (target, column.values) {
        case (.struct(let fields), .struct(let values)):
            let children = zip(fields, values.children).map { cast($1, to: $0.type) }
            return ColumnVector(
                target, .struct(StructValues(count: values.count, children: children)), validity: column.validity)
        case (.list(let element, _), .list(let values)):
            return ColumnVector(
                target,
                .list(ListValues(offsets: values.offsets, children: [cast(values.children[0], to: element)])),
                validity: column.validity)
        case (.map(let key, let value, _), .list(let values)):
            let children = [values.children[0].retyped(as: key), cast(values.children[1], to: value)]
            return ColumnVector(
                target, .list(ListValues(offsets: values.offsets, children: children)), validity: column.validity)
        case (.string, _), (.json, _): return ColumnVector(target, .binary(column.json), validity: column.validity)
        default: preconditionFailure("\(column.type) cast to \(target)")
        }
    }
}

extension ColumnVector {
    /// Every value as JSON; no bytes for a null.
    var json: BinaryValues {
        var texts = BinaryValues()
        for row in 0..<count {
            if !isNull(row) { appendJSON(row, to: &texts.bytes) }
            texts.offsets.append(Int32(texts.bytes.count))
        }
        return texts
    }
}

extension DataType {
    /// The nested type that holds the values of both; nil when there is none.
    static func commonNested(_ left: DataType, _ right: DataType) -> DataType? {
        switch (left, right) {
        case (.struct(let fields), .struct(let others)):
            guard fields.map(\.name) == others.map(\.name) else { return nil }
            var merged: [Field] = []
            for (field, other) in zip(fields, others) {
                guard let type = common(field.type, other.type) else { return nil }
                merged.append(partOf(field.name, type, [field, other]))
            }
            return .struct(merged)
        case (.list(let element, let nulls), .list(let other, let otherNulls)):
            guard let type = common(element, other) else { return nil }
            let part = partOf(
                "", type, [Field("", element, isNullable: nulls), Field("", other, isNullable: otherNulls)])
            return .list(type, containsNull: part.isNullable)
        case (.map(let key, let value, let nulls), .map(let otherKey, let other, let otherNulls)):
            guard key == otherKey, let type = common(value, other) else { return nil }
            let part = partOf(
                "", type, [Field("", value, isNullable: nulls), Field("", other, isNullable: otherNulls)])
            return .map(key: key, value: type, valueContainsNull: part.isNullable)
        default: return nil
        }
    }

    /// May be null where a value of either side may be, or may leave the common type.
    private static func partOf(_ name: String, _ type: DataType, _ sides: [Field]) -> Field {
        Field(name, type, isNullable: sides.contains { $0.isNullable || !$0.type.alwaysFits(in: type) })
    }
}
