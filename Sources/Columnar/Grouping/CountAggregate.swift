extension AggregateFunction {
    /// Rows without an argument, values that are not null with one.
    public static let count = AggregateFunction(CountAggregate())
}

struct CountAggregate: BuiltInAggregate {
    let name = "count"

    static let reference = AggregateReference(
        "count", takes: "nothing, or any type", gives: "bigint", nulls: "left out with an argument; 0 over no values",
        error: "exact", state: "8 bytes")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        if !arguments.isEmpty { try AggregateRefusal.check(arguments, count: 1) }
        return .int64
    }

    func nullability(of arguments: [DataType]) -> AggregateNullability { .never }

    func makeState(of arguments: [DataType]) -> any AggregateState { CountState() }
}

private struct CountState: AggregateState {
    private var counts: [Int64] = []

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        counts.grow(to: groupCount, with: 0)
        forEachValid(columns.first?.validity, groups) { _, group in counts[group] += 1 }
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        counts.grow(to: groupCount, with: 0)
        let added = state[0].integers
        for (row, group) in groups.enumerated() { counts[Int(group)] += added[row] }
    }

    func state() -> [ColumnVector] { [finish()] }
    func finish() -> ColumnVector { ColumnVector(.int64, .int64(counts)) }
    func taking(_ groups: [Int32]) -> Self? {
        var taken = self
        taken.counts = gather(counts, groups)
        return taken
    }
}
