import Columnar
import Dataflow
import DeltaTables
import Formats
import KafkaConnector
import ObjectStorage

/// Binds a plan to Kafka and a warehouse. The one place that knows which connector stands behind which description.
struct PlanBinder {
    let plan: LogicalPlan
    let settings: RunSettings

    func decoders() -> [Int: any RecordDecoder] {
        var decoders: [Int: any RecordDecoder] = [:]
        for (step, description) in plan.sources {
            switch description.contract.format {
            case .json: decoders[step] = JSONRecordDecoder(contract: description.contract)
            }
        }
        return decoders
    }

    /// - Parameter stateID: the identity of the state, part of that of the sinks.
    func bind(_ execution: Execution, stateID: String) throws -> Job.Binding {
        var binding = Job.Binding()
        // Tables first: a table that does not fit is found without waiting for brokers.
        for (step, sink) in plan.sinks {
            guard case .table(let table, let mode) = sink.destination else { continue }
            binding.sinks[step] = try self.sink(
                table, mode, execution.schemas[step], appID: "\(plan.name)/\(step)/\(stateID)")
        }
        for (step, description, _) in execution.lookups { binding.lookups[step] = try lookup(description) }
        let kafka = try kafkaConfiguration()
        for (step, description) in plan.sources {
            // Headers are kept for dead letters alone.
            binding.sources[step] = try KafkaSource(
                configuration: kafka, topic: description.topic, readsHeaders: description.deadLetterTopic != nil)
            if let topic = description.deadLetterTopic {
                try ensure(topic, kafka)
                binding.deadLetters[step] = DeadLetterSink(
                    topology: plan.name, source: description, topic: topic,
                    producer: try KafkaProducer(configuration: kafka))
            }
        }
        for (step, sink) in plan.sinks {
            guard case .topic(let topic) = sink.destination else { continue }
            binding.sinks[step] = try self.sink(topic, execution.schemas[step], step: step, stateID: stateID, kafka)
        }
        return binding
    }

    /// What `bind` would refuse, without making or reading anything.
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

    /// Files that a crash left half written a day ago, in the table's own folder and its log. Folders of partitions are
    /// left to a vacuum.
    private func removeUnfinished(_ store: LocalDirectory) throws {
        let dayAgo = SystemClock().now() / 1000 - 86_400_000
        try store.removeUnfinished(before: dayAgo)
        let log = store.location + "/_delta_log"
        if LocalDirectory.exists(log) { try LocalDirectory(log).removeUnfinished(before: dayAgo) }
    }

    private func lookup(_ description: LookupDescription) throws -> any LookupSource {
        switch description.place {
        case .table(let name): DeltaLookup(name, path: path(name), schema: description.contract.schema)
        case .file(let path): try FileLookup(path, contract: description.contract)
        }
    }

    private func path(_ table: String) -> String { settings.warehouse + "/" + table.replacing(".", with: "/") }

    private func sink(
        _ table: String, _ mode: SinkDescription.Mode, _ schema: RecordSchema, appID: String
    ) throws -> any Sink {
        let store = try LocalDirectory(path(table))
        try removeUnfinished(store)
        switch mode {
        case .append(let columns):
            return try DeltaAppendSink(store: store, schema: schema, partitionColumns: columns, appID: appID)
        case .merge(let keys):
            return try DeltaMergeSink(store: store, schema: schema, keys: keys, appID: appID)
        }
    }

    private func sink(
        _ description: TopicDescription, _ schema: RecordSchema, step: Int, stateID: String,
        _ kafka: KafkaConfiguration
    ) throws -> any Sink {
        // A topic that is not there is refused: Kafka would make it with as many partitions as it likes.
        _ = try KafkaAdministrator(configuration: kafka).partitions(of: description.topic)
        let encoder: any RecordEncoder =
            switch description.format {
            case .json: JSONRecordEncoder(schema: schema, keys: description.keys)
            }
        switch description.delivery {
        case .atLeastOnce:
            return try DirectTopicSink(
                configuration: kafka, topic: description.topic, encoder: encoder,
                isKeyed: description.hasKeyAlways(schema), source: plan.source(givingEachRecordOnceTo: step),
                application: "\(plan.name)/\(step)")
        case .exactlyOnce:
            return try TransactionalTopicSink(
                configuration: kafka, topic: description.topic, encoder: encoder,
                isKeyed: description.hasKeyAlways(schema),
                sources: Dictionary(uniqueKeysWithValues: plan.sources.map { ($0.step, $0.description.topic) }),
                transactionalID: "\(kafka.groupID)-\(step)", application: "\(plan.name)/\(step)/\(stateID)")
        }
    }
}
