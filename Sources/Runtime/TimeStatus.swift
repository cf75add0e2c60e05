import Columnar
import Dataflow

/// How the event time of a topology stands: what a running process writes beside its checkpoints every second, and what
/// `explain --why` tells from it. As JSON: times as ISO 8601 in UTC, names as here.
struct TimeStatus: Codable, Hashable, Sendable {
    var topology: String
    /// The process that runs; nil when none does and the newest checkpoint tells the rest.
    var process: Int32?
    /// When this was so; nil for a checkpoint.
    var time: Instant?
    /// The last epoch that was begun to be committed.
    var epoch: Int64
    var eventTimes: [EventTime]
    /// Of every step that keeps any.
    var states: [State]?

    /// How large the state of a step is, in bytes.
    struct State: Codable, Hashable, Sendable {
        var step: Int
        var name: String
        /// Nearly.
        var memoryBytes: Int
        var fileBytes: Int
    }

    /// What one step knows of time.
    struct EventTime: Codable, Hashable, Sendable {
        var step: Int
        /// As in the plan: `event time issued_at, delay 10 s`.
        var policy: String
        /// Several behind a union, with commas.
        var topic: String
        var watermark: Instant?
        /// The partition that holds the watermark back.
        var heldBy: String?
        /// Since when the watermark has stood there with that partition holding it, or with none.
        var since: Instant?
        /// Whether the clock moves it, not records.
        var followsClock: Bool
        /// Seconds without records after which the clock does.
        var quietSeconds: Double?
        var partitions: [Partition]
    }

    struct Partition: Codable, Hashable, Sendable {
        var name: String
        /// The offset of the next record.
        var position: Int64?
        /// The offset after the last record; nil while the brokers have not said it.
        var end: Int64?
        var lastEventTime: Instant?
        /// The slower partition for which this one waits: it is not read for now.
        var waitsFor: String?

        var lag: Int64? { position.flatMap { position in end.map { max(0, $0 - position) } } }
    }

    /// A point in time; its JSON is text.
    struct Instant: Codable, Hashable, Sendable {
        /// Since 1970 UTC.
        var microseconds: Int64
        var text: String { TimestampText.iso8601(microseconds) }

        init(_ microseconds: Int64) { self.microseconds = microseconds }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            guard let value = TimestampText.microseconds(try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 time")
            }
            microseconds = value
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        }
    }
}

extension TimeStatus {
    /// Of a job between two rounds.
    init(_ job: Job, process: Int32, at now: Int64) {
        self.init(
            job.execution, epoch: job.epoch, partitions: { job.partitions(of: $0) },
            waitsFor: { name in
                guard job.timeKeeper.paused.contains(name) else { return nil }
                return job.timeKeeper.slowest(of: name.source)
            })
        self.process = process
        time = Instant(now)
        for index in eventTimes.indices { eventTimes[index].quietSeconds = job.timeKeeper.quietSeconds }
    }

    /// Of a checkpoint, whose state the execution took over.
    init(_ execution: Execution, of checkpoint: Checkpoint) {
        self.init(
            execution, epoch: checkpoint.epoch,
            partitions: { step in
                let topic = execution.plan.topic(ofSource: step)
                return (checkpoint.positions[step] ?? [:]).sorted { $0.key < $1.key }.map { number, position in
                    SourcePartition(number: number, name: "\(topic)-\(number)", position: position)
                }
            }, waitsFor: { _ in nil })
    }

    private init(
        _ execution: Execution, epoch: Int64, partitions: (Int) -> [SourcePartition],
        waitsFor: (SourceAlignment.Name) -> SourceAlignment.Name?
    ) {
        let plan = execution.plan
        topology = plan.name
        self.epoch = epoch
        states = execution.stateSizes.map {
            State(step: $0.step, name: execution.name(of: $0.step), memoryBytes: $0.memory, fileBytes: $0.files)
        }
        eventTimes = execution.watermarks.map { step, tracker in
            let sources = execution.sources(of: step)
            let known = sources.flatMap { source in
                let times = execution.eventTimes(of: step, source: source)
                return partitions(source).map {
                    (
                        name: SourceAlignment.Name(source: source, partition: $0.number), partition: $0,
                        lastEventTime: times[$0.number]
                    )
                }
            }
            var watermark: Instant?
            if case .time(let time) = tracker.current { watermark = Instant(time) }
            let holder = execution.holder(of: step)
            return EventTime(
                step: step, policy: plan.steps[step].kind.text,
                topic: sources.map { plan.topic(ofSource: $0) }.joined(separator: ", "), watermark: watermark,
                heldBy: known.first { $0.name == holder }?.partition.name,
                since: tracker.standingSince.map(Instant.init),
                followsClock: plan.steps[step].kind == .withProcessingTime,
                partitions: known.map { name, partition, lastEventTime in
                    Partition(
                        name: partition.name, position: partition.position, end: partition.endOffset,
                        lastEventTime: lastEventTime.map(Instant.init),
                        waitsFor: waitsFor(name).map { "\(plan.topic(ofSource: $0.source))-\($0.partition)" })
                })
        }
    }
}

extension LogicalPlan {
    /// The topic that a source step reads.
    func topic(ofSource step: Int) -> String {
        if case .read(let source) = steps[step].kind { source.topic } else { "step \(step)" }
    }
}
