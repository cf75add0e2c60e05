/// Functions that belong together: a file or a few, and a section of the reference.
struct FunctionFamily: Sendable {
    let title: String
    /// What holds for all of them, as Markdown.
    let introduction: String
    let functions: [ScalarFunction]

    init(_ title: String, _ introduction: String, _ functions: [ScalarFunction]) {
        self.title = title
        self.introduction = introduction
        self.functions = functions
    }

    /// In the order of the reference.
    static let all: [FunctionFamily] = [
        .text, .search, .encoding, .numbers, .mathematics, .bits, .timeParts, .timeArithmetic, .timeText, .nulls,
        .hashes,
        .json, .lists,
    ]
}

extension ScalarFunction {
    /// Every built-in function, in the order of the reference.
    public static let all: [ScalarFunction] = FunctionFamily.all.flatMap(\.functions)

    /// The function with that name.
    public static func named(_ name: String) -> ScalarFunction? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
