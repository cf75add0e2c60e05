import Columnar
import Testing

/// Functions of maps, which have no literals.
@Suite struct FunctionMapTests {
    static let schema = RecordSchema([
        Field("m", .map(key: .string, value: .int32, valueContainsNull: true), isNullable: true),
        Field("k", .string, isNullable: true),
    ])

    static func evaluate(_ call: String) throws -> [Scalar] {
        let maps: [Scalar] = [
            .map([.init(.string("a"), .int32(1)), .init(.string("é"), .null)]), .map([]), .null,
            .map([.init(.string("b"), .int32(-2)), .init(.string("a"), .int32(3))]),
        ]
        let keys: [Scalar] = [.string("é"), .string("a"), .string("a"), .null]
        let batch = RecordBatch(
            schema: schema,
            columns: [ColumnVector(schema.fields[0].type, scalars: maps), ColumnVector(.string, scalars: keys)],
            count: 4)
        let bound = try SQLExpression.parse(call).bound(to: schema)
        let whole = bound.evaluate(batch)
        for row in 0..<4 {
            #expect(bound.evaluate(batch.taking([Int32(row)])).scalar(at: 0) == whole.scalar(at: row), "\(call)")
        }
        return (0..<4).map { whole.scalar(at: $0) }
    }

    @Test func keysValuesAndEntries() throws {
        #expect(
            try Self.evaluate("map_keys(m)") == [
                .list([.string("a"), .string("é")]), .list([]), .null, .list([.string("b"), .string("a")]),
            ])
        #expect(
            try Self.evaluate("map_values(m)") == [
                .list([.int32(1), .null]), .list([]), .null, .list([.int32(-2), .int32(3)]),
            ])
        #expect(try Self.evaluate("size(m)") == [.int32(2), .int32(0), .null, .int32(2)])
        #expect(try Self.evaluate("element_at(m, 'a')") == [.int32(1), .null, .null, .int32(3)])
        #expect(try Self.evaluate("element_at(m, k)") == [.null, .null, .null, .null])
        #expect(try Self.evaluate("map_contains_key(m, 'a')") == [.bool(true), .bool(false), .null, .bool(true)])
        #expect(try Self.evaluate("map_contains_key(m, k)") == [.bool(true), .bool(false), .null, .null])
    }

    @Test func anotherKeyIsRefused() throws {
        #expect(throws: BindingError.self) { try SQLExpression.parse("element_at(m, 1)").bound(to: Self.schema) }
        #expect(throws: BindingError.self) { try SQLExpression.parse("array_join(m, ',')").bound(to: Self.schema) }
        #expect(throws: BindingError.self) { try SQLExpression.parse("hash(m)").bound(to: Self.schema) }
    }
}
