import Columnar

/// A function of a topology's author that is called for each row of a key, and keeps state and timers by key.
public struct KeyedProcess: Sendable {
    /// Stands in the plan for the function, with `parameters`.
    public var name: String
    public var parameters: [String]
    /// Columns of the input.
    public var keys: [String]
    /// What is kept of each key.
    public var state: RecordSchema
    /// What the function gives.
    public var output: RecordSchema
    /// Whether rows that the watermark had passed go to the function instead of the dead letters.
    public var takesLateRows: Bool
    public var function: any KeyedFunction

    public init(
        name: String, parameters: [String], keys: [String], state: RecordSchema, output: RecordSchema,
        takesLateRows: Bool, function: any KeyedFunction
    ) {
        self.name = name
        self.parameters = parameters
        self.keys = keys
        self.state = state
        self.output = output
        self.takesLateRows = takesLateRows
        self.function = function
    }

    /// What tells one from another: all but the function.
    private var identity: [AnyHashable] { [name, parameters, keys, state, output, takesLateRows] }

    var text: String {
        "process '\(name)'\(parameters.isEmpty ? "" : "(\(parameters.joined(separator: ", ")))")"
            + " per \(keys.joined(separator: ", ")) keeping (\(state))\(takesLateRows ? ", late rows too" : "")"
            + " -> \(output) [state: keys until they are cleared, timers; sharded]"
    }
}

extension KeyedProcess: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.identity == right.identity }
    public func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}

/// The code of a `KeyedProcess`, shared by all lanes.
public protocol KeyedFunction: Sendable {
    /// One for a lane, over rows of a schema. What it reads and changes of its key goes through `frame`.
    func makeInstance(input: RecordSchema, frame: KeyedFrame) -> any KeyedFunctionInstance
}

/// A lane's own instance of a keyed function.
public protocol KeyedFunctionInstance: AnyObject {
    /// Tells the rows of the next calls, nil when there are none, and the keys of all groups.
    func begin(_ batch: RecordBatch?, keys: [ColumnVector])
    /// Calls the function for a row.
    /// - Returns: why it failed, a clause for people without values. What it gave for the row is left out then.
    func process(_ row: Int) -> String?
    /// Calls the function for a timer that is due.
    func fire(_ timer: KeyedTimer)
    /// The columns of the rows that it gave since the last call, in order; `frame.outputTimes` has their event times.
    func takeOutput() -> [ColumnVector]
}

/// A point in time at which a function asked to be called for its key.
public struct KeyedTimer: Hashable, Sendable {
    public enum Domain: String, Hashable, Sendable {
        /// Fires when the watermark has reached it.
        case eventTime
        /// Fires when the time of day has.
        case processingTime
    }

    public var domain: Domain
    /// µs since 1970 UTC.
    public var time: Int64

    public init(_ domain: Domain, _ time: Int64) {
        self.domain = domain
        self.time = time
    }
}
