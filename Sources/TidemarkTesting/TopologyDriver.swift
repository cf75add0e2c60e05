import Columnar
import Dataflow
import Formats
import Streams

/// Runs a topology without broker, threads or wall clock: records in, tables and dead letters out.
///
/// A test feeds records in the order in which they would be read, ends the input if it wants every window closed, and
/// looks at the tables. `Mode` makes it hostile: the result must be the same in every mode. `HostileHarness` runs all of
/// them; use the driver itself where a test looks at what is there between two records.
public final class TopologyDriver {
    /// How records are handed to the topology.
    public enum Mode: String, Sendable, CaseIterable {
        /// What is fed in one call is one round.
        case asFed
        /// Every record is a round of its own.
        case oneRowBatches
        /// As `asFed`, with a checkpoint and a new process after every round. Checkpoints hold what has changed since the
        /// one before, are encoded and decoded, and must come to the state that the process had.
        case restartAfterEveryEpoch
        /// Both: every record is a round of its own, with a new process after it.
        case oneRowBatchesAndRestarts

        var hasOneRowBatches: Bool { self == .oneRowBatches || self == .oneRowBatchesAndRestarts }
        var restarts: Bool { self == .restartAfterEveryEpoch || self == .oneRowBatchesAndRestarts }
    }

    private let plan: LogicalPlan
    private let mode: Mode
    private var parallelism: [Int]
    /// Nil: state stays in memory.
    private let memoryBudget: Int?
    private let spillStore = MemorySpillStore()
    private var execution: Execution
    private var positions: [Int: [Int32: Int64]] = [:]
    /// The partitions that each source reads, whether or not they have records yet.
    private var partitions: [Int: Set<Int32>] = [:]
    private var tables: [String: MemoryTable] = [:]
    private var topics: [String: MemoryTopic] = [:]
    /// The tables that rows are put together with, by the name that the topology reads them under: JSON rows and a version.
    private var lookups: [String: (version: Int, rows: [String])] = [:]
    private var epoch: Int64 = 0
    private var checkpoints = StoredCheckpoints()
    /// Every record that went to the dead letters so far.
    public private(set) var deadLetters: [DeadLetter] = []
    /// The time of day that the next rounds see, µs since 1970 UTC: for early rows and timers of processing time.
    public var processingTime: Int64 = 0

    /// - Parameters:
    ///   - parallelism: the number of lanes; with several numbers, each restart goes on to the next of them.
    ///   - partitions: by topic, the partitions that hold event time back from the first record on. Others are known
    ///     when they are fed for the first time, as if they had been added to the topic then.
    ///   - memoryBudget: bytes beyond half of which state goes to files, which here are in memory, too; nil: never.
    /// - Throws: what is wrong with the topology.
    public convenience init(
        _ topology: any Topology.Type, mode: Mode = .asFed, parallelism: [Int] = [1],
        partitions: [String: Set<Int32>] = [:], memoryBudget: Int? = nil
    ) throws {
        try self.init(
            topology.makePlan(), mode: mode, parallelism: parallelism, partitions: partitions,
            memoryBudget: memoryBudget)
    }

    init(
        _ plan: LogicalPlan, mode: Mode, parallelism: [Int], partitions: [String: Set<Int32>], memoryBudget: Int?
    ) throws {
        self.memoryBudget = memoryBudget
        self.plan = plan
        self.mode = mode
        self.parallelism = parallelism
        execution = try Self.execution(plan, parallelism: parallelism[0])
        memoryBudget.map { execution.setMemoryBudget($0, store: spillStore) }
        let changelogs = try plan.changelogs()
        for (number, step) in plan.steps.enumerated() {
            guard case .write(let sink) = step.kind else { continue }
            switch sink.destination {
            case .table(let name, let mode):
                tables[name] = MemoryTable(schema: execution.schemas[number], mode: mode)
            case .topic(let description):
                topics[description.topic, default: MemoryTopic()].add(
                    step: number,
                    JSONRecordEncoder(schema: execution.schemas[number], keys: description.keys),
                    isChangelog: changelogs[number])
            }
        }
        for (topic, numbers) in partitions {
            guard let step = source(of: topic) else { throw PlanError("\(plan.name) does not read the topic \(topic)") }
            self.partitions[step] = numbers
        }
    }

    /// Gives a table that the topology enriches rows with, or another version of it for the records that follow.
    /// - Parameters:
    ///   - name: the table, `database.table`, or the path of the file.
    ///   - rows: JSON objects.
    /// - Throws: `PlanError` when the topology asks for no such table, or the rows do not fit.
    public func setTable(_ name: String, _ rows: [String]) throws {
        guard execution.lookups.contains(where: { $0.description.name == name }) else {
            throw PlanError("\(plan.name) enriches nothing with \(name)")
        }
        lookups[name] = (version: (lookups[name]?.version ?? 0) + 1, rows: rows)
        try setLookups()
    }

    private func setLookups() throws {
        for (step, description, _) in execution.lookups {
            guard let (version, rows) = lookups[description.name] else { continue }
            var records = RawRecords(partition: 0)
            for (index, row) in rows.enumerated() { records.append(value: Array(row.utf8), offset: Int64(index)) }
            var decoder = JSONRecordDecoder(contract: description.contract)
            let decoded = decoder.decode(records)
            if let rejected = decoded.rejected.first {
                throw PlanError(
                    "\(description.name), row \(rejected.row): \(rejected.field.map { "\($0) " } ?? "")\(rejected.message)"
                )
            }
            try execution.setLookup(step: step, version: "\(version)", rows: decoded.batch)
        }
    }

    /// Feeds JSON records to a topic's partition.
    /// - Parameter timestamps: the time that the topic has for each record, ms since 1970 UTC, for topologies with
    ///   ingestion time; none for records behind its end.
    /// - Throws: `PlanError` when the topology does not read the topic, or enriches with a table that was not given.
    public func feed(
        _ records: [String], topic: String, partition: Int32 = 0, timestamps: [Int64] = []
    ) throws {
        guard let step = source(of: topic) else { throw PlanError("\(plan.name) does not read the topic \(topic)") }
        for (_, description, version) in execution.lookups where version == nil {
            throw PlanError(
                "\(plan.name) enriches with \(description.name): give its rows with setTable before the first record")
        }
        partitions[step, default: []].insert(partition)
        let size = mode.hasOneRowBatches ? 1 : max(records.count, 1)
        for start in stride(from: 0, to: records.count, by: size) {
            var raw = RawRecords(partition: partition)
            for index in start..<min(start + size, records.count) {
                let offset = positions[step]?[partition] ?? 0
                raw.append(
                    value: Array(records[index].utf8), offset: offset,
                    timestamp: index < timestamps.count ? timestamps[index] : -1)
                positions[step, default: [:]][partition] = offset + 1
            }
            try round(step: step, [raw])
        }
    }

    /// Ends the input: every window that is open closes.
    public func endInput() throws {
        repeat {
            try collect(execution.round(inputs(), endOfInput: true, at: processingTime))
        } while execution.isGiving
        try restartIfAsked()
    }

    /// Lets the time of day advance without a record.
    public func advance(processingTime: Int64) throws {
        self.processingTime = processingTime
        try collect(execution.round(inputs(), at: processingTime))
        try restartIfAsked()
    }

    /// The rows of a table as text, sorted, so that two runs can be compared: `name=value` by column.
    public func rows(of table: String) -> [String] { tables[table]?.text ?? [] }

    /// What there is to see now, in a form that can be compared with that of another run.
    public var outcome: TopologyOutcome {
        TopologyOutcome(
            tables: tables.mapValues(\.text), topics: topics.mapValues(\.text),
            deadLetters: deadLetters.map(\.text).sorted(),
            reconciliations: execution.reconciliations().map(\.counts))
    }

    /// The records of a topic that the topology writes to, in the order in which they were sent.
    public func records(of topic: String) -> [TopicRecord] { topics[topic]?.records ?? [] }

    /// What a compacted topic holds in the end: the newest record of each key, without those whose newest record has no
    /// value; sorted by key.
    public func compacted(topic: String) -> [TopicRecord] { topics[topic]?.compacted ?? [] }

    /// What became of the records that were fed, of all topics; each is counted in the first step in which it ends.
    public var reconciliation: Reconciliation { execution.totals }

    /// What became of the records of one topic, for each step in which they end.
    public func reconciliations(of topic: String) -> [Reconciliation] {
        execution.reconciliations().filter { $0.source == source(of: topic) }.map(\.counts)
    }

    private func round(step: Int, _ records: [RawRecords]) throws {
        try collect(execution.round(inputs(records, of: step), at: processingTime))
        try restartIfAsked()
    }

    /// How all sources stand, with records of one of them.
    private func inputs(_ records: [RawRecords] = [], of source: Int = -1) -> [Execution.SourceInput] {
        partitions.sorted { $0.key < $1.key }.map { step, numbers in
            Execution.SourceInput(
                step: step, records: step == source ? records : [],
                partitions: numbers.sorted().map { (number: $0, isIdle: false) })
        }
    }

    private func collect(_ output: Execution.RoundOutput) throws {
        if let failure = execution.memoryFailure { throw failure }
        for (step, batches) in output.rows {
            guard case .write(let sink) = plan.steps[step].kind else { continue }
            for batch in batches {
                tables[sink.name]?.write(batch)
                topics[sink.name]?.write(batch, step: step)
            }
        }
        deadLetters += output.deadLetters
    }

    private func restartIfAsked() throws {
        guard mode.restarts else { return }
        epoch += 1
        let checkpoint = try checkpoints.store { self.checkpoint($0) }
        parallelism.append(parallelism.removeFirst())
        try resume(from: checkpoint, parallelism: parallelism[0])
    }

    /// What a checkpoint between the last round and the next one holds.
    func checkpoint(_ extent: SnapshotExtent) -> Checkpoint {
        Checkpoint(
            epoch: epoch, topology: plan.name, plan: plan.text, stateID: "test", positions: positions,
            state: execution.snapshot(extent), prepared: [:])
    }

    /// Goes on as a new process does that finds a checkpoint.
    func resume(from checkpoint: Checkpoint, parallelism: Int) throws {
        execution = try Self.execution(plan, parallelism: parallelism)
        memoryBudget.map { execution.setMemoryBudget($0, store: spillStore) }
        try execution.restore(checkpoint.state)
        positions = checkpoint.positions
        try setLookups()
    }

    private func source(of topic: String) -> Int? {
        plan.steps.firstIndex { if case .read(let source) = $0.kind { source.topic == topic } else { false } }
    }

    private static func execution(_ plan: LogicalPlan, parallelism: Int) throws -> Execution {
        var decoders: [Int: any RecordDecoder] = [:]
        for (number, step) in plan.steps.enumerated() {
            if case .read(let source) = step.kind {
                decoders[number] = JSONRecordDecoder(contract: source.contract)
            }
        }
        return try Execution(plan, decoders: decoders, parallelism: parallelism)
    }
}

extension TopologyDriver {
    /// Feeds records, tables and times as a harness does.
    func feed(_ input: TopologyInput) throws {
        for step in input.steps {
            switch step {
            case .records(let records, let topic, let partition, let timestamps):
                try feed(records, topic: topic, partition: partition, timestamps: timestamps)
            case .table(let name, let rows): try setTable(name, rows)
            case .processingTime(let time): try advance(processingTime: time)
            case .endOfInput: try endInput()
            }
        }
    }
}
