extension AggregateFunction {
    /// The least value. NaN is greater than every number; texts compare byte by byte.
    public static let min = AggregateFunction(ExtremeAggregate(name: "min", isMinimum: true))
    /// The greatest value.
    public static let max = AggregateFunction(ExtremeAggregate(name: "max", isMinimum: false))
    /// Whether every condition is true: the least of them.
    public static let all = AggregateFunction(ExtremeAggregate(name: "all", isMinimum: true))
    /// Whether any condition is true: the greatest of them.
    public static let any = AggregateFunction(ExtremeAggregate(name: "any", isMinimum: false))
}

/// The least or greatest value of a group; of conditions, whether all or any are true.
struct ExtremeAggregate: BuiltInAggregate {
    let name: String
    let isMinimum: Bool
    private var takesConditions: Bool { name == "all" || name == "any" }

    init(name: String, isMinimum: Bool) {
        self.name = name
        self.isMinimum = isMinimum
    }

    static let reference = AggregateReference(
        "min, max", takes: "any type", gives: "the argument's type",
        nulls: "left out; null over no values. NaN is greater than every number",
        error: "exact", state: "the value and 1 byte")
    static let conditionReference = AggregateReference(
        "all, any", takes: "boolean", gives: "boolean", nulls: "left out; null over no values", error: "exact",
        state: "2 bytes")

    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        try AggregateRefusal.check(arguments, count: 1)
        if takesConditions, arguments[0] != .bool { throw AggregateRefusal("takes a condition") }
        return arguments[0]
    }

    func makeState(of arguments: [DataType]) -> any AggregateState {
        ExtremeState(arguments[0], isMinimum: isMinimum)
    }
}

private struct ExtremeState: AggregateState {
    let isMinimum: Bool
    private var best: Cells
    private var isKnown: [Bool] = []

    init(_ type: DataType, isMinimum: Bool) {
        self.isMinimum = isMinimum
        best = Cells(type)
    }

    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int) {
        isKnown.grow(to: groupCount, with: false)
        var visitor = Visitor(
            groups: groups, validity: columns[0].validity, isMinimum: isMinimum, isKnown: isKnown)
        isKnown = []
        best.visit(&visitor, columns[0], count: groupCount)
        isKnown = visitor.isKnown
    }

    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        accumulate(state, groups: groups, groupCount: groupCount)
    }

    func state() -> [ColumnVector] { [finish()] }
    func finish() -> ColumnVector { best.column(isKnown) }

    func taking(_ groups: [Int32]) -> Self? {
        var taken = self
        taken.best = best.taking(groups)
        taken.isKnown = gather(isKnown, groups)
        return taken
    }

    private struct Visitor: CellVisitor {
        let groups: [Int32]
        let validity: Bitmap?
        let isMinimum: Bool
        var isKnown: [Bool]

        mutating func visit<Store: CellStore>(_ cells: inout Store, _ source: Store.Source) {
            if isMinimum {
                forEachValid(validity, groups) { row, group in
                    if !isKnown[group] || cells.isLess(source, row, than: group) {
                        cells.set(group, to: source, at: row)
                        isKnown[group] = true
                    }
                }
            } else {
                forEachValid(validity, groups) { row, group in
                    if !isKnown[group] || cells.isGreater(source, row, than: group) {
                        cells.set(group, to: source, at: row)
                        isKnown[group] = true
                    }
                }
            }
        }
    }
}
