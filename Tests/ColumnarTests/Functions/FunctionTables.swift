/// The tables of cases, family by family.
enum FunctionTables {
    static let all =
        [strings, search, encodings, numbers, mathematics, bits, timeParts, timeArithmetic, timeTexts, nulls]
        + [hashes, json, casts, lists]
}
