import Dataflow
import Foundation

/// One topology bound to its sources, sinks and state, running epoch by epoch.
///
/// Rounds follow each other on the calling thread, which lanes may help; sources are read ahead on threads of their own
/// (`Intake`).
///
/// Epoch n ends between two rounds: sinks prepare what they staged, the checkpoint is written with it, then every sink
/// commits. Writing and committing overlap the processing of epoch n + 1, whose own end waits for them.
package final class Job {
    /// How a job runs.
    package struct Settings: Sendable {
        /// µs of wall time after which an epoch ends, once the commit of the one before is done.
        package var epochLength: Int64 = 1_000_000
        /// Records after which an epoch ends in any case; reading waits for the commit of the one before.
        package var epochRecords = 1_000_000
        /// Bytes of keys and values after which an epoch ends in any case: what it stages is kept in memory.
        package var epochBytes = 256 << 20
        /// Records that one round takes at most, and that are read ahead of it.
        package var roundRecords = 32_768
        /// Stop when everything is processed that the sources held at the start, and close the windows then open.
        package var untilEnd = false
        /// Bytes that the state may take of memory; nil: what it takes.
        package var memoryBudget: Int?
        package var time = TimeKeeper.Settings()

        package init() {}
    }

    /// What a plan's sources and sinks stand for, by step.
    package struct Binding {
        package var sources: [Int: any Source] = [:]
        package var sinks: [Int: any Sink] = [:]
        /// By source step.
        package var deadLetters: [Int: DeadLetterSink] = [:]
        /// By step that rows are put together with a table in.
        package var lookups: [Int: any LookupSource] = [:]
    }

    /// How long a round waits for its first record, all sources together.
    private static let pollMilliseconds = 50

    package let execution: Execution
    private let binding: Binding
    private let checkpoints: CheckpointStore
    private let files: StateFiles?
    private let settings: Settings
    private let clock: any Dataflow.Clock
    private let intake: any JobIntake
    /// Paces the sources by event time.
    let timeKeeper: TimeKeeper
    private let lookups: LookupTables
    private let committer: any EpochCommitter
    /// Puts layers of state together, beside all else.
    private let compactor: any EpochCommitter
    private var isCompacting = false
    private let stateID: String
    package private(set) var epoch: Int64 = 0
    private var positions: [Int: [Int32: Int64]] = [:]
    private var targets: [Int: [Int32: Int64]] = [:]
    private let positionReport = PositionReport()
    private var recordsInEpoch = 0
    private var bytesInEpoch = 0
    /// Rows that sinks were given.
    private var rowsInEpoch = 0
    private var budget: MemoryBudget?
    /// Whether there is anything that the last epoch does not hold.
    private var hasNews = false
    private var epochBegan: Int64
    private let warn: (String) -> Void

    /// - Parameters:
    ///   - files: of state that is larger than memory; nil where there is no budget.
    ///   - intake: what reads the sources; nil: a thread for each.
    ///   - committer: what ends epochs; nil: a thread.
    ///   - compactor: what puts layers of state together; nil: another thread.
    package init(
        _ execution: Execution, binding: Binding, checkpoints: CheckpointStore, files: StateFiles? = nil,
        stateID: String, settings: Settings, clock: any Dataflow.Clock, intake: (any JobIntake)? = nil,
        committer: (any EpochCommitter)? = nil, compactor: (any EpochCommitter)? = nil,
        warn: @escaping (String) -> Void
    ) {
        self.execution = execution
        self.warn = warn
        self.binding = binding
        self.checkpoints = checkpoints
        self.files = files
        budget = settings.memoryBudget.map { MemoryBudget($0) }
        self.stateID = stateID
        self.settings = settings
        self.clock = clock
        self.committer = committer ?? Committer(clock: clock)
        self.compactor = compactor ?? Committer(clock: clock)
        epochBegan = clock.now()
        lookups = LookupTables(execution, sources: binding.lookups, clock: clock)
        // Equal shares, so that no source outruns another.
        let intake =
            intake ?? Intake(binding.sources, limit: max(settings.roundRecords / max(binding.sources.count, 1), 1))
        self.intake = intake
        timeKeeper = TimeKeeper(
            execution, sources: intake, settings: settings.time, roundRecords: settings.roundRecords)
    }

    /// When an epoch was committed last, µs since 1970 UTC.
    var lastCommit: Int64? { committer.lastCommit }

    /// Letters of this run.
    var deadLetterCount: Int { binding.deadLetters.values.reduce(0) { $0 + $1.counts.values.reduce(0, +) } }

    /// Goes on from a checkpoint: commits its epoch where a sink has not, and takes over state and positions.
    /// - Parameter lastEpoch: the highest number that was ever given. Behind a checkpoint that was lost the epochs hold
    ///   other rows, and sinks leave a number alone that they have: numbers are not given twice.
    func resume(from checkpoint: Checkpoint, lastEpoch: Int64) throws {
        try Self.commit(checkpoint, to: binding)
        try execution.restore(checkpoint.state)
        if checkpoint.plan != execution.plan.text { checkpoints.requireWhole() }
        epoch = max(checkpoint.epoch, lastEpoch)
        positions = checkpoint.positions
    }

    /// Has every source begin where the checkpoint stood. A partition that it does not name was never read, and begins
    /// with its first record: the group's positions may be those of an epoch that is not in the state.
    private func seekSources() throws {
        for (step, source) in binding.sources.inOrder {
            for partition in source.partitions {
                if let offset = positions[step]?[partition.number] {
                    try source.seek(partition: partition.number, to: offset)
                } else {
                    try source.seekToBeginning(of: partition.number)
                }
            }
        }
    }

    /// Runs until `shouldStop` or, if so set, until the end of what the sources hold. Every epoch that was begun is
    /// ended and committed before it returns.
    package func run(shouldStop: () -> Bool, onRound: (Job) -> Void) throws {
        try lookups.start()
        try seekSources()
        intake.start()
        defer { intake.stop() }
        while true {
            // Between two epochs, so that all rows of one see the same tables.
            if !hasNews { lookups.refresh() }
            try round(try intake.take(waitingMilliseconds: execution.isGiving ? 0 : Self.pollMilliseconds))
            if !committer.isBusy { try committer.wait() }
            try compactIfDue()
            onRound(self)
            if let problem = positionReport.takeProblem() { warn(problem) }
            let isStopping = shouldStop()
            let isAtEnd = settings.untilEnd && atEnd()
            if isAtEnd && !isStopping { try closeAll() }
            if isStopping || isAtEnd ? hasNews : epochIsDue { try endEpoch() }
            if isStopping || isAtEnd { break }
        }
        try committer.wait()
        checkpoints.stopCompaction()
        if isCompacting { try compactor.wait() }
    }

    /// Has the layers of state put together when there are many, while rounds and epochs go on.
    private func compactIfDue() throws {
        if isCompacting {
            guard !compactor.isBusy else { return }
            try compactor.wait()
            isCompacting = false
            if let problem = checkpoints.takeProblem() { warn(problem) }
        }
        guard checkpoints.isCompactionDue else { return }
        isCompacting = true
        compactor.start { [checkpoints] in try checkpoints.compact() }
    }

    /// Gives all that is pending, in as many epochs as it takes.
    private func closeAll() throws {
        repeat {
            if epochIsDue { try endEpoch() }
            try stage(execution.round(inputs { _ in [] }, endOfInput: true, at: clock.now()))
            hasNews = true
        } while execution.isGiving
    }

    /// An epoch whose time has come waits for the commit before it by growing; reading only waits when it is full.
    private var epochIsDue: Bool {
        guard hasNews else { return false }
        if max(recordsInEpoch, rowsInEpoch) >= settings.epochRecords { return true }
        if bytesInEpoch >= settings.epochBytes { return true }
        if binding.sinks.values.contains(where: \.isFull) { return true }
        return clock.now() - epochBegan >= settings.epochLength && !committer.isBusy
    }

    /// How the partitions of a source stood after the records of the last round.
    func partitions(of source: Int) -> [SourcePartition] { intake.partitions[source] ?? [] }

    /// - Parameter taken: by source step, of those that had any.
    private func round(_ taken: [Int: [RawRecords]]) throws {
        for (step, records) in taken {
            for batch in records where batch.count > 0 {
                positions[step, default: [:]][batch.partition] = batch.offsets[batch.count - 1] + 1
                recordsInEpoch += batch.count
                bytesInEpoch += batch.arena.count
            }
        }
        if !hasNews { epochBegan = clock.now() }
        if !taken.isEmpty { hasNews = true }
        let now = clock.now()
        try stage(execution.round(inputs { taken[$0] ?? [] }, at: now))
        timeKeeper.update(read: Set(taken.keys), at: now)
    }

    private func inputs(_ records: (_ step: Int) -> [RawRecords]) -> [Execution.SourceInput] {
        intake.partitions.sorted { $0.key < $1.key }.map { step, partitions in
            Execution.SourceInput(
                step: step, records: records(step),
                partitions: partitions.map { (number: $0.number, isIdle: $0.isIdle) })
        }
    }

    private func stage(_ output: Execution.RoundOutput) throws {
        if let warning = try budget?.check(execution) { warn(warning) }
        if let failure = execution.memoryFailure { throw failure }
        for (step, batches) in output.rows.inOrder {
            // Event time may close windows without a record, when a partition turns out to be idle.
            hasNews = true
            for batch in batches {
                rowsInEpoch += batch.count
                try binding.sinks[step]?.stage(batch)
            }
        }
        for (step, sink) in binding.deadLetters { sink.stage(output.deadLetters.filter { $0.source == step }) }
    }

    /// Whether everything is processed that the sources held when their ends were first known.
    private func atEnd() -> Bool {
        for (step, partitions) in intake.partitions {
            for partition in partitions {
                guard let end = partition.endOffset, let position = partition.position else { return false }
                let target = targets[step]?[partition.number] ?? end
                targets[step, default: [:]][partition.number] = target
                if position < target { return false }
            }
            if partitions.isEmpty { return false }
        }
        return true
    }

    private func endEpoch() throws {
        try committer.wait()
        epoch += 1
        var staged: [Int: () throws -> [UInt8]] = [:]
        for (step, sink) in binding.sinks.inOrder { staged[step] = try sink.endEpoch(epoch) }
        for (step, sink) in binding.deadLetters {
            let letters = sink.prepare(at: clock.now())
            staged[-1 - step] = { letters }
        }
        let below = checkpoints.foundation
        let checkpoint = Checkpoint(
            epoch: epoch, topology: execution.plan.name, plan: execution.plan.text, stateID: stateID,
            positions: positions, state: execution.snapshot(below.isEmpty ? .whole : .changes), prepared: [:],
            below: below)
        if let failure = execution.memoryFailure { throw failure }
        files?.hold(checkpoint.state.files)
        let work = CommitWork(
            checkpoint: checkpoint, staged: staged, checkpoints: checkpoints, files: files, binding: binding)
        committer.start { [positionReport, clock] in
            try work.run()
            positionReport.send(work.checkpoint.positions, to: work.binding.sources, at: clock.now())
        }
        recordsInEpoch = 0
        bytesInEpoch = 0
        rowsInEpoch = 0
        hasNews = false
        epochBegan = clock.now()
    }

    /// Commits what an epoch prepared; sinks leave an epoch alone that they have committed.
    static func commit(_ checkpoint: Checkpoint, to binding: Binding) throws {
        for (step, sink) in binding.sinks.inOrder {
            let prepared = checkpoint.prepared[step] ?? []
            if let sink = sink as? any TransactionalSink {
                try sink.commit(epoch: checkpoint.epoch, prepared: prepared, positions: checkpoint.positions)
            } else {
                try sink.commit(epoch: checkpoint.epoch, prepared: prepared)
            }
        }
        for (step, sink) in binding.deadLetters.inOrder { try sink.commit(checkpoint.prepared[-1 - step] ?? []) }
    }
}

/// The end of one epoch as a piece of work for the committer's thread.
private struct CommitWork: @unchecked Sendable {
    // The job waits for the committer before it touches the checkpoint store or a sink's commit state again.
    let checkpoint: Checkpoint
    /// What gives `Checkpoint.prepared`.
    let staged: [Int: () throws -> [UInt8]]
    let checkpoints: CheckpointStore
    let files: StateFiles?
    let binding: Job.Binding

    func run() throws {
        var checkpoint = checkpoint
        for (step, work) in staged.inOrder { checkpoint.prepared[step] = try work() }
        for (_, sink) in binding.sinks.inOrder { try sink.settle(epoch: checkpoint.epoch) }
        try files?.synchronise(checkpoint.state.files)
        try checkpoints.write(checkpoint)
        files?.checkpointed()
        try Job.commit(checkpoint, to: binding)
    }
}

extension Dictionary where Key == Int {
    /// The entries in the order of their keys: what is done for steps is done in the same order each time.
    var inOrder: [(key: Int, value: Value)] { sorted { $0.key < $1.key } }
}
