import Dataflow
import KafkaConnector
import ObjectStorage

/// What stands behind the topics and tables of a plan: Kafka and directories, or a simulation of both.
package protocol Connectors {
    /// The place of a table, `database.table`, ready to be written to.
    func store(ofTable table: String) throws -> any ObjectStore

    /// A table that rows are put together with.
    func lookup(_ description: LookupDescription) throws -> any LookupSource

    func source(_ description: SourceDescription) throws -> any Source

    /// What sends dead letters to a topic, which is made when it is not there.
    func letterProducer(topic: String) throws -> any LetterProducer

    /// A sink that gives each record to a topic once. See `TransactionalTopicSink`.
    func transactionalSink(_ topic: TopicSinkDescription) throws -> any Sink

    /// A sink that gives records to a topic at once. See `DirectTopicSink`.
    func directSink(_ topic: TopicSinkDescription) throws -> any Sink
}

/// A topic that a step of a plan writes to.
package struct TopicSinkDescription {
    package var topic: String
    package var encoder: any RecordEncoder
    /// Whether every record has a key, which may be empty.
    package var isKeyed: Bool
    /// The number of the step that writes, see `LogicalPlan.number(of:)`.
    package var step: Int
    /// The identity of the sink; the same for all runs of one state, or for at-least-once sinks of one topology.
    package var application: String
    /// The topics of the sources, by step.
    package var sources: [Int: String]
    /// The topic that rows are read from when each record gives one row at most; nil when it may give several.
    package var origin: String?
}
