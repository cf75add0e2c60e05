import Columnar
import Dataflow

/// What a simulation runs: a topology, what its topics hold, and the lives of its process. All of it follows from a seed, and
/// can be made smaller.
public struct Scenario: Sendable {
    /// Of the interleavings: when records come, whose turn it is, what a crash leaves.
    public var seed: UInt64
    public var plan: LogicalPlan
    /// By topic and partition.
    public var topics: [String: [[Record]]]
    /// The tables that rows are put together with, as JSON rows.
    public var lookups: [String: [String]] = [:]
    /// A last one, in which nothing goes wrong, follows.
    public var lives: [Life]

    /// What stands at one offset.
    public struct Record: Hashable, Sendable {
        public var key: [UInt8]?
        public var value: [UInt8]?
        /// ms since 1970 UTC.
        public var timestamp: Int64
        /// The columns as they were before they became bytes; nil for what is no record of the contract.
        public var row: [String: Scalar]?
        /// Why it is no record of the contract; nil for one that is.
        public var defect: RejectionReason?
        /// Whether it belongs to a transaction that was aborted, or marks its end: nobody reads it.
        public var isHidden = false
    }

    public init(seed: UInt64, plan: LogicalPlan, topics: [String: [[Record]]], lives: [Life]) {
        self.seed = seed
        self.plan = plan
        self.topics = topics
        self.lives = lives
    }

    /// Records that can be read.
    public var recordCount: Int {
        topics.values.joined().reduce(0) { $0 + $1.reduce(0) { $0 + ($1.isHidden ? 0 : 1) } }
    }
}
