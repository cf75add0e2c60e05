/// The type of a column's values.
public enum DataType: Hashable, Sendable {
    case bool
    case int32
    case int64
    /// IEEE 754 binary64.
    case double
    /// Exact decimal: an unscaled 128-bit integer with `scale` digits after the point; `precision` is 1...38.
    case decimal(precision: Int, scale: Int)
    /// UTF-8 text.
    case string
    case bytes
    /// Days since 1970-01-01.
    case date
    /// Microseconds since 1970-01-01T00:00:00Z.
    case timestamp
    /// A JSON value of any shape, as its text: what has no schema. Tables store it as a string.
    case json
    /// Named fields, each of its own type.
    case `struct`([Field])
    /// Values of one type, in order.
    indirect case list(DataType, containsNull: Bool)
    /// Values by key. Keys are never null; their order does not count.
    indirect case map(key: DataType, value: DataType, valueContainsNull: Bool)
}

extension DataType: CustomStringConvertible {
    /// The SQL name of the type, as error messages and plans print it.
    public var description: String {
        switch self {
        case .bool: "boolean"
        case .int32: "int"
        case .int64: "bigint"
        case .double: "double"
        case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
        case .string: "string"
        case .bytes: "binary"
        case .date: "date"
        case .timestamp: "timestamp"
        case .json: "json"
        case .struct(let fields):
            "struct<\(fields.map { "\($0.name): \($0.type)\($0.isNullable ? "" : " not null")" }.joined(separator: ", "))>"
        case .list(let element, let containsNull): "list<\(element)\(containsNull ? "" : " not null")>"
        case .map(let key, let value, let containsNull):
            "map<\(key), \(value)\(containsNull ? "" : " not null")>"
        }
    }
}

/// A named, typed column of a schema.
public struct Field: Hashable, Sendable {
    public var name: String
    public var type: DataType
    /// Whether the column may hold nulls.
    public var isNullable: Bool

    public init(_ name: String, _ type: DataType, isNullable: Bool = false) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

/// The ordered columns of a batch, a stream or a table. Names are unique.
public struct RecordSchema: Hashable, Sendable {
    public let fields: [Field]

    /// - Precondition: field names are unique.
    public init(_ fields: [Field]) {
        precondition(Set(fields.map(\.name)).count == fields.count, "duplicate field name in a schema")
        self.fields = fields
    }

    /// The position of the field called `name`.
    public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }
}

extension RecordSchema: CustomStringConvertible {
    public var description: String {
        fields.map { "\($0.name) \($0.type)\($0.isNullable ? "" : " not null")" }.joined(separator: ", ")
    }
}
