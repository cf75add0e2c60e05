import Columnar
import Dataflow
import DeltaTables
import Runtime

/// Runs a scenario: the runtime's own job, checkpoints and sinks, in a world in which everything that happens is decided by
/// a seed.
public struct Simulation {
    private let scenario: Scenario
    private let world: World
    private let disk: SimulatedDisk
    private let cluster: SimulatedCluster
    private let connectors: SimulatedConnectors
    private let process: SimulatedProcess
    public let trace: Trace

    /// - Parameter mistake: one that is made on purpose.
    public init(_ scenario: Scenario, mistake: Mistake? = nil, keepsTrace: Bool = false) {
        self.scenario = scenario
        trace = Trace(keepsLines: keepsTrace)
        world = World(seed: scenario.seed, trace: trace)
        disk = SimulatedDisk(world, skipsSynchronisation: mistake == .skippedSynchronisation)
        cluster = SimulatedCluster(world)
        connectors = SimulatedConnectors(
            plan: scenario.plan, disk: disk, cluster: cluster, lookups: scenario.lookups)
        process = SimulatedProcess(scenario.plan, world: world, connectors: connectors, mistake: mistake)
    }

    /// Lives all lives, and looks at what is there in the end.
    /// - Throws: `SimulationFailure` when a life ends in a way that nothing explains, or counts do not add up.
    public func run() throws -> Outcome { try run(lives: scenario.lives + [Life()]) }

    func run(lives: [Life]) throws -> Outcome {
        fillTopics()
        for (number, life) in lives.enumerated() {
            let ending = process.live(life)
            if let imbalance = process.imbalance { throw SimulationFailure("life \(number): \(imbalance)") }
            if world.isEndless { throw SimulationFailure("life \(number) does not end") }
            // Whoever runs the process starts it again after an error that came from outside.
            if case .failed(let error) = ending, world.struck == nil {
                throw SimulationFailure("life \(number) ended with: \(error)")
            }
        }
        return try outcome()
    }

    /// The I/O operations of the last life.
    public var operations: Int { process.operations }

    private func fillTopics() {
        for (topic, partitions) in scenario.topics.sorted(by: { $0.key < $1.key }) {
            cluster.makeTopic(topic, partitions: partitions.count)
            for (number, records) in partitions.enumerated() {
                for record in records {
                    cluster.append(
                        SimulatedCluster.Entry(
                            key: record.key, value: record.value, timestamp: record.timestamp, isMarker: record.isHidden
                        ),
                        topic: topic, partition: Int32(number))
                }
            }
        }
    }

    private func outcome() throws -> Outcome {
        world.begin(nil)
        var outcome = Outcome()
        for (_, sink) in scenario.plan.sinks {
            switch sink.destination {
            case .table(let name, _): outcome.tables[name] = try rows(of: name)
            case .topic(let description):
                outcome.topics[description.topic] = cluster.committed(description.topic).map { $0.map(\.line) }
            }
        }
        for (_, source) in scenario.plan.sources {
            guard let topic = source.deadLetterTopic else { continue }
            outcome.letters.formUnion(cluster.committed(topic).joined().compactMap(\.letterID))
        }
        outcome.counts = process.reconciliations.map { path in
            Outcome.Path(source: path.source, step: path.step, counts: path.counts)
        }
        return outcome
    }

    private func rows(of table: String) throws -> [String] {
        let directory = SimulatedConnectors.directory(ofTable: table)
        let table = try DeltaTable.open(SimulatedDirectory(disk: disk, location: directory))
        var rows: [String] = []
        try table.forEachBatch { batch in
            for row in 0..<batch.count {
                rows.append(
                    Outcome.line(zip(batch.schema.fields, batch.columns).map { ($0.name, $1.scalar(at: row)) }))
            }
        }
        return rows.sorted()
    }
}

/// What a simulation found wrong.
public struct SimulationFailure: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension SimulatedCluster.Entry {
    /// Key and value as text.
    fileprivate var line: Outcome.TopicRecord {
        Outcome.TopicRecord(
            key: key.map { String(decoding: $0, as: UTF8.self) },
            value: value.map { String(decoding: $0, as: UTF8.self) })
    }

    /// What names a dead letter, the same each time that it is sent.
    fileprivate var letterID: String? {
        headers.first { $0.name == "tidemark.id" }?.value.map { String(decoding: $0, as: UTF8.self) }
    }
}
