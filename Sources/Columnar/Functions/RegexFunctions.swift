/// Functions of regular expressions.
extension ScalarFunction {
    private static let failure = "the pattern needs too many steps on the text"

    /// The kernel for a pattern that is not null; a null pattern makes all rows null.
    private static func bind(
        _ type: DataType, _ arguments: FunctionArguments,
        _ kernel: @escaping @Sendable (FunctionCall, RegularExpression) -> ColumnVector
    ) throws(FunctionRefusal) -> BoundFunction {
        guard case .string(let pattern) = arguments.constants[1] else {
            return BoundFunction(type) { ColumnVector(type, repeating: .null, count: $0.count) }
        }
        let expression = try RegularExpression(pattern)
        return BoundFunction(type, canFail: true) { kernel($0, expression) }
    }

    public static let rlike = ScalarFunction(
        "rlike", [.string("text"), .string("pattern").constant], gives: "boolean", nullWhen: failure,
        "Whether the pattern matches somewhere in the text.",
        ["rlike('Spark 3', '\\d$')": "true", "rlike('abc', '^b')": "false"]
    ) { arguments throws(FunctionRefusal) in
        try bind(.bool, arguments) { call, expression in
            expression.withMatcher { matcher in
                call.map { (text: Text) in
                    switch matcher.search(text) {
                    case .found: true
                    case .notFound: false
                    case .failed: nil
                    }
                }
            }
        }
    }

    public static let regexpExtract = ScalarFunction(
        "regexp_extract", [.string("text"), .string("pattern").constant, .bigint("group").constant.or(.int32(1))],
        gives: "string", nullWhen: failure,
        "What a group of the first match has, 0 for the whole match; empty when there is no match or the group took no "
            + "part.",
        [
            "regexp_extract('100-200', '(\\d+)-(\\d+)', 2)": "'200'", "regexp_extract('abc', 'b', 0)": "'b'",
            "regexp_extract('abc', '(x)')": "''",
        ]
    ) { arguments throws(FunctionRefusal) in
        let group = try arguments.patternGroup()
        return try bind(.string, arguments) { call, expression in
            expression.withMatcher { matcher in
                call.write { (text: Text, out: inout [UInt8]) in
                    let outcome = matcher.search(text)
                    if outcome == .found, let range = matcher.range(Int(group)) { out.append(text.part(range)) }
                    return outcome != .failed
                }
            }
        }
    }

    public static let regexpReplace = ScalarFunction(
        "regexp_replace", [.string("text"), .string("pattern").constant, .string("replacement").constant],
        gives: "string", nullWhen: failure,
        "Every match replaced (PostgreSQL: only the first); `$1` in the replacement is what the first group has, `\\$` a "
            + "dollar sign.",
        [
            "regexp_replace('100-200', '(\\d+)', 'num')": "'num-num'",
            "regexp_replace('a1b2', '([a-z])(\\d)', '$2$1')": "'1a2b'", "regexp_replace('abc', 'x*', '-')": "'-a-b-c-'",
        ]
    ) { arguments throws(FunctionRefusal) in
        var items: [RegexReplacement.Item] = []
        if case .string(let pattern) = arguments.constants[1], case .string(let text) = arguments.constants[2] {
            items = try RegexReplacement.items(text, groupCount: RegularExpression(pattern).groupCount)
        }
        let replacement = items
        return try bind(.string, arguments) { call, expression in
            expression.withMatcher { matcher in
                call.write { (text: Text, out: inout [UInt8]) in
                    var copied = 0
                    let isDone = matcher.forEachMatch(text) { match in
                        out.append(text.part(copied..<match.lowerBound))
                        for item in replacement {
                            switch item {
                            case .bytes(let bytes): out.append(contentsOf: bytes)
                            case .group(let group): if let range = matcher.range(group) { out.append(text.part(range)) }
                            }
                        }
                        copied = match.upperBound
                        return true
                    }
                    out.append(text.part(copied..<text.count))
                    return isDone
                }
            }
        }
    }

    public static let regexpCount = ScalarFunction(
        "regexp_count", [.string("text"), .string("pattern").constant], gives: "int", nullWhen: failure,
        "The number of matches, which do not overlap.", ["regexp_count('a1b22c', '\\d+')": "2"]
    ) { arguments throws(FunctionRefusal) in
        try bind(.int32, arguments) { call, expression in
            expression.withMatcher { matcher in
                call.map { (text: Text) -> Int32? in
                    var matches: Int32 = 0
                    let isDone = matcher.forEachMatch(text) { _ in
                        matches += 1
                        return true
                    }
                    return isDone ? matches : nil
                }
            }
        }
    }

    public static let regexpInstr = ScalarFunction(
        "regexp_instr", [.string("text"), .string("pattern").constant], gives: "int", nullWhen: failure,
        "Where the first match begins, from 1; 0: nowhere.", ["regexp_instr('año 2024', '\\d')": "5"]
    ) { arguments throws(FunctionRefusal) in
        try bind(.int32, arguments) { call, expression in
            expression.withMatcher { matcher in
                call.map { (text: Text) -> Int32? in
                    switch matcher.search(text) {
                    case .found: matcher.range(0).map { Int32(text.part(0..<$0.lowerBound).scalarCount) + 1 }
                    case .notFound: 0
                    case .failed: nil
                    }
                }
            }
        }
    }

    public static let regexpSubstr = ScalarFunction(
        "regexp_substr", [.string("text"), .string("pattern").constant], gives: "string",
        nullWhen: "nothing matches, or \(failure)", "The first match.",
        ["regexp_substr('tel 555-01', '\\d+')": "'555'", "regexp_substr('abc', '\\d')": "null"]
    ) { arguments throws(FunctionRefusal) in
        try bind(.string, arguments) { call, expression in
            expression.withMatcher { matcher in
                call.write { (text: Text, out: inout [UInt8]) in
                    guard matcher.search(text) == .found, let range = matcher.range(0) else { return false }
                    out.append(text.part(range))
                    return true
                }
            }
        }
    }
}

/// The replacement of a match, as in Java: `$` and the number of a group, `\` before what stands for itself.
private enum RegexReplacement {
    enum Item: Sendable {
        case bytes([UInt8])
        case group(Int)
    }

    static func items(_ text: String, groupCount: Int) throws(FunctionRefusal) -> [Item] {
        var items: [Item] = []
        var literal: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\\") {
                guard index < bytes.count else { throw FunctionRefusal("has a replacement that ends with \\") }
                literal.append(bytes[index])
                index += 1
            } else if byte == UInt8(ascii: "$") {
                guard index < bytes.count, bytes[index] &- 0x30 < 10 else {
                    throw FunctionRefusal("has a replacement with $ before no number of a group; \\$ is a dollar sign")
                }
                var group = Int(bytes[index] - 0x30)
                index += 1
                // More digits belong to the number while there is such a group.
                while index < bytes.count, bytes[index] &- 0x30 < 10,
                    group * 10 + Int(bytes[index] - 0x30) <= groupCount
                {
                    group = group * 10 + Int(bytes[index] - 0x30)
                    index += 1
                }
                guard group <= groupCount else {
                    throw FunctionRefusal("asks for group \(group) of a pattern that has \(groupCount)")
                }
                items += [.bytes(literal), .group(group)]
                literal = []
            } else {
                literal.append(byte)
            }
        }
        return items + [.bytes(literal)]
    }
}
