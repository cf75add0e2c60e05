import ArgumentParser
import Foundation

/// The flags by which every command reaches Kafka.
public struct KafkaOptions: ParsableArguments {
    @Option(help: "Kafka brokers, host:port with commas [$TIDEMARK_KAFKA_BROKERS].") public var brokers: String?
    @Option(
        name: .customLong("kafka"), parsing: .singleValue,
        help: ArgumentHelp(
            "A librdkafka property; may be repeated. A value @PATH is read from that file "
                + "[$TIDEMARK_KAFKA_SASL_PASSWORD for sasl.password].", valueName: "name=value"))
    public var properties: [String] = []
    @Option(help: "A JSON file of settings.") public var config: String?

    public init() {}

    /// The settings with these flags and others by their names.
    public func settings(_ flags: [String: String?] = [:]) throws -> RunSettings {
        var given = flags.compactMapValues { $0 }
        given["kafka.brokers"] = brokers
        var settings = try RunSettings(
            flags: given, environment: ProcessInfo.processInfo.environment, file: config)
        try settings.addKafkaProperties(properties)
        return settings
    }
}

/// The flags of `run` and `validate`.
struct RunOptions: ParsableArguments {
    @OptionGroup var kafka: KafkaOptions
    @Option(help: "Consumer group; the topology's name by default [$TIDEMARK_KAFKA_GROUP].") var group: String?
    @Option(help: "Directory of the tables [$TIDEMARK_WAREHOUSE, warehouse].") var warehouse: String?
    @Option(help: "Directory of this topology's state [$TIDEMARK_STATE, state/<topology>].") var state: String?
    @Option(help: "Worker threads, 1 to 128 [$TIDEMARK_THREADS, 1].") var threads: Int?
    @Option(help: "Milliseconds between commits [$TIDEMARK_EPOCH_MS, 1000].") var epochMs: Int?
    @Option(help: "Records between commits at most [$TIDEMARK_EPOCH_RECORDS, 1000000].") var epochRecords: Int?
    @Option(
        help: ArgumentHelp(
            "Milliseconds of event time by which a partition may be read ahead of the slowest; 0: no bound "
                + "[$TIDEMARK_ALIGNMENT_MS, 600000].")) var alignmentMs: Int?
    @Option(
        help: ArgumentHelp(
            "Milliseconds without records after which event time goes on with the clock; 0: never "
                + "[$TIDEMARK_QUIET_MS, 0].")) var quietMs: Int?

    @Option(
        help: ArgumentHelp(
            "Memory that the state may take, as 512MB or 2GiB; what is more goes to files in the state directory "
                + "[$TIDEMARK_MEMORY_BUDGET, no limit].")) var memoryBudget: String?

    func settings() throws -> RunSettings {
        try kafka.settings([
            "kafka.group": group, "warehouse": warehouse, "state": state, "threads": threads.map(String.init),
            "epoch.ms": epochMs.map(String.init), "epoch.records": epochRecords.map(String.init),
            "alignment.ms": alignmentMs.map(String.init), "quiet.ms": quietMs.map(String.init),
            "memory.budget": memoryBudget,
        ])
    }
}
