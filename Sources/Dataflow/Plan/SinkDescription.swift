import Columnar

/// Where a topology writes.
public struct SinkDescription: Hashable, Sendable {
    public var destination: Destination

    /// A table or a topic.
    public enum Destination: Hashable, Sendable {
        /// `database.table`: a folder each under the warehouse.
        case table(String, Mode)
        case topic(TopicDescription)
    }

    /// How rows reach a table.
    public enum Mode: Hashable, Sendable {
        /// Every row is added, in partitions by the given columns (none: not partitioned).
        case append(partitionedBy: [String])
        /// A row replaces the one with the same keys.
        case merge(keys: [String])
    }

    public init(table: String, mode: Mode) { destination = .table(table, mode) }

    public init(topic: TopicDescription) { destination = .topic(topic) }

    /// The name of the table or the topic.
    public var name: String {
        switch destination {
        case .table(let name, _): name
        case .topic(let description): description.topic
        }
    }

    /// What it is, for messages.
    public var kindName: String {
        switch destination {
        case .table: "table"
        case .topic: "topic"
        }
    }
}

/// A topic that a topology writes to.
public struct TopicDescription: Hashable, Sendable {
    public var topic: String
    public var format: Format
    /// The columns of the records' key; none: records have no key. A row whose deletion is asked for becomes a record
    /// without a value (a tombstone).
    public var keys: [String]
    public var delivery: Delivery

    public init(topic: String, format: Format = .json, keys: [String] = [], delivery: Delivery = .exactlyOnce) {
        self.topic = topic
        self.format = format
        self.keys = keys
        self.delivery = delivery
    }

    /// Whether every record has a key: with several columns always, with one when it is never null.
    public func hasKeyAlways(_ rows: RecordSchema) -> Bool {
        if keys.count == 1 { return rows.index(of: keys[0]).map { !rows.fields[$0].isNullable } ?? false }
        return keys.count > 1
    }

    /// How rows are encoded.
    public enum Format: String, Hashable, Sendable {
        /// A JSON object of all columns.
        case json
    }

    /// What a crash does to the records.
    public enum Delivery: Hashable, Sendable {
        /// Records appear with the epoch that they belong to, in one transaction of Kafka: once for whoever reads
        /// committed records only.
        case exactlyOnce
        /// Records appear as soon as there are any. After a crash those that were sent since the last checkpoint are sent
        /// again.
        case atLeastOnce
    }
}

extension SinkDescription {
    /// - Throws: `PlanError` when a topic cannot take the rows.
    func check(_ rows: RecordSchema, isChangelog: Bool) throws(PlanError) {
        guard case .topic(let description) = destination else { return }
        for key in description.keys where rows.index(of: key) == nil {
            throw PlanError("topic \(description.topic): its key '\(key)' is not a column of the rows")
        }
        if !isChangelog || description.hasKeyAlways(rows) { return }
        throw PlanError(
            "topic \(description.topic): its key '\(description.keys[0])' may be null, which makes records without a key, "
                + "and the rows may be replaced by key later: declare the column as never null, or add one to the key")
    }
}

extension LogicalPlan {
    /// The topic of the source whose records each become at most one row of a step, with nothing but their own place to
    /// tell them apart; nil for rows of several sources, and for those that a step computes from several or multiplies.
    public func source(givingEachRecordOnceTo step: Int) -> String? {
        var current = step
        while true {
            switch steps[current].kind {
            case .read(let source): return source.topic
            case .withWatermark, .filter, .select, .dropDuplicates, .write: break
            default: return nil
            }
            guard steps[current].inputs.count == 1 else { return nil }
            current = steps[current].inputs[0]
        }
    }
}
