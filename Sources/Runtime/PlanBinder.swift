import Columnar
import Dataflow
import DeltaTables
import Formats

/// Binds a plan to what stands behind its topics and tables. The one place that knows which sink serves which
/// description.
package struct PlanBinder {
    let plan: LogicalPlan
    let connectors: any Connectors

    package init(plan: LogicalPlan, connectors: any Connectors) {
        self.plan = plan
        self.connectors = connectors
    }

    package static func decoders(_ plan: LogicalPlan) -> [Int: any RecordDecoder] {
        var decoders: [Int: any RecordDecoder] = [:]
        for (step, description) in plan.sources {
            switch description.contract.format {
            case .json: decoders[step] = JSONRecordDecoder(contract: description.contract)
            }
        }
        return decoders
    }

    /// - Parameter stateID: the identity of the state, part of that of the sinks.
    package func bind(_ execution: Execution, stateID: String) throws -> Job.Binding {
        var binding = Job.Binding()
        // Tables first: a table that does not fit is found without waiting for brokers.
        for (step, sink) in plan.sinks {
            guard case .table(let table, let mode) = sink.destination else { continue }
            binding.sinks[step] = try self.sink(
                table, mode, execution.schemas[step], appID: "\(plan.name)/\(step)/\(stateID)")
        }
        for (step, description, _) in execution.lookups { binding.lookups[step] = try connectors.lookup(description) }
        for (step, description) in plan.sources {
            binding.sources[step] = try connectors.source(description)
            if let topic = description.deadLetterTopic {
                binding.deadLetters[step] = DeadLetterSink(
                    topology: plan.name, source: description, topic: topic,
                    producer: try connectors.letterProducer(topic: topic))
            }
        }
        for (step, sink) in plan.sinks {
            guard case .topic(let topic) = sink.destination else { continue }
            binding.sinks[step] = try self.sink(topic, execution.schemas[step], step: step, stateID: stateID)
        }
        return binding
    }

    private func sink(
        _ table: String, _ mode: SinkDescription.Mode, _ schema: RecordSchema, appID: String
    ) throws -> any Sink {
        let store = try connectors.store(ofTable: table)
        switch mode {
        case .append(let columns):
            return try DeltaAppendSink(store: store, schema: schema, partitionColumns: columns, appID: appID)
        case .merge(let keys):
            return try DeltaMergeSink(store: store, schema: schema, keys: keys, appID: appID)
        }
    }

    private func sink(
        _ description: TopicDescription, _ schema: RecordSchema, step: Int, stateID: String
    ) throws -> any Sink {
        let encoder: any RecordEncoder =
            switch description.format {
            case .json: JSONRecordEncoder(schema: schema, keys: description.keys)
            }
        var topic = TopicSinkDescription(
            topic: description.topic, encoder: encoder, isKeyed: description.hasKeyAlways(schema), step: step,
            application: "\(plan.name)/\(step)",
            sources: Dictionary(uniqueKeysWithValues: plan.sources.map { ($0.step, $0.description.topic) }),
            origin: plan.source(givingEachRecordOnceTo: step))
        switch description.delivery {
        case .atLeastOnce: return try connectors.directSink(topic)
        case .exactlyOnce:
            topic.application += "/\(stateID)"
            return try connectors.transactionalSink(topic)
        }
    }
}
