import Configuration
import Dataflow
import Foundation
import KafkaConnector

/// Settings of `run` and `validate`. Each comes from its flag, else from the environment, else from the file that
/// `--config` names, else is the default.
public struct RunSettings: Sendable {
    /// `--brokers`, `TIDEMARK_KAFKA_BROKERS`, `kafka.brokers`: host:port, several with commas. No default.
    public var brokers = ""
    /// `--group`, `TIDEMARK_KAFKA_GROUP`, `kafka.group`: the consumer group whose offsets show progress. The default is
    /// the topology's name.
    public var group: String?
    /// librdkafka's properties: `--kafka NAME=VALUE`, `TIDEMARK_KAFKA_SASL_PASSWORD` for `sasl.password`, and the other
    /// members of `kafka` in the file. A value `@PATH` is read from that file, for secrets.
    public var kafkaProperties: [String: String] = [:]
    /// `--warehouse`, `TIDEMARK_WAREHOUSE`, `warehouse`: the directory of the tables. The default is `warehouse`.
    public var warehouse = "warehouse"
    /// `--state`, `TIDEMARK_STATE`, `state`: the directory of this topology's state. The default is
    /// `state/<topology>`.
    public var state: String?
    /// `--threads`, `TIDEMARK_THREADS`, `threads`: worker threads, 1...128. The default is 1.
    public var threads = 1
    /// `--epoch-ms`, `TIDEMARK_EPOCH_MS`, `epoch.ms`: milliseconds after which an epoch is committed. The default is
    /// 1,000.
    public var epochMilliseconds = 1_000
    /// `--epoch-records`, `TIDEMARK_EPOCH_RECORDS`, `epoch.records`: records after which an epoch is committed at once.
    /// The default is 1,000,000.
    public var epochRecords = 1_000_000
    /// `--alignment-ms`, `TIDEMARK_ALIGNMENT_MS`, `alignment.ms`: milliseconds of event time by which a partition may be
    /// read ahead of the slowest one that has more than a round to read; 0: as far as it goes. The default is 600,000.
    public var alignmentMilliseconds = 600_000
    /// `--quiet-ms`, `TIDEMARK_QUIET_MS`, `quiet.ms`: milliseconds after which, when every partition is read to its end
    /// and nothing comes, event time goes on with the clock; 0: it waits for the next record. The default is 0.
    public var quietMilliseconds = 0
    /// `--memory-budget`, `TIDEMARK_MEMORY_BUDGET`, `memory.budget`: bytes that the state may take of memory, as `512MB` or
    /// `2GiB`; what is more goes to files in the state directory. By default all state stays in memory.
    public var memoryBudget: Int?
    /// `--until-end`: process what is there, close the open windows, commit, and exit.
    public var untilEnd = false
    /// `--reset-state`: forget the state and start at the beginning of the topics.
    public var resetState = false
    /// `--drop-state ID`, `--begin-empty ID`: what somebody agreed to lose when the plan has changed.
    public var upgrade = PlanUpgrade.Consent()
    /// `--json`: print the reconciliation as JSON at exit.
    public var json = false

    /// A thousand years in milliseconds: more than any setting needs, and safe to count in microseconds.
    private static let longest = 31_556_952_000_000
    private static let leastMemory = 1_000_000

    public init() {}

    /// - Parameters:
    ///   - flags: what the command line gave, by the names of the file.
    ///   - file: the path of a JSON file; nil for none.
    /// - Throws: `RuntimeError` for a file that cannot be read, a name that is not known, and a value of another type.
    public init(flags: [String: String], environment: [String: String], file: String?) throws {
        let stored = try file.map(SettingsFile.init)
        let reader = ConfigReader(providers: [
            InMemoryProvider(name: "flags", values: Self.values(flags)),
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "tidemark"),
            InMemoryProvider(name: file ?? "no file", values: Self.values(stored?.settings ?? [:])),
        ])
        func text(_ name: String) -> String? { reader.string(forKey: ConfigKey(name)) }
        func number(_ name: String) throws -> Int? {
            guard let text = text(name) else { return nil }
            guard let number = Int(text) else {
                throw RuntimeError(
                    "the setting \(name) is not a whole number: mend its flag, the environment or the file")
            }
            return number
        }
        brokers = text("kafka.brokers") ?? brokers
        group = text("kafka.group")
        warehouse = text("warehouse") ?? warehouse
        state = text("state")
        threads = try number("threads") ?? threads
        epochMilliseconds = try number("epoch.ms") ?? epochMilliseconds
        epochRecords = try number("epoch.records") ?? epochRecords
        alignmentMilliseconds = try number("alignment.ms") ?? alignmentMilliseconds
        quietMilliseconds = try number("quiet.ms") ?? quietMilliseconds
        if let budget = text("memory.budget") {
            guard let bytes = MemoryBudget.bytes(budget) else {
                throw RuntimeError(
                    "the setting memory.budget is no number of bytes, as 512MB or 2GiB: mend its flag, the environment or "
                        + "the file")
            }
            memoryBudget = bytes
        }
        kafkaProperties = stored?.kafkaProperties ?? [:]
        kafkaProperties.merge(Self.kafkaProperties(environment)) { _, new in new }
    }

    private static func values(_ settings: [String: String]) -> [AbsoluteConfigKey: ConfigValue] {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, value) in settings {
            values[AbsoluteConfigKey(ConfigKey(name))] = ConfigValue(.string(value), isSecret: false)
        }
        return values
    }

    /// Adds properties given as `NAME=VALUE`.
    public mutating func addKafkaProperties(_ properties: [String]) throws {
        for property in properties {
            guard let separator = property.firstIndex(of: "="), separator != property.startIndex else {
                throw RuntimeError("--kafka takes NAME=VALUE; one of them has no '=' or no name")
            }
            kafkaProperties[String(property[..<separator])] = String(property[property.index(after: separator)...])
        }
    }

    /// librdkafka's properties in the environment: `TIDEMARK_KAFKA_SECURITY_PROTOCOL` is `security.protocol`.
    static func kafkaProperties(_ environment: [String: String]) -> [String: String] {
        let prefix = "TIDEMARK_KAFKA_"
        var properties: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix(prefix) {
            let property = name.dropFirst(prefix.count).lowercased().replacing("_", with: ".")
            if !SettingsFile.ownKafkaNames.contains(property) { properties[property] = value }
        }
        return properties
    }

    /// The properties with `@PATH` values read.
    public func resolvedKafkaProperties() throws -> [String: String] {
        try kafkaProperties.reduce(into: [:]) { resolved, property in
            guard property.value.hasPrefix("@") else { return resolved[property.key] = property.value }
            let path = String(property.value.dropFirst())
            guard let data = FileManager.default.contents(atPath: path) else {
                throw RuntimeError("the Kafka property \(property.key) names the file \(path), which cannot be read")
            }
            resolved[property.key] = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
    }

    /// - Throws: `RuntimeError` for a setting that cannot work.
    public func validate() throws {
        guard !brokers.isEmpty else {
            throw RuntimeError(
                "no Kafka broker is named: give --brokers HOST:PORT or set TIDEMARK_KAFKA_BROKERS "
                    + "(`tidemark dev` starts one for development)")
        }
        guard (1...128).contains(threads) else { throw RuntimeError("--threads \(threads): it must be 1 to 128") }
        // An empty name would be the root of the file system.
        guard !warehouse.isEmpty else {
            throw RuntimeError("the warehouse has no name: give --warehouse DIRECTORY, or leave it out")
        }
        guard state?.isEmpty != true else {
            throw RuntimeError("the state directory has no name: give --state DIRECTORY, or leave it out")
        }
        guard epochMilliseconds >= 1 else {
            throw RuntimeError("--epoch-ms \(epochMilliseconds): it must be 1 or more")
        }
        for (name, value) in [("alignment", alignmentMilliseconds), ("quiet", quietMilliseconds)] {
            guard (0...Self.longest).contains(value) else {
                throw RuntimeError("--\(name)-ms \(value): it must be 0 to \(Self.longest)")
            }
        }
        if let memoryBudget, memoryBudget < Self.leastMemory {
            throw RuntimeError("--memory-budget \(memoryBudget): it must be 1 MB or more")
        }
        guard epochRecords >= 1 else { throw RuntimeError("--epoch-records \(epochRecords): it must be 1 or more") }
    }
}

extension RunSettings: CustomStringConvertible, CustomReflectable {
    /// All settings; a secret is shown as `***`.
    public var description: String {
        var kafka = KafkaConfiguration(bootstrapServers: brokers, groupID: group ?? "")
        kafka.properties = kafkaProperties
        return "\(kafka) warehouse=\(warehouse) state=\(state ?? "") threads=\(threads) epoch.ms=\(epochMilliseconds) "
            + "epoch.records=\(epochRecords) alignment.ms=\(alignmentMilliseconds) quiet.ms=\(quietMilliseconds) memory.budget=\(memoryBudget.map { "\($0)" } ?? "")"
    }

    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}

/// A file of settings: a JSON object, `{"kafka": {"brokers": "…", "security.protocol": "SASL_SSL"}, "threads": 2}`.
struct SettingsFile {
    /// By dotted names, as the flags have them.
    private(set) var settings: [String: String] = [:]
    private(set) var kafkaProperties: [String: String] = [:]
    /// Members of `kafka` that are Tidemark's own; all others are librdkafka's.
    static let ownKafkaNames: Set<String> = ["brokers", "group"]
    private static let names: Set<String> = [
        "kafka.brokers", "kafka.group", "warehouse", "state", "threads", "epoch.ms", "epoch.records",
        "alignment.ms", "quiet.ms", "memory.budget",
    ]

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw RuntimeError("the settings file \(path) cannot be read: check --config")
        }
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw RuntimeError("the settings file \(path) is not a JSON object: mend it")
        }
        try add(object, prefix: "", path)
    }

    private mutating func add(_ object: [String: Any], prefix: String, _ path: String) throws {
        for (name, value) in object {
            if let inner = value as? [String: Any] {
                try add(inner, prefix: prefix + name + ".", path)
                continue
            }
            guard value is String || value is NSNumber else {
                throw RuntimeError("\(path): the setting \(prefix)\(name) is neither text nor a number")
            }
            let text = value as? String ?? "\(value)"
            if prefix == "kafka.", !Self.ownKafkaNames.contains(name) {
                kafkaProperties[name] = text
            } else if Self.names.contains(prefix + name) {
                settings[prefix + name] = text
            } else {
                throw RuntimeError(
                    "\(path): there is no setting \(prefix)\(name); there are \(Self.names.sorted().joined(separator: ", ")) "
                        + "and librdkafka's properties under kafka")
            }
        }
    }
}
