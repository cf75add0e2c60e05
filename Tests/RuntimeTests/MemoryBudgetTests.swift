import Columnar
import Dataflow
import DeltaTables
import Foundation
import KafkaConnector
import ObjectStorage
import TestSupport
import Testing

@testable import Runtime

/// Runs whose state is larger than the memory that they may use.
@Suite struct MemoryBudgetTests {
    private static let keys = 20_000
    private let cluster: DevelopmentCluster
    private let directory: TemporaryDirectory

    init() throws {
        cluster = try DevelopmentCluster(topics: [("events", 2)])
        directory = try TemporaryDirectory()
    }

    private static let contract = ContractDescription(
        name: "Event",
        columns: [
            .init(Field("time", .timestamp), timestampFormat: .epochSeconds), .init(Field("key", .int64)),
            .init(Field("value", .int64)),
        ])

    private static func plan(_ kind: PlanStep.Kind) -> LogicalPlan {
        var plan = LogicalPlan(name: "many-keys")
        let read = plan.add(.read(SourceDescription(topic: "events", contract: contract)))
        let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: 0), after: [read])
        let step = plan.add(kind, after: [timed])
        _ = plan.add(
            .write(SinkDescription(table: "t.totals", mode: .merge(keys: ["key"]))), after: [step])
        return plan
    }

    private static let totals = plan(
        .aggregate(
            WindowedAggregation(
                window: WindowSpecification(size: 60_000_000, slide: 60_000_000),
                keys: [Projection("key", .column("key"))],
                aggregates: [.init("n", .count, of: nil), .init("sum", .sum, of: .column("value"))],
                outputs: ["key", "n", "sum"].map { Projection($0, .column($0)) })))

    /// Every key twice.
    private func produce() throws {
        let producer = try KafkaProducer(
            configuration: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "test")
        )
        for number in 0..<2 * Self.keys {
            let key = number * 7_919 % Self.keys
            let record = #"{"time":\#(number * 20 / Self.keys),"key":\#(key),"value":\#(number)}"#
            try producer.produce(topic: "events", partition: Int32(key % 2), value: Array(record.utf8))
        }
        try producer.flush(timeoutMilliseconds: 60_000)
    }

    private func run(
        _ plan: LogicalPlan, threads: Int = 1, budget: Int? = 1_000_000, stopAfterRounds: Int = .max
    ) throws -> TopologyRunner.Summary {
        var settings = RunSettings()
        settings.brokers = cluster.bootstrapServers
        settings.warehouse = directory.path + "/warehouse"
        settings.state = directory.path + "/state"
        settings.untilEnd = true
        settings.epochRecords = 4_000
        settings.threads = threads
        settings.memoryBudget = budget
        var rounds = 0
        return try TopologyRunner(plan: plan, settings: settings, clock: SystemClock()).run(
            shouldStop: {
                rounds += 1
                return rounds > stopAfterRounds
            })
    }

    private var files: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory.path + "/state/spill")) ?? []
    }

    @Test func aWindowGoesToFilesAndOnWithMoreThreads() throws {
        try produce()
        _ = try run(Self.totals, stopAfterRounds: 6)
        #expect(!files.isEmpty)
        // Nobody writes them: a leftover of a process that was killed.
        try Data("x".utf8).write(to: URL(fileURLWithPath: directory.path + "/state/spill/999999.run"))
        _ = try run(Self.totals, threads: 2, stopAfterRounds: 4)
        let summary = try run(Self.totals, threads: 3)
        #expect(summary.reconciliations[0].counts.processed == 2 * Self.keys)
        let table = try DeltaTable.open(LocalDirectory(directory.path + "/warehouse/t/totals"))
        #expect(try table.rowCount() == Self.keys)
        let version = table.version
        #expect(version > 3, "the window's rows came in several epochs")
        #expect(!files.contains("999999.run"))
        // The window is gone, and the next rows have one of their own.
        for second in [300, 400] {
            try produce(#"{"time":\#(second),"key":1,"value":1}"#)
            _ = try run(Self.totals, threads: 3)
        }
        // Without a budget, and nothing to do.
        _ = try run(Self.totals, budget: nil)
        #expect(
            try DeltaTable.open(LocalDirectory(directory.path + "/warehouse/t/totals")).rowCount()
                == Self.keys)
    }

    private func produce(_ record: String) throws {
        let producer = try KafkaProducer(
            configuration: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "test")
        )
        for partition in [0, 1] as [Int32] {
            try producer.produce(topic: "events", partition: partition, value: Array(record.utf8))
        }
        try producer.flush(timeoutMilliseconds: 20_000)
    }

    @Test func stateThatCannotGoToFilesStopsTheRun() throws {
        try produce()
        let plan = Self.plan(.keepLast(LastRows(keys: ["key"], givesUpdates: false)))
        #expect {
            // All rows are kept until the watermark passes them, which it never does.
            try run(
                LogicalPlan(
                    name: plan.name,
                    steps: plan.steps.map { step in
                        var step = step
                        if case .withWatermark(let column, _) = step.kind {
                            step.kind = .withWatermark(column: column, delayMicroseconds: 3_600_000_000)
                        }
                        return step
                    }))
        } throws: { error in
            let text = "\(error)"
            return text.contains("and --memory-budget is 1 MB; ")
                && text.contains(
                    "are of step 2, 'keep the last row by key, when it is final', which keeps its state in memory"
                )
        }
    }

    @Test(
        arguments: [
            ("512MB", 512_000_000), ("2GiB", 2 << 30), ("1 g", 1 << 30), ("1000000", 1_000_000),
            ("MB", nil),
            ("5 apples", nil),
            ("99999999999TB", nil), ("-1", nil),
        ] as [(String, Int?)])
    func sizes(_ text: String, _ bytes: Int?) { #expect(MemoryBudget.bytes(text) == bytes) }

    @Test func sizesForPeople() {
        #expect(
            [0, 999, 1_500, 512_000_000, 1_250_000_000].map(sizeText) == [
                "0 bytes", "999 bytes", "1.5 kB", "512 MB", "1.2 GB",
            ])
    }

    /// A file stays while it is held, and while one of two checkpoints names it.
    @Test func filesStayAsLongAsTheyAreNeeded() throws {
        let path = directory.path + "/files"
        func names() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        }
        let store = try StateFiles(path)
        var first: (any SpillFile)? = try store.create()
        try first?.append([1, 2, 3])
        do {
            let unnamed = try store.create()
            try unnamed.append([4])
        }
        #expect(try names() == ["1.run"], "nobody holds or names the second")
        store.hold(["1"])
        try store.synchronise(["1"])
        store.checkpointed()
        first = nil
        #expect(try names() == ["1.run"], "the checkpoint names it")
        let again = try StateFiles(path)
        #expect(try again.open("1").read(at: 1, count: 2) == [2, 3])
        #expect(throws: (any Error).self) { try again.open("1").read(at: 1, count: 3) }
        #expect { try again.open("7") } throws: {
            "\($0)".contains("a file that the newest checkpoint needs is not there")
        }
        for _ in 0..<2 {
            #expect(try names() == ["1.run"], "the checkpoint before the newest may be restored")
            again.hold([])
            again.checkpointed()
        }
        #expect(try names().isEmpty)
    }
}
