import Columnar
import Dataflow
import Foundation
import KafkaConnector
import ObjectStorage

/// Runs a plan: opens its state, binds it, and goes on where the state left off.
struct TopologyRunner {
    let plan: LogicalPlan
    let settings: RunSettings
    let clock: any Dataflow.Clock

    /// What a run ended with.
    struct Summary: Sendable {
        /// By topic and the table or topic that its records end in.
        var reconciliations: [(topic: String, table: String, counts: Reconciliation)]
        /// Those of this run.
        var deadLetters: [RejectionReason: Int]
    }

    /// - Parameter onStart: told in a line what is about to run, before the first poll.
    func run(shouldStop: @escaping () -> Bool, onStart: (String) -> Void = { _ in }) throws -> Summary {
        try settings.validate()
        // A plan that cannot run is refused before anything is made.
        _ = try Execution(plan, decoders: PlanBinder.decoders(plan))
        let state = try StateDirectory(settings.state ?? "state/\(plan.name)")
        if settings.resetState { try state.reset() }
        let start = try StartingPoint(
            plan, state.checkpoints, statePath: state.path, newStateID: UUID().uuidString, consent: settings.upgrade)
        // What else is there belongs to the checkpoint before it.
        state.files.hold(start.checkpoint?.state.files ?? [])
        let progress = ProgressLine(clock: clock)
        defer { progress.finish() }
        for problem in start.damaged {
            progress.warn(
                "checkpoint of epoch \(problem.epoch) in \(state.checkpoints.path) is damaged: \(problem.problem)")
        }
        let execution = try Execution(
            start.plan, decoders: PlanBinder.decoders(start.plan), parallelism: settings.threads,
            runner: settings.threads == 1 ? SerialLaneRunner() : ThreadLaneRunner(lanes: settings.threads))
        if let budget = settings.memoryBudget {
            execution.setMemoryBudget(budget, store: state.files)
            for warning in MemoryBudget.warnings(execution) { progress.warn(warning) }
        } else if start.checkpoint?.state.files.isEmpty == false {
            // State that an earlier run put into files is used there.
            execution.setMemoryBudget(.max, store: state.files)
        }
        let binder = PlanBinder(plan: start.plan, connectors: connectors)
        try start.finishFormerPlan(binder)
        let binding = try binder.bind(execution, stateID: start.stateID)
        let job = Job(
            execution, binding: binding, checkpoints: state.checkpoints, files: state.files, stateID: start.stateID,
            settings: jobSettings,
            clock: clock, warn: progress.warn)
        try start.resume(job, binding)
        for note in start.upgrade?.notes ?? [] { onStart("upgrade: \(note)") }
        onStart(startLine(start))
        let status = StatusFile(state: state.path)
        defer { status.remove() }
        try job.run(shouldStop: shouldStop) { job in
            progress.update(job, sources: binding.sources)
            status.update(job, at: clock.now())
        }
        return summary(execution, binding)
    }

    /// Everything that can be refused before the first record, without reading or writing anything.
    /// - Returns: what is different from the plan of the state that is there, a sentence each.
    func validate() throws -> [String] {
        try settings.validate()
        try connectors.validate(try Execution(plan, decoders: PlanBinder.decoders(plan)))
        let path = settings.state ?? "state/\(plan.name)"
        try LocalDirectory.requireWritable(path)
        return try upgrade()?.upgrade.notes ?? []
    }

    /// What this plan would make of the state that is there; nil where there is none.
    /// - Throws: `RuntimeError` with all that has changed and the choices, when it cannot be used.
    func upgrade() throws -> (epoch: Int64, upgrade: PlanUpgrade)? {
        let path = settings.state ?? "state/\(plan.name)"
        guard let checkpoint = try StateDirectory.newestCheckpoint(path) else { return nil }
        let upgrade = try StartingPoint.upgrade(checkpoint, to: plan, statePath: path, consent: settings.upgrade)
        return (checkpoint.epoch, upgrade)
    }

    private var connectors: KafkaConnectors { KafkaConnectors(plan: plan, settings: settings) }

    private func startLine(_ start: StartingPoint) -> String {
        let topics = plan.sources.map(\.description.topic).joined(separator: ", ")
        let changed = start.upgrade?.isChange == true ? " with a changed plan" : ""
        let from = start.checkpoint.map { "going on after epoch \($0.epoch)\(changed)" } ?? "from the beginning"
        return "\(plan.name): reading \(topics) at \(settings.brokers), \(from)"
    }

    private var jobSettings: Job.Settings {
        var job = Job.Settings()
        job.epochLength = Int64(settings.epochMilliseconds) * 1000
        job.epochRecords = settings.epochRecords
        job.roundRecords = min(job.roundRecords, settings.epochRecords)
        job.untilEnd = settings.untilEnd
        job.memoryBudget = settings.memoryBudget
        job.time.alignment =
            settings.alignmentMilliseconds == 0 ? nil : Int64(settings.alignmentMilliseconds) * 1000
        job.time.quiet = settings.quietMilliseconds == 0 ? nil : Int64(settings.quietMilliseconds) * 1000
        return job
    }

    private func summary(_ execution: Execution, _ binding: Job.Binding) -> Summary {
        let topics = Dictionary(uniqueKeysWithValues: plan.sources.map { ($0.step, $0.description.topic) })
        let reconciliations = execution.reconciliations().map {
            (topic: topics[$0.source] ?? "", table: plan.sink(after: $0.step), counts: $0.counts)
        }
        var letters: [RejectionReason: Int] = [:]
        for sink in binding.deadLetters.values { letters.merge(sink.counts, uniquingKeysWith: +) }
        return Summary(reconciliations: reconciliations, deadLetters: letters)
    }
}

extension LogicalPlan {
    package var sources: [(step: Int, description: SourceDescription)] {
        steps.enumerated().compactMap { number, step in
            if case .read(let source) = step.kind { (number, source) } else { nil }
        }
    }

    package var sinks: [(step: Int, description: SinkDescription)] {
        steps.enumerated().compactMap { number, step in
            if case .write(let sink) = step.kind { (number, sink) } else { nil }
        }
    }

    /// The table or topic that the rows of a step end in.
    func sink(after step: Int) -> String {
        var reached: Set<Int> = [step]
        for (number, candidate) in steps.enumerated() where candidate.inputs.contains(where: reached.contains) {
            reached.insert(number)
        }
        return sinks.first { reached.contains($0.step) }?.description.name ?? "step \(step)"
    }
}
