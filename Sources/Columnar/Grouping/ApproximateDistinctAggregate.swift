#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension AggregateFunction {
    /// The number of distinct values by HyperLogLog: exact up to 256 of them (but for equal 64-bit hashes), then with a
    /// standard error of 1.63 %. The same in every order.
    public static let approximateCountDistinct = AggregateFunction(ApproximateDistinctAggregate())
}

struct ApproximateDistinctAggregate: BuiltInAggregate {
    let name = "approximateCountDistinct"

    static let reference = AggregateReference(
        "approximateCountDistinct", takes: "any type", gives: "bigint", nulls: "left out; 0 over no values",
        error: "exact up to 256 values, then a standard error of 1.63 % (HyperLogLog); the same in every order",
        state: "about 30 bytes a value up to 256 values, then 4 KiB")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        try AggregateRefusal.check(arguments, count: 1)
        return .int64
    }

    func nullability(of arguments: [DataType]) -> AggregateNullability { .never }

    func makeState(of arguments: [DataType]) -> any AggregateState { HyperLogLogState() }
}

/// The hashes of a group's values while they are few; then for each of 4,096 registers, which the first 12 bits of a
/// hash choose, the greatest position of the first one among its other 52 bits.
private struct HyperLogLogState: AggregateState {
    private static let indexBits = 12
    private static let registerCount = 1 << indexBits
    /// A group with more distinct hashes has registers.
    private static let sparseLimit = 256

    private var hashes = GroupItems()
    /// The number of each group's registers among all; -1 while it has hashes.
    private var dense: [Int32] = []
    private var registers: [UInt8] = []
    /// Hashes of groups that have registers now.
    private var unusedCount = 0

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        let hashes = rowHashes([columns[0]], count: columns[0].count)
        // Mixed once more, since state is divided by the plain hash: in one shard, its first bits are alike.
        forEachValid(columns[0].validity, groups) { row, group in add(mixed(hashes[row], 0x5BF0_3635_DE5F_9C6B), group)
        }
    }

    private mutating func grow(to groupCount: Int) {
        hashes.grow(to: groupCount)
        dense.grow(to: groupCount, with: -1)
    }

    @inline(__always)
    private mutating func add(_ hash: UInt64, _ group: Int) {
        if dense[group] >= 0 { return raise(hash, Int(dense[group])) }
        _ = hashes.intern(group, hash)
        if hashes.sizes[group] > Self.sparseLimit { makeDense(group) }
    }

    @inline(__always)
    private mutating func raise(_ hash: UInt64, _ number: Int) {
        let register = number * Self.registerCount + Int(hash >> UInt64(64 - Self.indexBits))
        let rest = hash << UInt64(Self.indexBits) | 1 << UInt64(Self.indexBits - 1)
        registers[register] = max(registers[register], UInt8(rest.leadingZeroBitCount + 1))
    }

    private mutating func makeDense(_ group: Int) {
        let number = registers.count / Self.registerCount
        registers.append(contentsOf: repeatElement(0, count: Self.registerCount))
        for item in hashes.items(of: group) { raise(hashes.keys[Int(item)], number) }
        dense[group] = Int32(number)
        unusedCount += Int(hashes.sizes[group])
        hashes.forget(group)
        guard unusedCount * 2 > hashes.count, unusedCount > 8192 else { return }
        hashes = hashes.taking((0..<Int32(dense.count)).map { $0 }).items
        unusedCount = 0
    }

    /// One byte string a group: 0 and the hashes, or 1 and the registers.
    func state() -> [ColumnVector] {
        var packed = BinaryValues()
        for group in dense.indices {
            if dense[group] >= 0 {
                packed.bytes.append(1)
                packed.bytes.append(contentsOf: registers(of: group))
            } else {
                packed.bytes.append(0)
                for item in hashes.items(of: group) {
                    withUnsafeBytes(of: hashes.keys[Int(item)].littleEndian) { packed.bytes.append(contentsOf: $0) }
                }
            }
            packed.offsets.append(Int32(packed.bytes.count))
        }
        return [ColumnVector(.bytes, .binary(packed))]
    }

    private func registers(of group: Int) -> ArraySlice<UInt8> {
        let start = Int(dense[group]) * Self.registerCount
        return registers[start..<start + Self.registerCount]
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        let packed = state[0].byteStrings
        for (row, group) in groups.enumerated() {
            let bytes = packed[row]
            if bytes.first == 1 {
                mergeRegisters(bytes.dropFirst(), into: Int(group))
            } else {
                for start in stride(from: bytes.startIndex + 1, to: bytes.endIndex, by: 8) {
                    add((0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }, Int(group))
                }
            }
        }
    }

    private mutating func mergeRegisters(_ other: ArraySlice<UInt8>, into group: Int) {
        precondition(other.count == Self.registerCount, "registers of another number")
        if dense[group] < 0 { makeDense(group) }
        let start = Int(dense[group]) * Self.registerCount
        for (index, value) in other.enumerated() where value > registers[start + index] {
            registers[start + index] = value
        }
    }

    func finish() -> ColumnVector {
        let counts = dense.indices.map { group in
            dense[group] < 0 ? Int64(hashes.sizes[group]) : Int64(Self.estimate(registers(of: group)).rounded())
        }
        return ColumnVector(.int64, .int64(counts))
    }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = HyperLogLogState()
        taken.hashes = hashes.taking(groups).items
        for group in groups {
            if dense[Int(group)] < 0 {
                taken.dense.append(-1)
            } else {
                taken.dense.append(Int32(taken.registers.count / Self.registerCount))
                taken.registers.append(contentsOf: registers(of: Int(group)))
            }
        }
        return taken
    }

    /// Ertl's estimator (arXiv:1702.01284, algorithm 6), which needs no correction for small or large numbers.
    private static func estimate(_ registers: ArraySlice<UInt8>) -> Double {
        let rankCount = 64 - indexBits
        var histogram = [Double](repeating: 0, count: rankCount + 2)
        for register in registers { histogram[Int(register)] += 1 }
        let count = Double(registerCount)
        var sum = count * tau(1 - histogram[rankCount + 1] / count)
        for rank in stride(from: rankCount, through: 1, by: -1) { sum = (sum + histogram[rank]) / 2 }
        sum += count * sigma(histogram[0] / count)
        return count * count / (2 * log(2)) / sum
    }

    private static func sigma(_ share: Double) -> Double {
        if share == 1 { return .infinity }
        var (power, weight, sum) = (share, 1.0, share)
        while true {
            power *= power
            let before = sum
            sum += power * weight
            weight += weight
            if sum == before { return sum }
        }
    }

    private static func tau(_ share: Double) -> Double {
        if share == 0 || share == 1 { return 0 }
        var (root, weight, sum) = (share, 1.0, 1 - share)
        while true {
            root = root.squareRoot()
            let before = sum
            weight /= 2
            sum -= (1 - root) * (1 - root) * weight
            if sum == before { return sum / 3 }
        }
    }
}
