extension FunctionFamily {
    static let search = FunctionFamily(
        "Search and patterns",
        "Regular expressions are those of PCRE2, over Unicode scalars; `\\d`, `\\w` and the like mean ASCII only, as in "
            + "Java. A pattern is compiled once, when the topology is planned, and refused there when it is wrong. A text "
            + "on which a pattern needs more than \(RegularExpression.matchLimit) steps gives null, so that no record can "
            + "hold up the stream.",
        [
            .startsWith, .endsWith, .contains, .instr, .locate, .like, .ilike, .rlike, .regexpExtract, .regexpReplace,
            .regexpCount, .regexpInstr, .regexpSubstr,
        ])
}

extension ScalarFunction {
    public static let startsWith = ScalarFunction(
        "startswith", [.string("text"), .string("prefix")], gives: .bool, "Whether the text begins with another one.",
        ["startswith('Spark', 'Sp')": "true"]
    ) { call in
        call.map { (text: Text, prefix: Text) in text.count >= prefix.count && text.hasBytes(of: prefix, at: 0) }
    }

    public static let endsWith = ScalarFunction(
        "endswith", [.string("text"), .string("suffix")], gives: .bool, "Whether the text ends with another one.",
        ["endswith('Spark', 'rk')": "true"]
    ) { call in
        call.map { (text: Text, suffix: Text) in
            text.count >= suffix.count && text.hasBytes(of: suffix, at: text.count - suffix.count)
        }
    }

    public static let contains = ScalarFunction(
        "contains", [.string("text"), .string("other")], gives: .bool,
        "Whether the text holds another one; every text holds the empty one.", ["contains('Spark', 'ar')": "true"]
    ) { call in call.map { (text: Text, other: Text) in text.firstPosition(of: other) != nil } }

    public static let instr = ScalarFunction(
        "instr", [.string("text"), .string("other")], gives: .int32,
        "Where another text stands first, from 1; 0: nowhere.",
        ["instr('Zürich', 'rich')": "3", "instr('a', 'b')": "0"]
    ) { call in
        call.map { (text: Text, other: Text) -> Int32? in
            text.firstPosition(of: other).map { Int32(text.part(0..<$0).scalarCount) + 1 } ?? 0
        }
    }

    public static let locate = ScalarFunction(
        "locate", [.string("other"), .string("text"), .bigint("start").or(.int32(1))], gives: .int32,
        "Where a text stands first in another one, from a position on; 0: nowhere, and when the position is not positive.",
        ["locate('bar', 'foobarbar')": "4", "locate('bar', 'foobarbar', 5)": "7", "locate('a', 'a', 0)": "0"]
    ) { call in
        call.map { (other: Text, text: Text, start: Int64) -> Int32? in
            guard start > 0, start - 1 <= text.scalarCount else { return 0 }
            return text.firstPosition(of: other, from: text.position(after: start - 1))
                .map { Int32(text.part(0..<$0).scalarCount) + 1 } ?? 0
        }
    }

    public static let like = pattern(
        "like",
        "Whether the whole text is as the pattern: `%` stands for any text, `_` for one scalar, `\\` before one of "
            + "them for itself.",
        ["like('Spark', '_park')": "true", "like('50%', '50\\%')": "true", "like('a', 'A')": "false"],
        ignoringCase: false)
    public static let ilike = pattern(
        "ilike", "As `like`, without regard to case.", ["ilike('Spark', '%PARK')": "true", "ilike('Ä', 'ä')": "true"],
        ignoringCase: true)

    private static func pattern(
        _ name: String, _ summary: String, _ examples: KeyValuePairs<String, String>, ignoringCase: Bool
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.string("text"), .string("pattern").constant], gives: "boolean", summary, examples
        ) { arguments throws(FunctionRefusal) in
            // A null pattern makes the result null; nothing is matched then.
            guard case .string(let text) = arguments.constants[1] else {
                return BoundFunction(.bool) { $0.map { (_: Text) in false } }
            }
            let pattern = try LikePattern(text, ignoringCase: ignoringCase)
            return BoundFunction(.bool) { call in
                guard ignoringCase else { return call.map { (text: Text) in pattern.matches(text) } }
                var folded: [UInt8] = []
                return call.map { (text: Text) in
                    folded.removeAll(keepingCapacity: true)
                    LetterCase.lower.append(text, to: &folded)
                    return folded.withUnsafeBufferPointer { pattern.matches(Text($0)) }
                }
            }
        }
    }
}

/// A pattern of `LIKE`.
private struct LikePattern: Sendable {
    private enum Item: Equatable {
        case byte(UInt8)
        case scalar
        case any
    }

    private let items: [Item]

    init(_ text: String, ignoringCase: Bool) throws(FunctionRefusal) {
        var items: [Item] = []
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if !isEscaped, scalar == "\\" {
                isEscaped = true
                continue
            }
            switch scalar {
            case "%" where !isEscaped: if items.last != .any { items.append(.any) }
            case "_" where !isEscaped: items.append(.scalar)
            default:
                guard !isEscaped || ["%", "_", "\\"].contains(scalar) else {
                    throw FunctionRefusal("takes \\ only before %, _ and \\")
                }
                let kept = ignoringCase ? scalar.properties.lowercaseMapping : String(scalar)
                items += kept.utf8.map(Item.byte)
            }
            isEscaped = false
        }
        guard !isEscaped else { throw FunctionRefusal("takes no pattern that ends with \\") }
        self.items = items
    }

    /// Going back only to the last `%` is enough: what an earlier one could skip, the last one can.
    func matches(_ text: Text) -> Bool {
        var (item, position) = (0, 0)
        var restart: (item: Int, position: Int)?
        while position < text.count || item < items.count {
            if item < items.count {
                switch items[item] {
                case .any:
                    restart = (item, position)
                    item += 1
                    continue
                case .scalar where position < text.count:
                    position = text.position(after: 1, from: position)
                    item += 1
                    continue
                case .byte(let byte) where position < text.count && text[position] == byte:
                    position += 1
                    item += 1
                    continue
                default: break
                }
            }
            guard let last = restart, last.position < text.count else { return false }
            let next = text.position(after: 1, from: last.position)
            restart = (last.item, next)
            (item, position) = (last.item + 1, next)
        }
        return true
    }
}
