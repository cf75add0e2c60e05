import Dataflow
import Streams

/// Runs a topology over the same input in every way that must not matter, and demands the same tables, dead letters and
/// counts of each: as fed, record by record, with a new process after every epoch, both; with one lane, with three, and
/// with another number of them after each restart; with no memory for
/// state, which is in files then; and as a replay that reads each partition whole.
///
///     let outcome = try HostileHarness(InvoiceRevenue.self).run(TopologyInput(records, topic: "invoices"))
///     #expect(outcome.rows(of: "gold.revenue") == [...])
///
/// What a topology gives early by the time of day may differ from way to way; what its tables hold in the end may not.
/// The exception is `dropDuplicates`, whose first row of a key is the first that was read: duplicates belong in one
/// partition.
public struct HostileHarness {
    /// One way of running a topology.
    public struct Way: Hashable, Sendable, CustomStringConvertible {
        public var mode: TopologyDriver.Mode
        /// The number of lanes; with several numbers, each restart goes on to the next of them.
        public var parallelism: [Int]
        /// Whether each partition is read whole, one after the other, instead of in the order of the input.
        public var isReplay: Bool
        /// Bytes of memory for state; nil: as much as it takes.
        public var memoryBudget: Int?

        public init(
            _ mode: TopologyDriver.Mode, parallelism: [Int] = [1], isReplay: Bool = false, memoryBudget: Int? = nil
        ) {
            self.memoryBudget = memoryBudget
            self.mode = mode
            self.parallelism = parallelism
            self.isReplay = isReplay
        }

        public var description: String {
            let lanes = parallelism.map { "\($0)" }.joined(separator: " → ")
            let memory = memoryBudget.map { ", \($0) bytes of memory" } ?? ""
            return "\(isReplay ? "replay, " : "")\(mode.rawValue), parallelism \(lanes)\(memory)"
        }

        /// Those that keep the order of the input, the plain one first.
        public static let inOrder = [
            Way(.asFed), Way(.asFed, parallelism: [3]), Way(.oneRowBatches), Way(.oneRowBatches, parallelism: [3]),
            Way(.restartAfterEveryEpoch), Way(.restartAfterEveryEpoch, parallelism: [1, 3, 2]),
            Way(.oneRowBatchesAndRestarts), Way(.oneRowBatchesAndRestarts, parallelism: [1, 3, 2]),
            // Everything that can goes to files in every round.
            Way(.asFed, memoryBudget: 1), Way(.restartAfterEveryEpoch, parallelism: [1, 3, 2], memoryBudget: 1),
        ]

        /// Those, and replays.
        public static let all =
            inOrder + [
                Way(.asFed, isReplay: true), Way(.asFed, parallelism: [3], isReplay: true),
                Way(.oneRowBatches, isReplay: true),
            ]
    }

    private let plan: LogicalPlan
    private let ways: [Way]
    private let comparable: (String) -> String

    /// - Parameters:
    ///   - ways: the first gives the outcome that the others must have.
    ///   - comparable: what is compared, and given, of the text of a row: a sum of doubles is rounded in the order in which
    ///     rows came, so that its last digits belong left out.
    /// - Throws: what is wrong with the topology.
    public init(
        _ topology: any Topology.Type, ways: [Way] = Way.all, comparable: @escaping (String) -> String = { $0 }
    ) throws {
        plan = try topology.makePlan()
        self.ways = ways
        self.comparable = comparable
    }

    /// Runs the topology in every way.
    /// - Returns: what all of them gave.
    /// - Throws: `HostileMismatch` for the first way that gives something else, or whose counts do not add up.
    public func run(_ input: TopologyInput) throws -> TopologyOutcome {
        var expected: (way: Way, outcome: TopologyOutcome)?
        for way in ways {
            let outcome = try run(input, way)
            if !outcome.reconciliations.allSatisfy(\.isBalanced) {
                throw HostileMismatch(description: "\(plan.name), \(way): the counts do not add up: \(outcome.counts)")
            }
            guard let expected else {
                expected = (way, outcome)
                continue
            }
            if outcome != expected.outcome {
                throw HostileMismatch(
                    description: "\(plan.name) is not the same in two ways.\n  \(expected.way)\n  \(way)\n"
                        + outcome.differences(from: expected.outcome))
            }
        }
        guard let expected else { throw HostileMismatch(description: "\(plan.name) was run in no way at all") }
        return expected.outcome
    }

    private func run(_ input: TopologyInput, _ way: Way) throws -> TopologyOutcome {
        let driver = try TopologyDriver(
            plan, mode: way.mode, parallelism: way.parallelism, partitions: input.partitions,
            memoryBudget: way.memoryBudget)
        try driver.feed(way.isReplay ? input.replayed : input)
        var outcome = driver.outcome
        outcome.tables = outcome.tables.mapValues { $0.map(comparable).sorted() }
        return outcome
    }
}

/// Two ways of running a topology gave different results, or one gave counts that do not add up: what differs.
public struct HostileMismatch: Error, CustomStringConvertible {
    public let description: String
}
