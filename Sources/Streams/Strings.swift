import Columnar

/// Functions of texts. Positions and lengths count Unicode scalars; positions begin with 1. `docs/FUNCTIONS.md` says what
/// each gives at its bounds.
extension Expr where Value.Base == String {
    /// The number of Unicode scalars.
    public var length: Expr<Int32> { call(.length) }

    /// The number of bytes in UTF-8.
    public var octetLength: Expr<Int32> { call(.octetLength) }

    /// In lower case, by the default mapping of Unicode, which depends on no locale.
    public func lowercased() -> Expr<String> { call(.lower) }

    /// In upper case, by the default mapping of Unicode, which depends on no locale.
    public func uppercased() -> Expr<String> { call(.upper) }

    /// The first letter of each word in upper case, the others in lower case; words stand between spaces.
    public func capitalized() -> Expr<String> { call(.initcap) }

    /// Without those of the characters that stand at both ends; spaces unless others are named.
    public func trimmed(of characters: some ExpressionArgument<String> = " ") -> Expr<String> {
        call(.trim, characters.argument)
    }

    /// Without those of the characters that stand at the beginning; spaces unless others are named.
    public func leftTrimmed(of characters: some ExpressionArgument<String> = " ") -> Expr<String> {
        call(.ltrim, characters.argument)
    }

    /// Without those of the characters that stand at the end; spaces unless others are named.
    public func rightTrimmed(of characters: some ExpressionArgument<String> = " ") -> Expr<String> {
        call(.rtrim, characters.argument)
    }

    /// Up to `length` scalars from `start`, which counts from 1, or from the end when it is negative.
    public func substring(
        from start: some IntegerArgument, length: some IntegerArgument = Int64.max
    ) -> Expr<String> {
        call(.substring, start.argument, length.argument)
    }

    /// The first scalars.
    public func left(_ length: some IntegerArgument) -> Expr<String> { call(.left, length.argument) }

    /// The last scalars.
    public func right(_ length: some IntegerArgument) -> Expr<String> { call(.right, length.argument) }

    /// With `length` scalars: filled up before it, or cut off at its end. Null when the result is longer than 64 KiB.
    public func leftPadded(
        to length: some IntegerArgument, with fill: some ExpressionArgument<String> = " "
    ) -> Expr<String> {
        call(.lpad, length.argument, fill.argument)
    }

    /// With `length` scalars: filled up behind it, or cut off at its end. Null when the result is longer than 64 KiB.
    public func rightPadded(
        to length: some IntegerArgument, with fill: some ExpressionArgument<String> = " "
    ) -> Expr<String> {
        call(.rpad, length.argument, fill.argument)
    }

    /// With a replacement for as many scalars as it has, or for `length`, from a position on.
    public func overlaid(
        with replacement: some ExpressionArgument<String>, from start: some IntegerArgument,
        length: some IntegerArgument = -1
    ) -> Expr<String> {
        call(.overlay, replacement.argument, start.argument, length.argument)
    }

    /// This text with another one behind it; null when either is.
    public func concat(_ other: some ExpressionArgument<String>) -> Expr<String> { call(.concat, other.argument) }

    /// With every occurrence of a text replaced.
    public func replacing(
        _ search: some ExpressionArgument<String>, with replacement: some ExpressionArgument<String>
    ) -> Expr<String> {
        call(.replace, search.argument, replacement.argument)
    }

    /// With each scalar that stands in `from` replaced by the one at its place in `to`, or removed.
    public func translated(
        from: some ExpressionArgument<String>, to: some ExpressionArgument<String>
    ) -> Expr<String> {
        call(.translate, from.argument, to.argument)
    }

    /// The scalars in the opposite order.
    public func reversed() -> Expr<String> { call(.reverse) }

    /// The text so many times. Null when the result is longer than 64 KiB.
    public func repeated(_ times: some IntegerArgument) -> Expr<String> { call(.repeated, times.argument) }

    /// The part between delimiters with a number, from 1, or from the last when it is negative; empty when there are
    /// fewer parts.
    public func part(
        _ number: some IntegerArgument, separatedBy delimiter: some ExpressionArgument<String>
    ) -> Expr<String> {
        call(.splitPart, delimiter.argument, number.argument)
    }

    /// What stands before a delimiter's occurrence of that number, or behind it, counted from the end, when the number is
    /// negative; the whole text when there are fewer.
    public func part(
        before occurrence: some IntegerArgument, of delimiter: some ExpressionArgument<String>
    ) -> Expr<String> {
        call(.substringIndex, delimiter.argument, occurrence.argument)
    }

    /// The code point of the first scalar; 0 of an empty text.
    public var codePoint: Expr<Int32> { call(.ascii) }

    /// The least number of scalars to insert, remove or replace to make the other text of this one.
    public func editDistance(to other: some ExpressionArgument<String>) -> Expr<Int32> {
        call(.levenshtein, other.argument)
    }

    /// The Soundex code of an English name.
    public var soundex: Expr<String> { call(.soundex) }
}

/// The texts that are not null, with the separator between them; null when the separator is.
public func concat(
    separator: some ExpressionArgument<String>, _ texts: any ExpressionArgument<String>...
) -> Expr<String> {
    Expr(expression: .function(.concatWithSeparator, [separator.argument] + texts.map(\.argument)))
}

@available(*, unavailable, message: "texts are put together with concat(_:)")
public func + <L, R>(left: Expr<L>, right: Expr<R>) -> Expr<String> where L.Base == String, R.Base == String {
    fatalError()
}

@available(*, unavailable, message: "texts are put together with concat(_:)")
public func + <L>(left: Expr<L>, right: String) -> Expr<String> where L.Base == String { fatalError() }
