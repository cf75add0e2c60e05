import TestSupport
import Testing

@testable import Columnar

/// Ways into nested values, against the values themselves.
@Suite struct NestedExpressionTests {
    static let schema = RecordSchema([
        Field(
            "customer",
            .struct([
                Field("name", .string), Field("address", .struct([Field("city", .string)]), isNullable: true),
            ]), isNullable: true),
        Field("lines", .list(.int32, containsNull: true), isNullable: true),
        Field("stock", .map(key: .string, value: .double, valueContainsNull: true)),
        Field("byNumber", .map(key: .int64, value: .string, valueContainsNull: false)),
        Field("index", .int64, isNullable: true), Field("key", .string, isNullable: true),
    ])
    static let rows: [[Scalar]] = {
        var data = NestedData(seed: 21)
        return (0..<300).map { _ in
            schema.fields.map { field in
                switch field.name {
                case "index": data.value(.int64, isNullable: true)
                case "key": [.string("k0"), .string("k2"), .null, .string("")].randomElement(using: &data.random)!
                default: data.value(field.type, isNullable: field.isNullable)
                }
            }
        }
    }()

    static func values(_ expression: Expression) throws -> [Scalar] {
        let column = try expression.bound(to: schema).evaluate(NestedData.batch(schema, rows))
        return (0..<column.count).map { column.scalar(at: $0) }
    }

    static func part(_ scalar: Scalar, _ index: Int) -> Scalar {
        if case .struct(let values) = scalar { values[index] } else { .null }
    }

    static func element(_ list: Scalar, _ index: Scalar) -> Scalar {
        guard case .list(let values) = list, case .int64(let index) = index, index >= 0, index < values.count else {
            return .null
        }
        return values[Int(index)]
    }

    static func entry(_ map: Scalar, _ key: Scalar) -> Scalar {
        guard case .map(let entries) = map, key != .null else { return .null }
        return entries.first { $0.key == key }?.value ?? .null
    }

    @Test func fields() throws {
        let customer = Expression.column("customer")
        #expect(try Self.values(.field(customer, "name")) == Self.rows.map { Self.part($0[0], 0) })
        #expect(
            try Self.values(.field(.field(customer, "address"), "city"))
                == Self.rows.map { Self.part(Self.part($0[0], 1), 0) })
        let bound = try Expression.field(customer, "name").bound(to: Self.schema)
        #expect(bound.type == .string && bound.isNullable)
        #expect(Expression.field(.field(customer, "address"), "city").description == "customer.address.city")
    }

    @Test func elementsAndSizes() throws {
        let (lines, stock) = (Expression.column("lines"), Expression.column("stock"))
        #expect(
            try Self.values(.element(lines, .column("index"))) == Self.rows.map { Self.element($0[1], $0[4]) })
        for index in [-1, 0, 2, Int64.max] {
            #expect(
                try Self.values(.element(lines, .literal(.int64(index), .int64)))
                    == Self.rows.map { Self.element($0[1], .int64(index)) })
        }
        #expect(try Self.values(.element(stock, .column("key"))) == Self.rows.map { Self.entry($0[2], $0[5]) })
        #expect(
            try Self.values(.element(stock, .literal(.string("k1"), .string)))
                == Self.rows.map { Self.entry($0[2], .string("k1")) })
        #expect(
            try Self.values(.element(.column("byNumber"), .literal(.int32(1), .int32)))
                == Self.rows.map { Self.entry($0[3], .int64(1)) })
        #expect(
            try Self.values(.function(.size, [lines]))
                == Self.rows.map { if case .list(let values) = $0[1] { .int32(Int32(values.count)) } else { .null } })
        #expect(
            try Self.values(.function(.size, [stock]))
                == Self.rows.map { if case .map(let entries) = $0[2] { .int32(Int32(entries.count)) } else { .null } })
        #expect(Expression.element(stock, .literal(.string("a"), .string)).description == "stock['a']")
    }

    @Test func comparisonsChoicesAndMembership() throws {
        let lines = Expression.column("lines")
        let shifted = Array(Self.rows.map { $0[1] }[1...]) + [Self.rows[0][1]]
        let schema = RecordSchema(Self.schema.fields + [Field("other", Self.schema.fields[1].type, isNullable: true)])
        let batch = NestedData.batch(schema, zip(Self.rows, shifted).map { $0 + [$1] })
        func values(_ expression: Expression) throws -> [Scalar] {
            let column = try expression.bound(to: schema).evaluate(batch)
            return (0..<column.count).map { column.scalar(at: $0) }
        }
        #expect(
            try values(.binary(.equal, lines, .column("other")))
                == zip(Self.rows, shifted).map { $0[1] == .null || $1 == .null ? .null : .bool($0[1] == $1) })
        #expect(
            try values(.function(.coalesce, [lines, .column("other")]))
                == zip(Self.rows, shifted).map { $0[1] == .null ? $1 : $0[1] })
        let long = Expression.binary(.greater, .function(.size, [lines]), .literal(.int32(1), .int32))
        #expect(
            try values(.caseWhen([.init(when: long, then: lines)], otherwise: nil))
                == Self.rows.map { if case .list(let values) = $0[1], values.count > 1 { $0[1] } else { .null } })
        let casted = try values(.cast(lines, to: .list(.string, containsNull: true)))
        #expect(
            casted
                == Self.rows.map { row in
                    guard case .list(let values) = row[1] else { return .null }
                    return .list(values.map { if case .int32(let value) = $0 { .string("\(value)") } else { .null } })
                })
        #expect(throws: BindingError.self) {
            try Expression.cast(lines, to: .list(.string, containsNull: false)).bound(to: schema)
        }
    }

    @Test func mistakesNameTheNearest() {
        let cases: [(Expression, String)] = [
            (
                .field(.column("customer"), "nme"),
                "customer has no field 'nme', did you mean 'name'? Its fields are name, address"
            ),
            (
                .field(.field(.column("customer"), "address"), "street"),
                "customer.address has no field 'street'. Its fields are city"
            ),
            (
                .field(.column("lines"), "sku"),
                "lines is list<int>, which has no fields, in lines.sku: only structs have fields"
            ),
            (
                .element(.column("lines"), .column("key")),
                "a list takes an integer as index, not string, in lines[key]"
            ),
            (
                .element(.column("stock"), .column("index")), "the map's keys are string, not bigint, in stock[index]"
            ),
            (
                .element(.column("index"), .column("index")),
                "bigint has no elements, in index[index]: only lists and maps have"
            ),
        ]
        for (expression, message) in cases {
            #expect(throws: BindingError(description: message)) { try expression.bound(to: Self.schema) }
        }
    }
}
