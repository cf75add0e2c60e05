import Columnar
import Testing

/// What holds of every aggregate's state, whatever the aggregate: parts may be merged, taken and stored.
@Suite struct AccumulatorTests {
    static let cases: [(AggregateFunction, [ColumnVector])] = {
        let integers = column(.int64) { $0 % 7 == 3 ? .null : .int64(Int64(($0 * 37) % 23) - 11) }
        let wide = column(.decimal(precision: 38, scale: 2)) {
            .decimal($0 % 5 == 0 ? Int128.max / 2 : Int128($0), scale: 2)
        }
        let doubles = column(.double) { $0 % 4 == 1 ? .null : .double(Double($0) / 4) }
        let texts = column(.string) { $0 % 6 == 0 ? .null : .string("t\(($0 * 31) % 17)") }
        let numbers = [integers, wide, doubles].flatMap { column in
            [AggregateFunction.count, .sum, .min, .max, .average].map { ($0, [column]) }
        }
        return numbers + [(.count, []), (.count, [texts]), (.min, [texts]), (.max, [texts])]
    }()

    static func column(_ type: DataType, _ value: (Int) -> Scalar) -> ColumnVector {
        ColumnVector(type, scalars: (0..<60).map(value))
    }

    /// Group 3 has fewer rows than the others, group 5 none.
    static let groups: [Int32] = (0..<60).map { row in
        let slot = (row * 13) % 9
        return slot > 5 ? 4 : Int32(slot % 5)
    }
    static let groupCount = 6

    static func filled(_ function: AggregateFunction, _ values: [ColumnVector]) throws -> Accumulator {
        var accumulator = try Accumulator(function, arguments: values.map(\.type))
        accumulator.update(groups: groups, groupCount: groupCount, columns: values)
        return accumulator
    }

    @Test(arguments: cases.indices) func takingGivesTheGroupsAskedForInThatOrder(_ index: Int) throws {
        let (function, values) = Self.cases[index]
        let whole = try Self.filled(function, values)
        for groups: [Int32] in [[], [3], [5, 0, 4], [4, 4, 1], [0, 1, 2, 3, 4, 5]] {
            let taken = whole.taking(groups)
            #expect(taken.finish().scalars == groups.map { whole.finish().scalar(at: Int($0)) })
            #expect(taken.state().map(\.scalars) == whole.state().map { $0.taking(groups).scalars })
        }
    }

    @Test(arguments: cases.indices) func takenGroupsGoOnAsBefore(_ index: Int) throws {
        let (function, values) = Self.cases[index]
        let whole = try Self.filled(function, values)
        var twice = whole
        twice.update(groups: Self.groups, groupCount: Self.groupCount, columns: values)
        // The groups in reverse: the same rows now belong to group 5 - g.
        var taken = whole.taking([5, 4, 3, 2, 1, 0])
        taken.update(groups: Self.groups.map { 5 - $0 }, groupCount: Self.groupCount, columns: values)
        #expect(taken.finish().scalars == twice.finish().scalars.reversed())
    }

    @Test(arguments: cases.indices) func mergedStatesAreTheWhole(_ index: Int) throws {
        let (function, values) = Self.cases[index]
        let whole = try Self.filled(function, values)
        for size in [1, 7, 30, 60] {
            let parts = try stride(from: 0, to: 60, by: size).map { start -> (Accumulator, [Int32]) in
                let rows = (start..<min(start + size, 60)).map { Int32($0) }
                let present = Array(Set(rows.map { Self.groups[Int($0)] })).sorted()
                var part = try Accumulator(function, arguments: values.map(\.type))
                part.update(
                    groups: rows.map { Int32(present.firstIndex(of: Self.groups[Int($0)])!) },
                    groupCount: present.count, columns: values.map { $0.taking(rows) })
                return (part, present)
            }
            for order in [parts, parts.reversed()] {
                var merged = try Accumulator(function, arguments: values.map(\.type))
                for (part, groups) in order {
                    merged.merge(part.state(), groups: groups, groupCount: Self.groupCount)
                }
                #expect(merged.finish().scalars == whole.finish().scalars)
            }
        }
    }
}

extension ColumnVector {
    var scalars: [Scalar] { (0..<count).map { scalar(at: $0) } }
}
