/// What an aggregate is: its name, what it takes and gives, and the state that it keeps. The built-in aggregates and
/// those of a topology are the same to everything else: one file with a definition and its state.
public protocol AggregateDefinition: Sendable {
    /// As it stands in plans and messages. Two aggregates of the same name and parameters are the same aggregate: a
    /// state that one of them gave is read by the other, so an aggregate whose state changes needs another name.
    var name: String { get }

    /// What stands behind the arguments in plans: `["0.95"]`. None by default.
    var parameters: [String] { get }

    /// Whether the order of rows matters: then `accumulate` gets three more columns behind the arguments, none of them
    /// null: event time (`timestamp`), partition (`int`) and offset (`bigint`). Batches come in any order; these columns
    /// alone say which row is earlier. False by default.
    var isOrdered: Bool { get }

    /// The type of the result.
    /// - Throws: `AggregateRefusal` when the function does not take arguments of these types, or its parameters make no
    ///   sense.
    func resultType(of arguments: [DataType]) throws(AggregateRefusal) -> DataType

    /// When the result is null. `whenArgumentIs` by default.
    func nullability(of arguments: [DataType]) -> AggregateNullability

    /// A state of no groups, for arguments that `resultType` took.
    func makeState(of arguments: [DataType]) -> any AggregateState
}

extension AggregateDefinition {
    public var parameters: [String] { [] }
    public var isOrdered: Bool { false }
    public func nullability(of arguments: [DataType]) -> AggregateNullability { .whenArgumentIs }
}

/// The state of an aggregate for all groups: columns indexed by group number, never an object a group. It is given whole
/// columns; what it does for a row must not depend on the order of rows or of merging, but for the rounding of doubles.
public protocol AggregateState: Sendable {
    /// Adds rows to groups. Groups that have no rows yet are there all the same, and have results.
    /// - Parameters:
    ///   - columns: one for each argument, of one length, then those of an ordered aggregate.
    ///   - groups: the group of each row, below `groupCount`.
    ///   - groupCount: the number of groups, never less than before.
    mutating func accumulate(_ columns: [ColumnVector], groups: [Int32], groupCount: Int)

    /// Adds what `state` of another one gave: `groups` says which group here each of its rows belongs to.
    mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int)

    /// The state as columns with one row a group, always as many and of the same types, for a checkpoint.
    func state() -> [ColumnVector]

    /// The result of each group.
    func finish() -> ColumnVector

    /// The state of the given groups only, renumbered in that order. By default nil: it is then made from `state` and
    /// `merge`, which is slower.
    func taking(_ groups: [Int32]) -> Self?
}

extension AggregateState {
    public func taking(_ groups: [Int32]) -> Self? { nil }
}

/// When an aggregate's result is null.
public enum AggregateNullability: Hashable, Sendable {
    case never
    /// When every row of the group has a null among its arguments.
    case whenArgumentIs
    /// Then, and when the result leaves its type.
    case whenOutOfRange
    /// For some groups, whatever the arguments are.
    case always
}

/// Why a function does not take its arguments, as the rest of a sentence that begins with the function: `takes numbers`.
public struct AggregateRefusal: Error, Hashable, Sendable {
    public var clause: String

    public init(_ clause: String) { self.clause = clause }

    /// Fails unless there are so many arguments.
    static func check(_ arguments: [DataType], count: Int) throws(AggregateRefusal) {
        guard arguments.count != count else { return }
        throw AggregateRefusal("takes \(count) argument\(count == 1 ? "" : "s"), not \(arguments.count)")
    }

    /// The only argument, when it is a number.
    static func number(_ arguments: [DataType]) throws(AggregateRefusal) -> DataType {
        try check(arguments, count: 1)
        guard arguments[0].isNumeric else { throw AggregateRefusal("takes a number") }
        return arguments[0]
    }
}
