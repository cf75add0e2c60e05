import Columnar

/// A plan as a checkpoint keeps it: data that can be compared, step by step, with the plan of a later version of the
/// topology (`PlanUpgrade`). The plan itself holds code, which no checkpoint can.
public struct PlanDescription: Hashable, Sendable {
    public var steps: [StepDescription]
    /// The number that the next source or sink gets that is added, see `LogicalPlan.number(of:)`.
    public var nextNumber: Int

    public init(steps: [StepDescription], nextNumber: Int) {
        self.steps = steps
        self.nextNumber = nextNumber
    }
}

/// A step of a `PlanDescription`.
public struct StepDescription: Hashable, Sendable {
    public var kind: Kind
    /// The name that the topology gives the step, if any.
    public var name: String?
    /// The step as `explain` prints it.
    public var text: String
    public var inputs: [Int]
    /// What names the step in the state and in the identity of a sink, see `LogicalPlan.number(of:)`.
    public var number: Int
    /// What the step gives; for a sink, what it takes.
    public var gives: RecordSchema
    /// What each of the columns that it gives is computed from.
    public var columns: [Meaning]
    /// What event time is computed from, where the step says it.
    public var time: Meaning?
    /// What its state consists of, and what else it computes.
    public var parts: [Part]
    /// What else makes the step what it is, by name.
    public var settings: [String: String]
    /// Where a sink writes.
    public var sink: SinkDescription?

    /// What a step does, as in `PlanStep.Kind`.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case read, time, filter, select, map, enrich, explode, dropDuplicates, keepLast, aggregate, top, process
        case union, join, write
    }

    /// How a value is computed, whatever the columns are called that it is computed from.
    public struct Meaning: Hashable, Sendable {
        public var rule: Rule
        /// The form of the computation, with `$0`, `$1`, … for `sources`.
        public var text: String
        public var sources: [Reference]

        public enum Rule: UInt8, Hashable, Sendable {
            /// By the expression that `text` is.
            case expression
            /// By code that finds its columns by their names: more of them do not concern it.
            case code
            /// It is one of the sources, which are those of several inputs.
            case union
            /// By the state of the step.
            case state
        }

        /// A column of an input, or a part of the step's own state.
        public struct Reference: Hashable, Sendable {
            /// -1 for a part of the step.
            public var port: Int
            public var name: String
        }
    }

    /// One part of a step.
    public struct Part: Hashable, Sendable {
        public var role: Role
        public var name: String
        public var meaning: Meaning

        public enum Role: String, Hashable, Sendable, CaseIterable {
            /// What the state is divided by.
            case key
            /// An accumulator of every group.
            case aggregate
            /// What rows are ranked by.
            case order
            /// What tells the rows of a changelog apart.
            case identity
            /// A column of the rows that are kept; in a join, of its left or right input.
            case row, left, right
            /// A column of a keyed function's own state, and what its code reads.
            case field, reads
            /// What rows have to satisfy, and what ends a version.
            case condition, deletion
        }
    }
}

extension StepDescription.Meaning {
    /// - Parameter isOwn: of a column that the step itself makes, such as a bound of its window.
    init(_ expression: Expression, port: Int = 0, isOwn: (String) -> Bool = { _ in false }) {
        let template = ExpressionTemplate([expression], isOwn: isOwn)
        self.init(
            rule: expression.columns.contains(where: isOwn) ? .state : .expression, text: template.text,
            sources: template.columns.map { Reference(port: port, name: $0) })
    }

    /// A column of an input as it is.
    init(column: String, port: Int = 0) { self.init(.column(column), port: port) }

    /// The same with more text behind it.
    func appending(_ suffix: String) -> Self { Self(rule: rule, text: text + suffix, sources: sources) }
}

extension StepDescription {
    /// What a step takes whose rows may be replaced or taken away later.
    static let changelog = "rows that are replaced"

    /// The parts with a role, in the order of the state.
    func parts(_ role: Part.Role) -> [Part] { parts.filter { $0.role == role } }

    /// Whether the step keeps state by key.
    var isStateful: Bool {
        switch kind {
        case .dropDuplicates, .keepLast, .aggregate, .top, .process, .join: true
        case .read, .time, .filter, .select, .map, .enrich, .explode, .union, .write: false
        }
    }
}
