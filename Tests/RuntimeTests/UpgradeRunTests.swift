import Columnar
import Dataflow
import DeltaTables
import Foundation
import KafkaConnector
import ObjectStorage
import TestSupport
import Testing

@testable import Runtime

/// Two versions of a topology, one after the other, over a development Kafka and real tables.
@Suite struct UpgradeRunTests {
    private let cluster: DevelopmentCluster
    private let directory: TemporaryDirectory

    init() throws {
        cluster = try DevelopmentCluster(topics: [("visits", 1), ("pages", 1)])
        directory = try TemporaryDirectory()
    }

    private func produce(_ numbers: Range<Int>) throws {
        let producer = try KafkaProducer(
            configuration: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "test"))
        for number in numbers {
            let json = #"{"page":"p\#(number % 3)","number":\#(number),"at":\#(number * 2)}"#
            try producer.produce(topic: "visits", partition: 0, value: Array(json.utf8))
        }
        try producer.flush(timeoutMilliseconds: 20_000)
    }

    /// Visits by page and minute, and what else a version writes.
    private func plan(
        raw: String? = nil, topic: String? = nil, seconds: Int64 = 60, isFiltered: Bool = false
    ) -> LogicalPlan {
        var plan = LogicalPlan(name: "visits")
        let contract = ContractDescription(
            name: "Visit",
            columns: [
                .init(Field("page", .string)), .init(Field("number", .int64)),
                .init(Field("at", .timestamp), timestampFormat: .epochSeconds),
            ])
        var step = plan.add(.read(SourceDescription(topic: "visits", contract: contract)))
        step = plan.add(.withWatermark(column: "at", delayMicroseconds: 0), after: [step])
        if isFiltered {
            step = plan.add(
                .filter(.binary(.greaterOrEqual, .column("number"), .literal(.int64(0), .int64))), after: [step])
        }
        if let raw {
            _ = plan.add(.write(SinkDescription(table: raw, mode: .append(partitionedBy: []))), after: [step])
        }
        if let topic { _ = plan.add(.write(SinkDescription(topic: TopicDescription(topic: topic))), after: [step]) }
        let counts = plan.add(
            .aggregate(
                WindowedAggregation(
                    window: WindowSpecification(size: seconds * 1_000_000, slide: seconds * 1_000_000),
                    keys: [Projection("page", .column("page"))],
                    aggregates: [.init("__visits", .count, of: nil)],
                    outputs: [
                        Projection("page", .column("page")),
                        Projection("minute", .column(WindowedAggregation.windowStart)),
                        Projection("visits", .column("__visits")),
                    ])), after: [step])
        _ = plan.add(
            .write(SinkDescription(table: "gold.visits", mode: .merge(keys: ["page", "minute"]))), after: [counts])
        return plan
    }

    private var settings: RunSettings {
        var settings = RunSettings()
        settings.brokers = cluster.bootstrapServers
        settings.warehouse = directory.path + "/warehouse"
        settings.state = directory.path + "/state"
        return settings
    }

    /// Runs until so many records were read in all, without closing windows.
    private func run(_ plan: LogicalPlan, untilEnd: Bool = false, records: Int) throws -> [String] {
        var settings = settings
        settings.untilEnd = untilEnd
        let runner = TopologyRunner(plan: plan, settings: settings, clock: SystemClock())
        var lines: [String] = []
        let start = ContinuousClock.now
        _ = try runner.run(shouldStop: {
            if untilEnd { return false }
            let seen = try? StateDirectory.newestCheckpoint(directory.path + "/state")?.positions.values.first?[0]
            return seen.map { $0 >= Int64(records) } ?? false || ContinuousClock.now - start > .seconds(60)
        }) { lines.append($0) }
        return lines
    }

    private func table(_ name: String) throws -> DeltaTable {
        try DeltaTable.open(LocalDirectory(directory.path + "/warehouse/" + name))
    }

    private func counts() throws -> [Int64] {
        var counts: [Int64] = []
        try table("gold/visits").forEachBatch { batch in
            if case .int64(let values)? = batch.column("visits")?.values { counts += values }
        }
        return counts.sorted()
    }

    @Test func sinksComeAndGo() throws {
        try produce(0..<40)
        _ = try run(plan(raw: "silver.visits"), records: 40)
        #expect(try table("silver/visits").rowCount() == 40)
        try produce(40..<75)
        let changed = plan(raw: "silver.others", topic: "pages", isFiltered: true)
        let validated = try TopologyRunner(plan: changed, settings: settings, clock: SystemClock()).validate()
        #expect(
            validated == [
                "table silver.others is new: it gets what comes from now on",
                "topic pages is new: it gets what comes from now on",
                "table silver.visits is no longer written, and stays as it is",
                "step 2 'filter (number >= 0)' (filter/gold.visits) is new: it is for rows from now on",
                "counts begin anew",
            ])
        let lines = try run(changed, untilEnd: true, records: 75)
        #expect(Array(lines.dropLast()) == validated.map { "upgrade: \($0)" })
        #expect(lines.last?.contains("with a changed plan") == true)
        #expect(try table("silver/visits").rowCount() == 40)
        #expect(try table("silver/others").rowCount() == 35)
        // Visits 0, 2, …, 148 s: two whole minutes of thirty and one of fifteen, three pages.
        #expect(try counts() == [5, 5, 5, 10, 10, 10, 10, 10, 10])
        let again = try run(changed, untilEnd: true, records: 75)
        #expect(again.count == 1, "nothing changed since")
    }

    @Test func whatAnOldSinkHadPreparedIsCommitted() throws {
        try produce(0..<10)
        let old = plan(raw: "silver.visits")
        _ = try run(old, records: 10)
        let path = directory.path + "/state/checkpoints"
        let store = CheckpointStore(try LocalDirectory(path), path: path)
        var checkpoint = try #require(try store.newest().checkpoint)
        // As a crash after the checkpoint and before the commits would have left it.
        let step = try #require(old.sinks.first { $0.description.name == "silver.visits" }?.step)
        let description = try #require(checkpoint.description)
        let schema = description.steps[step].gives
        let sink = try DeltaAppendSink(
            store: LocalDirectory(directory.path + "/warehouse/silver/visits"), schema: schema,
            appID: "visits/\(step)/\(checkpoint.stateID)")
        sink.stage(
            RecordBatch(
                schema: schema,
                columns: [
                    ColumnVector(.string, scalars: [.string("late")]), ColumnVector(.int64, .int64([7])),
                    ColumnVector(.timestamp, .int64([0])),
                ], count: 1))
        checkpoint.epoch += 1
        checkpoint.prepared = [step: try sink.prepare(epoch: checkpoint.epoch)]
        try store.write(checkpoint)
        #expect(try table("silver/visits").rowCount() == 10)
        _ = try run(plan(), untilEnd: true, records: 10)
        #expect(try table("silver/visits").rowCount() == 11)
    }

    @Test func aRefusalSaysWhatChangedAndTheChoices() throws {
        try produce(0..<10)
        _ = try run(plan(), records: 10)
        let refusal = """
            the state in \(directory.path)/state was made by another version of visits, and this plan cannot go on with it:
            - step 2 'tumbling window 30 s, emit onClose, group by page' (aggregate/gold.visits) cannot go on with its \
            state: window tumbling window 1 min → tumbling window 30 s
                --drop-state aggregate/gold.visits gives up 3 groups of open windows: the step begins with the rows from \
            now on
            Or start anew with --reset-state, which reads the topics from the beginning; or run this version beside the \
            old one with another --state and --group; or run the old version. Nothing was changed
            """
        for isRun in [true, false] {
            do {
                let runner = TopologyRunner(plan: plan(seconds: 30), settings: settings, clock: SystemClock())
                if isRun { _ = try runner.run(shouldStop: { true }) } else { _ = try runner.validate() }
                Issue.record("it goes on")
            } catch { #expect("\(error)" == refusal) }
        }
        var agreed = settings
        agreed.upgrade.droppedState = ["aggregate/gold.visits"]
        agreed.untilEnd = true
        _ = try TopologyRunner(plan: plan(seconds: 30), settings: agreed, clock: SystemClock()).run(shouldStop: {
            false
        })
        #expect(try counts().isEmpty, "no visits came after the upgrade")
    }
}
