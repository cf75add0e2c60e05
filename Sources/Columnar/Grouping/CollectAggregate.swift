extension AggregateFunction {
    /// The values of the earliest rows as a list, in the order of event time, partition and offset.
    /// - Parameter limit: how many, 1...100,000.
    public static func collect(limit: Int) -> AggregateFunction {
        AggregateFunction(CollectAggregate(limit: limit, isSet: false, isJSON: false))
    }

    /// The distinct values that came earliest as a list, in the order in which each came first.
    /// - Parameter limit: how many, 1...100,000.
    public static func collectDistinct(limit: Int) -> AggregateFunction {
        AggregateFunction(CollectAggregate(limit: limit, isSet: true, isJSON: false))
    }

    /// The values of the earliest rows as a JSON array, in the order of event time, partition and offset.
    /// - Parameter limit: how many, 1...100,000.
    public static func collectJSON(limit: Int) -> AggregateFunction {
        AggregateFunction(CollectAggregate(limit: limit, isSet: false, isJSON: true))
    }

    /// The distinct values that came earliest as a JSON array, in the order in which each came first.
    /// - Parameter limit: how many, 1...100,000.
    public static func collectDistinctJSON(limit: Int) -> AggregateFunction {
        AggregateFunction(CollectAggregate(limit: limit, isSet: true, isJSON: true))
    }
}

struct CollectAggregate: BuiltInAggregate {
    let limit: Int
    let isSet: Bool
    let isJSON: Bool
    var name: String { "collect\(isSet ? "Distinct" : "")\(isJSON ? "JSON" : "")" }
    var parameters: [String] { ["limit \(limit)"] }
    var isOrdered: Bool { true }

    static let listReference = AggregateReference(
        "collect, collectDistinct", takes: "any type, and a limit", gives: "a list of the argument's type",
        nulls: "left out; null over no values",
        error: "exact: the first values by event time, then partition, then offset",
        state: "the value and 28 bytes for each; in memory up to twice as many as the results of all groups have")
    static let reference = AggregateReference(
        "collectJSON, collectDistinctJSON", takes: "any type, and a limit",
        gives: "string: a JSON array; decimals, dates and instants in it are strings",
        nulls: "left out; null over no values",
        error: "exact: the first values by event time, then partition, then offset",
        state: "the value and 28 bytes for each; in memory up to twice as many as the results of all groups have")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        try AggregateRefusal.check(arguments, count: 1)
        guard (1...100_000).contains(limit) else { throw AggregateRefusal("takes a limit from 1 to 100,000") }
        return isJSON ? .string : .list(arguments[0], containsNull: false)
    }

    func makeState(of arguments: [DataType]) -> any AggregateState {
        CollectState(arguments[0], limit: limit, isSet: isSet, isJSON: isJSON)
    }
}

/// The values collected so far, in the order in which they came. Now and then those beyond the limit and, for a set, the
/// later of equal ones are left out.
private struct CollectState: AggregateState {
    let limit: Int
    let isSet: Bool
    let isJSON: Bool
    private var values: ColumnVector
    private var order = RowOrder()
    private var chains = ItemChains()
    /// The last row that counts of each group that had the limit when rows were left out the last time; -1 for others.
    /// What comes behind it can be left out at once, which is nearly everything where rows come in order.
    private var lastRows: [Int32] = []
    /// The number of rows at which to look for some to leave out: twice as many as were of use the last time, so that
    /// the work for each row stays the same.
    private var nextCheck = 4096

    init(_ type: DataType, limit: Int, isSet: Bool, isJSON: Bool) {
        self.limit = limit
        self.isSet = isSet
        self.isJSON = isJSON
        values = ColumnVector(type, scalars: [])
    }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        chains.grow(to: groupCount)
        lastRows.grow(to: groupCount, with: -1)
        let rows = RowOrder(Array(columns[1...]))
        var taken: [Int32] = []
        forEachValid(columns[0].validity, groups) { row, group in
            if lastRows[group] >= 0, rows.compare(row, order, Int(lastRows[group])) > 0 { return }
            taken.append(Int32(row))
            order.append(rows, at: row)
            chains.append(group)
        }
        var added = columns[0].taking(taken)
        added.validity = nil
        values.append(contentsOf: added)
        if chains.count > nextCheck { self = keeping(lists(allGroups)) }
    }

    private var allGroups: [Int32] { chains.sizes.indices.map { Int32($0) } }

    /// The rows that count of each of the given groups, in order.
    private func lists(_ taken: [Int32]) -> [[Int32]] {
        taken.map { group in
            let rows = chains.items(of: Int(group)).sorted { comesBefore(Int($0), Int($1)) }
            return Array((isSet ? firstOfEach(rows) : rows).prefix(limit))
        }
    }

    /// The first row of each value.
    private func firstOfEach(_ rows: [Int32]) -> [Int32] {
        let candidates = values.taking(rows)
        var dictionary = GroupTable(keyTypes: [values.type])
        let numbers = dictionary.intern([candidates], hashes: rowHashes([candidates], count: rows.count))
        // New values are numbered as they come.
        var known: Int32 = 0
        return zip(rows, numbers).compactMap { row, number in
            guard number == known else { return nil }
            known += 1
            return row
        }
    }

    /// Rows of equal place, which only computed rows can have, are in the order of their values.
    private func comesBefore(_ left: Int, _ right: Int) -> Bool {
        let comparison = order.compare(left, order, right)
        if comparison != 0 { return comparison < 0 }
        var cell = Cells(values.type)
        var comparator = ValueComparison(left: left, right: right)
        cell.visit(&comparator, values, count: 1)
        return comparator.isLess
    }

    private struct ValueComparison: CellVisitor {
        let left: Int
        let right: Int
        var isLess = false

        mutating func visit<Store: CellStore>(_ cells: inout Store, _ source: Store.Source) {
            cells.set(0, to: source, at: right)
            isLess = cells.isLess(source, left, than: 0)
        }
    }

    private func keeping(_ lists: [[Int32]]) -> CollectState {
        let rows = lists.flatMap { $0 }
        var kept = CollectState(values.type, limit: limit, isSet: isSet, isJSON: isJSON)
        kept.chains.grow(to: lists.count)
        for (group, rows) in lists.enumerated() {
            for _ in rows { kept.chains.append(group) }
            kept.lastRows.append(rows.count == limit ? Int32(kept.chains.count) - 1 : -1)
        }
        kept.values = values.taking(rows)
        kept.order = order.taking(rows)
        kept.nextCheck = max(4096, rows.count * 2)
        return kept
    }

    func state() -> [ColumnVector] {
        [PackedLists.pack([values] + order.columns, lists: lists(allGroups))]
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        let (lists, columns) = PackedLists.unpack(state[0], [values.type] + RowOrder.types)
        accumulate(columns, groups: gather(groups, lists), groupCount: groupCount)
    }

    func finish() -> ColumnVector {
        let lists = lists(allGroups)
        return isJSON ? texts(lists) : nested(lists)
    }

    private func nested(_ lists: [[Int32]]) -> ColumnVector {
        let offsets = lists.reduce(into: [Int32(0)]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
        return ColumnVector(
            .list(values.type, containsNull: false),
            .list(ListValues(offsets: offsets, children: [values.taking(lists.flatMap { $0 })])),
            validity: Bitmap.validity(lists.map { !$0.isEmpty }))
    }

    private func texts(_ lists: [[Int32]]) -> ColumnVector {
        var texts = BinaryValues()
        for rows in lists {
            texts.bytes.append(UInt8(ascii: "["))
            for (index, row) in rows.enumerated() {
                if index > 0 { texts.bytes.append(UInt8(ascii: ",")) }
                values.appendJSON(Int(row), to: &texts.bytes)
            }
            texts.bytes.append(UInt8(ascii: "]"))
            texts.offsets.append(Int32(texts.bytes.count))
        }
        return ColumnVector(.string, .binary(texts), validity: Bitmap.validity(lists.map { !$0.isEmpty }))
    }

    func taking(_ groups: [Int32]) -> Self? { keeping(lists(groups)) }
}
