/// A built-in scalar function: everything that is known of it, in one place. Binding, evaluation and the reference page
/// read nothing else. Two functions are the same when their names are.
public final class ScalarFunction: Sendable {
    /// As it stands in plans, messages and the reference; Spark's name where Spark has the function.
    public let name: String
    let parameters: [FunctionParameter]
    /// The type of the result, in words.
    let gives: String
    /// When the result is null although no argument is, in words; nil: never.
    let failure: String?
    /// What becomes of null arguments, when it is not that they make the result null.
    let nulls: String?
    /// One sentence.
    let summary: String
    /// Calls with constants, and their values, as SQL. Each is a test.
    public let examples: [(call: String, value: String)]
    /// Gives the result's type and the kernel for arguments that have been checked against the parameters.
    let resolve: @Sendable (FunctionArguments) throws(FunctionRefusal) -> BoundFunction

    /// A function whose kernel and result depend on its arguments' types or constants.
    init(
        _ name: String, _ parameters: [FunctionParameter], gives: String, nullWhen failure: String? = nil,
        nulls: String? = nil, _ summary: String, _ examples: KeyValuePairs<String, String>,
        resolve: @escaping @Sendable (FunctionArguments) throws(FunctionRefusal) -> BoundFunction
    ) {
        self.name = name
        self.parameters = parameters
        self.gives = gives
        self.failure = failure
        self.nulls = nulls
        self.summary = summary
        self.examples = examples.map { (call: $0.key, value: $0.value) }
        self.resolve = resolve
    }

    /// A function with one kernel and one type of result.
    convenience init(
        _ name: String, _ parameters: [FunctionParameter], gives type: DataType, nullWhen failure: String? = nil,
        _ summary: String, _ examples: KeyValuePairs<String, String>,
        kernel: @escaping @Sendable (FunctionCall) -> ColumnVector
    ) {
        self.init(
            name, parameters, gives: "\(type)", nullWhen: failure, summary, examples
        ) { _ throws(FunctionRefusal) in BoundFunction(type, canFail: failure != nil, kernel) }
    }
}

extension ScalarFunction: Hashable {
    public static func == (left: ScalarFunction, right: ScalarFunction) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// What a function takes in one place.
struct FunctionParameter: Sendable {
    enum Kind: String {
        case string
        case json = "string or json"
        case binary
        case stringOrBinary = "string or binary"
        case boolean
        /// Both kinds of integers, as `bigint`.
        case bigint
        /// Both kinds of integers, as they are.
        case integer = "int or bigint"
        /// Any number, as a double.
        case double
        /// Any number, as it is.
        case number
        case date
        /// A day, also the one (UTC) of a timestamp.
        case day
        case timestamp
        /// As it is.
        case dateOrTimestamp
        case list
        case map
        case listOrMap = "list or map"
        case any
        /// Of any type, the same for all such arguments; they are cast to what they have in common.
        case common
    }

    let name: String
    let kind: Kind
    /// Must be a literal, so that it is read and refused when the topology is planned.
    var isConstant = false
    /// Taken when the argument is left out.
    var standard: Scalar?
    /// One or more arguments; only the last parameter.
    var isRepeated = false

    static func string(_ name: String) -> Self { .init(name: name, kind: .string) }
    static func json(_ name: String) -> Self { .init(name: name, kind: .json) }
    static func binary(_ name: String) -> Self { .init(name: name, kind: .binary) }
    static func stringOrBinary(_ name: String) -> Self { .init(name: name, kind: .stringOrBinary) }
    static func boolean(_ name: String) -> Self { .init(name: name, kind: .boolean) }
    static func bigint(_ name: String) -> Self { .init(name: name, kind: .bigint) }
    static func integer(_ name: String) -> Self { .init(name: name, kind: .integer) }
    static func double(_ name: String) -> Self { .init(name: name, kind: .double) }
    static func number(_ name: String) -> Self { .init(name: name, kind: .number) }
    static func date(_ name: String) -> Self { .init(name: name, kind: .date) }
    static func day(_ name: String) -> Self { .init(name: name, kind: .day) }
    static func timestamp(_ name: String) -> Self { .init(name: name, kind: .timestamp) }
    static func dateOrTimestamp(_ name: String) -> Self { .init(name: name, kind: .dateOrTimestamp) }
    static func list(_ name: String) -> Self { .init(name: name, kind: .list) }
    static func map(_ name: String) -> Self { .init(name: name, kind: .map) }
    static func listOrMap(_ name: String) -> Self { .init(name: name, kind: .listOrMap) }
    static func any(_ name: String) -> Self { .init(name: name, kind: .any) }
    static func common(_ name: String) -> Self { .init(name: name, kind: .common) }

    /// The parameter as one that takes literals only.
    var constant: Self {
        var changed = self
        changed.isConstant = true
        return changed
    }

    /// The parameter as the last, taking one or more arguments.
    var repeated: Self {
        var changed = self
        changed.isRepeated = true
        return changed
    }

    /// The parameter with a value for calls that leave it out.
    func or(_ standard: Scalar) -> Self {
        var changed = self
        changed.standard = standard
        return changed
    }
}

/// The arguments of a call when it is bound.
struct FunctionArguments {
    let types: [DataType]
    /// The values of literals; nil for what is known row by row only.
    let constants: [Scalar?]
    let isNullable: [Bool]

    var count: Int { types.count }

    /// The text of a constant parameter.
    func text(_ index: Int) throws(FunctionRefusal) -> String {
        guard case .string(let text) = constants[index] else { throw FunctionRefusal("takes no null there") }
        return text
    }

    /// The number of a constant parameter.
    func number(_ index: Int) throws(FunctionRefusal) -> Int64 {
        switch constants[index] {
        case .int32(let value): return Int64(value)
        case .int64(let value): return value
        default: throw FunctionRefusal("takes no null there")
        }
    }
}

/// A function for arguments of known types.
struct BoundFunction: Sendable {
    let type: DataType
    /// Whether the result can be null although no argument is.
    let canFail: Bool
    /// Whether the result can be null, when that does not follow from the arguments and `canFail`.
    let isNullable: Bool?
    /// Values of whole columns. Rows with a null argument are null unless the kernel says otherwise.
    let kernel: @Sendable (FunctionCall) -> ColumnVector

    init(
        _ type: DataType, canFail: Bool = false, isNullable: Bool? = nil,
        _ kernel: @escaping @Sendable (FunctionCall) -> ColumnVector
    ) {
        self.type = type
        self.canFail = canFail
        self.isNullable = isNullable
        self.kernel = kernel
    }
}

/// Why a function does not take its arguments, as the rest of a sentence that begins with its name.
struct FunctionRefusal: Error {
    let clause: String

    init(_ clause: String) { self.clause = clause }
}

extension ScalarFunction {
    /// Whether the argument with that index, from 0, must be a literal.
    public func mustBeLiteral(_ index: Int) -> Bool {
        parameters.indices.contains(index) && parameters[index].isConstant
    }
}
