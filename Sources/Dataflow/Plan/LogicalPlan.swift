import Columnar

/// What a topology does, as plain data: a graph of steps from sources to sinks. It says nothing of threads, brokers or
/// files; `run`, `replay` and the test driver bind the same plan to different ones.
public struct LogicalPlan: Hashable, Sendable {
    /// The topology's name: part of the identity of its state and of its commits.
    public var name: String
    /// Steps in topological order: the inputs of a step stand before it.
    public var steps: [PlanStep]
    /// The numbers by which state and sinks know sources and sinks whose place in the plan is another than it was when
    /// the state began; see `number(of:)`.
    public var numbers: [Int: Int] = [:]
    /// The number of the next source or sink that is added; nil: that of steps.
    public var nextNumber: Int?

    public init(name: String, steps: [PlanStep] = []) {
        self.name = name
        self.steps = steps
    }

    /// Adds a step after its inputs and gives its number.
    /// - Precondition: the inputs are steps of this plan.
    public mutating func add(_ kind: PlanStep.Kind, after inputs: [Int] = []) -> Int {
        precondition(inputs.allSatisfy { steps.indices.contains($0) }, "a step after one that is not in the plan")
        steps.append(PlanStep(kind: kind, inputs: inputs))
        return steps.count - 1
    }

    /// What names a step in the partitions of rows in the state, and in the identity of a sink: the number of the step in
    /// the plan with which the state began, or the next free one for a step that a later version of the plan added. It
    /// stays when steps come and go.
    public func number(of step: Int) -> Int { numbers[step] ?? step }

    /// The source step that rows of a partition come from; nil for one that the plan no longer has.
    func source(numbered number: Int) -> Int? {
        numbers.isEmpty ? number : steps.indices.first { self.number(of: $0) == number && steps[$0].inputs.isEmpty }
    }
}

/// One step of a plan.
public struct PlanStep: Hashable, Sendable {
    public var kind: Kind
    /// What the topology calls the step, so that state finds it again after an upgrade; nil when it does not say.
    public var name: String?
    /// The numbers of the steps whose rows it takes; none for a source.
    public var inputs: [Int]

    /// What a step does.
    public enum Kind: Hashable, Sendable {
        case read(SourceDescription)
        /// Gives rows their event time, from a `timestamp` column that is never null.
        case withWatermark(column: String, delayMicroseconds: Int64)
        /// Gives rows the time that the topic has for their record, for topics without event time.
        case withIngestionTime(delayMicroseconds: Int64)
        /// Gives rows the time of day at which they are processed.
        case withProcessingTime
        /// Keeps the rows for which the condition is true.
        case filter(Expression)
        case select([Projection])
        /// Calls a function of the topology's author for each row.
        case map(RowTransform)
        /// Puts rows together with those of a table.
        case enrich(Enrichment)
        /// Gives a row for each element of a list.
        case explode(Explosion)
        /// Keeps the first row of each key within the watermark.
        case dropDuplicates(keys: [String])
        /// Keeps the last row of each key within the watermark.
        case keepLast(LastRows)
        case aggregate(WindowedAggregation)
        case top(Ranking)
        /// Calls a function of the topology's author that keeps state and timers by key.
        case process(KeyedProcess)
        /// The rows of all inputs, which have the same columns.
        case union
        /// Of a left and a right input.
        case join(JoinSpecification)
        case write(SinkDescription)
    }
}

/// A row for each element of a list, or each entry of a map.
public struct Explosion: Hashable, Sendable {
    /// Names of the columns that the element gives to `outputs`: its value, its index from 0, and of a map its key.
    public static let element = "__element"
    public static let position = "__position"
    public static let key = "__key"
    public var list: Expression
    /// Whether a row whose list is null or empty is kept, with nulls for the element.
    public var keepsEmpty: Bool
    /// The result's columns, over those of the row and of the element.
    public var outputs: [Projection]

    public init(_ list: Expression, keepsEmpty: Bool = false, outputs: [Projection]) {
        self.list = list
        self.keepsEmpty = keepsEmpty
        self.outputs = outputs
    }
}

/// Groups by window and keys, and aggregates.
public struct WindowedAggregation: Hashable, Sendable {
    /// Names of the columns that the window gives to `outputs`.
    public static let windowStart = "__window_start"
    public static let windowEnd = "__window_end"
    /// The name of the column that says whether no later row of the window's group follows. Where `outputs` take it, every
    /// group is given once more when its window closes.
    public static let windowIsFinal = "__window_is_final"
    public var window: WindowSpecification
    /// Group keys, computed from the input row; nulls are equal to each other.
    public var keys: [Projection]
    public var aggregates: [Aggregate]
    /// The result's columns, over the keys, the aggregates and the window's bounds, by their names.
    public var outputs: [Projection]

    public init(window: WindowSpecification, keys: [Projection], aggregates: [Aggregate], outputs: [Projection]) {
        self.window = window
        self.keys = keys
        self.aggregates = aggregates
        self.outputs = outputs
    }

    /// A named aggregate.
    public struct Aggregate: Hashable, Sendable {
        public var name: String
        public var function: AggregateFunction
        /// What is aggregated; nothing for `count` of rows.
        public var arguments: [Expression]

        public init(_ name: String, _ function: AggregateFunction, of arguments: [Expression]) {
            self.name = name
            self.function = function
            self.arguments = arguments
        }

        public init(_ name: String, _ function: AggregateFunction, of argument: Expression?) {
            self.init(name, function, of: argument.map { [$0] } ?? [])
        }
    }
}

/// Where a topology reads, and against which contract.
public struct SourceDescription: Hashable, Sendable {
    public var topic: String
    public var contract: ContractDescription
    /// The topic for records that are malformed, against the contract, late or (if asked) duplicate; nil: they are only
    /// counted.
    public var deadLetterTopic: String?
    /// Whether duplicates go to the dead letters too.
    public var deadLettersDuplicates: Bool

    public init(
        topic: String, contract: ContractDescription, deadLetterTopic: String? = nil,
        deadLettersDuplicates: Bool = false
    ) {
        self.topic = topic
        self.contract = contract
        self.deadLetterTopic = deadLetterTopic
        self.deadLettersDuplicates = deadLettersDuplicates
    }
}

/// A data contract as plain data: the columns, and where and how each stands in a record.
public struct ContractDescription: Hashable, Sendable {
    public var name: String
    public var format: Format
    public var columns: [Column]

    public init(name: String, format: Format = .json, columns: [Column]) {
        self.name = name
        self.format = format
        self.columns = columns
    }

    /// The columns as a schema.
    public var schema: RecordSchema { RecordSchema(columns.map(\.field)) }

    /// How records are encoded.
    public enum Format: String, Hashable, Sendable {
        case json
    }

    /// How a timestamp stands in a record.
    public enum TimestampFormat: String, Hashable, Sendable {
        /// Text with `Z` or an offset.
        case iso8601
        case epochSeconds, epochMilliseconds, epochMicroseconds
    }

    /// One column of a contract.
    public struct Column: Hashable, Sendable {
        public var field: Field
        /// The names that lead to the value in a record, outermost first.
        public var path: [String]
        public var timestampFormat: TimestampFormat
        /// How timestamps within a nested value stand, by the names of fields that lead to them from the value on; those
        /// that are not here are ISO 8601.
        public var nestedTimestampFormats: [[String]: TimestampFormat]

        public init(
            _ field: Field, path: [String]? = nil, timestampFormat: TimestampFormat = .iso8601,
            nestedTimestampFormats: [[String]: TimestampFormat] = [:]
        ) {
            self.field = field
            self.path = path ?? [field.name]
            self.timestampFormat = timestampFormat
            self.nestedTimestampFormats = nestedTimestampFormats
        }
    }
}
