import Dataflow
import Runtime

/// The process that runs a topology, life after life, on one disk and one cluster.
final class SimulatedProcess {
    /// How a life ended.
    enum Ending {
        case finished
        /// Without the process having a say in it.
        case crashed
        /// With an error, told in a sentence.
        case failed(String)
    }

    private let plan: LogicalPlan
    private let world: World
    private let connectors: SimulatedConnectors
    private let mistake: Mistake?
    /// What became of the records, of the last job that ended.
    private(set) var reconciliations: [Execution.PathReconciliation] = []
    /// I/O operations of the last life.
    private(set) var operations = 0
    /// Counts that did not add up after a round.
    private(set) var imbalance: String?

    init(_ plan: LogicalPlan, world: World, connectors: SimulatedConnectors, mistake: Mistake?) {
        self.plan = plan
        self.world = world
        self.connectors = connectors
        self.mistake = mistake
    }

    /// Starts as a process does: with the newest checkpoint, what it left to commit, and where it stood in the topics.
    func live(_ life: Life) -> Ending {
        world.begin(life.fault)
        connectors.disk.forget()
        world.trace.note("== \(life)")
        var failure: String?
        do { try run(life) } catch { failure = "\(error)" }
        if failure != nil { world.end() }
        world.turns.end()
        operations = world.operations
        // A loss of power takes what the process did not know to be unsafe.
        if world.struck == .powerLoss { connectors.disk.recover() }
        if world.hasCrashed { return .crashed }
        return failure.map { .failed($0) } ?? .finished
    }

    private func run(_ life: Life) throws {
        let directory = SimulatedDirectory(disk: connectors.disk, location: "state/checkpoints")
        try connectors.disk.makeDirectory(directory.location)
        try connectors.disk.settle(directory.location)
        let checkpoints = CheckpointStore(
            directory, path: directory.location, limits: CheckpointLimits(smallState: 0, layers: 3))
        let execution = try Execution(plan, decoders: PlanBinder.decoders(plan), parallelism: life.parallelism)
        var start = try StartingPoint(
            plan, checkpoints, statePath: directory.location, newStateID: directory.makeUniqueName())
        mistake?.change(&start)
        var binding = try PlanBinder(plan: plan, connectors: connectors).bind(execution, stateID: start.stateID)
        mistake?.change(&binding)
        let job = Job(
            execution, binding: binding, checkpoints: checkpoints, stateID: start.stateID, settings: life.settings,
            clock: VirtualClock(world: world),
            intake: SimulatedIntake(binding.sources, world: world, limit: life.roundRecords),
            committer: SimulatedCommitter(world), compactor: InlineCommitter(),
            warn: { [world] in world.trace.note("warning: \($0)") })
        try start.resume(job, binding)
        var rounds = 0
        try job.run(shouldStop: { life.stopAfter.map { rounds >= $0 } ?? false }) { job in
            rounds += 1
            check(job.execution.reconciliations(), epoch: job.epoch)
        }
        reconciliations = execution.reconciliations()
        check(reconciliations, epoch: job.epoch)
    }

    private func check(_ paths: [Execution.PathReconciliation], epoch: Int64) {
        for path in paths where !path.counts.isBalanced && imbalance == nil {
            imbalance = "after epoch \(epoch) the counts of step \(path.step) do not add up: \(path.counts)"
        }
    }
}

extension Life {
    fileprivate var settings: Job.Settings {
        var settings = Job.Settings()
        settings.roundRecords = roundRecords
        settings.epochRecords = epochRecords
        settings.epochLength = epochLength
        settings.untilEnd = true
        settings.time.alignment = alignment
        return settings
    }
}

/// Does its work at once, in the job's turn.
private final class InlineCommitter: EpochCommitter {
    var lastCommit: Int64? { nil }
    var isBusy: Bool { false }
    private var failure: (any Error)?

    func start(_ work: @escaping @Sendable () throws -> Void) {
        do { try work() } catch { failure = error }
    }

    func wait() throws { if let failure { throw failure } }
}
