import Columnar
import Testing

/// Expressions with constant arguments, and what binding says of nulls.
@Suite struct ConstantArgumentTests {
    static func evaluate(_ expression: Expression, _ values: [String: Scalar] = [:]) throws -> Scalar {
        try ExpressionTests.evaluate(expression, values)
    }

    static func message(_ expression: Expression) -> String {
        do {
            _ = try expression.bound(to: ExpressionTests.schema)
            return "accepted"
        } catch { return error.description }
    }

    @Test func membership() throws {
        let cases: [(String, [Scalar], Scalar, Scalar)] = [
            ("s", [.string("AA"), .string("UA")], .string("UA"), .bool(true)),
            ("s", [.string("AA"), .string("UA")], .string("U"), .bool(false)),
            ("s", [.string("")], .string(""), .bool(true)), ("s", [.string("AA")], .string("UA "), .bool(false)),
            ("s", [.string("AA")], .null, .null), ("i", [.int64(3)], .int32(3), .bool(true)),
            ("l", [.int32(3), .int64(4)], .int64(4), .bool(true)), ("b", [.bool(true)], .bool(false), .bool(false)),
            ("m", [.decimal(5, scale: 1), .int64(7)], .decimal(50, scale: 2), .bool(true)),
            ("m", [.decimal(5, scale: 1), .int64(7)], .decimal(51, scale: 2), .bool(false)),
            ("d", [.double(0), .double(.nan)], .double(-0.0), .bool(true)),
            ("d", [.int64(1), .double(.nan)], .double(.nan), .bool(true)),
            ("d", [.int64(1), .double(2)], .double(3), .bool(false)),
            ("t", [.timestamp(5)], .timestamp(5), .bool(true)), ("day", [.date(5)], .date(6), .bool(false)),
        ]
        for (column, values, row, expected) in cases {
            let result = try Self.evaluate(.isIn(.column(column), values), [column: row])
            #expect(result == expected, "\(row) in \(values)")
        }
    }

    /// Every number of values, against equality one by one: the kernel changes its way with the number.
    @Test(arguments: [1, 2, 8, 9, 10, 40, 300])
    func membershipOfManyValues(count: Int) throws {
        let words = (0..<count).map { Scalar.string(String($0 * 7 % 1000, radix: 5)) }
        let numbers = (0..<count).map { Scalar.int64(Int64($0 * 7 % 1000)) }
        for value in 0..<1000 where value % 3 < 2 {
            let word = Scalar.string(String(value, radix: 5))
            let number = Scalar.int64(Int64(value))
            #expect(try Self.evaluate(.isIn(.column("s"), words), ["s": word]) == .bool(words.contains(word)))
            #expect(try Self.evaluate(.isIn(.column("l"), numbers), ["l": number]) == .bool(numbers.contains(number)))
        }
    }

    @Test func rounding() throws {
        let cases: [(String, Int, Scalar, Scalar)] = [
            ("d", 0, .double(2.5), .double(3)), ("d", 0, .double(-2.5), .double(-3)),
            ("d", 0, .double(2.4), .double(2)),
            ("d", 2, .double(3.14159), .double(3.14)), ("d", 2, .double(1e300), .double(1e300)),
            ("d", 38, .double(0.1), .double(0.1)), ("d", 1, .double(.infinity), .double(.infinity)),
            ("d", 1, .null, .null), ("i", 0, .int32(7), .int32(7)), ("l", 3, .int64(7), .int64(7)),
            ("m", 0, .decimal(250, scale: 2), .decimal(3, scale: 0)),
            ("m", 1, .decimal(-105, scale: 2), .decimal(-11, scale: 1)),
            ("m", 1, .decimal(104, scale: 2), .decimal(10, scale: 1)),
            ("m", 0, .decimal(999_999_999_999, scale: 2), .decimal(10_000_000_000, scale: 0)),
            ("m", 2, .decimal(105, scale: 2), .decimal(105, scale: 2)),
        ]
        for (column, digits, value, expected) in cases {
            let result = try Self.evaluate(.rounded(.column(column), digits: digits), [column: value])
            #expect(result == expected, "round(\(value), \(digits))")
        }
    }

    @Test func truncation() throws {
        // 2000-02-29T23:59:59.999999Z, a Tuesday; and the last microsecond before 1970, a Wednesday.
        let cases: [(Int64, Expression.TimeUnit, Int64)] = [
            (951_868_799_999_999, .second, 951_868_799_000_000), (951_868_799_999_999, .minute, 951_868_740_000_000),
            (951_868_799_999_999, .hour, 951_865_200_000_000), (951_868_799_999_999, .day, 951_782_400_000_000),
            (951_868_799_999_999, .week, 951_696_000_000_000), (951_868_799_999_999, .month, 949_363_200_000_000),
            (951_868_799_999_999, .year, 946_684_800_000_000), (-1, .second, -1_000_000), (-1, .minute, -60_000_000),
            (-1, .hour, -3_600_000_000), (-1, .day, -86_400_000_000), (-1, .week, -259_200_000_000),
            (-1, .month, -2_678_400_000_000), (-1, .year, -31_536_000_000_000), (0, .week, -259_200_000_000),
            (345_600_000_000, .week, 345_600_000_000), (345_599_999_999, .week, -259_200_000_000),
            (.min, .year, .min), (.min, .day, .min),
        ]
        for (time, unit, expected) in cases {
            let result = try Self.evaluate(.truncated(.column("t"), to: unit), ["t": .timestamp(time)])
            #expect(result == .timestamp(expected), "\(time) to \(unit)")
        }
        for unit in Expression.TimeUnit.allCases {
            #expect(try Self.evaluate(.truncated(.column("t"), to: unit)) == .null)
            _ = try Self.evaluate(.truncated(.column("t"), to: unit), ["t": .timestamp(.max)])
        }
    }

    @Test func whatIsWrongIsSaid() {
        #expect(
            Self.message(.isIn(.column("i"), [.int64(1 << 40)]))
                == "1099511627776 is not a value of int, in i in (1099511627776)")
        #expect(
            Self.message(.isIn(.column("m"), [.decimal(1, scale: 3)]))
                == "0.001 is not a value of decimal(12,2), in m in (0.001)")
        #expect(Self.message(.isIn(.column("s"), [.null])) == "null is not a value of string, in s in (null)")
        #expect(Self.message(.isIn(.column("s"), [])) == "s in () has no values to be in")
        #expect(Self.message(.rounded(.column("s"), digits: 1)) == "round takes a number, not string, in round(s, 1)")
        #expect(
            Self.message(.rounded(.column("d"), digits: 39)) == "round takes -38 to 38 digits, not 39, in round(d, 39)")
        #expect(
            Self.message(.truncated(.column("day"), to: .hour))
                == "date_trunc takes a timestamp, not date, in date_trunc('hour', day)")
    }

    @Test func onlyWhatCanFailIsNullable() throws {
        let schema = RecordSchema([
            Field("i", .int32), Field("l", .int64), Field("d", .double), Field("m", .decimal(precision: 12, scale: 2)),
            Field("wide", .decimal(precision: 38, scale: 2)), Field("t", .timestamp),
            Field("n", .double, isNullable: true),
        ])
        func nullable(_ expression: Expression) throws -> Bool { try expression.bound(to: schema).isNullable }
        func binary(_ operation: Expression.BinaryOperator, _ left: String, _ right: String) -> Expression {
            .binary(operation, .column(left), .column(right))
        }
        #expect(try !nullable(binary(.add, "d", "l")) && !nullable(binary(.multiply, "m", "m")))
        #expect(try !nullable(binary(.subtract, "m", "i")))
        #expect(try nullable(binary(.add, "l", "l")) && nullable(binary(.add, "wide", "m")))
        #expect(try nullable(binary(.divide, "d", "d")) && nullable(binary(.add, "d", "n")))
        func divided(_ column: String, _ divisor: Int64) -> Expression {
            .binary(.divide, .column(column), .literal(.int64(divisor), .int64))
        }
        #expect(try !nullable(divided("l", 60)) && !nullable(divided("d", 60)))
        #expect(try nullable(divided("l", 0)) && nullable(divided("l", -1)) && nullable(divided("d", 0)))
        #expect(try !nullable(.cast(.column("m"), to: .double)) && !nullable(.cast(.column("t"), to: .date)))
        #expect(try !nullable(.cast(.column("m"), to: .decimal(precision: 14, scale: 3))))
        #expect(try nullable(.cast(.column("m"), to: .decimal(precision: 12, scale: 3))))
        #expect(try nullable(.cast(.column("d"), to: .int64)) && nullable(.cast(.column("l"), to: .int32)))
        #expect(try !nullable(.unary(.negate, .column("d"))) && nullable(.unary(.negate, .column("l"))))
        #expect(try !nullable(.coalesce([binary(.add, "l", "l"), .literal(.int64(0), .int64)])))
    }

    @Test func theColumnsThatAnExpressionReads() {
        let branch = Expression.CaseBranch(when: .isIn(.column("a"), [.int64(1)]), then: .column("b"))
        let choice = Expression.caseWhen([branch], otherwise: .rounded(.column("c"), digits: 1))
        let call = Expression.function(.concat, [.column("d"), .literal(.string("x"), .string)])
        #expect(Expression.coalesce([choice, call, .unary(.negate, .column("a"))]).columns == ["a", "b", "c", "d"])
    }
}
