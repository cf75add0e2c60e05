import Columnar
import Dataflow

// Nested columns: `Column<Address>("address")` where `Address` is a schema, `Column<[LineItem]>("lines")`,
// `Column<[String: Int64]>("stock")`, any of them optional, inside of each other, and with optional elements.

extension Schema {
    /// A struct of the schema's columns.
    public static var dataType: DataType {
        let outer = SchemaNesting.outer
        precondition(
            !outer.contains(ObjectIdentifier(self)),
            "\(self) has a column of its own type: how deep a nested value is must be known")
        return SchemaNesting.$outer.withValue(outer + [ObjectIdentifier(self)]) { .struct(columns.map(\.field)) }
    }
    public static var nestedSchema: (any Schema.Type)? { self }
}

extension Array: ColumnValue where Element: ColumnValue {
    public typealias Base = [Element]
    public static var isNullable: Bool { false }
}

extension Array: PlainColumnValue where Element: ColumnValue, Element.Base: PlainColumnValue {
    public static var dataType: DataType { .list(Element.Base.dataType, containsNull: Element.isNullable) }
    public static var nestedSchema: (any Schema.Type)? { Element.Base.nestedSchema }
}

extension Dictionary: ColumnValue where Key: ColumnValue, Value: ColumnValue {
    public typealias Base = [Key: Value]
    public static var isNullable: Bool { false }
}

extension Dictionary: PlainColumnValue
where Key: ColumnValue, Key.Base: PlainColumnValue, Value: ColumnValue, Value.Base: PlainColumnValue {
    public static var dataType: DataType {
        .map(key: Key.Base.dataType, value: Value.Base.dataType, valueContainsNull: Value.isNullable)
    }
    public static var nestedSchema: (any Schema.Type)? { Value.Base.nestedSchema }
}

/// The schemas whose types are being made, outermost first.
private enum SchemaNesting {
    @TaskLocal static var outer: [ObjectIdentifier] = []
}

/// A JSON value of any shape: what has no schema. It is checked to be JSON and kept as the text that came; tables store
/// it as a string.
public struct JSON: PlainColumnValue, Hashable {
    public var text: String

    public init(text: String) { self.text = text }
    public static var dataType: DataType { .json }
}

extension Column {
    /// A list of decimals of `precision` digits, 1...38, `scale` of them after the point.
    public init<Element: ColumnValue>(_ name: String, precision: Int, scale: Int, path: [String]? = nil)
    where Value.Base == [Element], Element.Base == Decimal {
        let decimal = DataType.checkedDecimal(precision, scale)
        self.init(name, .list(decimal, containsNull: Element.isNullable), path)
    }

    /// A map to decimals of `precision` digits, 1...38, `scale` of them after the point.
    public init<Key: ColumnValue, Item: ColumnValue>(
        _ name: String, precision: Int, scale: Int, path: [String]? = nil
    ) where Value.Base == [Key: Item], Key.Base: PlainColumnValue, Item.Base == Decimal {
        let decimal = DataType.checkedDecimal(precision, scale)
        self.init(
            name, .map(key: Key.Base.dataType, value: decimal, valueContainsNull: Item.isNullable), path)
    }
}

extension DataType {
    static func checkedDecimal(_ precision: Int, _ scale: Int) -> DataType {
        precondition((1...38).contains(precision) && (0...precision).contains(scale), "decimal(\(precision),\(scale))")
        return .decimal(precision: precision, scale: scale)
    }
}

/// Ways into nested values; null where a part on the way is.
extension Expr where Value.Base: Schema {
    /// A field of the struct: `row.address.city`.
    public subscript<Part>(dynamicMember path: KeyPath<Value.Base, Column<Part>>) -> Expr<Part> {
        Expr<Part>(expression: .field(expression, Value.Base()[keyPath: path].field.name))
    }
}

extension Expr {
    /// The element at an index from 0: `row.lines[0]`; null where there are not so many.
    public subscript<Element>(index: Int) -> Expr<Element> where Value.Base == [Element] {
        Expr<Element>(expression: .element(expression, index.literal))
    }

    /// The element at an index from 0; null where there are not so many.
    public subscript<Element, Index>(index: Expr<Index>) -> Expr<Element>
    where Value.Base == [Element], Index.Base: IntegerValue {
        Expr<Element>(expression: .element(expression, index.expression))
    }

    /// The value of a key: `row.stock["A-1"]`; null where the map does not have it.
    public subscript<Key: LiteralValue, Item>(key: Key) -> Expr<Item> where Value.Base == [Key: Item] {
        Expr<Item>(expression: .element(expression, key.literal))
    }

    /// The value of a key; null where the map does not have it.
    public subscript<Key, Item, Wanted>(key: Expr<Wanted>) -> Expr<Item>
    where Value.Base == [Key: Item], Wanted.Base == Key.Base {
        Expr<Item>(expression: .element(expression, key.expression))
    }

    /// The number of elements.
    public func count<Element>() -> Expr<Int32> where Value.Base == [Element] {
        Expr<Int32>(expression: .function(.size, [expression]))
    }

    /// The number of entries.
    public func count<Key, Item>() -> Expr<Int32> where Value.Base == [Key: Item] {
        Expr<Int32>(expression: .function(.size, [expression]))
    }
}
