import Columnar
import Testing

/// What holds of every aggregate's state, whatever the aggregate: parts may be merged, taken and stored.
@Suite struct AccumulatorTests {
    static let numericFunctions: [AggregateFunction] = [
        .count, .sum, .min, .max, .average, .variancePopulation, .varianceSample, .standardDeviationPopulation,
        .standardDeviationSample, .approximateQuantile(0.5), .approximateQuantile(0.9, relativeError: 0.001),
    ]
    static let generalFunctions: [AggregateFunction] = [
        .count, .min, .max, .countDistinct, .approximateCountDistinct, .first, .last, .collectJSON(limit: 3),
        .collectDistinctJSON(limit: 3), .collectJSON(limit: 100_000), .collect(limit: 3), .collectDistinct(limit: 3),
    ]
    static let cases: [(AggregateFunction, [ColumnVector])] = {
        let numeric = [integers, wide, doubles].flatMap { column in numericFunctions.map { ($0, [column]) } }
        let general = [integers, wide, doubles, texts, conditions].flatMap { column in
            generalFunctions.map { ($0, $0.definition.isOrdered ? [column] + order : [column]) }
        }
        let bits: [(AggregateFunction, [ColumnVector])] = [.bitAnd, .bitOr, .bitXor].map { ($0, [integers]) }
        let two = [[texts, integers], [integers, texts], [texts, doubles], [doubles, conditions]].flatMap { columns in
            [AggregateFunction.minBy, .maxBy].map { ($0, columns + order) }
        }
        return numeric + general + bits + two + [(.count, []), (.all, [conditions]), (.any, [conditions])]
    }()

    static let integers = column(.int64) { $0 % 7 == 3 ? .null : .int64(Int64(($0 * 37) % 23) - 11) }
    static let wide = column(.decimal(precision: 38, scale: 2)) {
        .decimal($0 % 5 == 0 ? ($0 % 2 == 0 ? Int128.max / 2 : Int128.min / 2) : Int128($0), scale: 2)
    }
    static let doubles = column(.double) { row in
        if row % 4 == 1 { return .null }
        return .double(row % 12 == 0 ? (row % 24 == 0 ? -0.0 : 0.0) : Double(row) / 4)
    }
    static let texts = column(.string) { $0 % 6 == 0 ? .null : .string("t\(($0 * 31) % 17)") }
    static let conditions = column(.bool) { $0 % 11 == 0 ? .null : .bool($0 % 3 == 0) }
    /// Event time, partition, offset; many rows have the time of another.
    static let order = [
        column(.timestamp) { .timestamp(Int64(($0 * 17) % 13)) }, column(.int32) { .int32(Int32($0 % 3)) },
        column(.int64) { .int64(Int64($0)) },
    ]

    static func column(_ type: DataType, _ value: (Int) -> Scalar) -> ColumnVector {
        ColumnVector(type, scalars: (0..<60).map(value))
    }

    /// Group 3 has fewer rows than the others, group 5 none.
    static let groups: [Int32] = (0..<60).map { row in
        let slot = (row * 13) % 9
        return slot > 5 ? 4 : Int32(slot % 5)
    }
    static let groupCount = 6

    static func empty(_ function: AggregateFunction, _ values: [ColumnVector]) throws -> Accumulator {
        let count = function.definition.isOrdered ? values.count - 3 : values.count
        return try Accumulator(function, arguments: values.prefix(count).map(\.type))
    }

    static func filled(_ function: AggregateFunction, _ values: [ColumnVector]) throws -> Accumulator {
        var accumulator = try empty(function, values)
        accumulator.update(groups: groups, groupCount: groupCount, columns: values)
        return accumulator
    }

    @Test(arguments: cases.indices) func takingGivesTheGroupsAskedForInThatOrder(_ index: Int) throws {
        let (function, values) = Self.cases[index]
        let whole = try Self.filled(function, values)
        for groups: [Int32] in [[], [3], [5, 0, 4], [4, 4, 1], [0, 1, 2, 3, 4, 5]] {
            let taken = whole.taking(groups)
            #expect(taken.finish().scalars == groups.map { whole.finish().scalar(at: Int($0)) })
            var restored = try Self.empty(function, values)
            restored.merge(taken.state(), groups: groups.indices.map { Int32($0) }, groupCount: groups.count)
            #expect(restored.finish().isNear(taken.finish()))
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
        #expect(taken.taking([5, 4, 3, 2, 1, 0]).finish().scalars == twice.finish().scalars)
    }

    @Test(arguments: cases.indices) func mergedStatesAreTheWhole(_ index: Int) throws {
        let (function, values) = Self.cases[index]
        let whole = try Self.filled(function, values)
        for size in [1, 7, 30, 60] {
            let parts = try stride(from: 0, to: 60, by: size).map { start -> (Accumulator, [Int32]) in
                let rows = (start..<min(start + size, 60)).map { Int32($0) }
                let present = Array(Set(rows.map { Self.groups[Int($0)] })).sorted()
                var part = try Self.empty(function, values)
                part.update(
                    groups: rows.map { Int32(present.firstIndex(of: Self.groups[Int($0)])!) },
                    groupCount: present.count, columns: values.map { $0.taking(rows) })
                return (part, present)
            }
            let mixed = parts.indices.map { parts[($0 * 7) % parts.count] }
            for order in [parts, parts.reversed(), parts.count % 7 == 0 ? parts : mixed] {
                var merged = try Self.empty(function, values)
                for (part, groups) in order {
                    merged.merge(part.state(), groups: groups, groupCount: Self.groupCount)
                }
                #expect(merged.finish().isNear(whole.finish()))
            }
        }
    }

    @Test(arguments: cases.indices) func theOrderOfRowsDoesNotMatter(_ index: Int) throws {
        let (function, values) = Self.cases[index]
        let whole = try Self.filled(function, values)
        for rows in [(0..<60).reversed().map { Int32($0) }, (0..<60).map { Int32(($0 * 23) % 60) }] {
            var other = try Self.empty(function, values)
            for row in rows {
                other.update(
                    groups: [Self.groups[Int(row)]], groupCount: Self.groupCount,
                    columns: values.map { $0.taking([row]) })
            }
            #expect(other.finish().isNear(whole.finish()))
        }
    }

    @Test(arguments: cases.indices) func groupsWithoutValuesAreNullAndCountsZero(_ index: Int) throws {
        let (function, values) = Self.cases[index]
        let isCount = function.name.lowercased().contains("count")
        #expect(try Self.filled(function, values).finish().scalar(at: 5) == (isCount ? .int64(0) : .null))
        guard !values.isEmpty else { return }
        var nulls = values.map { ColumnVector($0.type, repeating: .null, count: 60) }
        if function.definition.isOrdered { nulls.replaceSubrange((nulls.count - 3)..., with: values.suffix(3)) }
        let result = try Self.filled(function, nulls).finish().scalars
        #expect(result == [Scalar](repeating: isCount ? .int64(0) : .null, count: Self.groupCount))
    }

    /// Rows that an operator computed have no origin: those of one time are told apart by their values.
    @Test func rowsOfOnePlaceAreOrderedByValue() throws {
        let place = [
            Self.column(.timestamp) { _ in .timestamp(9) }, Self.column(.int32) { _ in .int32(0) },
            Self.column(.int64) { _ in .int64(0) },
        ]
        let key = Self.column(.bool) { .bool($0 < 30) }
        for rows in [(0..<60).map { Int32($0) }, (0..<60).reversed().map { Int32($0) }] {
            func result(_ function: AggregateFunction, _ columns: [ColumnVector]) throws -> Scalar {
                var accumulator = try Self.empty(function, columns + place)
                for row in rows {
                    accumulator.update(
                        groups: [0], groupCount: 1, columns: (columns + place).map { $0.taking([row]) })
                }
                return accumulator.finish().scalar(at: 0)
            }
            #expect(try result(.first, [Self.integers]) == .int64(-11))
            #expect(try result(.last, [Self.integers]) == .int64(-11))
            #expect(try result(.maxBy, [Self.texts, key]) == .string("t0"))
            #expect(try result(.collectDistinctJSON(limit: 3), [Self.integers]) == .string("[-11,-10,-9]"))
            #expect(try result(.collectJSON(limit: 3), [Self.texts]) == .string(#"["t0","t0","t0"]"#))
        }
    }

    /// A sum whose parts leave 128 bits and come back.
    @Test func exactSumsDoNotDependOnTheOrder() throws {
        let type = DataType.decimal(precision: 38, scale: 0)
        let values = [Int128.max, .max, 7, -.max, .min, 5, 1, -.max, .max]
        let column = ColumnVector(type, .decimal(values))
        for step in [1, 2, 4, 5, 7, 8] {
            var merged = try Accumulator(.sum, arguments: [type])
            let rows = values.indices.map { Int32(($0 * step) % 9) }
            for part in [rows[..<1], rows[1..<4], rows[4..<7], rows[7...]] {
                var sum = try Accumulator(.sum, arguments: [type])
                let groups = [Int32](repeating: 0, count: part.count)
                sum.update(groups: groups, groupCount: 1, columns: [column.taking(Array(part))])
                merged.merge(sum.taking([0]).state(), groups: [0], groupCount: 1)
            }
            #expect(merged.finish().scalar(at: 0) == .decimal(12, scale: 0))
        }
        var sum = try Accumulator(.sum, arguments: [.int64])
        sum.update(groups: [0, 0, 1], groupCount: 2, columns: [ColumnVector(.int64, .int64([.max, 1, .max]))])
        #expect(sum.finish().scalars == [.null, .int64(.max)])
    }

    /// Which aggregates the cases above are about: all that the reference describes.
    @Test func everyAggregateIsTested() {
        let described = AggregateReference.all.flatMap { $0.name.split(separator: ",").map { $0.filter { $0 != " " } } }
        #expect(Set(described) == Set(Self.cases.map(\.0.name)))
    }
}

extension ColumnVector {
    var scalars: [Scalar] { (0..<count).map { scalar(at: $0) } }

    /// Whether the values are equal, doubles but for their rounding.
    func isNear(_ other: ColumnVector) -> Bool {
        type == other.type && count == other.count
            && zip(scalars, other.scalars).allSatisfy { left, right in
                guard case .double(let left) = left, case .double(let right) = right else { return left == right }
                return left == right || abs(left - right) <= 1e-9 * max(abs(left), abs(right))
            }
    }
}
