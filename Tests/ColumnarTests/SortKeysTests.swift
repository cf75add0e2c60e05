import Testing

@testable import Columnar

/// Sort keys against a comparison of the values themselves.
@Suite struct SortKeysTests {
    struct Case: CustomStringConvertible, Sendable {
        var type: DataType
        /// In ascending order; nulls first.
        var values: [Scalar]
        var description: String { "\(type)" }
    }

    static let cases = [
        Case(type: .bool, values: [.null, .bool(false), .bool(true)]),
        Case(type: .int32, values: [.null] + [Int32.min, -256, -1, 0, 1, 255, 256, .max].map { .int32($0) }),
        Case(type: .date, values: [.null] + [-1, 0, 1].map { .date($0) }),
        Case(type: .int64, values: [.null] + [Int64.min, -(1 << 40), -1, 0, 1, 1 << 40, .max].map { .int64($0) }),
        Case(type: .timestamp, values: [.null] + [Int64.min, -1, 0, 1, .max].map { .timestamp($0) }),
        Case(
            type: .double,
            values: [.null]
                + [
                    -Double.infinity, -1e300, -1, -1e-300, -0.0, 0.0, .leastNonzeroMagnitude, 1, 1.5, 1e300, .infinity,
                    .nan,
                ].map {
                    .double($0)
                }),
        Case(
            type: .decimal(precision: 38, scale: 2),
            values: [.null] + [Int128.min, -1 << 80, -1, 0, 1, 1 << 80, .max].map { .decimal($0, scale: 2) }),
        Case(
            type: .string,
            values: [.null]
                + ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0\0", "a\0b", "aa", "b", "ä", "😀"].map { .string($0) }),
        Case(type: .bytes, values: [.null] + [[], [0], [0, 255], [1], [254], [255], [255, 0]].map { .bytes($0) }),
        Case(
            type: .list(.int64, containsNull: true),
            values: [.null]
                + [[], [.null], [.int64(-1)], [.int64(1)], [.int64(1), .int64(0)], [.int64(2)], [.int64(3)]].map {
                    .list($0)
                }),
        Case(
            type: .struct([Field("a", .int64, isNullable: true), Field("b", .string)]),
            values: [
                .null, .struct([.null, .string("z")]), .struct([.int64(1), .string("")]),
                .struct([.int64(1), .string("a")]), .struct([.int64(2), .string("")]),
            ]),
    ]

    @Test(arguments: cases)
    func keysAreInTheOrderOfTheValues(_ test: Case) {
        let shuffled = (0..<test.values.count).map { ($0 * 7 + 3) % test.values.count }
        guard Set(shuffled).count == test.values.count else { return #expect(Bool(false), "7 divides the count") }
        let column = ColumnVector(test.type, scalars: shuffled.map { test.values[$0] })
        let rows = (0..<Int32(column.count)).map { $0 }
        for direction in [SortDirection.ascending, .descending] {
            let keys = SortKeys([column], [direction], count: column.count)
            let order = keys.first(column.count, of: rows).map { shuffled[Int($0)] }
            let expected = test.values.indices.map { $0 }
            #expect(order == (direction == .ascending ? expected : expected.reversed()), "\(direction)")
        }
    }

    /// Several columns, of which the first decides, over random rows with many that are equal.
    @Test func theFirstColumnsDecide() {
        var state: UInt64 = 7
        func random(_ count: Int64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(state >> 33) % count
        }
        let rows = (0..<500).map { _ in (random(5), ["", "a", "ab"][Int(random(3))], Double(random(4)) - 1.5) }
        let columns = [
            ColumnVector(.int64, .int64(rows.map(\.0))), ColumnVector(.string, .binary(BinaryValues(rows.map(\.1)))),
            ColumnVector(.double, .double(rows.map(\.2))),
            ColumnVector(.int64, .int64((0..<500).map { Int64($0) })),
        ]
        let keys = SortKeys(columns, [.descending, .ascending, .descending, .ascending], count: 500)
        let expected = rows.indices.sorted { left, right in
            let (l, r) = (rows[left], rows[right])
            if l.0 != r.0 { return l.0 > r.0 }
            if l.1 != r.1 { return l.1 < r.1 }
            if l.2 != r.2 { return l.2 > r.2 }
            return left < right
        }
        let all = (0..<Int32(500)).map { $0 }
        for limit in [1, 7, 100, 249, 251, 500, 600] {
            #expect(keys.first(limit, of: all).map { Int($0) } == Array(expected.prefix(limit)), "\(limit)")
        }
        var copied = SortKeys()
        copied.append(keys, rows: [3, 1])
        copied.append(keys.taking([2]), rows: [0])
        let order = { (row: Int) in expected.firstIndex(of: row)! }
        #expect(copied.count == 3)
        #expect(
            copied.precede([0, 1, 2, 0], keys, [1, 3, 3, -1])
                == [order(3) < order(1), order(1) < order(3), order(2) < order(3), true])
    }
}
