import Columnar
import Testing

/// The errors that approximate aggregates state, on data of several kinds.
@Suite struct ApproximateAggregateTests {
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    enum Distribution: String, CaseIterable {
        case uniform, zipf, ties, tiny, ascending, bothSigns, wide

        func values(seed: UInt64) -> [Double] {
            var random = Random(state: seed)
            func one() -> Double { Double.random(in: 0..<1, using: &random) }
            return switch self {
            case .uniform: (0..<20_000).map { _ in one() * 1000 }
            // Pareto: rank in a Zipf law.
            case .zipf: (0..<20_000).map { _ in (1 / (1 - one())).rounded(.down) }
            case .ties: (0..<20_000).map { _ in [1, 1, 1, 2, 5, 5][Int(one() * 6)] }
            case .tiny: (0..<3).map { _ in one() }
            case .ascending: (0..<20_000).map { Double($0) }
            case .bothSigns: (0..<20_000).map { _ in (one() - 0.5) * 1e-3 }
            case .wide: (0..<20_000).map { _ in one().bitPattern % 3 == 0 ? one() * 1e300 : one() * 1e-300 }
            }
        }
    }

    @Test(arguments: Distribution.allCases, [0.01, 0.001]) func quantilesAreWithinTheirError(
        distribution: Distribution, error: Double
    ) throws {
        let values = distribution.values(seed: 7)
        let sorted = values.sorted()
        for share in [0, 0.01, 0.25, 0.5, 0.9, 0.99, 1] {
            var sketch = try Accumulator(
                .approximateQuantile(share, relativeError: error), arguments: [.double])
            sketch.update(
                groups: [Int32](repeating: 0, count: values.count), groupCount: 1,
                columns: [ColumnVector(.double, .double(values))])
            guard case .double(let result) = sketch.finish().scalar(at: 0) else {
                Issue.record("no quantile")
                continue
            }
            let exact = sorted[Int(share * Double(sorted.count - 1))]
            #expect(abs(result - exact) <= error * abs(exact) * (1 + 1e-9), "\(share) of \(distribution)")
        }
    }

    @Test func quantilesOfSpecialValues() throws {
        func quantile(_ share: Double, _ values: [Double]) throws -> Scalar {
            var sketch = try Accumulator(.approximateQuantile(share), arguments: [.double])
            sketch.update(
                groups: [Int32](repeating: 0, count: values.count), groupCount: 1,
                columns: [ColumnVector(.double, .double(values))])
            return sketch.finish().scalar(at: 0)
        }
        #expect(try quantile(0.5, [0, -0.0, .leastNonzeroMagnitude]) == .double(0))
        #expect(try quantile(0, [-.infinity, 1, .infinity]) == .double(-.infinity))
        #expect(try quantile(1, [-.infinity, 1, .infinity]) == .double(.infinity))
        guard case .double(let largest) = try quantile(1, [1, .greatestFiniteMagnitude]),
            case .double(let notANumber) = try quantile(1, [1, .infinity, .nan])
        else { throw NoValue() }
        #expect(largest.isFinite && largest > Double.greatestFiniteMagnitude * 0.98)
        #expect(notANumber.isNaN)
    }

    struct NoValue: Error {}

    static func estimate(_ column: ColumnVector) throws -> Int64 {
        var sketch = try Accumulator(.approximateCountDistinct, arguments: [column.type])
        sketch.update(groups: [Int32](repeating: 0, count: column.count), groupCount: 1, columns: [column])
        guard case .int64(let count) = sketch.finish().scalar(at: 0) else { return -1 }
        return count
    }

    /// Many estimates at each size: their root mean square error is the standard error that is stated.
    @Test(arguments: [300, 1000, 4000, 20_000, 100_000]) func distinctCountsHaveTheirStandardError(_ count: Int) throws
    {
        var squares = 0.0
        let repetitions = count > 10_000 ? 20 : 100
        for repetition in 0..<repetitions {
            // Consecutive numbers, multiples, random ones; every value twice.
            var random = Random(state: UInt64(repetition))
            let values: [Int64] =
                switch repetition % 3 {
                case 0: (0..<Int64(count)).map { $0 + Int64(repetition) * 1_000_000_000 }
                case 1: (0..<Int64(count)).map { ($0 + Int64(repetition)) * 4096 }
                default: (0..<count).map { _ in Int64(truncatingIfNeeded: random.next()) }
                }
            let error = Double(try Self.estimate(ColumnVector(.int64, .int64(values + values)))) / Double(count) - 1
            #expect(abs(error) < 5 * 0.0163)
            squares += error * error
        }
        #expect((squares / Double(repetitions)).squareRoot() < 0.0163 * 1.4)
    }

    @Test func fewDistinctValuesAreCountedExactly() throws {
        for count in [1, 2, 100, 255, 256] {
            let texts = BinaryValues((0..<5000).map { "value \($0 % count)" })
            #expect(try Self.estimate(ColumnVector(.string, .binary(texts))) == Int64(count))
        }
    }

    /// Groups on both sides of the limit where hashes become registers, merged in any order.
    @Test func sketchesOfAllSizesMerge() throws {
        var random = Random(state: 3)
        let count = 30_000
        let values = (0..<count).map { _ in Int64(random.next() % 5000) }
        let groups = values.map { value in Int32(value < 200 ? 0 : value < 600 ? 1 : value % 2 == 0 ? 2 : 3) }
        var whole = try Accumulator(.approximateCountDistinct, arguments: [.int64])
        whole.update(groups: groups, groupCount: 5, columns: [ColumnVector(.int64, .int64(values))])
        #expect(whole.finish().scalar(at: 0) == .int64(200))
        #expect(whole.finish().scalar(at: 4) == .int64(0))
        let parts = try stride(from: 0, to: count, by: 1000).map { start in
            var part = try Accumulator(.approximateCountDistinct, arguments: [.int64])
            part.update(
                groups: Array(groups[start..<start + 1000]), groupCount: 5,
                columns: [ColumnVector(.int64, .int64(Array(values[start..<start + 1000])))])
            return part
        }
        for order in [parts, parts.reversed(), parts.shuffled(using: &random)] {
            var merged = try Accumulator(.approximateCountDistinct, arguments: [.int64])
            for part in order { merged.merge(part.state(), groups: [0, 1, 2, 3, 4], groupCount: 5) }
            #expect(merged.finish() == whole.finish())
            #expect(merged.taking([3, 4, 1]).finish() == whole.finish().taking([3, 4, 1]))
        }
    }
}
