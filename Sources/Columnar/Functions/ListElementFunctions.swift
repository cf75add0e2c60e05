/// Functions that look into lists and maps.
extension ScalarFunction {
    public static let size = ScalarFunction(
        "size", [.listOrMap("value")], gives: .int32, "The number of elements or entries.",
        ["size(array(1, null::int))": "2"]
    ) { call in
        let lists = ListOperand(call.operands[0])
        return call.fill { Int32(lists.range($0).count) }
    }

    public static let elementAt = ScalarFunction(
        "element_at", [.listOrMap("value"), .any("place")], gives: "the type of the elements or values",
        nullWhen: "there is no such element or key",
        "The element at a position of a list, or the value of a key of a map.",
        ["element_at(array('a', 'b'), -1)": "'b'", "element_at(array('a'), 2)": "null"]
    ) { arguments throws(FunctionRefusal) in
        switch arguments.types[0] {
        case .map(let key, let value, _):
            guard DataType.common(key, arguments.types[1]) == key else {
                throw FunctionRefusal("takes a key of \(key), not \(arguments.types[1])")
            }
            return BoundFunction(value, canFail: true) { call in
                let entry = entries(call, key)
                return ListOperand(call.operands[0]).values.children[1].takingOrNull(entry)
            }
        case .list(let element, _):
            guard arguments.types[1] == .int32 || arguments.types[1] == .int64 else {
                throw FunctionRefusal("takes a position as an integer, not \(arguments.types[1])")
            }
            return BoundFunction(element, canFail: true) { call in
                let lists = ListOperand(call.operands[0])
                let places = Operand(
                    column: Kernels.cast(call.operands[1].column, to: .int64), isConstant: call.operands[1].isConstant)
                let rows = Int64.withReader(places) { places in
                    (0..<call.count).map { row -> Int32 in
                        guard call.validity.map({ $0[row] }) ?? true else { return -1 }
                        let range = lists.range(row)
                        return range.position(places[row]).map(Int32.init) ?? -1
                    }
                }
                return lists.elements.takingOrNull(rows)
            }
        default: throw FunctionRefusal("takes a list or a map")
        }
    }

    /// The entry of each row's map that has the key of the second argument; -1 for none.
    private static func entries(_ call: FunctionCall, _ key: DataType) -> [Int32] {
        let maps = ListOperand(call.operands[0])
        let wanted = Operand(
            column: Kernels.cast(call.operands[1].column, to: key), isConstant: call.operands[1].isConstant)
        var table = GroupTable(keyTypes: [key])
        let keys = maps.elements.identities(&table)
        let ids = wanted.column.identities(&table)
        return (0..<call.count).map { row in
            guard call.validity.map({ $0[row] }) ?? true else { return -1 }
            let id = ids[wanted.isConstant ? 0 : row]
            return maps.range(row).first { keys[$0] == id }.map(Int32.init) ?? -1
        }
    }

    public static let arrayContains = ScalarFunction(
        "array_contains", [.list("list"), .any("value")], gives: "boolean",
        nullWhen: "the value is not there but a null is",
        "Whether the value is an element.",
        ["array_contains(array(1, 2), 2)": "true", "array_contains(array(1, null::int), 2)": "null"]
    ) { arguments throws(FunctionRefusal) in
        let element = try elementType(arguments)
        return BoundFunction(.bool, canFail: arguments.types[0].containsNull) { call in
            let search = ElementSearch(call, element)
            return call.fill { row -> Bool? in
                if search.first(row) != nil { return true }
                return search.lists.range(row).contains { search.lists.elements.isNull($0) } ? nil : false
            }
        }
    }

    public static let arrayPosition = ScalarFunction(
        "array_position", [.list("list"), .any("value")], gives: "bigint",
        "The position of the first element that is equal; 0 for none.", ["array_position(array('a', 'b'), 'b')": "2"]
    ) { arguments throws(FunctionRefusal) in
        let element = try elementType(arguments)
        return BoundFunction(.int64) { call in
            let search = ElementSearch(call, element)
            return call.fill { row in search.first(row).map { Int64($0 - search.lists.range(row).lowerBound) + 1 } ?? 0
            }
        }
    }

    /// The type of the list's elements, when the second argument can be one.
    static func elementType(_ arguments: FunctionArguments) throws(FunctionRefusal) -> DataType {
        guard let element = arguments.types[0].element else { throw FunctionRefusal("takes a list") }
        guard DataType.common(element, arguments.types[1]) == element else {
            throw FunctionRefusal("takes a value of \(element), not \(arguments.types[1])")
        }
        return element
    }

    public static let arrayMin = extreme("array_min", "The least element", ["array_min(array(3, 1, null::int))": "1"]) {
        $0 < $1
    }
    public static let arrayMax = extreme(
        "array_max", "The greatest element; NaN is greater than all numbers", ["array_max(array(3, 1, null::int))": "3"]
    ) { $0 > $1 }

    private static func extreme(
        _ name: String, _ summary: String, _ examples: KeyValuePairs<String, String>,
        _ isBetter: @escaping @Sendable (Int32, Int32) -> Bool
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.list("list")], gives: "the type of the elements", nullWhen: "there is no element but nulls",
            "\(summary). Nulls are left out.", examples
        ) { arguments throws(FunctionRefusal) in
            guard let element = arguments.types[0].element, element.isOrdered else {
                throw FunctionRefusal("takes a list of values that have an order")
            }
            return BoundFunction(element, canFail: true) { call in
                let lists = ListOperand(call.operands[0])
                let ranks = lists.elements.ranks
                let rows = (0..<call.count).map { row -> Int32 in
                    guard call.validity.map({ $0[row] }) ?? true else { return -1 }
                    var best = -1
                    for index in lists.range(row) where !lists.elements.isNull(index) {
                        if best < 0 || isBetter(ranks[index], ranks[best]) { best = index }
                    }
                    return Int32(best)
                }
                return lists.elements.takingOrNull(rows)
            }
        }
    }

    public static let arrayJoin = ScalarFunction(
        "array_join", [.list("list"), .string("separator"), .string("missing").or(.string(""))], gives: "string",
        nulls: "null elements are left out, or stand as a text that is named",
        "The texts of a list with a separator between them.",
        [
            "array_join(array('a', null::string, 'b'), ',')": "'a,b'",
            "array_join(array('a', null::string), ',', '?')": "'a,?'",
        ]
    ) { arguments throws(FunctionRefusal) in
        guard arguments.types[0].element == .string else { throw FunctionRefusal("takes a list of string") }
        let leavesOut = arguments.constants[2] == .string("")
        return BoundFunction(.string) { call in
            let lists = ListOperand(call.operands[0])
            let elements = Operand(column: lists.elements, isConstant: false)
            return Text.withReader(call.operands[2]) { missing in
                Text.withReader(call.operands[1]) { separators in
                    Text.withReader(elements) { texts in
                        call.writeRows { row, out in
                            var isFirst = true
                            for index in lists.range(row) {
                                let isNull = lists.elements.isNull(index)
                                if isNull, leavesOut { continue }
                                if !isFirst { out.append(separators[row]) }
                                out.append(isNull ? missing[row] : texts[index])
                                isFirst = false
                            }
                            return true
                        }
                    }
                }
            }
        }
    }

    public static let arraysOverlap = ScalarFunction(
        "arrays_overlap", [.list("left"), .list("right")], gives: "boolean",
        nullWhen: "nothing is in both, both have elements, and one has a null",
        "Whether an element that is not null is in both.", ["arrays_overlap(array(1, 2), array(2))": "true"]
    ) { arguments throws(FunctionRefusal) in
        let element = try commonElement(arguments)
        let canFail = arguments.types.contains { $0.containsNull }
        return BoundFunction(.bool, canFail: canFail) { call in
            let pair = ListPair(call, element)
            return call.fill { row -> Bool? in
                let (left, right) = (pair.left.range(row), pair.right.range(row))
                let ids = Set(right.filter { !pair.right.elements.isNull($0) }.map { pair.rightIDs[$0] })
                if left.contains(where: { !pair.left.elements.isNull($0) && ids.contains(pair.leftIDs[$0]) }) {
                    return true
                }
                let hasNull =
                    left.contains { pair.left.elements.isNull($0) } || right.contains { pair.right.elements.isNull($0) }
                return hasNull && !left.isEmpty && !right.isEmpty ? nil : false
            }
        }
    }

    /// The type of the elements of two lists.
    static func commonElement(_ arguments: FunctionArguments) throws(FunctionRefusal) -> DataType {
        guard let left = arguments.types[0].element, left == arguments.types[1].element else {
            throw FunctionRefusal("takes lists of one type, not \(arguments.types[0]) and \(arguments.types[1])")
        }
        return left
    }

    public static let mapKeys = ScalarFunction(
        "map_keys", [.map("map")], gives: "a list of the keys' type", "The keys of a map.", [:]
    ) { arguments throws(FunctionRefusal) in
        guard case .map(let key, _, _) = arguments.types[0] else { throw FunctionRefusal("takes a map") }
        return BoundFunction(.list(key, containsNull: false)) { call in mapPart(call, 0) }
    }

    public static let mapValues = ScalarFunction(
        "map_values", [.map("map")], gives: "a list of the values' type", "The values of a map.", [:]
    ) { arguments throws(FunctionRefusal) in
        guard case .map(_, let value, let containsNull) = arguments.types[0] else {
            throw FunctionRefusal("takes a map")
        }
        return BoundFunction(.list(value, containsNull: containsNull)) { call in mapPart(call, 1) }
    }

    private static func mapPart(_ call: FunctionCall, _ child: Int) -> ColumnVector {
        let column = call.full(0)
        guard case .list(let maps) = column.values else { preconditionFailure("\(column.type) read as a map") }
        return call.column(.list(ListValues(offsets: maps.offsets, children: [maps.children[child]])))
    }

    public static let mapContainsKey = ScalarFunction(
        "map_contains_key", [.map("map"), .any("key")], gives: "boolean", "Whether a map has a key.", [:]
    ) { arguments throws(FunctionRefusal) in
        guard case .map(let key, _, _) = arguments.types[0] else { throw FunctionRefusal("takes a map") }
        guard DataType.common(key, arguments.types[1]) == key else {
            throw FunctionRefusal("takes a key of \(key), not \(arguments.types[1])")
        }
        return BoundFunction(.bool) { call in
            let found = entries(call, key)
            return call.fill { found[$0] >= 0 }
        }
    }
}

/// Looks a value up among the elements of each row's list.
private struct ElementSearch {
    let lists: ListOperand
    private let ids: [Int32]
    private let wanted: [Int32]
    private let step: Int

    init(_ call: FunctionCall, _ element: DataType) {
        lists = ListOperand(call.operands[0])
        var table = GroupTable(keyTypes: [element])
        ids = lists.elements.identities(&table)
        wanted = Kernels.cast(call.operands[1].column, to: element).identities(&table)
        step = call.operands[1].isConstant ? 0 : 1
    }

    /// Where the first equal element stands.
    func first(_ row: Int) -> Int? {
        let id = wanted[row * step]
        return lists.range(row).first { ids[$0] == id }
    }
}

/// Two lists with numbers for equal elements.
struct ListPair {
    let left: ListOperand
    let right: ListOperand
    let leftIDs: [Int32]
    let rightIDs: [Int32]

    init(_ call: FunctionCall, _ element: DataType) {
        left = ListOperand(call.operands[0])
        right = ListOperand(call.operands[1])
        var table = GroupTable(keyTypes: [element])
        leftIDs = left.elements.identities(&table)
        rightIDs = right.elements.identities(&table)
    }
}

extension Range<Int> {
    /// The index of a position, from 1, or from the last when it is negative; nil for none.
    func position(_ place: Int64) -> Int? {
        guard place != 0, place.magnitude <= count.magnitude else { return nil }
        return place > 0 ? lowerBound + Int(place) - 1 : upperBound + Int(place)
    }
}

extension ColumnVector {
    /// The rows at the given positions, null for -1.
    public func takingOrNull(_ rows: [Int32]) -> ColumnVector {
        guard rows.contains(-1) else { return taking(rows).withoutEmptyValidity() }
        var extended = self
        extended.append(contentsOf: ColumnVector(type, scalars: [.null]))
        return extended.taking(rows.map { $0 < 0 ? Int32(count) : $0 })
    }
}
