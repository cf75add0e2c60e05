extension AggregateFunction {
    /// The bits that are set in every value.
    public static let bitAnd = AggregateFunction(BitAggregate(.and))
    /// The bits that are set in any value.
    public static let bitOr = AggregateFunction(BitAggregate(.or))
    /// The bits that are set in an odd number of values.
    public static let bitXor = AggregateFunction(BitAggregate(.xor))
}

/// Bitwise and, or and exclusive or of integers.
struct BitAggregate: BuiltInAggregate {
    enum Operation: String {
        case and = "bitAnd"
        case or = "bitOr"
        case xor = "bitXor"
    }

    let operation: Operation
    var name: String { operation.rawValue }

    init(_ operation: Operation) { self.operation = operation }

    static let reference = AggregateReference(
        "bitAnd, bitOr, bitXor", takes: "int, bigint", gives: "the argument's type",
        nulls: "left out; null over no values", error: "exact", state: "9 bytes")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        try AggregateRefusal.check(arguments, count: 1)
        guard arguments[0] == .int32 || arguments[0] == .int64 else { throw AggregateRefusal("takes integers") }
        return arguments[0]
    }

    func makeState(of arguments: [DataType]) -> any AggregateState { BitState(operation, arguments[0]) }
}

private struct BitState: AggregateState {
    let operation: BitAggregate.Operation
    let type: DataType
    private var bits: [Int64] = []
    private var isKnown: [Bool] = []

    init(_ operation: BitAggregate.Operation, _ type: DataType) {
        self.operation = operation
        self.type = type
    }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        bits.grow(to: groupCount, with: operation == .and ? -1 : 0)
        isKnown.grow(to: groupCount, with: false)
        if case .int32(let values) = columns[0].values {
            apply(values, columns[0].validity, groups)
        } else {
            apply(columns[0].integers, columns[0].validity, groups)
        }
    }

    private mutating func apply(_ values: [some BinaryInteger], _ validity: Bitmap?, _ groups: [Int32]) {
        forEachValid(validity, groups) { _, group in isKnown[group] = true }
        switch operation {
        case .and: forEachValid(validity, groups) { row, group in bits[group] &= Int64(values[row]) }
        case .or: forEachValid(validity, groups) { row, group in bits[group] |= Int64(values[row]) }
        case .xor: forEachValid(validity, groups) { row, group in bits[group] ^= Int64(values[row]) }
        }
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        accumulate(state, groups: groups, groupCount: groupCount)
    }

    func state() -> [ColumnVector] { [finish()] }

    func finish() -> ColumnVector {
        let values: ColumnVector.Values =
            type == .int32 ? .int32(bits.map { Int32(truncatingIfNeeded: $0) }) : .int64(bits)
        return ColumnVector(type, values, validity: Bitmap.validity(isKnown))
    }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = self
        taken.bits = gather(bits, groups)
        taken.isKnown = gather(isKnown, groups)
        return taken
    }
}
