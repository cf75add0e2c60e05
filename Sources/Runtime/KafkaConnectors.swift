import Columnar
import Dataflow
import DeltaTables
import KafkaConnector
import ObjectStorage

/// Kafka and a warehouse on disk, as settings name them. The one place that knows which connector stands behind which
/// description.
struct KafkaConnectors: Connectors {
    let plan: LogicalPlan
    let settings: RunSettings

    func source(_ description: SourceDescription) throws -> any Source {
        // Headers are kept for dead letters alone.
        try KafkaSource(
            configuration: kafkaConfiguration(), topic: description.topic,
            readsHeaders: description.deadLetterTopic != nil)
    }

    func letterProducer(topic: String) throws -> any LetterProducer {
        let kafka = try kafkaConfiguration()
        try ensure(topic, kafka)
        return try KafkaProducer(configuration: kafka)
    }

    func store(ofTable table: String) throws -> any ObjectStore {
        let store = try LocalDirectory(path(table))
        try settle(store)
        return store
    }

    func transactionalSink(_ topic: TopicSinkDescription) throws -> any Sink {
        let kafka = try existing(topic.topic)
        return try TransactionalTopicSink(
            configuration: kafka, topic: topic.topic, encoder: topic.encoder, isKeyed: topic.isKeyed,
            sources: topic.sources, transactionalID: "\(kafka.groupID)-\(topic.step)", application: topic.application)
    }

    func directSink(_ topic: TopicSinkDescription) throws -> any Sink {
        try DirectTopicSink(
            configuration: existing(topic.topic), topic: topic.topic, encoder: topic.encoder, isKeyed: topic.isKeyed,
            source: topic.origin, application: topic.application)
    }

    /// Refuses a topic that is not there: Kafka would make it with as many partitions as it likes.
    private func existing(_ topic: String) throws -> KafkaConfiguration {
        let kafka = try kafkaConfiguration()
        _ = try KafkaAdministrator(configuration: kafka).partitions(of: topic)
        return kafka
    }

    func lookup(_ description: LookupDescription) throws -> any LookupSource {
        switch description.place {
        case .table(let name): DeltaLookup(name, path: path(name), schema: description.contract.schema)
        case .file(let path): try FileLookup(path, contract: description.contract)
        }
    }

    /// What `PlanBinder.bind` would refuse, without making or reading anything.
    func validate(_ execution: Execution) throws {
        for (step, sink) in plan.sinks {
            guard case .table(let table, let mode) = sink.destination else { continue }
            var partitions: [String] = []
            if case .append(let columns) = mode { partitions = columns }
            try LocalDirectory.requireWritable(path(table))
            guard LocalDirectory.exists(path(table)) else { continue }
            try DeltaTable.validate(
                LocalDirectory(path(table)), schema: execution.schemas[step], partitionColumns: partitions)
        }
        var lookups: [Int: any LookupSource] = [:]
        for (step, description, _) in execution.lookups { lookups[step] = try lookup(description) }
        try LookupTables(execution, sources: lookups, clock: SystemClock()).start()
        let administrator = try KafkaAdministrator(configuration: try kafkaConfiguration())
        for (_, description) in plan.sources { _ = try administrator.partitions(of: description.topic) }
        for (_, sink) in plan.sinks {
            if case .topic(let topic) = sink.destination { _ = try administrator.partitions(of: topic.topic) }
        }
    }

    private func kafkaConfiguration() throws -> KafkaConfiguration {
        var kafka = KafkaConfiguration(bootstrapServers: settings.brokers, groupID: settings.group ?? plan.name)
        kafka.properties = try settings.resolvedKafkaProperties()
        return kafka
    }

    /// Makes the topic of dead letters when it is not there, so that the first bad record does not stop the stream.
    private func ensure(_ topic: String, _ kafka: KafkaConfiguration) throws {
        let administrator = try KafkaAdministrator(configuration: kafka)
        guard try administrator.contains(topic: topic) == false else { return }
        do {
            try administrator.create(topic: topic, partitions: 1)
        } catch let error as KafkaError where error.kind == .unsupported {
            // The development cluster makes the topic on its first record.
        } catch {
            // Another process may have been faster.
            if try administrator.contains(topic: topic) { return }
            throw RuntimeError("the topic of dead letters \(topic) is not there and cannot be made: \(error)")
        }
    }

    /// Removes files that a crash left half written a day ago, in the table's own folder and its log, and makes sure of the
    /// others. Folders of partitions are left to a vacuum.
    private func settle(_ store: LocalDirectory) throws {
        let dayAgo = SystemClock().now() / 1000 - 86_400_000
        try store.removeUnfinished(before: dayAgo)
        let log = store.location + "/_delta_log"
        guard LocalDirectory.exists(log) else { return }
        let commits = try LocalDirectory(log)
        try commits.removeUnfinished(before: dayAgo)
        try commits.synchronise()
    }

    private func path(_ table: String) -> String { settings.warehouse + "/" + table.replacing(".", with: "/") }
}
