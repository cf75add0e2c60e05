import Columnar
import Dataflow
import Formats
import KafkaConnector
import ObjectStorage
import Runtime

/// The simulated disk and cluster as what stands behind a plan.
struct SimulatedConnectors: Connectors {
    let plan: LogicalPlan
    let disk: SimulatedDisk
    let cluster: SimulatedCluster
    /// The rows of the tables that rows are put together with, as JSON, by the name of the table or file.
    let lookups: [String: [String]]

    static func directory(ofTable table: String) -> String { "warehouse/" + table.replacing(".", with: "/") }

    func store(ofTable table: String) throws -> any ObjectStore {
        let directory = Self.directory(ofTable: table)
        try disk.makeDirectory(directory)
        let log = directory + "/_delta_log"
        if disk.hasDirectory(log) { try disk.settle(log) }
        return SimulatedDirectory(disk: disk, location: directory)
    }

    func lookup(_ description: LookupDescription) throws -> any LookupSource {
        SimulatedLookup(description, rows: lookups[description.name] ?? [])
    }

    func source(_ description: SourceDescription) throws -> any Source {
        SimulatedSource(cluster, topic: description.topic, group: plan.name)
    }

    func letterProducer(topic: String) throws -> any LetterProducer {
        cluster.makeTopic(topic, partitions: 1)
        return SimulatedLetterProducer(cluster)
    }

    func transactionalSink(_ topic: TopicSinkDescription) throws -> any Sink {
        cluster.makeTopic(topic.topic, partitions: 2)
        let producer = SimulatedProducer(
            cluster, transactionalID: "\(plan.name)-\(topic.step)", epochTopic: "\(plan.name)-committed-epochs")
        return try TransactionalTopicSink(
            producer: producer, epochs: producer, topic: topic.topic, encoder: topic.encoder, group: plan.name,
            sources: topic.sources, application: topic.application)
    }

    func directSink(_ topic: TopicSinkDescription) throws -> any Sink {
        cluster.makeTopic(topic.topic, partitions: 2)
        return SimulatedDirectSink(cluster, topic)
    }
}

/// A table that stays as it is.
final class SimulatedLookup: LookupSource {
    private let description: LookupDescription
    private let rows: [String]

    init(_ description: LookupDescription, rows: [String]) {
        self.description = description
        self.rows = rows
    }

    func newestVersion() -> String { "1" }

    func load(version: String) throws -> RecordBatch? {
        var records = RawRecords(partition: 0)
        for (index, row) in rows.enumerated() { records.append(value: Array(row.utf8), offset: Int64(index)) }
        var decoder = JSONRecordDecoder(contract: description.contract)
        return decoder.decode(records).batch
    }
}
