import CRdkafka

/// How to reach a cluster. Every librdkafka property can be given; they override Tidemark's own choices.
public struct KafkaConfiguration: Sendable {
    /// `host:port`, several separated by commas.
    public var bootstrapServers: String
    /// The consumer group that positions are committed to; also the client's name in the broker's logs.
    public var groupID: String
    /// librdkafka's properties by name: `security.protocol`, `sasl.password` and the rest. Properties for the other
    /// role (a consumer's for a producer) are ignored.
    public var properties: [String: String] = [:]
    /// How long a request to the cluster may take before it is an error. The default is 10 s.
    public var timeoutMilliseconds = 10_000
    /// Fetched records that may wait in memory, for all partitions of a source together, in bytes of keys and values;
    /// librdkafka needs about three times as much for records of 200 bytes. The default is 16 MiB.
    /// `queued.max.messages.kbytes` (per partition) overrides it.
    public var bufferedBytes = 16 << 20
    /// Values and keys that one poll may return, in bytes; the record that crosses it is the last. The default is 16 MiB.
    public var pollBytes = 16 << 20
    /// Takes librdkafka's log lines, with secrets struck out: the syslog level (3 error ... 7 debug) and the text.
    /// Called on librdkafka's threads. Without it they are dropped; errors reach the caller either way.
    public var log: (@Sendable (Int, String) -> Void)?

    public init(bootstrapServers: String, groupID: String) {
        self.bootstrapServers = bootstrapServers
        self.groupID = groupID
    }

    /// Whether the value of a property must never be shown.
    public static func isSecret(_ property: String) -> Bool {
        let name = property.lowercased()
        return ["password", "secret", ".pem", "oauthbearer.config", "jaas", "token"].contains { name.contains($0) }
    }

    /// Strikes the values of secret properties out of a text.
    func redact(_ text: String) -> String {
        var result = text
        for (name, value) in properties where Self.isSecret(name) && !value.isEmpty {
            result = result.replacing(value, with: "***")
        }
        return result
    }
}

extension KafkaConfiguration: CustomStringConvertible, CustomReflectable {
    /// All settings; a secret is shown as `***`.
    public var description: String {
        let shown = properties.sorted { $0.key < $1.key }.map { name, value in
            "\(name)=\(Self.isSecret(name) ? "***" : value)"
        }
        return "bootstrap.servers=\(bootstrapServers) group.id=\(groupID) " + shown.joined(separator: " ")
    }

    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}

extension KafkaConfiguration {
    /// A librdkafka configuration, owned by the caller: `defaults`, then what the user set, then `fixed`, which the user
    /// must not set to anything else.
    func makeNative(defaults: [String: String], fixed: [String: String]) throws -> OpaquePointer {
        guard let native = rd_kafka_conf_new() else { throw KafkaError(.other, "out of memory") }
        do {
            var all = defaults
            all["bootstrap.servers"] = bootstrapServers
            all["client.id"] = groupID
            // Small requests follow each other closely; held back until the one before is acknowledged they wait 40 ms.
            all["socket.nagle.disable"] = "true"
            for (name, value) in properties {
                if let needed = fixed[name], needed != value {
                    throw KafkaError(
                        .configuration, "property \(name) must be \(needed) here",
                        mend: "Leave it out: Tidemark sets it.")
                }
                all[name] = value
            }
            all.merge(fixed) { _, needed in needed }
            if bootstrapServers.isEmpty && properties["bootstrap.servers"] == nil {
                throw KafkaError(.configuration, "bootstrap.servers is empty", mend: "Give host:port of a broker.")
            }
            for (name, value) in all.sorted(by: { $0.key < $1.key }) { try set(name, value, in: native) }
            return native
        } catch {
            rd_kafka_conf_destroy(native)
            throw error
        }
    }

    private func set(_ name: String, _ value: String, in native: OpaquePointer) throws {
        var reason = [CChar](repeating: 0, count: 512)
        let result = rd_kafka_conf_set(native, name, value, &reason, reason.count)
        if result == RD_KAFKA_CONF_OK { return }
        if result == RD_KAFKA_CONF_UNKNOWN {
            throw KafkaError(
                .configuration, "there is no property \(name)", mend: KafkaError.Kind.configuration.mend)
        }
        // The reason may quote the value.
        let detail = Self.isSecret(name) ? "" : ": " + redact(text(reason))
        throw KafkaError(
            .configuration, "property \(name) does not have a valid value\(detail)",
            mend: KafkaError.Kind.configuration.mend)
    }
}

/// The text in a buffer that a C function filled.
func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
