#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension AggregateFunction {
    /// The value below which a share of the values lies, with a relative error: the value of rank ⌊share · (n − 1)⌋,
    /// counted from 0 in ascending order, within `relativeError` of itself. The same in every order. NaN is greater than
    /// every number; what is nearer to zero than 2.3e-308 is zero.
    /// - Parameters:
    ///   - share: 0...1; 0.5 for the median.
    ///   - relativeError: 0.0001...0.5.
    public static func approximateQuantile(_ share: Double, relativeError: Double = 0.01) -> AggregateFunction {
        AggregateFunction(QuantileAggregate(share: share, relativeError: relativeError))
    }
}

struct QuantileAggregate: BuiltInAggregate {
    let share: Double
    let relativeError: Double
    let name = "approximateQuantile"
    var parameters: [String] { ["\(share)", "within \(relativeError)"] }

    static let reference = AggregateReference(
        "approximateQuantile", takes: "a number", gives: "double", nulls: "left out; null over no values",
        error: "relative, 1 % unless said otherwise, of the value of rank ⌊share · (n − 1)⌋ (DDSketch); the same in "
            + "every order",
        state: "about 35 bytes a bucket; at 1 % values from 1 to 1,000,000 have 691 buckets, all doubles 142,000")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        _ = try AggregateRefusal.number(arguments)
        guard (0...1).contains(share) else { throw AggregateRefusal("takes a share from 0 to 1") }
        guard (0.0001...0.5).contains(relativeError) else {
            throw AggregateRefusal("takes a relative error from 0.0001 to 0.5")
        }
        return .double
    }

    func makeState(of arguments: [DataType]) -> any AggregateState { QuantileState(share, relativeError) }
}

/// How many values of a group lie in each bucket. Buckets grow by a factor, so that the middle of each is near all of
/// its values; adding and merging count, and nothing else, so that their order does not matter (DDSketch, Masson et al.
/// 2019, without collapsing buckets: doubles have no more than 142,000 at 1 %).
private struct QuantileState: AggregateState {
    private let share: Double
    private let relativeError: Double
    /// The logarithm of the factor by which each bucket's upper bound is greater than that of the one before it.
    private let width: Double
    /// The bits of a bucket's number are its key; numbers ascend with the values.
    private var buckets = GroupItems()
    /// By item.
    private var counts: [Int64] = []
    /// By group.
    private var totals: [Int64] = []

    /// Bucket 0 is zero; others are this far from it, to both sides, plus or minus the logarithm in units of `width`.
    private static let middle = 1 << 29
    private static let infinite = 1 << 30
    private static let notANumber = 1 << 31

    init(_ share: Double, _ relativeError: Double) {
        self.share = share
        self.relativeError = relativeError
        width = log((1 + relativeError) / (1 - relativeError))
    }

    private func bucket(_ value: Double) -> Int {
        if value.magnitude < .leastNormalMagnitude { return 0 }
        if value.isNaN { return Self.notANumber }
        let distance = value.isInfinite ? Self.infinite : Self.middle + Int((log(value.magnitude) / width).rounded(.up))
        return value < 0 ? -distance : distance
    }

    /// The value of which all in the bucket are within the relative error.
    private func value(_ bucket: Int) -> Double {
        if bucket == 0 { return 0 }
        if bucket == Self.notANumber { return .nan }
        let distance = abs(bucket)
        // Twice the upper bound by one more than the factor, in one exponent: the bound alone may leave the doubles.
        let magnitude =
            distance == Self.infinite
            ? .infinity : exp(Double(distance - Self.middle) * width + log(1 - relativeError))
        return bucket < 0 ? -magnitude : magnitude
    }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        let values = columns[0].asDoubles
        forEachValid(columns[0].validity, groups) { row, group in add(1, bucket(values[row]), group) }
    }

    private mutating func grow(to groupCount: Int) {
        buckets.grow(to: groupCount)
        totals.grow(to: groupCount, with: 0)
    }

    @inline(__always)
    private mutating func add(_ count: Int64, _ bucket: Int, _ group: Int) {
        let item = buckets.intern(group, UInt64(bitPattern: Int64(bucket)))
        if item == counts.count { counts.append(count) } else { counts[item] += count }
        totals[group] += count
    }

    func state() -> [ColumnVector] {
        let numbers = buckets.keys.map { Int64(bitPattern: $0) }
        let lists = totals.indices.map { buckets.items(of: $0) }
        return [
            PackedLists.pack(
                [ColumnVector(.int64, .int64(numbers)), ColumnVector(.int64, .int64(counts))], lists: lists)
        ]
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        let (lists, columns) = PackedLists.unpack(state[0], [.int64, .int64])
        let (numbers, counts) = (columns[0].integers, columns[1].integers)
        for (row, list) in lists.enumerated() { add(counts[row], Int(numbers[row]), Int(groups[Int(list)])) }
    }

    func finish() -> ColumnVector {
        let results = totals.indices.map { totals[$0] == 0 ? 0 : quantile(of: $0) }
        return ColumnVector(.double, .double(results), validity: Bitmap.validity(totals.map { $0 > 0 }))
    }

    private func quantile(of group: Int) -> Double {
        let rank = Int64((share * Double(totals[group] - 1)).rounded(.down))
        var before: Int64 = 0
        let sorted = buckets.items(of: group).map { (Int64(bitPattern: buckets.keys[Int($0)]), counts[Int($0)]) }
            .sorted { $0.0 < $1.0 }
        for (bucket, count) in sorted {
            before += count
            if before > rank { return value(Int(bucket)) }
        }
        preconditionFailure("fewer values in the buckets than in all")
    }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = self
        let (items, numbers) = buckets.taking(groups)
        taken.buckets = items
        taken.counts = gather(counts, numbers)
        taken.totals = gather(totals, groups)
        return taken
    }
}
