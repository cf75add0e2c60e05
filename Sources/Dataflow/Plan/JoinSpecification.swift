import Columnar

/// Puts rows of two inputs together that have equal keys: of the left (input 0) and of the right (input 1).
///
/// **Nulls.** A key that is null equals nothing. Its row has no match, and is given where its side is kept.
///
/// **Late rows.** A row is late when it is older than the watermark that it carries, which is that of its own partition just
/// before it; in a join of windows, when all its windows had closed by that watermark. So which rows take part is a
/// property of the topics, and the result is all matches among them: it does not depend on how the sources interleave.
/// Event time is as far as in the input that is furthest behind, and decides only when rows are given and state is freed;
/// what it has passed is late too, which concerns partitions without records for a while (their event time is not waited
/// for).
public struct JoinSpecification: Hashable, Sendable {
    /// What stands before the names of the left and the right input's columns in `keys`, `condition` and `outputs`.
    public static let leftPrefix = "left."
    public static let rightPrefix = "right."

    public var kind: Kind
    public var keys: [Key]
    public var match: Match
    /// What matching rows must satisfy besides, over the columns of both.
    public var condition: Expression?
    /// The result's columns, over those of both inputs (those of a side that may be missing are null then) and, in a join
    /// of windows, the window's bounds as in a `WindowedAggregation`.
    public var outputs: [Projection]

    public init(kind: Kind, keys: [Key], match: Match, condition: Expression? = nil, outputs: [Projection]) {
        self.kind = kind
        self.keys = keys
        self.match = match
        self.condition = condition
        self.outputs = outputs
    }

    /// Which rows without a match are given, with nulls for the other side.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// None.
        case inner
        /// Those of the left.
        case left
        /// Those of the right.
        case right
        /// Those of both.
        case full

        /// Whether an input's rows are given without a match.
        func keeps(_ port: Int) -> Bool { self == .full || self == (port == 0 ? .left : .right) }
    }

    var hasWindows: Bool { if case .window = match { true } else { false } }

    /// µs by which the event time of the rows that are given may trail the join's watermark: rows without a match wait.
    var watermarkLag: Int64 {
        switch match {
        case .interval(let lower, let upper):
            max(kind.keeps(0) ? upper : 0, kind.keeps(1) ? Int64(0).saturatingSubtract(lower) : 0, 0)
        case .window(let window): window.allowedLateness
        case .version: 0
        }
    }

    /// What must be equal, each over its own input.
    public struct Key: Hashable, Sendable {
        public var left: Expression
        public var right: Expression

        public init(_ left: Expression, _ right: Expression) {
            self.left = left
            self.right = right
        }
    }

    /// How the times of matching rows are related.
    public enum Match: Hashable, Sendable {
        /// `left + lower <= right <= left + upper`, in µs of event time. A pair's event time is the later of the two. A row
        /// without a match is given when event time has passed all that it could match.
        case interval(lower: Int64, upper: Int64)
        /// Both are in one window, which gives its pairs and the rows without a match when it closes. Their event time is
        /// the last instant of the window. Tumbling, hopping, cumulating and calendar windows.
        case window(WindowSpecification)
        /// The right row is the newest of its key that is not younger than the left one: the version that was valid at the
        /// left row's event time. Of two versions of one instant, that of the later partition or offset counts. A left row is
        /// given when event time has passed it. Inner and left joins.
        ///
        /// A version for which `deletedWhere`, over the right input, is true ends the one before it and is none itself.
        case version(deletedWhere: Expression?)
    }
}
