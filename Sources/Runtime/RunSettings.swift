import Dataflow
import Foundation

/// Settings of `run`. Each comes from its flag, else from the environment variable beside it, else is the default.
public struct RunSettings: Sendable {
    /// `--brokers`, `TIDEMARK_KAFKA_BROKERS`: host:port, several with commas.
    public var brokers = ""
    /// `--group`, `TIDEMARK_GROUP`: the consumer group whose offsets show progress; the topology's name by default.
    public var group: String?
    /// `--warehouse`, `TIDEMARK_WAREHOUSE`: the directory of the tables.
    public var warehouse = "warehouse"
    /// `--state`, `TIDEMARK_STATE`: the directory of checkpoints, one for each topology.
    public var state = "state"
    /// `--threads`, `TIDEMARK_THREADS`: worker threads, 1...128.
    public var threads = 1
    /// `--epoch-ms`: milliseconds after which an epoch is committed.
    public var epochMilliseconds = 1_000
    /// `--until-end`: process what is there, close the open windows, commit, and exit.
    public var untilEnd = false
    /// `--reset-state`: forget the state and start at the beginning of the topics.
    public var resetState = false
    /// `--json`: print the reconciliation as JSON at exit.
    public var json = false
    /// `--kafka NAME=VALUE`, `TIDEMARK_KAFKA_<NAME>` with `_` for `.`: librdkafka properties.
    public var kafkaProperties: [String: String] = [:]

    public init() {}

    /// librdkafka properties from the environment: `TIDEMARK_KAFKA_SECURITY_PROTOCOL` is `security.protocol`.
    static func kafkaProperties(_ environment: [String: String]) -> [String: String] {
        let prefix = "TIDEMARK_KAFKA_"
        var properties: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix(prefix) && name != "TIDEMARK_KAFKA_BROKERS" {
            let property = name.dropFirst(prefix.count).lowercased().replacing("_", with: ".")
            properties[property] = value
        }
        return properties
    }

    /// - Throws: `RuntimeError` for a setting that cannot work.
    public func validate() throws {
        guard !brokers.isEmpty else {
            throw RuntimeError("no Kafka broker is named: give --brokers HOST:PORT or set TIDEMARK_KAFKA_BROKERS")
        }
        guard (1...128).contains(threads) else { throw RuntimeError("--threads \(threads): it must be 1 to 128") }
        guard epochMilliseconds >= 1 else { throw RuntimeError("--epoch-ms \(epochMilliseconds): it must be 1 or more") }
    }
}

/// The system's clock.
public struct SystemClock: Dataflow.Clock {
    public init() {}

    public func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
