/// Functions that make lists of lists.
extension ScalarFunction {
    public static let arraySort = ScalarFunction(
        "array_sort", [.list("list")], gives: "the list's type", "The elements in ascending order, nulls last.",
        ["array_sort(array(3, null::int, 1))": "array(1, 3, null::int)"]
    ) { arguments throws(FunctionRefusal) in try sorting(arguments, isAscending: true, nullsFirst: false) }

    public static let sortArray = ScalarFunction(
        "sort_array", [.list("list"), .boolean("ascending").constant.or(.bool(true))], gives: "the list's type",
        "The elements in ascending order, nulls first, or in descending order, nulls last.",
        ["sort_array(array(3, null::int, 1), false)": "array(3, 1, null::int)"]
    ) { arguments throws(FunctionRefusal) in
        let isAscending = arguments.constants[1] != .bool(false)
        return try sorting(arguments, isAscending: isAscending, nullsFirst: isAscending)
    }

    private static func sorting(
        _ arguments: FunctionArguments, isAscending: Bool, nullsFirst: Bool
    ) throws(FunctionRefusal) -> BoundFunction {
        let type = arguments.types[0]
        guard let element = type.element, element.isOrdered else {
            throw FunctionRefusal("takes a list of values that have an order")
        }
        return BoundFunction(type) { call in
            let lists = ListOperand(call.operands[0])
            let ranks = lists.elements.ranks
            return call.lists(of: lists.elements) { row, builder in
                let nulls = lists.range(row).filter { lists.elements.isNull($0) }
                // The index decides among equals, so that the order is that of before.
                let others = lists.range(row).filter { !lists.elements.isNull($0) }.sorted {
                    ranks[$0] == ranks[$1] ? $0 < $1 : (ranks[$0] < ranks[$1]) == isAscending
                }
                for index in nullsFirst ? nulls + others : others + nulls { builder.append(index) }
            }
        }
    }

    public static let arrayDistinct = ScalarFunction(
        "array_distinct", [.list("list")], gives: "the list's type",
        "Each of the elements once, at its first place; a null too.",
        ["array_distinct(array(2, 1, 2, null::int, null::int))": "array(2, 1, null::int)"]
    ) { arguments throws(FunctionRefusal) in
        let type = arguments.types[0]
        let element = type.element ?? type
        return BoundFunction(type) { call in
            let lists = ListOperand(call.operands[0])
            var table = GroupTable(keyTypes: [element])
            let ids = lists.elements.identities(&table)
            var seen = Seen(table.count)
            return call.lists(of: lists.elements) { row, builder in
                seen.begin()
                for index in lists.range(row) where seen.insert(ids[index]) { builder.append(index) }
            }
        }
    }

    public static let arrayCompact = ScalarFunction(
        "array_compact", [.list("list")], gives: "the list's type, without nulls", "The elements that are not null.",
        ["array_compact(array(1, null::int, 2))": "array(1, 2)"]
    ) { arguments throws(FunctionRefusal) in
        BoundFunction(.list(arguments.types[0].element ?? .string, containsNull: false)) { call in
            let lists = ListOperand(call.operands[0])
            return call.lists(of: lists.elements) { row, builder in
                for index in lists.range(row) where !lists.elements.isNull(index) { builder.append(index) }
            }
        }
    }

    public static let arrayRemove = ScalarFunction(
        "array_remove", [.list("list"), .any("value")], gives: "the list's type",
        "The elements that are not equal to the value; nulls stay.",
        ["array_remove(array(1, 2, 1), 1)": "array(2)"]
    ) { arguments throws(FunctionRefusal) in
        let element = try elementType(arguments)
        return BoundFunction(arguments.types[0]) { call in
            let lists = ListOperand(call.operands[0])
            var table = GroupTable(keyTypes: [element])
            let ids = lists.elements.identities(&table)
            let wanted = Kernels.cast(call.operands[1].column, to: element).identities(&table)
            let step = call.operands[1].isConstant ? 0 : 1
            return call.lists(of: lists.elements) { row, builder in
                for index in lists.range(row) where ids[index] != wanted[row * step] { builder.append(index) }
            }
        }
    }

    public static let arrayAppend = adding("array_append", "behind", ["array_append(array(1), 2)": "array(1, 2)"])
    public static let arrayPrepend = adding("array_prepend", "before", ["array_prepend(array(1), 2)": "array(2, 1)"])

    private static func adding(
        _ name: String, _ place: String, _ examples: KeyValuePairs<String, String>
    ) -> ScalarFunction {
        let isBehind = place == "behind"
        return ScalarFunction(
            name, [.list("list"), .any("value")], gives: "the list's type",
            nulls: "a null value is an element; null when the list is", "The elements with a value \(place) them.",
            examples
        ) { arguments throws(FunctionRefusal) in
            let element = try elementType(arguments)
            let containsNull = arguments.types[0].containsNull || arguments.isNullable[1]
            let type = DataType.list(element, containsNull: containsNull)
            return BoundFunction(type, isNullable: arguments.isNullable[0]) { call in
                let lists = ListOperand(call.operands[0])
                let values = Kernels.cast(call.operands[1].column, to: element)
                let step = call.operands[1].isConstant ? 0 : 1
                let first = lists.elements.count
                let all = ColumnVector.concatenating([lists.elements, values])
                return FunctionCall([call.operands[0]], type, count: call.count).lists(of: all) { row, builder in
                    if !isBehind { builder.append(first + row * step) }
                    builder.append(contentsOf: lists.range(row))
                    if isBehind { builder.append(first + row * step) }
                }
            }
        }
    }

    public static let slice = ScalarFunction(
        "slice", [.list("list"), .bigint("start"), .bigint("length")], gives: "the list's type",
        nullWhen: "the start is 0 or the length negative", "Up to so many elements from a position on.",
        ["slice(array(1, 2, 3, 4), 2, 2)": "array(2, 3)", "slice(array(1, 2, 3, 4), -2, 2)": "array(3, 4)"]
    ) { arguments throws(FunctionRefusal) in
        BoundFunction(arguments.types[0], canFail: true) { call in
            let lists = ListOperand(call.operands[0])
            return Int64.withReader(call.operands[1]) { starts in
                Int64.withReader(call.operands[2]) { lengths in
                    call.optionalLists(of: lists.elements) { row, builder in
                        guard starts[row] != 0, lengths[row] >= 0 else { return false }
                        let range = lists.range(row)
                        if let start = range.position(starts[row]) {
                            let length = Int(min(lengths[row], Int64(range.upperBound - start)))
                            builder.append(contentsOf: start..<start + length)
                        }
                        return true
                    }
                }
            }
        }
    }

    public static let flatten = ScalarFunction(
        "flatten", [.list("lists")], gives: "a list of the inner lists' elements", nullWhen: "one of the lists is null",
        "The elements of all lists of a list, one after the other.",
        ["flatten(array(array(1, 2), array(3)))": "array(1, 2, 3)"]
    ) { arguments throws(FunctionRefusal) in
        guard case .list(let inner, let hasNullLists) = arguments.types[0], inner.element != nil else {
            throw FunctionRefusal("takes a list of lists")
        }
        return BoundFunction(inner, canFail: hasNullLists) { call in
            let outer = ListOperand(call.operands[0])
            guard case .list(let lists) = outer.elements.values else { preconditionFailure("\(inner) flattened") }
            return call.optionalLists(of: lists.children[0]) { row, builder in
                for index in outer.range(row) {
                    if outer.elements.isNull(index) { return false }
                    builder.append(contentsOf: lists.range(index))
                }
                return true
            }
        }
    }

    public static let arrayUnion = combining(
        "array_union", "The elements of both", ["array_union(array(2, 1, 2), array(1, 3))": "array(2, 1, 3)"],
        includesRight: true
    ) { _, _ in true }

    public static let arrayIntersect = combining(
        "array_intersect", "The elements that are in both", ["array_intersect(array(2, 1, 2), array(2, 3))": "array(2)"]
    ) { id, right in right.contains(id) }

    public static let arrayExcept = combining(
        "array_except", "The elements of the first that are not in the second",
        ["array_except(array(2, 1, 2), array(2, 3))": "array(1)"]
    ) { id, right in !right.contains(id) }

    private static func combining(
        _ name: String, _ summary: String, _ examples: KeyValuePairs<String, String>,
        includesRight: Bool = false, _ keeps: @escaping @Sendable (Int32, Set<Int32>) -> Bool
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.list("left"), .list("right")], gives: "a list of the elements' type",
            "\(summary), each once; a null counts as an element.", examples
        ) { arguments throws(FunctionRefusal) in
            let element = try commonElement(arguments)
            let containsNull = arguments.types.contains { $0.containsNull }
            return BoundFunction(.list(element, containsNull: containsNull)) { call in
                let pair = ListPair(call, element)
                let first = pair.left.elements.count
                let all = ColumnVector.concatenating([pair.left.elements, pair.right.elements])
                var seen = Seen((pair.leftIDs + pair.rightIDs).max().map { Int($0) + 1 } ?? 0)
                return call.lists(of: all) { row, builder in
                    let right = Set(pair.right.range(row).map { pair.rightIDs[$0] })
                    seen.begin()
                    for index in pair.left.range(row)
                    where keeps(pair.leftIDs[index], right) && seen.insert(pair.leftIDs[index]) {
                        builder.append(index)
                    }
                    guard includesRight else { return }
                    for index in pair.right.range(row) where seen.insert(pair.rightIDs[index]) {
                        builder.append(first + index)
                    }
                }
            }
        }
    }
}

/// Which numbers have come since the last `begin`, without clearing anything for a row.
private struct Seen {
    private var round: Int32 = 0
    private var rounds: [Int32]

    init(_ count: Int) { rounds = [Int32](repeating: 0, count: count) }

    mutating func begin() { round += 1 }

    /// Whether the number is new.
    mutating func insert(_ number: Int32) -> Bool {
        if rounds[Int(number)] == round { return false }
        rounds[Int(number)] = round
        return true
    }
}
