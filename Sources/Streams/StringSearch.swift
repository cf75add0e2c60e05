import Columnar

/// Search in texts. Regular expressions are those of PCRE2; a wrong one is refused when the topology is planned. A text on
/// which a pattern needs too many steps gives null.
extension Expr where Value.Base == String {
    /// Whether the text holds another one; every text holds the empty one.
    public func contains(_ other: some ExpressionArgument<String>) -> Expr<Bool> { call(.contains, other.argument) }

    /// Whether the text begins with another one.
    public func hasPrefix(_ prefix: some ExpressionArgument<String>) -> Expr<Bool> {
        call(.startsWith, prefix.argument)
    }

    /// Whether the text ends with another one.
    public func hasSuffix(_ suffix: some ExpressionArgument<String>) -> Expr<Bool> { call(.endsWith, suffix.argument) }

    /// Where another text stands first, from a position on; 0: nowhere.
    public func position(
        of other: some ExpressionArgument<String>, from start: some IntegerArgument = 1
    ) -> Expr<Int32> {
        Expr<Int32>(expression: .function(.locate, [other.argument, expression, start.argument]))
    }

    /// Whether the whole text is as the pattern: `%` stands for any text, `_` for one scalar, `\` before one of them for
    /// itself.
    public func isLike(_ pattern: String) -> Expr<Bool> { call(.like, pattern.literal) }

    /// As `isLike`, without regard to case.
    public func isLikeIgnoringCase(_ pattern: String) -> Expr<Bool> { call(.ilike, pattern.literal) }

    /// Whether a regular expression matches somewhere in the text.
    public func matches(_ pattern: String) -> Expr<Bool> { call(.rlike, pattern.literal) }

    /// The first match of a regular expression; null when nothing matches.
    public func firstMatch(of pattern: String) -> Expr<String> { call(.regexpSubstr, pattern.literal) }

    /// What a group of the first match has; empty when there is no match.
    public func firstMatch(of pattern: String, group: Int) -> Expr<String> {
        call(.regexpExtract, pattern.literal, group.literal)
    }

    /// With every match of a regular expression replaced; `$1` in the replacement is what the first group has, `\$` a
    /// dollar sign.
    public func replacingMatches(of pattern: String, with replacement: String) -> Expr<String> {
        call(.regexpReplace, pattern.literal, replacement.literal)
    }

    /// The number of matches, which do not overlap.
    public func matchCount(of pattern: String) -> Expr<Int32> { call(.regexpCount, pattern.literal) }

    /// Where the first match begins; 0: nowhere.
    public func matchPosition(of pattern: String) -> Expr<Int32> { call(.regexpInstr, pattern.literal) }
}
