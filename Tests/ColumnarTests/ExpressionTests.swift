import Columnar
import Testing

@Suite struct ExpressionTests {
    static let schema = RecordSchema([
        Field("i", .int32, isNullable: true), Field("l", .int64, isNullable: true),
        Field("d", .double, isNullable: true),
        Field("m", .decimal(precision: 12, scale: 2), isNullable: true), Field("s", .string, isNullable: true),
        Field("b", .bool, isNullable: true), Field("t", .timestamp, isNullable: true),
        Field("day", .date, isNullable: true),
    ])

    static func row(_ values: [String: Scalar]) -> RecordBatch {
        RecordBatch(
            schema: schema,
            columns: schema.fields.map { ColumnVector($0.type, scalars: [values[$0.name] ?? .null]) }, count: 1)
    }

    static func evaluate(_ expression: Expression, _ values: [String: Scalar] = [:]) throws -> Scalar {
        let bound = try expression.bound(to: schema)
        let column = bound.evaluate(row(values))
        #expect(column.type == bound.type && column.count == 1)
        if column.scalar(at: 0) == .null { #expect(bound.isNullable, "\(expression) gives null") }
        return column.scalar(at: 0)
    }

    static func long(_ value: Int64) -> Expression { .literal(.int64(value), .int64) }
    static func text(_ value: String) -> Expression { .literal(.string(value), .string) }

    @Test func arithmeticKeepsItsTypeOrIsNull() throws {
        let cases: [(Expression.BinaryOperator, Scalar, Scalar, Scalar)] = [
            (.add, .int64(2), .int64(3), .int64(5)), (.add, .int64(.max), .int64(1), .null),
            (.subtract, .int64(.min), .int64(1), .null), (.multiply, .int64(1 << 62), .int64(2), .null),
            (.divide, .int64(-7), .int64(2), .int64(-3)), (.divide, .int64(1), .int64(0), .null),
            (.divide, .int64(.min), .int64(-1), .null), (.remainder, .int64(-7), .int64(2), .int64(-1)),
            (.remainder, .int64(.min), .int64(-1), .int64(0)), (.remainder, .int64(7), .int64(0), .null),
            (.add, .null, .int64(1), .null), (.add, .int64(1), .null, .null),
        ]
        for (operation, left, right, expected) in cases {
            let variable = Expression.binary(operation, .column("l"), .literal(right, .int64))
            #expect(try Self.evaluate(variable, ["l": left]) == expected, "\(left) \(operation.rawValue) \(right)")
            let mirrored = Expression.binary(operation, .literal(left, .int64), .column("l"))
            #expect(try Self.evaluate(mirrored, ["l": right]) == expected, "\(left) \(operation.rawValue) \(right)")
        }
        #expect(try Self.evaluate(.binary(.divide, .column("d"), Self.long(0)), ["d": .double(1)]) == .null)
        #expect(try Self.evaluate(.binary(.multiply, .column("d"), Self.long(2)), ["d": .double(0.5)]) == .double(1))
        #expect(try Self.evaluate(.unary(.negate, .column("i")), ["i": .int32(.min)]) == .null)
    }

    @Test func decimalsAreExact() throws {
        let price = Expression.column("m")
        let values: [String: Scalar] = ["m": .decimal(1005, scale: 2), "l": .int64(3)]
        #expect(try Self.evaluate(.binary(.add, price, Self.long(1)), values) == .decimal(1105, scale: 2))
        #expect(try Self.evaluate(.binary(.multiply, price, price), values) == .decimal(1_010_025, scale: 4))
        let third = try Self.evaluate(.binary(.divide, price, .column("l")), values)
        guard case .decimal(let unscaled, let scale) = third else { return #expect(Bool(false), "\(third)") }
        #expect(Decimal128.rescale(unscaled, from: scale, to: 6) == 3_350_000)
        #expect(try Self.evaluate(.cast(price, to: .int64), values) == .int64(10))
        #expect(try Self.evaluate(.cast(price, to: .string), ["m": .decimal(-5, scale: 2)]) == .string("-0.05"))
        #expect(
            try Self.evaluate(.cast(price, to: .decimal(precision: 3, scale: 1)), values) == .decimal(101, scale: 1))
        #expect(try Self.evaluate(.cast(price, to: .decimal(precision: 2, scale: 1)), values) == .null)
        #expect(
            try Self.evaluate(
                .binary(.greater, price, .column("d")), ["m": .decimal(1005, scale: 2), "d": .double(10)])
                == .bool(true))
    }

    @Test func logicHasThreeValues() throws {
        let values: [Scalar] = [.bool(true), .bool(false), .null]
        for left in values {
            for right in values {
                let and = Expression.binary(.and, .column("b"), .literal(right, .bool))
                let or = Expression.binary(.or, .column("b"), .literal(right, .bool))
                let both = [left, right]
                let expectedAnd: Scalar =
                    both.contains(.bool(false)) ? .bool(false) : both.contains(.null) ? .null : .bool(true)
                let expectedOr: Scalar =
                    both.contains(.bool(true)) ? .bool(true) : both.contains(.null) ? .null : .bool(false)
                #expect(try Self.evaluate(and, ["b": left]) == expectedAnd)
                #expect(try Self.evaluate(or, ["b": left]) == expectedOr)
            }
            #expect(try Self.evaluate(.unary(.isNull, .column("b")), ["b": left]) == .bool(left == .null))
        }
        #expect(try Self.evaluate(.unary(.not, .column("b"))) == .null)
    }

    @Test func choicesAndStrings() throws {
        let branch = Expression.CaseBranch(when: .binary(.greater, .column("l"), Self.long(15)), then: Self.long(1))
        let delayed = Expression.caseWhen([branch], otherwise: Self.long(0))
        for (value, expected) in [(.int64(16), 1), (.int64(15), 0), (.null, 0)] as [(Scalar, Int64)] {
            #expect(try Self.evaluate(delayed, ["l": value]) == .int64(expected))
        }
        #expect(try Self.evaluate(.coalesce([.column("s"), Self.text("none")])) == .string("none"))
        let text: [String: Scalar] = ["s": .string("  Zürich 😀 ")]
        let cases: [(ScalarFunction, [Expression], Scalar)] = [
            (.length, [], .int32(11)), (.lower, [], .string("  zürich 😀 ")), (.upper, [], .string("  ZÜRICH 😀 ")),
            (.trim, [], .string("Zürich 😀")), (.concat, [Self.text("!")], .string("  Zürich 😀 !")),
            (.substring, [Self.long(4), Self.long(2)], .string("ür")),
            (.substring, [Self.long(99), Self.long(2)], .string("")),
            (.substring, [Self.long(10), Self.long(.max)], .string("😀 ")),
            (.contains, [Self.text("rich")], .bool(true)),
            (.startsWith, [Self.text(" Z")], .bool(false)), (.endsWith, [Self.text("😀 ")], .bool(true)),
            (.contains, [Self.text("")], .bool(true)),
        ]
        for (function, arguments, expected) in cases {
            let name = function.name
            #expect(try Self.evaluate(.function(function, [.column("s")] + arguments), text) == expected, "\(name)")
            #expect(try Self.evaluate(.function(function, [.column("s")] + arguments)) == .null, "\(name) of null")
        }
        #expect(try Self.evaluate(.function(.trim, [.column("s")]), ["s": .string("   ")]) == .string(""))
    }

    @Test func partsOfTimes() throws {
        func parts(_ microseconds: Int64) throws -> [Scalar] {
            try [.year, .month, .day, .hour, .minute, .second, .dayOfWeek].map {
                try Self.evaluate(.function($0, [.column("t")]), ["t": .timestamp(microseconds)])
            }
        }
        #expect(try parts(0) == [1970, 1, 1, 0, 0, 0, 4].map(Scalar.int32))
        #expect(try parts(-1) == [1969, 12, 31, 23, 59, 59, 3].map(Scalar.int32))
        #expect(try parts(951_868_799_999_999) == [2000, 2, 29, 23, 59, 59, 2].map(Scalar.int32))
        #expect(try Self.evaluate(.function(.toDate, [.column("t")]), ["t": .timestamp(-1)]) == .date(-1))
        for days in stride(from: Int64(-1_000_000), to: 1_000_000, by: 97) {
            let date = CivilDate(days: days)
            #expect(CivilDate.days(year: date.year, month: date.month, day: date.day) == days)
        }
    }

    @Test func aWrongExpressionIsRefusedInASentence() {
        func message(_ expression: Expression) -> String {
            do {
                _ = try expression.bound(to: RecordSchema([Field("status", .string), Field("amount", .int64)]))
                return "accepted"
            } catch { return error.description }
        }
        #expect(
            message(.column("stauts"))
                == "there is no column 'stauts', did you mean 'status'? The columns are status, amount")
        #expect(message(.column("zzzzzz")) == "there is no column 'zzzzzz'. The columns are status, amount")
        #expect(
            message(.binary(.add, .column("status"), Self.long(1))) == "+ takes numbers, not string, in (status + 1)")
        #expect(
            message(.binary(.equal, .column("status"), Self.long(1)))
                == "= meets string and bigint in (status = 1): cast one of them")
        #expect(message(.unary(.not, .column("amount"))) == "not takes boolean, not bigint, in not amount")
        #expect(message(.cast(.column("amount"), to: .timestamp)) == "bigint cannot be cast to timestamp")
    }

    /// Whole columns against one row at a time, over random values with nulls.
    @Test func columnsEqualRowsOneByOne() throws {
        var random = SystemRandomNumberGenerator()
        let rows = (0..<300).map { _ in
            Self.row([
                "l": Bool.random() ? .int64(.random(in: -5...5)) : .null,
                "i": Bool.random() ? .int32(.random(in: -5...5)) : .null,
                "d": Bool.random(using: &random) ? .double(.random(in: -2...2)) : .null,
                "m": Bool.random() ? .decimal(Int128(Int.random(in: -500...500)), scale: 2) : .null,
                "s": Bool.random() ? .string(["a", "b", "ab", ""].randomElement() ?? "") : .null,
            ])
        }
        let whole = RecordBatch.concatenating(rows)
        var expressions: [Expression] = [.coalesce([.column("l"), .column("i"), Self.long(9)])]
        for operation in ["+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">="].compactMap(
            Expression.BinaryOperator.init)
        {
            for (left, right) in [("l", "i"), ("l", "d"), ("m", "l"), ("m", "m"), ("i", "m")] {
                expressions.append(.binary(operation, .column(left), .column(right)))
            }
        }
        expressions.append(.binary(.less, .column("s"), Self.text("ab")))
        for expression in expressions {
            let bound = try expression.bound(to: Self.schema)
            let column = bound.evaluate(whole)
            for (index, row) in rows.enumerated() {
                #expect(column.scalar(at: index) == bound.evaluate(row).scalar(at: 0), "\(expression)")
            }
        }
    }
}
