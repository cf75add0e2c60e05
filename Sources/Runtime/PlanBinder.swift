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
                table, mode, execution.schemas[step], appID: "\(plan.name)/\(plan.number(of: step))/\(stateID)")
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
            binding.sinks[step] = try self.sink(
                topic, execution.schemas[step], number: plan.number(of: step), stateID: stateID,
                sources: Dictionary(uniqueKeysWithValues: plan.sources.map { ($0.step, $0.description.topic) }),
                origin: plan.source(givingEachRecordOnceTo: step))
        }
        return binding
    }

    /// Commits what the sinks of an earlier plan had prepared and not committed when its checkpoint was written, as that
    /// plan would have. An epoch that is committed already is left as it is.
    package func finish(_ checkpoint: Checkpoint) throws {
        for (step, description) in (checkpoint.description?.steps ?? []).enumerated() {
            if let topic = description.settings["dead letters"], let letters = checkpoint.prepared[-1 - step] {
                let source = SourceDescription(
                    topic: description.settings["topic"] ?? "",
                    contract: ContractDescription(name: description.settings["contract"] ?? "", columns: []))
                try DeadLetterSink(
                    topology: plan.name, source: source, topic: topic,
                    producer: connectors.letterProducer(topic: topic)
                ).commit(letters)
            }
            guard let prepared = checkpoint.prepared[step], !prepared.isEmpty,
                let sink = try formerSink(description, of: checkpoint)
            else { continue }
            if let sink = sink as? any TransactionalSink {
                try sink.commit(epoch: checkpoint.epoch, prepared: prepared, positions: checkpoint.positions)
            } else {
                try sink.commit(epoch: checkpoint.epoch, prepared: prepared)
            }
        }
    }

    /// A sink as the plan of a checkpoint had it; nil for one that has committed the checkpoint's epoch.
    private func formerSink(_ step: StepDescription, of checkpoint: Checkpoint) throws -> (any Sink)? {
        switch step.sink?.destination {
        case nil: return nil
        case .table(let table, let mode):
            let appID = "\(plan.name)/\(step.number)/\(checkpoint.stateID)"
            // The table may have been made ready for the new plan's rows: then it takes those of the old no more.
            let committed = try DeltaTable.committedEpoch(connectors.store(ofTable: table), appID: appID)
            if let committed, committed >= checkpoint.epoch { return nil }
            return try sink(table, mode, step.gives, appID: appID)
        case .topic(let topic):
            let steps = checkpoint.description?.steps ?? []
            let topics = steps.enumerated().reduce(into: [Int: String]()) {
                $0[$1.offset] = $1.element.settings["topic"]
            }
            return try sink(
                topic, step.gives, number: step.number, stateID: checkpoint.stateID, sources: topics, origin: nil)
        }
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
        _ description: TopicDescription, _ schema: RecordSchema, number: Int, stateID: String,
        sources: [Int: String], origin: String?
    ) throws -> any Sink {
        let encoder: any RecordEncoder =
            switch description.format {
            case .json: JSONRecordEncoder(schema: schema, keys: description.keys)
            }
        var topic = TopicSinkDescription(
            topic: description.topic, encoder: encoder, isKeyed: description.hasKeyAlways(schema), step: number,
            application: "\(plan.name)/\(number)", sources: sources, origin: origin)
        switch description.delivery {
        case .atLeastOnce: return try connectors.directSink(topic)
        case .exactlyOnce:
            topic.application += "/\(stateID)"
            return try connectors.transactionalSink(topic)
        }
    }
}
