extension AggregateFunction {
    /// The mean of the squared distances from the mean, as `double`.
    public static let variancePopulation = AggregateFunction(VarianceAggregate(isSample: false, isRoot: false))
    /// The squared distances from the mean, summed and divided by one less than their number; null over a single value.
    public static let varianceSample = AggregateFunction(VarianceAggregate(isSample: true, isRoot: false))
    /// The square root of the population's variance.
    public static let standardDeviationPopulation = AggregateFunction(VarianceAggregate(isSample: false, isRoot: true))
    /// The square root of the sample's variance; null over a single value.
    public static let standardDeviationSample = AggregateFunction(VarianceAggregate(isSample: true, isRoot: true))
}

/// Variances and standard deviations, of a population or estimated from a sample.
struct VarianceAggregate: BuiltInAggregate {
    let isSample: Bool
    let isRoot: Bool
    var name: String { (isRoot ? "standardDeviation" : "variance") + (isSample ? "Sample" : "Population") }

    static let reference = AggregateReference(
        "variancePopulation, varianceSample, standardDeviationPopulation, standardDeviationSample", takes: "a number",
        gives: "double", nulls: "left out; null over no values, those of a sample over one value too",
        error: "rounding of doubles (Welford; Chan, Golub and LeVeque for merging)", state: "24 bytes")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        _ = try AggregateRefusal.number(arguments)
        return .double
    }

    func nullability(of arguments: [DataType]) -> AggregateNullability { isSample ? .always : .whenArgumentIs }

    func makeState(of arguments: [DataType]) -> any AggregateState { VarianceState(isSample: isSample, isRoot: isRoot) }
}

/// Number, mean, and sum of the squared distances from it: no difference of large sums, which would lose every digit
/// where values are large and near each other.
private struct VarianceState: AggregateState {
    let isSample: Bool
    let isRoot: Bool
    private var counts: [Int64] = []
    private var means: [Double] = []
    private var squares: [Double] = []

    init(isSample: Bool, isRoot: Bool) {
        self.isSample = isSample
        self.isRoot = isRoot
    }

    private mutating func grow(to groupCount: Int) {
        counts.grow(to: groupCount, with: 0)
        means.grow(to: groupCount, with: 0)
        squares.grow(to: groupCount, with: 0)
    }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        let values = columns[0].asDoubles
        forEachValid(columns[0].validity, groups) { row, group in
            counts[group] += 1
            let distance = values[row] - means[group]
            means[group] += distance / Double(counts[group])
            squares[group] += distance * (values[row] - means[group])
        }
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        let (otherCounts, otherMeans, otherSquares) = (state[0].integers, state[1].doubles, state[2].doubles)
        for (row, group) in groups.enumerated() where otherCounts[row] > 0 {
            let group = Int(group)
            let total = Double(counts[group] + otherCounts[row])
            let distance = otherMeans[row] - means[group]
            squares[group] +=
                otherSquares[row] + distance * distance * (Double(counts[group]) / total) * Double(otherCounts[row])
            means[group] += distance * (Double(otherCounts[row]) / total)
            counts[group] += otherCounts[row]
        }
    }

    func state() -> [ColumnVector] {
        [
            ColumnVector(.int64, .int64(counts)), ColumnVector(.double, .double(means)),
            ColumnVector(.double, .double(squares)),
        ]
    }

    func finish() -> ColumnVector {
        let least: Int64 = isSample ? 2 : 1
        let results = zip(squares, counts).map { squares, count in
            let variance = squares / Double(isSample ? count - 1 : count)
            return isRoot ? variance.squareRoot() : variance
        }
        return ColumnVector(.double, .double(results), validity: Bitmap.validity(counts.map { $0 >= least }))
    }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = self
        taken.counts = gather(counts, groups)
        taken.means = gather(means, groups)
        taken.squares = gather(squares, groups)
        return taken
    }
}
