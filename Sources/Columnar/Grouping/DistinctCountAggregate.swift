extension AggregateFunction {
    /// The number of distinct values. Zero and minus zero are one value, and so are all NaNs.
    public static let countDistinct = AggregateFunction(DistinctCountAggregate())
}

struct DistinctCountAggregate: BuiltInAggregate {
    let name = "countDistinct"

    static let reference = AggregateReference(
        "countDistinct", takes: "any type", gives: "bigint", nulls: "left out; 0 over no values", error: "exact",
        state: "about 35 bytes a distinct value, and each value once for all groups")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        try AggregateRefusal.check(arguments, count: 1)
        return .int64
    }

    func nullability(of arguments: [DataType]) -> AggregateNullability { .never }

    func makeState(of arguments: [DataType]) -> any AggregateState { DistinctCountState(arguments[0]) }
}

/// The values of all groups in one dictionary, and which of its numbers each group has.
private struct DistinctCountState: AggregateState {
    let type: DataType
    private var dictionary: GroupTable
    private var items = GroupItems()

    init(_ type: DataType) {
        self.type = type
        dictionary = GroupTable(keyTypes: [type])
    }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        items.grow(to: groupCount)
        let (values, groups) = columns[0].withoutNulls(groups)
        let numbers = dictionary.intern([values], hashes: rowHashes([values], count: values.count))
        for (row, group) in groups.enumerated() { _ = items.intern(Int(group), UInt64(numbers[row])) }
    }

    /// For each of some groups the rows of the dictionary that it has.
    private func rows(of groups: [Int32]) -> [[Int32]] {
        groups.map { group in items.items(of: Int(group)).map { Int32(items.keys[Int($0)]) } }
    }

    func state() -> [ColumnVector] {
        [PackedLists.pack(dictionary.keys, lists: rows(of: items.sizes.indices.map { Int32($0) }))]
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        let (lists, columns) = PackedLists.unpack(state[0], [type])
        accumulate(columns, groups: gather(groups, lists), groupCount: groupCount)
    }

    func finish() -> ColumnVector { ColumnVector(.int64, .int64(items.sizes.map { Int64($0) })) }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = DistinctCountState(type)
        let lists = rows(of: groups)
        let owners = lists.enumerated().flatMap { [Int32](repeating: Int32($0), count: $1.count) }
        taken.accumulate(
            [dictionary.keys[0].taking(lists.flatMap { $0 })], groups: owners, groupCount: groups.count)
        return taken
    }
}
