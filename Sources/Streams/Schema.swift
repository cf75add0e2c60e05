import Columnar
import Dataflow

/// The columns of a stream or a table, declared as a plain struct of `Column` properties. For a source it is the data
/// contract: what a record must hold. A schema is also the type of a nested column, `Column<Address>("address")`.
public protocol Schema: PlainColumnValue {
    init()
}

/// A column of a schema. An optional value type makes the column nullable.
public struct Column<Value: ColumnValue>: Sendable {
    let field: Field
    let path: [String]
    let timestampFormat: ContractDescription.TimestampFormat
    /// The schema of the structs within the values, if there are any.
    var nestedSchema: (any Schema.Type)? { (Value.Base.self as? any PlainColumnValue.Type)?.nestedSchema }

    init(_ name: String, _ type: DataType, _ path: [String]?) {
        field = Field(name, type, isNullable: Value.isNullable)
        self.path = path ?? [name]
        timestampFormat = .iso8601
    }

    /// - Parameters:
    ///   - name: the column's name in tables, and the field's in records.
    ///   - path: the names that lead to the value in a record, when it is nested: `["customer", "id"]`.
    ///   - timestamps: how a timestamp stands in a record; ISO 8601 text with an offset by default.
    public init(
        _ name: String, path: [String]? = nil, timestamps: ContractDescription.TimestampFormat = .iso8601
    ) where Value.Base: PlainColumnValue {
        field = Field(name, Value.Base.dataType, isNullable: Value.isNullable)
        self.path = path ?? [name]
        timestampFormat = timestamps
    }

    /// A decimal of `precision` digits, 1...38, `scale` of them after the point.
    public init(_ name: String, precision: Int, scale: Int, path: [String]? = nil) where Value.Base == Decimal {
        self.init(name, DataType.checkedDecimal(precision, scale), path)
    }
}

/// What a column can hold, or an optional of it.
public protocol ColumnValue: Sendable {
    /// The type without its optional.
    associatedtype Base: ColumnValue
    static var isNullable: Bool { get }
}

/// A value whose type says everything; a decimal needs its precision and scale.
public protocol PlainColumnValue: ColumnValue where Base == Self {
    static var dataType: DataType { get }
    /// The schema of the structs within the value, if there are any.
    static var nestedSchema: (any Schema.Type)? { get }
}

extension PlainColumnValue {
    public static var isNullable: Bool { false }
    public static var nestedSchema: (any Schema.Type)? { nil }
}

extension Bool: PlainColumnValue {
    public typealias Base = Self
    public static var dataType: DataType { .bool }
}
extension Int32: PlainColumnValue {
    public typealias Base = Self
    public static var dataType: DataType { .int32 }
}
extension Int64: PlainColumnValue {
    public typealias Base = Self
    public static var dataType: DataType { .int64 }
}
extension Double: PlainColumnValue {
    public typealias Base = Self
    public static var dataType: DataType { .double }
}
extension String: PlainColumnValue {
    public typealias Base = Self
    public static var dataType: DataType { .string }
}

/// A Swift `Int` is a 64-bit integer.
extension Int: ColumnValue {
    public typealias Base = Int64
    public static var isNullable: Bool { false }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    public typealias Base = Wrapped.Base
    public static var isNullable: Bool { true }
}

/// An instant, to the microsecond.
public struct Timestamp: PlainColumnValue, Hashable {
    public typealias Base = Self
    /// Since 1970 UTC.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }
    public static var dataType: DataType { .timestamp }
}

/// A day of the calendar.
public struct CalendarDate: PlainColumnValue, Hashable {
    public typealias Base = Self
    /// Since 1970-01-01.
    public var days: Int32

    public init(days: Int32) { self.days = days }
    public static var dataType: DataType { .date }
}

/// An exact decimal number.
public struct Decimal: ColumnValue, Hashable {
    public typealias Base = Decimal
    public static var isNullable: Bool { false }
    /// The number times ten to the power of `scale`.
    public var unscaled: Int128
    public var scale: Int

    public init(unscaled: Int128, scale: Int) {
        self.unscaled = unscaled
        self.scale = scale
    }
}

/// A column of any type, as the façade finds it in a schema.
protocol AnyColumn {
    var field: Field { get }
    var path: [String] { get }
    var timestampFormat: ContractDescription.TimestampFormat { get }
    var nestedSchema: (any Schema.Type)? { get }
}

extension Column: AnyColumn {}

extension Schema {
    /// The columns in the order of their declaration.
    static var columns: [any AnyColumn] {
        Mirror(reflecting: Self()).children.compactMap { $0.value as? any AnyColumn }
    }

    static func contract() -> ContractDescription {
        ContractDescription(
            name: String(describing: Self.self),
            columns: columns.map {
                .init(
                    $0.field, path: $0.path, timestampFormat: $0.timestampFormat,
                    nestedTimestampFormats: $0.nestedSchema?.timestampFormats([]) ?? [:])
            })
    }

    /// How the timestamps of nested values stand in records, by path, where it is not as ISO 8601.
    private static func timestampFormats(_ path: [String]) -> [[String]: ContractDescription.TimestampFormat] {
        columns.reduce(into: [:]) { formats, column in
            let place = path + [column.field.name]
            if column.timestampFormat != .iso8601 { formats[place] = column.timestampFormat }
            if let nested = column.nestedSchema {
                formats.merge(nested.timestampFormats(place)) { format, _ in format }
            }
        }
    }

    /// What cannot be said of columns of a nested value, a sentence each.
    static func nestedProblems() -> [String] {
        columns.flatMap { column -> [String] in
            guard let nested = column.nestedSchema else { return [] }
            let moved = nested.columns.filter { $0.path != [$0.field.name] }.map {
                "column '\($0.field.name)' of \(nested) has a path, but stands in the nested column "
                    + "'\(column.field.name)' of \(self): only columns of a record itself can have one"
            }
            return moved + nested.nestedProblems()
        }
    }
}
