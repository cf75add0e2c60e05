extension FunctionFamily {
    static let lists = FunctionFamily(
        "Lists and maps",
        "Positions count from 1, and from the last when they are negative. Elements are equal as in grouping: NaN equals "
            + "NaN, and null null where it is said.",
        [
            .array, .arrayRepeat, .sequence, .split, .regexpExtractAll, .jsonObjectKeys, .size, .elementAt,
            .arrayContains,
            .arrayPosition, .arrayMin, .arrayMax, .arraySort, .sortArray, .arrayDistinct, .arrayCompact, .arrayRemove,
            .arrayAppend, .arrayPrepend, .slice, .flatten, .arrayUnion, .arrayIntersect, .arrayExcept, .arraysOverlap,
            .arrayJoin, .mapKeys, .mapValues, .mapContainsKey,
        ])
}

extension ScalarFunction {
    public static let array = ScalarFunction(
        "array", [.common("value").repeated], gives: "a list of what the types have in common",
        nulls: "are elements; never null", "The values as a list.", ["element_at(array(1, 2, 3), 2)": "2"]
    ) { arguments throws(FunctionRefusal) in
        let type = DataType.list(arguments.types[0], containsNull: arguments.isNullable.contains(true))
        return BoundFunction(type, isNullable: false) { call in
            let parts = call.operands.indices.map { call.full($0) }
            let all = ColumnVector.concatenating(parts)
            let rows = (0..<call.count).flatMap { row in parts.indices.map { Int32($0 * call.count + row) } }
            let offsets = (0...call.count).map { Int32($0 * parts.count) }
            let elements = all.taking(rows).withoutEmptyValidity()
            return ColumnVector(type, .list(ListValues(offsets: offsets, children: [elements])))
        }
    }

    public static let arrayRepeat = ScalarFunction(
        "array_repeat", [.any("value"), .bigint("times")], gives: "a list of the value's type",
        nullWhen: "there would be more than 100000 elements",
        nulls: "a null value is an element; null when the number is",
        "The value so many times; none when the number is negative.", ["array_repeat('a', 2)": "array('a', 'a')"]
    ) { arguments throws(FunctionRefusal) in
        let type = DataType.list(arguments.types[0], containsNull: arguments.isNullable[0])
        return BoundFunction(type, isNullable: true) { call in
            let times = FunctionCall([call.operands[1]], type, count: call.count)
            return Int64.withReader(call.operands[1]) { numbers in
                times.optionalLists(of: call.full(0)) { row, builder in
                    guard numbers[row] <= longestList else { return false }
                    for _ in 0..<max(numbers[row], 0) { builder.append(row) }
                    return true
                }
            }
        }
    }

    public static let sequence = ScalarFunction(
        "sequence", [.bigint("start"), .bigint("stop"), .bigint("step").or(.int32(0))], gives: "a list of bigint",
        nullWhen: "the step leads away from the end, or there would be more than 100000 elements",
        "The numbers from start to stop, both included, by a step: 1 or -1 unless it is named.",
        ["sequence(1, 5, 2)": "array(1, 3, 5)", "sequence(3, 1)": "array(3, 2, 1)"]
    ) { _ throws(FunctionRefusal) in
        BoundFunction(.list(.int64, containsNull: false), canFail: true) { call in
            numbers(call)
        }
    }

    private static func numbers(_ call: FunctionCall) -> ColumnVector {
        var offsets: [Int32] = [0]
        var all: [Int64] = []
        var failed: [Int32] = []
        Int64.withReader(call.operands[0]) { starts in
            Int64.withReader(call.operands[1]) { stops in
                Int64.withReader(call.operands[2]) { steps in
                    for row in 0..<call.count {
                        if call.validity.map({ $0[row] }) ?? true,
                            !appendNumbers(starts[row], stops[row], steps[row], &all)
                        {
                            failed.append(Int32(row))
                        }
                        offsets.append(Int32(all.count))
                    }
                }
            }
        }
        let values = ListValues(offsets: offsets, children: [ColumnVector(.int64, .int64(all))])
        return ColumnVector(
            call.type, .list(values), validity: Kernels.removing(failed, from: call.validity, count: call.count))
    }

    /// False when the step leads away from the end or too far.
    private static func appendNumbers(_ start: Int64, _ stop: Int64, _ step: Int64, _ all: inout [Int64]) -> Bool {
        // 128 bits, since the difference of two numbers may leave 64.
        let (first, span) = (Int128(start), Int128(stop) - Int128(start))
        let step = Int128(step == 0 ? (span >= 0 ? 1 : -1) : step)
        guard span == 0 || (span > 0) == (step > 0), span / step < longestList else { return false }
        for index in 0...span / step { all.append(Int64(first + index * step)) }
        return true
    }

    public static let split = ScalarFunction(
        "split", [.string("text"), .string("pattern").constant, .bigint("limit").constant.or(.int32(-1))],
        gives: "a list of string", nullWhen: "the pattern needs too many steps on the text",
        "The parts between the matches of a regular expression; with a positive limit at most so many, the last with the "
            + "rest.",
        [
            "split('oneAtwoBthree', '[AB]')": "array('one', 'two', 'three')",
            "split('a,b,c', ',', 2)": "array('a', 'b,c')",
        ]
    ) { arguments throws(FunctionRefusal) in
        let limit = try arguments.number(2)
        let dividesAll = arguments.constants[1] == .string("")
        return try RegexLists.bind(arguments) { matcher, text, out in
            var start = 0
            var parts: Int64 = 1
            let isDone = matcher.forEachMatch(text) { match in
                if limit > 0, parts >= limit { return false }
                // As in Java, an empty match divides nothing from the begin, and as in Spark, an empty pattern nothing from
                // the end.
                if match.isEmpty, match.lowerBound == 0 || dividesAll && match.lowerBound == text.count { return true }
                out.append(text.part(start..<match.lowerBound))
                start = match.upperBound
                parts += 1
                return true
            }
            out.append(text.part(start..<text.count))
            return isDone
        }
    }

    public static let regexpExtractAll = ScalarFunction(
        "regexp_extract_all",
        [.string("text"), .string("pattern").constant, .bigint("group").constant.or(.int32(1))],
        gives: "a list of string", nullWhen: "the pattern needs too many steps on the text",
        "What a group of each match has, 0 for whole matches; empty for one that took no part.",
        ["regexp_extract_all('100-200, 300-400', '(\\d+)-(\\d+)', 1)": "array('100', '300')"]
    ) { arguments throws(FunctionRefusal) in
        let group = try arguments.patternGroup()
        return try RegexLists.bind(arguments) { matcher, text, out in
            matcher.forEachMatch(text) { _ in
                out.append(text.part(matcher.range(Int(group)) ?? 0..<0))
                return true
            }
        }
    }

    public static let jsonObjectKeys = ScalarFunction(
        "json_object_keys", [.json("text")], gives: "a list of string", nullWhen: "the text is not a JSON object",
        "The names of the outermost object.", ["json_object_keys('{\"a\":1,\"b\":{\"c\":2}}')": "array('a', 'b')"]
    ) { _ throws(FunctionRefusal) in
        BoundFunction(.list(.string, containsNull: false), canFail: true) { call in
            call.textLists { (text, out) in
                var walk = JSONWalk(text)
                guard walk.isValid(), walk.first == UInt8(ascii: "{") else { return false }
                walk.forEachMember { name, _ in out.append { _ = JSONStringReader.append(text.part(name), to: &$0) } }
                return true
            }
        }
    }
}

/// The longest list that functions make of nothing.
let longestList = 100_000

/// Texts of lists, laid end to end.
struct TextLists {
    fileprivate var texts = BinaryValues()

    var count: Int { texts.count }

    mutating func append(_ text: Text) { append { $0.append(text) } }

    mutating func truncate(to count: Int) {
        texts.offsets.removeSubrange((count + 1)...)
        texts.bytes.removeSubrange(Int(texts.offsets[count])...)
    }

    mutating func append(_ write: (inout [UInt8]) -> Void) {
        write(&texts.bytes)
        texts.offsets.append(Int32(texts.bytes.count))
    }
}

extension FunctionCall {
    /// Lists of texts, each made of the first argument's text; false makes the row null.
    func textLists(_ body: (Text, inout TextLists) -> Bool) -> ColumnVector {
        var lists = TextLists()
        var offsets: [Int32] = [0]
        var failed: [Int32] = []
        Text.withReader(operands[0]) { texts in
            for row in 0..<count {
                let start = lists.count
                if validity.map({ $0[row] }) ?? true, !body(texts[row], &lists) {
                    lists.truncate(to: start)
                    failed.append(Int32(row))
                }
                offsets.append(Int32(lists.count))
            }
        }
        let values = ListValues(offsets: offsets, children: [ColumnVector(.string, .binary(lists.texts))])
        return ColumnVector(type, .list(values), validity: Kernels.removing(failed, from: validity, count: count))
    }
}

/// Functions of regular expressions that give lists.
private enum RegexLists {
    static func bind(
        _ arguments: FunctionArguments,
        _ body: @escaping @Sendable (borrowing RegularExpression.Matcher, Text, inout TextLists) -> Bool
    ) throws(FunctionRefusal) -> BoundFunction {
        let type = DataType.list(.string, containsNull: false)
        guard case .string(let pattern) = arguments.constants[1] else {
            return BoundFunction(type) { ColumnVector(type, repeating: .null, count: $0.count) }
        }
        let expression = try RegularExpression(pattern)
        return BoundFunction(type, canFail: true) { call in
            expression.withMatcher { matcher in call.textLists { body(matcher, $0, &$1) } }
        }
    }
}
