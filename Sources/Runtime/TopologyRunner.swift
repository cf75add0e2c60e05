import Columnar
import Dataflow
import DeltaTables
import Formats
import Foundation
import KafkaConnector
import ObjectStorage

/// Binds a plan to Kafka, a warehouse and a state directory, and runs it. The one place that knows which connector
/// stands behind which description.
struct TopologyRunner {
    let plan: LogicalPlan
    let settings: RunSettings
    let clock: any Dataflow.Clock

    /// What a run ended with.
    struct Summary: Sendable {
        var reconciliations: [(sink: String, counts: Reconciliation)]
        var deadLetters: [RejectionReason: Int]
    }

    func run(shouldStop: @escaping () -> Bool) throws -> Summary {
        try settings.validate()
        let execution = try Execution(
            plan, decoders: decoders(), parallelism: settings.threads,
            runner: settings.threads == 1 ? SerialLaneRunner() : ThreadLaneRunner(lanes: settings.threads))
        let state = try StateDirectory(settings.state + "/" + plan.name)
        if settings.resetState { try state.reset() }
        let (checkpoint, damaged) = try state.checkpoints.newest()
        for problem in damaged {
            warn("checkpoint of epoch \(problem.epoch) in \(state.checkpoints.path) is damaged: \(problem.problem)")
        }
        if let checkpoint { try check(checkpoint, state: state) }
        let stateID = checkpoint?.stateID ?? UUID().uuidString
        let binding = try bind(execution, stateID: stateID)
        if !damaged.isEmpty, let checkpoint { try refuseLostEpochs(after: checkpoint, binding) }
        let job = Job(
            execution, binding: binding, checkpoints: state.checkpoints, stateID: stateID, settings: jobSettings,
            clock: clock)
        if let checkpoint { try job.resume(from: checkpoint) }
        let progress = ProgressLine(clock: clock)
        defer { progress.finish() }
        try job.run(shouldStop: shouldStop) { progress.update($0, sources: binding.sources) }
        return summary(execution, binding)
    }

    /// Everything that can be refused before the first record, without reading one.
    func validate() throws {
        try settings.validate()
        let execution = try Execution(plan, decoders: decoders())
        _ = try bind(execution, stateID: "validate")
    }

    private var jobSettings: Job.Settings {
        var job = Job.Settings()
        job.epochLength = Int64(settings.epochMilliseconds) * 1000
        job.untilEnd = settings.untilEnd
        return job
    }

    private func check(_ checkpoint: Checkpoint, state: StateDirectory) throws {
        guard checkpoint.topology == plan.name else {
            throw RuntimeError(
                "the state directory \(state.path) belongs to the topology \(checkpoint.topology), and this is "
                    + "\(plan.name): name another directory with --state")
        }
        guard checkpoint.plan == plan.text else {
            throw RuntimeError(
                "the state in \(state.path) was made by another version of \(plan.name), and its plan has changed. "
                    + "Start anew with --reset-state, which reads the topics from the beginning, or run the old version")
        }
    }

    /// A damaged checkpoint was passed over. A merge may repeat its epoch, since it replaces rows by key; an append
    /// would double them.
    private func refuseLostEpochs(after checkpoint: Checkpoint, _ binding: Job.Binding) throws {
        for (step, sink) in binding.sinks {
            guard let last = try sink.lastCommittedEpoch(), last > checkpoint.epoch,
                case .write(let description) = plan.steps[step].kind
            else { continue }
            throw RuntimeError(
                "table \(description.table) holds epoch \(last), and the newest checkpoint that can be read is of epoch "
                    + "\(checkpoint.epoch): going on would write rows twice. Restore the checkpoint from a backup, or "
                    + "rebuild the table and start anew with --reset-state")
        }
    }

    private func warn(_ text: String) { FileHandle.standardError.write(Data("warning: \(text)\n".utf8)) }
}

extension TopologyRunner {
    private func decoders() -> [Int: any RecordDecoder] {
        var decoders: [Int: any RecordDecoder] = [:]
        for (step, description) in plan.sources {
            switch description.contract.format {
            case .json: decoders[step] = JSONRecordDecoder(contract: JSONContract(description.contract))
            }
        }
        return decoders
    }

    private func bind(_ execution: Execution, stateID: String) throws -> Job.Binding {
        var binding = Job.Binding()
        var kafka = KafkaConfiguration(bootstrapServers: settings.brokers, groupID: settings.group ?? plan.name)
        kafka.properties = settings.kafkaProperties
        for (step, description) in plan.sources {
            binding.sources[step] = try KafkaSource(configuration: kafka, topic: description.topic)
            if let topic = description.deadLetterTopic {
                binding.deadLetters[step] = DeadLetterSink(
                    topology: plan.name, source: description, topic: topic,
                    producer: try KafkaProducer(configuration: kafka))
            }
        }
        for (step, sink) in plan.sinks {
            binding.sinks[step] = try self.sink(sink, schema: execution.schemas[step], appID: appID(step, stateID))
        }
        return binding
    }

    private func appID(_ step: Int, _ stateID: String) -> String { "\(plan.name)/\(step)/\(stateID)" }

    private func sink(_ description: SinkDescription, schema: RecordSchema, appID: String) throws -> any Sink {
        let path = settings.warehouse + "/" + description.table.replacing(".", with: "/")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let store = try LocalDirectory(path)
        switch description.mode {
        case .append(let columns):
            return try DeltaAppendSink(store: store, schema: schema, partitionColumns: columns, appID: appID)
        case .merge(let keys):
            return try DeltaMergeSink(store: store, schema: schema, keys: keys, appID: appID)
        }
    }

    private func summary(_ execution: Execution, _ binding: Job.Binding) -> Summary {
        let reconciliations = execution.reconciliations().map { step, counts in
            (sink: sinkName(after: step), counts: counts)
        }
        var letters: [RejectionReason: Int] = [:]
        for sink in binding.deadLetters.values { letters.merge(sink.counts, uniquingKeysWith: +) }
        return Summary(reconciliations: reconciliations, deadLetters: letters)
    }

    /// The table that the rows of a step end in.
    private func sinkName(after step: Int) -> String {
        var reached: Set<Int> = [step]
        for (number, candidate) in plan.steps.enumerated() where candidate.inputs.contains(where: reached.contains) {
            reached.insert(number)
        }
        return plan.sinks.first { reached.contains($0.step) }?.description.table ?? "step \(step)"
    }
}

extension LogicalPlan {
    var sources: [(step: Int, description: SourceDescription)] {
        steps.enumerated().compactMap { number, step in
            if case .read(let source) = step.kind { (number, source) } else { nil }
        }
    }

    var sinks: [(step: Int, description: SinkDescription)] {
        steps.enumerated().compactMap { number, step in
            if case .write(let sink) = step.kind { (number, sink) } else { nil }
        }
    }
}
