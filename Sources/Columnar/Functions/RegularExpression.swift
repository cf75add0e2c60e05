import CPCRE2

/// A compiled pattern of PCRE2. Compiled once, read by all threads; what a match writes to is in `Matcher`.
final class RegularExpression: @unchecked Sendable {
    /// How often PCRE2 may go back in one text before it gives up.
    static let matchLimit: UInt32 = 250_000

    private let code: OpaquePointer
    /// The number of groups in parentheses.
    let groupCount: Int

    /// - Throws: the pattern's mistake and its place.
    init(_ pattern: String) throws(FunctionRefusal) {
        var error: Int32 = 0
        var offset = 0
        let bytes = Array(pattern.utf8)
        // Ill-formed text matches nothing instead of being checked and refused.
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_MATCH_INVALID_UTF) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil) else {
            var message = [UInt8](repeating: 0, count: 256)
            let length = pcre2_get_error_message_8(error, &message, message.count)
            let text = String(decoding: message.prefix(Int(max(length, 0))), as: UTF8.self)
            throw FunctionRefusal("has a wrong pattern: \(text), at its byte \(offset)")
        }
        self.code = code
        // Where the processor has no just-in-time compiler, patterns are interpreted.
        _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        var groups: UInt32 = 0
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &groups)
        groupCount = Int(groups)
    }

    deinit { pcre2_code_free_8(code) }

    /// Matches texts one after the other, on one thread.
    func withMatcher<Result>(_ body: (borrowing Matcher) -> Result) -> Result { body(Matcher(self)) }

    /// Why a search ended.
    enum Outcome {
        case found, notFound
        /// The limit was reached, or the text is ill-formed.
        case failed
    }

    /// Room for the groups of a match, and its limits.
    struct Matcher: ~Copyable {
        private let expression: RegularExpression
        private let data: OpaquePointer
        private let context: OpaquePointer
        private let stack: OpaquePointer?

        fileprivate init(_ expression: RegularExpression) {
            self.expression = expression
            guard let data = pcre2_match_data_create_from_pattern_8(expression.code, nil),
                let context = pcre2_match_context_create_8(nil)
            else { preconditionFailure("no memory for a match") }
            self.data = data
            self.context = context
            stack = pcre2_jit_stack_create_8(32 << 10, 1 << 20, nil)
            pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
            pcre2_set_match_limit_8(context, RegularExpression.matchLimit)
            pcre2_set_depth_limit_8(context, RegularExpression.matchLimit)
            pcre2_set_heap_limit_8(context, 16 << 10)
        }

        deinit {
            pcre2_jit_stack_free_8(stack)
            pcre2_match_context_free_8(context)
            pcre2_match_data_free_8(data)
        }

        /// Looks for the first match from a byte position on.
        /// - Parameter notEmptyAtStart: a match there must have a length.
        func search(_ text: Text, from start: Int = 0, notEmptyAtStart: Bool = false) -> Outcome {
            let options = notEmptyAtStart ? UInt32(PCRE2_NOTEMPTY_ATSTART) : 0
            let result = withUnsafePointer(to: 0 as UInt8) { nothing in
                pcre2_match_8(
                    expression.code, text.bytes.baseAddress ?? nothing, text.count, start, options, data, context)
            }
            return result >= 0 ? .found : result == PCRE2_ERROR_NOMATCH ? .notFound : .failed
        }

        /// The bytes of a group of the last match, 0 for all of it; nil for one that took no part.
        func range(_ group: Int) -> Range<Int>? {
            let bounds = pcre2_get_ovector_pointer_8(data)!
            let (start, end) = (bounds[2 * group], bounds[2 * group + 1])
            // `\K` in a lookahead can put the begin behind the end.
            return start == Int(bitPattern: UInt.max) || start > end ? nil : Int(start)..<Int(end)
        }

        /// Calls `body` for each match from left to right, until it says false.
        /// - Returns: false when a search failed.
        func forEachMatch(_ text: Text, _ body: (Range<Int>) -> Bool) -> Bool {
            var position = 0
            var mustAdvance = false
            while true {
                switch search(text, from: position, notEmptyAtStart: mustAdvance) {
                case .failed: return false
                case .notFound: return true
                case .found:
                    guard let range = range(0) else { return false }
                    if !body(range) { return true }
                    // `\K` and lookbehind do not lead back.
                    position = max(position, range.upperBound)
                    // Another empty match at the same place would be the same for ever.
                    mustAdvance = range.isEmpty
                }
            }
        }
    }
}

extension FunctionArguments {
    /// The number of a group, the third argument, of the pattern that is the second.
    /// - Throws: `FunctionRefusal` for one that the pattern does not have.
    func patternGroup() throws(FunctionRefusal) -> Int64 {
        let group = try number(2)
        if case .string(let pattern) = constants[1] {
            let groups = try RegularExpression(pattern).groupCount
            guard (0...Int64(groups)).contains(group) else {
                throw FunctionRefusal("asks for group \(group) of a pattern that has \(groups)")
            }
        }
        return group
    }
}
