extension AggregateFunction {
    /// Integers as `bigint`, decimals as `decimal(38, scale)`, doubles as `double`. Integer and decimal sums are exact
    /// in any order; one that leaves its type is null.
    public static let sum = AggregateFunction(SumAggregate(isMean: false))
    /// As `double` for integers and doubles; for decimals exact to four more digits, half away from zero.
    public static let average = AggregateFunction(SumAggregate(isMean: true))
}

/// Sums and means.
struct SumAggregate: BuiltInAggregate {
    let isMean: Bool
    var name: String { isMean ? "average" : "sum" }

    static let reference = AggregateReference(
        "sum", takes: "numbers", gives: "bigint of integers, decimal(38,s) of decimals, double of doubles",
        nulls: "left out; null over no values, and when the sum leaves its type",
        error: "exact in any order; sums of doubles are rounded as they come", state: "24 bytes")
    static let meanReference = AggregateReference(
        "average", takes: "numbers", gives: "double; of decimals a decimal with four more digits",
        nulls: "left out; null over no values",
        error: "rounded once; means of doubles as their sums", state: "24 bytes")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        switch (isMean, try AggregateRefusal.number(arguments)) {
        case (_, .double), (true, .int32), (true, .int64): return .double
        case (true, .decimal(_, let scale)): return .decimal(precision: 38, scale: min(scale + 4, 38))
        case (false, .decimal(_, let scale)): return .decimal(precision: 38, scale: scale)
        default: return .int64
        }
    }

    func nullability(of arguments: [DataType]) -> AggregateNullability {
        arguments[0] == .double || isMean && !arguments[0].isDecimal ? .whenArgumentIs : .whenOutOfRange
    }

    func makeState(of arguments: [DataType]) -> any AggregateState {
        arguments[0] == .double
            ? DoubleSumState(isMean: isMean) : ExactSumState(isMean: isMean, argument: arguments[0])
    }
}

/// Sums of integers and unscaled decimals.
private struct ExactSumState: AggregateState {
    let isMean: Bool
    let argument: DataType
    private var counts: [Int64] = []
    /// The sums' lowest 128 bits.
    private var sums: [Int128] = []
    /// How often each sum left 128 bits, upwards less downwards: 0 at the end unless the whole sum does, whatever the
    /// order of adding was. Empty until a sum leaves.
    private var carries: [Int64] = []

    init(isMean: Bool, argument: DataType) {
        self.isMean = isMean
        self.argument = argument
    }

    private mutating func grow(to groupCount: Int) {
        counts.grow(to: groupCount, with: 0)
        sums.grow(to: groupCount, with: 0)
        if !carries.isEmpty { carries.grow(to: groupCount, with: 0) }
    }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        switch columns[0].values {
        case .int32(let values): add(values, columns[0].validity, groups)
        case .int64(let values): add(values, columns[0].validity, groups)
        case .decimal(let values): add(values, columns[0].validity, groups)
        case .double, .bool, .binary, .list, .struct: preconditionFailure("an exact sum of \(columns[0].type)")
        }
    }

    private mutating func add<Value: FixedWidthInteger>(_ values: [Value], _ validity: Bitmap?, _ groups: [Int32]) {
        forEachValid(validity, groups) { _, group in counts[group] += 1 }
        addSums(values, validity, groups)
    }

    @inline(__always)
    private mutating func addSums<Value: FixedWidthInteger>(_ values: [Value], _ validity: Bitmap?, _ groups: [Int32]) {
        var carried: [Int] = []
        Self.add(values, validity, groups, to: &sums, &carried)
        for row in carried { carry(values[row] < 0 ? -1 : 1, Int(groups[row])) }
    }

    private static func add<Value: FixedWidthInteger>(
        _ values: [Value], _ validity: Bitmap?, _ groups: [Int32], to sums: inout [Int128], _ carried: inout [Int]
    ) {
        for (row, group) in groups.enumerated() {
            if let validity, !validity[row] { continue }
            let (sum, overflow) = sums[Int(group)].addingReportingOverflow(Int128(values[row]))
            sums[Int(group)] = sum
            if overflow { note(row, &carried) }
        }
    }

    /// Apart, so that the loop is not slowed down by what it hardly ever does.
    @inline(never)
    private static func note(_ row: Int, _ rows: inout [Int]) { rows.append(row) }

    private mutating func carry(_ carry: Int64, _ group: Int) {
        carries.grow(to: sums.count, with: 0)
        carries[group] += carry
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        let (addedCounts, added, carried) = (state[0].integers, state[1].wideIntegers, state[2].integers)
        addSums(added, nil, groups)
        for (row, group) in groups.enumerated() {
            counts[Int(group)] += addedCounts[row]
            if carried[row] != 0 { carry(carried[row], Int(group)) }
        }
    }

    func state() -> [ColumnVector] {
        let carries = carries.isEmpty ? [Int64](repeating: 0, count: sums.count) : carries
        return [
            ColumnVector(.int64, .int64(counts)), ColumnVector(.decimal(precision: 38, scale: 0), .decimal(sums)),
            ColumnVector(.int64, .int64(carries)),
        ]
    }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = self
        taken.counts = gather(counts, groups)
        taken.sums = gather(sums, groups)
        taken.carries = carries.isEmpty ? [] : gather(carries, groups)
        return taken
    }

    func finish() -> ColumnVector {
        switch (isMean, argument) {
        case (false, .decimal(_, let scale)):
            let bound = Decimal128.powerOfTen(38).magnitude
            let validity = Bitmap.validity(sums.indices.map { hasTotal($0) && sums[$0].magnitude < bound })
            return ColumnVector(.decimal(precision: 38, scale: scale), .decimal(sums), validity: validity)
        case (false, _):
            let validity = Bitmap.validity(sums.indices.map { hasTotal($0) && Int64(exactly: sums[$0]) != nil })
            return ColumnVector(.int64, .int64(sums.map { Int64(truncatingIfNeeded: $0) }), validity: validity)
        case (true, .decimal(_, let scale)): return decimalMeans(scale)
        case (true, _):
            // Most sums fit in 64 bits, which become doubles a hundred times as fast.
            let means = zip(sums, counts).map { sum, count in
                (Int64(exactly: sum).map { Double($0) } ?? Double(sum)) / Double(count)
            }
            return ColumnVector(.double, .double(means), validity: Bitmap.validity(sums.indices.map(hasTotal)))
        }
    }

    /// Whether a group has values whose sum is within 128 bits.
    private func hasTotal(_ group: Int) -> Bool { counts[group] > 0 && (carries.isEmpty || carries[group] == 0) }

    private func decimalMeans(_ scale: Int) -> ColumnVector {
        let resultScale = min(scale + 4, 38)
        let shift = Decimal128.powerOfTen(resultScale - scale)
        let bound = Decimal128.powerOfTen(38).magnitude
        let means = sums.indices.map { group -> Int128? in
            guard hasTotal(group) else { return nil }
            let count = Int128(counts[group])
            // The whole part and the rest apart, so that a large sum keeps its digits.
            let (whole, rest) = sums[group].quotientAndRemainder(dividingBy: count)
            let (shifted, overflow) = whole.multipliedReportingOverflow(by: shift)
            let mean = shifted &+ Decimal128.rounded(rest * shift, by: count)
            return overflow || mean.magnitude >= bound ? nil : mean
        }
        return ColumnVector(
            .decimal(precision: 38, scale: resultScale), .decimal(means.map { $0 ?? 0 }),
            validity: Bitmap.validity(means.map { $0 != nil }))
    }
}

/// Sums of doubles.
private struct DoubleSumState: AggregateState {
    let isMean: Bool
    private var counts: [Int64] = []
    private var sums: [Double] = []

    init(isMean: Bool) { self.isMean = isMean }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        counts.grow(to: groupCount, with: 0)
        sums.grow(to: groupCount, with: 0)
        let values = columns[0].doubles
        forEachValid(columns[0].validity, groups) { row, group in
            counts[group] += 1
            sums[group] += values[row]
        }
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        counts.grow(to: groupCount, with: 0)
        sums.grow(to: groupCount, with: 0)
        let (addedCounts, added) = (state[0].integers, state[1].doubles)
        for (row, group) in groups.enumerated() {
            counts[Int(group)] += addedCounts[row]
            sums[Int(group)] += added[row]
        }
    }

    func state() -> [ColumnVector] { [ColumnVector(.int64, .int64(counts)), ColumnVector(.double, .double(sums))] }

    func finish() -> ColumnVector {
        let results = isMean ? zip(sums, counts).map { $0 / Double($1) } : sums
        return ColumnVector(.double, .double(results), validity: Bitmap.validity(counts.map { $0 > 0 }))
    }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = self
        taken.counts = gather(counts, groups)
        taken.sums = gather(sums, groups)
        return taken
    }
}
