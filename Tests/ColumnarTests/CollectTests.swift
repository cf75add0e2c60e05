import Columnar
import TestSupport
import Testing

/// Collected values against a sort of all rows, with so many that rows are left out on the way.
@Suite struct CollectTests {
    static let count = 30_000
    static let limit = 5

    @Test(arguments: [false, true], [false, true]) func equalsASortOfAllRows(isSet: Bool, isMerged: Bool) throws {
        var random = ApproximateAggregateTests.Random(state: 11)
        let values = (0..<Self.count).map { _ in Int64(random.next() % 12) }
        let times = (0..<Self.count).map { _ in Int64(random.next() % 9000) }
        let groups = (0..<Self.count).map { _ in Int32(random.next() % 2000) % 700 }
        let columns = [
            ColumnVector(.int64, .int64(values)), ColumnVector(.timestamp, .int64(times)),
            ColumnVector(.int32, .int32((0..<Self.count).map { Int32($0 % 3) })),
            ColumnVector(.int64, .int64((0..<Self.count).map { Int64($0) })),
        ]
        var expected = [[Int64]](repeating: [], count: 700)
        for row in (0..<Self.count).sorted(by: { (times[$0], $0 % 3, $0) < (times[$1], $1 % 3, $1) }) {
            let group = Int(groups[row])
            if expected[group].count == Self.limit || isSet && expected[group].contains(values[row]) { continue }
            expected[group].append(values[row])
        }

        let function =
            isSet ? AggregateFunction.collectDistinctJSON(limit: Self.limit) : .collectJSON(limit: Self.limit)
        var whole = try Accumulator(function, arguments: [.int64])
        for start in stride(from: 0, to: Self.count, by: 1000) {
            let rows = (start..<start + 1000).map { Int32($0) }
            var part = isMerged ? try Accumulator(function, arguments: [.int64]) : whole
            part.update(
                groups: rows.map { groups[Int($0)] }, groupCount: 700, columns: columns.map { $0.taking(rows) })
            if isMerged {
                whole.merge(part.state(), groups: (0..<700).map { $0 }, groupCount: 700)
            } else {
                whole = part
            }
        }
        let lists = try Self.lists(isSet, columns, groups)
        #expect(lists.scalars == expected.map { .list($0.map { .int64($0) }) })
        let texts = expected.map { Scalar.string("[\($0.map { "\($0)" }.joined(separator: ","))]") }
        #expect(whole.finish().scalars == texts)
        #expect(whole.taking([699, 3]).finish().scalars == [texts[699], texts[3]])
    }

    static func lists(_ isSet: Bool, _ columns: [ColumnVector], _ groups: [Int32]) throws -> ColumnVector {
        let function = isSet ? AggregateFunction.collectDistinct(limit: limit) : .collect(limit: limit)
        var accumulator = try Accumulator(function, arguments: [.int64])
        accumulator.update(groups: groups, groupCount: 700, columns: columns)
        return accumulator.finish()
    }

    /// Nested values are collected, chosen and told apart by all that they hold, also from a checkpoint.
    @Test func nestedValues() throws {
        var data = NestedData(seed: 12)
        let type = DataType.struct([
            Field("a", .list(.string, containsNull: true), isNullable: true),
            Field("m", .map(key: .string, value: .double, valueContainsNull: true)),
        ])
        let rows = (0..<200).map { _ in data.value(type, isNullable: true) }
        let columns = [
            ColumnVector(type, scalars: rows), ColumnVector(.timestamp, .int64((0..<200).map { Int64($0) })),
            ColumnVector(.int32, .int32([Int32](repeating: 0, count: 200))),
            ColumnVector(.int64, .int64((0..<200).map { Int64($0) })),
        ]
        let groups = (0..<200).map { Int32($0 % 3) }
        for (function, isSet) in [(AggregateFunction.collect(limit: 100), false), (.collectDistinct(limit: 100), true)]
        {
            var first = try Accumulator(function, arguments: [type])
            first.update(groups: groups, groupCount: 3, columns: columns)
            var second = try Accumulator(function, arguments: [type])
            second.merge(first.state(), groups: [2, 1, 0], groupCount: 3)
            for group in 0..<3 {
                var expected: [Scalar] = []
                var known: Set<Scalar> = []
                for (row, value) in rows.enumerated() where row % 3 == group && value != .null {
                    if !isSet || known.insert(NestedColumnTests.canonical(value)).inserted { expected.append(value) }
                }
                #expect(first.finish().scalar(at: group) == .list(expected))
                #expect(second.finish().scalar(at: 2 - group) == .list(expected))
            }
        }
        var last = try Accumulator(.last, arguments: [type])
        for start in stride(from: 0, to: 200, by: 17) {
            let part = (start..<min(start + 17, 200)).map { Int32($0) }
            last.update(
                groups: part.map { groups[Int($0)] }, groupCount: 3, columns: columns.map { $0.taking(part) })
        }
        let expected = (0..<3).map { group in
            rows.indices.last { $0 % 3 == group && rows[$0] != .null }.map { rows[$0] } ?? .null
        }
        #expect((0..<3).map { last.finish().scalar(at: $0) } == expected)
        var restored = try Accumulator(.last, arguments: [type])
        restored.merge(last.state(), groups: [0, 1, 2], groupCount: 3)
        #expect(
            (0..<3).map { restored.taking([2, 0, 1]).finish().scalar(at: $0) } == [
                expected[2], expected[0], expected[1],
            ])
    }
}
