extension AggregateFunction {
    /// The value of the earliest row: least event time, then partition, then offset.
    public static let first = AggregateFunction(ChosenRowAggregate(name: "first", isLeast: true))
    /// The value of the latest row: greatest event time, then partition, then offset.
    public static let last = AggregateFunction(ChosenRowAggregate(name: "last", isLeast: false))
    /// The value of the row with the least second argument; of several, that of the earliest.
    public static let minBy = AggregateFunction(ChosenRowAggregate(name: "minBy", isLeast: true, hasKey: true))
    /// The value of the row with the greatest second argument; of several, that of the earliest.
    public static let maxBy = AggregateFunction(ChosenRowAggregate(name: "maxBy", isLeast: false, hasKey: true))
}

/// The value of one row of a group: the first or last in event time, or the one where another column is least or
/// greatest. Rows that are equal in all of that, which only computed rows can be, give the least value.
struct ChosenRowAggregate: BuiltInAggregate {
    let name: String
    let isLeast: Bool
    var hasKey = false
    var isOrdered: Bool { true }

    static let reference = AggregateReference(
        "first, last", takes: "any type", gives: "the argument's type",
        nulls: "rows where the argument is null are left out; null over no values",
        error: "exact: by event time, then partition, then offset", state: "the value and 29 bytes")
    static let keyReference = AggregateReference(
        "minBy, maxBy", takes: "any type, any type", gives: "the first argument's type",
        nulls: "rows where an argument is null are left out; null over no values",
        error: "exact: of equal rows the earliest by event time, partition and offset",
        state: "both values and 21 bytes")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        try AggregateRefusal.check(arguments, count: hasKey ? 2 : 1)
        return arguments[0]
    }

    func makeState(of arguments: [DataType]) -> any AggregateState {
        ChosenRowState(arguments[0], key: hasKey ? arguments[1] : .timestamp, isLeast: isLeast, hasKey: hasKey)
    }
}

/// The chosen row's value, key and place in the order. Where there is no key of its own, event time is the key.
private struct ChosenRowState: AggregateState {
    let isLeast: Bool
    let hasKey: Bool
    private var values: Cells
    private var keys: Cells
    private var order = RowOrder()
    private var isKnown: [Bool] = []

    init(_ value: DataType, key: DataType, isLeast: Bool, hasKey: Bool) {
        values = Cells(value)
        keys = Cells(key)
        self.isLeast = isLeast
        self.hasKey = hasKey
    }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        let place = hasKey ? 2 : 1
        choose(
            value: columns[0], key: columns[1], order: Array(columns[place..<place + 3]),
            validity: commonValidity(Array(columns[..<place])), groups: groups, groupCount: groupCount)
    }

    private mutating func choose(
        value: ColumnVector, key: ColumnVector, order columns: [ColumnVector], validity: Bitmap?, groups: [Int32],
        groupCount: Int
    ) {
        isKnown.grow(to: groupCount, with: false)
        order.grow(to: groupCount)
        var choice = Choice(
            groups: groups, validity: validity, isLeast: isLeast, prefersLatest: !isLeast && !hasKey,
            rows: RowOrder(columns), order: order, isKnown: isKnown)
        (order, isKnown) = (RowOrder(), [])
        keys.visit(&choice, key, count: groupCount)
        (order, isKnown) = (choice.order, choice.isKnown)
        var replacement = Replacement(groups: groups, chosen: choice.chosen)
        values.visit(&replacement, value, count: groupCount)
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        choose(
            value: state[0], key: state[1], order: Array(state[2..<5]), validity: state[0].validity, groups: groups,
            groupCount: groupCount)
    }

    func state() -> [ColumnVector] { [finish(), keys.column(isKnown)] + order.columns }

    func finish() -> ColumnVector { values.column(isKnown) }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = self
        taken.values = values.taking(groups)
        taken.keys = keys.taking(groups)
        taken.order = order.taking(groups)
        taken.isKnown = gather(isKnown, groups)
        return taken
    }

    /// Finds the rows that beat the row chosen so far, by key and order.
    private struct Choice: CellVisitor {
        let groups: [Int32]
        let validity: Bitmap?
        let isLeast: Bool
        let prefersLatest: Bool
        let rows: RowOrder
        var order: RowOrder
        var isKnown: [Bool]
        /// In the order of the rows; the value decides between a row that is equal and the one before it.
        var chosen: [(row: Int32, isEqual: Bool)] = []

        mutating func visit<Store: CellStore>(_ keys: inout Store, _ source: Store.Source) {
            forEachValid(validity, groups) { row, group in
                if isKnown[group] {
                    let isLess = keys.isLess(source, row, than: group)
                    let isGreater = keys.isGreater(source, row, than: group)
                    if isLeast ? isGreater : isLess { return }
                    if !isLess && !isGreater {
                        let comparison = rows.compare(row, order, group)
                        if prefersLatest ? comparison < 0 : comparison > 0 { return }
                        if comparison == 0 { return chosen.append((Int32(row), true)) }
                    }
                }
                isKnown[group] = true
                keys.set(group, to: source, at: row)
                order.set(group, to: rows, at: row)
                chosen.append((Int32(row), false))
            }
        }
    }

    /// Puts the values of chosen rows in their groups.
    private struct Replacement: CellVisitor {
        let groups: [Int32]
        let chosen: [(row: Int32, isEqual: Bool)]

        mutating func visit<Store: CellStore>(_ values: inout Store, _ source: Store.Source) {
            for (row, isEqual) in chosen {
                let (row, group) = (Int(row), Int(groups[Int(row)]))
                if !isEqual || values.isLess(source, row, than: group) { values.set(group, to: source, at: row) }
            }
        }
    }
}
