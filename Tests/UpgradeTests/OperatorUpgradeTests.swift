import Columnar
import Dataflow
import Testing

@testable import TidemarkTesting

/// Edits of steps that keep state and of what is before and behind them. Where an edit must not matter, both versions
/// together give what the new version gives for all records; everything else is refused with its sentence.
@Suite struct OperatorUpgradeTests {
    struct Cell: CustomTestStringConvertible, Sendable {
        var edit: String
        var before: LogicalPlan
        var after: LogicalPlan
        var dropState: Set<String> = []
        var beginEmpty: Set<String> = []
        /// Whether the tables are those of the new version over all records.
        var isSame = true

        var testDescription: String { edit }
        var consent: PlanUpgrade.Consent { .init(droppedState: dropState, emptyBegins: beginEmpty) }
    }

    @Test(arguments: restored + consented) func theStateGoesOn(_ cell: Cell) throws {
        for seed in 1...2 {
            let records = StatefulPlans.records(seed: UInt64(seed))
            for (mode, parallelism) in [
                (TopologyDriver.Mode.asFed, [1]), (.oneRowBatchesAndRestarts, [1, 3, 2]), (.asFed, [3]),
            ] {
                let driver = try Self.driver(cell.before, mode, parallelism)
                try Self.feed(driver, records[..<87], cell.before)
                let notes = try driver.upgrade(to: cell.after, cell.consent)
                let edit = cell.consent == PlanUpgrade.Consent() ? cell.edit : cell.edit + ", agreed to"
                if seed == 1 { #expect(Sentences.are(notes.joined(separator: "\n"), of: edit)) }
                try Self.feed(driver, records[87...], cell.after)
                try driver.endInput()
                let isBalanced = driver.outcome.reconciliations.allSatisfy { $0.isBalanced }
                #expect(isBalanced)
                guard cell.isSame else { continue }
                let whole = try Self.driver(cell.after, .asFed, [1])
                try Self.feed(whole, records[...], cell.after)
                try whole.endInput()
                #expect(whole.outcome.tables == driver.outcome.tables)
                #expect(whole.outcome.topics == driver.outcome.topics)
            }
        }
    }

    @Test(arguments: refused + consented) func theStateIsRefused(_ cell: Cell) throws {
        let records = StatefulPlans.records(seed: 1)
        let driver = try Self.driver(cell.before, .asFed, [2])
        try Self.feed(driver, records[..<87], cell.before)
        do {
            let notes = try driver.upgrade(to: cell.after, PlanUpgrade.Consent())
            Issue.record("it goes on: \(notes)")
        } catch {
            #expect(Sentences.are("\(error)", of: cell.edit))
        }
    }

    static func driver(
        _ plan: LogicalPlan, _ mode: TopologyDriver.Mode, _ parallelism: [Int]
    ) throws -> TopologyDriver {
        let topics = topics(plan)
        return try TopologyDriver(
            plan, mode: mode, parallelism: parallelism,
            partitions: Dictionary(uniqueKeysWithValues: topics.map { ($0, [0]) }), memoryBudget: nil)
    }

    static func topics(_ plan: LogicalPlan) -> [String] {
        plan.steps.compactMap { if case .read(let source) = $0.kind { source.topic } else { nil } }
    }

    static func feed(
        _ driver: TopologyDriver, _ records: ArraySlice<(topic: String, json: String)>, _ plan: LogicalPlan
    ) throws {
        let topics = topics(plan)
        for record in records where topics.contains(record.topic) {
            try driver.feed([record.json], topic: record.topic)
        }
    }
}
