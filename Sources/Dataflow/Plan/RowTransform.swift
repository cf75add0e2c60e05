import Columnar

/// A function of a topology's author over rows: one row in; one out, or any number.
public struct RowTransform: Sendable {
    /// Stands in the plan for the function, which cannot be compared: whoever changes what the function does for rows
    /// whose results are in state or tables gives it another name.
    public var name: String
    /// Whether a row may give none or several.
    public var isFlat: Bool
    /// What it gives.
    public var output: RecordSchema
    public var function: any RowFunction

    public init(name: String, isFlat: Bool, output: RecordSchema, function: any RowFunction) {
        self.name = name
        self.isFlat = isFlat
        self.output = output
        self.function = function
    }

    func check() throws(PlanError) {
        guard !name.isEmpty else {
            throw PlanError("a map has no name: give it one, which stands in the plan for what its function does")
        }
    }
}

extension RowTransform: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.isFlat == right.isFlat && left.output == right.output
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(isFlat)
        hasher.combine(output)
    }
}

/// The code of a `RowTransform`, shared by all lanes.
public protocol RowFunction: Sendable {
    /// One for a lane, over rows of a schema.
    func makeInstance(input: RecordSchema) -> any RowFunctionInstance
}

/// A lane's own instance of a function over rows; it may keep scratch space, and no state.
public protocol RowFunctionInstance: AnyObject {
    /// Calls the function for every row of a batch.
    func apply(_ batch: RecordBatch) -> RowFunctionResult
}

/// What a function made of a batch.
public struct RowFunctionResult {
    /// The columns of the rows that it gave.
    public var columns: [ColumnVector]
    /// For each of them the row of the batch that it came from; never falling.
    public var rows: [Int32]
    /// Rows of the batch for which it failed, and why: a clause for people, without values.
    public var failures: [(row: Int32, message: String)]

    public init(columns: [ColumnVector], rows: [Int32], failures: [(row: Int32, message: String)]) {
        self.columns = columns
        self.rows = rows
        self.failures = failures
    }
}
