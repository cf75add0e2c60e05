import Columnar
import Dataflow
import Testing

@testable import TidemarkTesting

/// Every kind of edit of a pipeline with an aggregation: restored with the right answer, or refused with its sentence.
///
/// The first version reads half of the purchases, windows open; a checkpoint is encoded and decoded; the other version
/// reads the rest. `PipelineOracle` says what must come out.
@Suite struct PipelineUpgradeTests {
    static let base = Pipeline()

    /// An edit, and what becomes of it.
    struct Cell: CustomTestStringConvertible, Sendable {
        var edit: String
        var before: @Sendable () -> Pipeline
        var after: @Sendable () -> Pipeline

        var testDescription: String { edit }

        init(
            _ edit: String, from before: @escaping @Sendable (inout Pipeline) -> Void = { _ in },
            _ after: @escaping @Sendable (inout Pipeline) -> Void
        ) {
            self.edit = edit
            self.before = { base.with(before) }
            self.after = { base.with(before).with(after) }
        }
    }

    @Test(arguments: restored) func theStateGoesOn(_ cell: Cell) throws {
        let (before, after) = (cell.before(), cell.after())
        for seed in 1...3 {
            let purchases = PipelineOracle.purchases(seed: UInt64(seed))
            let cut = purchases.count / 2 + seed * 7
            let expected = PipelineOracle(before: before, after: after, purchases: purchases, cut: cut).tables
            let ways: [(TopologyDriver.Mode, [Int])] =
                seed == 1
                ? [(.asFed, [1]), (.asFed, [3]), (.oneRowBatches, [1]), (.oneRowBatchesAndRestarts, [3, 1])]
                : [(.restartAfterEveryEpoch, [1, 3, 2])]
            for (mode, parallelism) in ways {
                let driver = try TopologyDriver(
                    before.plan, mode: mode, parallelism: parallelism, partitions: [before.topic: [0, 1]],
                    memoryBudget: nil)
                try Self.feed(driver, purchases[..<cut], before)
                let notes = try driver.upgrade(to: after.plan, PlanUpgrade.Consent())
                #expect(Sentences.are(notes.joined(separator: "\n"), of: cell.edit))
                try Self.feed(driver, purchases[cut...], after)
                try driver.endInput()
                for (table, rows) in expected {
                    let given = driver.rows(of: table)
                    if table == before.rawTable || table == after.rawTable {
                        #expect(given.count == rows.count, "\(table), \(mode)")
                    } else {
                        #expect(given == rows, "\(table), \(mode)")
                    }
                }
                let isBalanced = driver.outcome.reconciliations.allSatisfy { $0.isBalanced }
                #expect(isBalanced)
            }
        }
    }

    @Test(arguments: refused) func theStateIsRefused(_ cell: Cell) throws {
        let purchases = PipelineOracle.purchases(seed: 1)
        let (before, after) = (cell.before(), cell.after())
        let driver = try TopologyDriver(
            before.plan, mode: .asFed, parallelism: [1], partitions: [before.topic: [0, 1]], memoryBudget: nil)
        try Self.feed(driver, purchases[..<90], before)
        do {
            let notes = try driver.upgrade(to: after.plan, PlanUpgrade.Consent())
            Issue.record("it goes on: \(notes)")
        } catch {
            #expect(Sentences.are("\(error)", of: cell.edit))
        }
        // Nothing was changed: the version that made it goes on.
        try Self.feed(driver, purchases[90...], before)
        try driver.endInput()
        let oracle = PipelineOracle(before: before, after: before, purchases: purchases, cut: 0)
        #expect(driver.rows(of: before.table) == oracle.tables[before.table])
    }

    /// Twenty purchases a round, those of each partition in their order.
    static func feed(_ driver: TopologyDriver, _ purchases: ArraySlice<Purchase>, _ version: Pipeline) throws {
        for start in stride(from: purchases.startIndex, to: purchases.endIndex, by: 20) {
            let chunk = purchases[start..<min(start + 20, purchases.endIndex)]
            for partition in [0, 1] as [Int32] {
                let records = chunk.filter { $0.partition == partition }.map(\.json)
                if partition == 1, let topic = version.otherTopic {
                    try driver.feed(records, topic: topic)
                } else {
                    try driver.feed(records, topic: version.topic, partition: partition)
                }
            }
        }
    }
}

extension PipelineUpgradeTests {
    static let restored: [Cell] = [
        Cell("nothing") { _ in },
        Cell("a nullable column in the contract") { $0.hasRegion = true },
        Cell("a column out of the contract that nothing uses", from: { $0.filter = .large }) { $0.hasCategory = false },
        Cell("a filter more", from: { $0.filter = nil }) { $0.filter = .notVoid },
        Cell("a filter less") { $0.filter = nil },
        Cell("another filter") { $0.filter = .large },
        Cell("a name for a step") { $0.aggregateName = "totals" },
        Cell("a name less", from: { $0.aggregateName = "totals" }) { $0.aggregateName = nil },
        Cell("a filter before the deduplication instead of behind it") { $0.isFilterFirst = true },
        Cell("a deduplication more", from: { $0.duplicates = nil }) { $0.duplicates = ["id"] },
        Cell("a deduplication less") { $0.duplicates = nil },
        Cell("another order of keys of the deduplication", from: { $0.duplicates = ["id", "customer"] }) {
            $0.duplicates = ["customer", "id"]
        },
        Cell("a select that gives columns as they are") { $0.amount = .column("amount") },
        Cell("another name of a key") {
            $0.amount = .column("amount")
            $0.customer = "buyer"
            $0.keys = ["buyer"]
            $0.mergeKeys = ["buyer", "start"]
            $0.table = "gold.buyers"
        },
        Cell("an aggregate less") { $0.aggregates = [.count, .sum] },
        Cell("aggregates in another order") { $0.aggregates = [.max, .count, .sum] },
        Cell("another name of a result") {
            $0.aggregates = [.count, .sum.named("revenue"), .max]
            $0.table = "gold.revenue"
        },
        Cell("a sink more") { $0.rawTable = "silver.purchases" },
        Cell("a sink less", from: { $0.rawTable = "silver.purchases" }) { $0.rawTable = nil },
        Cell("another table") { $0.table = "gold.other" },
        Cell("another topic of dead letters") { $0.deadLetters = "others" },
        Cell("no topic of dead letters") { $0.deadLetters = nil },
        Cell("a longer delay of the watermark") { $0.delay = 30 },
        Cell("a shorter delay of the watermark") { $0.delay = 6 },
        Cell("more allowed lateness") { $0.window.allowedLateness = 30_000_000 },
        Cell("less allowed lateness", from: { $0.window.allowedLateness = 50_000_000 }) {
            $0.window.allowedLateness = 0
        },
        Cell("early results") { $0.window.emission = .early(every: 0) },
        Cell("results when windows close instead of early ones", from: { $0.window.emission = .early(every: 0) }) {
            $0.window.emission = .onClose
        },
        Cell("a second source") { $0.otherTopic = "other" },
    ]

    static let refused: [Cell] = [
        Cell("another size of the window") { $0.window = WindowSpecification(size: 30_000_000, slide: 30_000_000) },
        Cell("another kind of window") { $0.window = WindowSpecification(.session(gap: 5_000_000)) },
        Cell("another offset") { $0.window.offset = 5_000_000 },
        Cell("a hopping window") { $0.window = WindowSpecification(size: 60_000_000, slide: 30_000_000) },
        Cell("a key more") {
            $0.keys = ["customer", "category"]
            $0.mergeKeys = ["customer", "category", "start"]
        },
        Cell("another key") {
            $0.keys = ["category"]
            $0.mergeKeys = ["category", "start"]
        },
        Cell("an aggregate more", from: { $0.aggregates = [.count] }) { $0.aggregates = [.count, .sum] },
        Cell("another function of an aggregate") {
            $0.aggregates = [.count, .sum, Pipeline.Aggregate(name: "largest", function: .min)]
        },
        Cell("another type of a column") { $0.amountType = .int32 },
        Cell("another computation of a column") {
            $0.amount = .binary(.multiply, .column("amount"), .literal(.int64(100), .int64))
        },
        Cell("another computation of a key") {
            $0.amount = .column("amount")
            $0.customerValue = .function(.upper, [.column("customer")])
        },
        Cell("other keys of the merge") { $0.mergeKeys = ["start", "customer", "purchases"] },
        Cell("another topic") { $0.topic = "orders" },
        Cell("another name of a step", from: { $0.aggregateName = "totals" }) { $0.aggregateName = "sums" },
        Cell("other keys of the deduplication") { $0.duplicates = ["id", "customer"] },
        Cell("emission and lateness at once") {
            $0.window.allowedLateness = 10_000_000
            $0.window.emission = .updates
        },
    ]
}
