/// The state of one aggregate for all groups. Which aggregate it is, is asked once a batch, never once a row.
public struct Accumulator: Sendable {
    public let function: AggregateFunction
    /// The types of the arguments; none for `count` of rows.
    public let arguments: [DataType]
    /// The type of the result.
    public let resultType: DataType
    private var states: any AggregateState
    private var groupCount = 0
    /// Rows added so far, and how many there are when the state is measured again.
    private var rowCount = 0
    private var nextMeasure = 0
    private var bytesPerGroup = 0

    /// - Parameter texts: the arguments as a message names them; their types alone without them.
    /// - Throws: `BindingError` when the function does not take the arguments.
    public init(_ function: AggregateFunction, arguments: [DataType], texts: [String]? = nil) throws(BindingError) {
        self.function = function
        self.arguments = arguments
        do {
            resultType = try function.definition.resultType(of: arguments)
        } catch {
            let call = function.text(texts ?? arguments.map { "\($0)" })
            let types = zip(texts ?? [], arguments).map { ", and \($0) is \($1)" }.joined()
            throw BindingError(description: "\(call) is not possible: \(function.name) \(error.clause)\(types)")
        }
        states = function.definition.makeState(of: arguments)
    }

    /// Adds rows to groups.
    /// - Parameters:
    ///   - groups: the group of each row, below `groupCount`, which never falls.
    ///   - columns: one an argument, with a value a row; for an ordered aggregate then event time, partition and offset.
    public mutating func update(groups: [Int32], groupCount: Int, columns: [ColumnVector]) {
        self.groupCount = max(groupCount, self.groupCount)
        states.accumulate(columns, groups: groups, groupCount: self.groupCount)
        rowCount += groups.count
        if rowCount >= nextMeasure { measure() }
    }

    /// The bytes of memory that the state takes, nearly: what some groups take as columns is measured whenever half as many
    /// rows more have come, with half as much for what grows in leaps and is found by more than its place.
    public var byteCount: Int { bytesPerGroup * groupCount * 3 / 2 }

    private mutating func measure() {
        nextMeasure = max(1024, rowCount + rowCount / 2)
        guard groupCount > 0 else { return }
        let sample = stride(from: 0, to: groupCount, by: max(1, groupCount / 256)).map { Int32($0) }
        bytesPerGroup = taking(sample).states.state().reduce(0) { $0 + $1.byteCount } / sample.count + 1
    }

    /// The result of each group.
    public func finish() -> ColumnVector { states.finish() }

    /// The state as columns of one length, for a checkpoint.
    public func state() -> [ColumnVector] { states.state() }

    /// Adds the groups of another accumulator's state: `groups` says which group here each of its rows belongs to.
    public mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        self.groupCount = max(groupCount, self.groupCount)
        states.merge(state, groups: groups, groupCount: self.groupCount)
        rowCount += groups.count
        if rowCount >= nextMeasure { measure() }
    }

    /// The state of the given groups only, renumbered in that order: to give the results of some groups, or to forget
    /// the others.
    public func taking(_ groups: [Int32]) -> Accumulator {
        var taken = self
        taken.groupCount = groups.count
        if let states = states.taking(groups) {
            taken.states = states
        } else {
            taken.states = function.definition.makeState(of: arguments)
            taken.states.merge(
                states.state().map { $0.taking(groups) }, groups: groups.indices.map { Int32($0) },
                groupCount: groups.count)
        }
        return taken
    }

    /// Whether a group's result can be null. A group has at least one row, so only an argument that is null in all of
    /// them leaves most functions without a value; an exact sum can leave its type.
    public func canBeNull(ofNullable argumentsAreNullable: Bool) -> Bool {
        switch function.definition.nullability(of: arguments) {
        case .never: false
        case .whenArgumentIs: argumentsAreNullable
        case .whenOutOfRange, .always: true
        }
    }
}
