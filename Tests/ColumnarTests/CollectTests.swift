import Columnar
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
        let texts = expected.map { Scalar.string("[\($0.map { "\($0)" }.joined(separator: ","))]") }
        #expect(whole.finish().scalars == texts)
        #expect(whole.taking([699, 3]).finish().scalars == [texts[699], texts[3]])
    }
}
