extension DataType {
    /// How deep types may be nested. Whoever reads a type or a value from outside refuses what is deeper.
    public static let maximumDepth = 64

    public var isMap: Bool { if case .map = self { true } else { false } }

    /// Whether values have parts with types of their own.
    public var isNested: Bool {
        switch self {
        case .struct, .list, .map: true
        case .bool, .int32, .int64, .double, .decimal, .string, .bytes, .date, .timestamp, .json: false
        }
    }

    /// 1 for a type that is not nested; one more for each level of a nested one.
    public var depth: Int {
        switch self {
        case .struct(let fields): 1 + (fields.map(\.type.depth).max() ?? 0)
        case .list(let element, _): 1 + element.depth
        case .map(let key, let value, _): 1 + max(key.depth, value.depth)
        case .bool, .int32, .int64, .double, .decimal, .string, .bytes, .date, .timestamp, .json: 1
        }
    }

    /// The number of columns of flat values that it takes to hold it.
    public var leafCount: Int {
        switch self {
        case .struct(let fields): fields.reduce(0) { $0 + $1.type.leafCount }
        case .list(let element, _): element.leafCount
        case .map(let key, let value, _): key.leafCount + value.leafCount
        case .bool, .int32, .int64, .double, .decimal, .string, .bytes, .date, .timestamp, .json: 1
        }
    }

    /// The type as tables know it: JSON is a string there.
    public var stored: DataType {
        switch self {
        case .json: .string
        case .struct(let fields): .struct(fields.map(\.stored))
        case .list(let element, let containsNull): .list(element.stored, containsNull: containsNull)
        case .map(let key, let value, let containsNull):
            .map(key: key.stored, value: value.stored, valueContainsNull: containsNull)
        case .bool, .int32, .int64, .double, .decimal, .string, .bytes, .date, .timestamp: self
        }
    }

    /// Whether every value of `other` is one of this type as it stands: equal types, but that this one may allow nulls
    /// in its parts where the other has none.
    public func holds(_ other: DataType) -> Bool {
        switch (self, other) {
        case (.struct(let fields), .struct(let others)):
            fields.count == others.count
                && zip(fields, others).allSatisfy { field, other in
                    field.name == other.name && (field.isNullable || !other.isNullable) && field.type.holds(other.type)
                }
        case (.list(let element, let nulls), .list(let other, let otherNulls)):
            (nulls || !otherNulls) && element.holds(other)
        case (.map(let key, let value, let nulls), .map(let otherKey, let other, let otherNulls)):
            (nulls || !otherNulls) && key.holds(otherKey) && value.holds(other)
        default: self == other
        }
    }
}

extension Field {
    /// The field as tables know it.
    public var stored: Field { Field(name, type.stored, isNullable: isNullable) }
}

extension RecordSchema {
    /// The columns as tables know them.
    public var stored: RecordSchema { RecordSchema(fields.map(\.stored)) }
}

extension ColumnVector {
    /// The same values as another type of the same shape: `type.stored`, or one that `holds` this one.
    /// - Precondition: every part has the same physical type.
    public func retyped(as type: DataType) -> ColumnVector {
        if type == self.type { return self }
        let retyped: Values =
            switch (type, values) {
            case (.struct(let fields), .struct(let values)):
                .struct(
                    StructValues(
                        count: values.count,
                        children: zip(fields, values.children).map { $1.retyped(as: $0.type) }))
            case (.list(let element, _), .list(let values)):
                .list(ListValues(offsets: values.offsets, children: [values.children[0].retyped(as: element)]))
            case (.map(let key, let value, _), .list(let values)):
                .list(
                    ListValues(
                        offsets: values.offsets,
                        children: [values.children[0].retyped(as: key), values.children[1].retyped(as: value)]))
            default: values
            }
        return ColumnVector(type, retyped, validity: validity)
    }
}
