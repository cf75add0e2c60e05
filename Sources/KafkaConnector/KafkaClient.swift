import CRdkafka

/// Owns one librdkafka client and its events.
final class KafkaClient: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer
    let events: ClientEvents

    var configuration: KafkaConfiguration { events.configuration }

    /// `isSubscribing` has the group's decisions kept, see `ClientEvents`.
    init(
        _ type: rd_kafka_type_t, configuration: KafkaConfiguration, defaults: [String: String] = [:],
        fixed: [String: String] = [:], isSubscribing: Bool = false
    ) throws {
        events = ClientEvents(configuration: configuration)
        let native = try configuration.makeNative(defaults: defaults, fixed: fixed)
        events.install(in: native)
        if type == RD_KAFKA_PRODUCER { events.installDeliveryReports(in: native) }
        if isSubscribing { events.installRebalance(in: native) }
        var reason = [CChar](repeating: 0, count: 512)
        guard let handle = rd_kafka_new(type, native, &reason, reason.count) else {
            rd_kafka_conf_destroy(native)
            throw KafkaError(
                .configuration, "the client cannot start: \(configuration.redact(text(reason)))",
                brokers: configuration.bootstrapServers, mend: KafkaError.Kind.configuration.mend)
        }
        self.handle = handle
    }

    deinit { rd_kafka_destroy(handle) }

    /// An error of this client from a result code.
    func error(
        _ code: rd_kafka_resp_err_t, detail: String? = nil, topic: String? = nil, partition: Int32? = nil
    ) -> KafkaError {
        KafkaError(
            code, detail: detail, brokers: configuration.bootstrapServers, topic: topic, partition: partition)
    }

    func error(consuming object: OpaquePointer, topic: String? = nil) -> KafkaError {
        KafkaError(
            consuming: object, brokers: configuration.bootstrapServers, redact: configuration.redact, topic: topic)
    }

    /// Calls `request` until it succeeds, each time for as long as it is given (ms), within `limit` (ms), the configured
    /// time by default. It gives nil when it should be called again. What the client learned in between decides the
    /// error: refused credentials end the wait at once.
    func retry<Value>(
        _ doing: String, topic: String? = nil, within limit: Int? = nil,
        _ request: (_ milliseconds: Int32) throws -> Value?
    ) throws -> Value {
        let clock = ContinuousClock()
        let limit = limit ?? configuration.timeoutMilliseconds
        let deadline = clock.now + .milliseconds(limit)
        // Short waits first, to notice a refusal early; longer ones then, for clusters that are slow to answer.
        var wait = 250
        while true {
            let left = max(1, Int(clock.now.duration(to: deadline) / .milliseconds(1)))
            if let value = try request(Int32(min(left, wait))) { return value }
            wait = min(wait * 2, 4000)
            rd_kafka_poll(handle, 0)
            if let refusal = events.access({ $0.refusal }) { throw refusal }
            if let fatal = events.access({ $0.fatal }) { throw fatal }
            if clock.now >= deadline { throw unreachable(doing, topic: topic, after: limit) }
        }
    }

    private func unreachable(_ doing: String, topic: String?, after limit: Int) -> KafkaError {
        let seconds = Double(limit) / 1000
        let reason = events.access { $0.trouble.map { ": \($0.message)" } } ?? ""
        return KafkaError(
            .unreachable, "no answer within \(seconds) s (\(doing))\(reason)",
            brokers: configuration.bootstrapServers, topic: topic, mend: KafkaError.Kind.unreachable.mend,
            isRetriable: true)
    }
}

/// A list of one topic's partitions with offsets, for librdkafka; freed with the object.
final class PartitionList {
    private let native: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(topic: String, _ offsets: [Int32: Int64]) {
        native = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        for (partition, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            rd_kafka_topic_partition_list_add(native, topic, partition).pointee.offset = offset
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(native) }

    /// Lends the list; it stays alive until `body` returns.
    func use<Result>(
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(self) { try body(native) }
    }

    /// The partitions with what the last call wrote into them.
    var elements: [rd_kafka_topic_partition_t] {
        use { Array(UnsafeBufferPointer(start: $0.pointee.elems, count: Int($0.pointee.cnt))) }
    }
}

/// librdkafka's names for offsets that are not offsets.
enum OffsetCode {
    static let beginning: Int64 = -2
    static let end: Int64 = -1
    /// There is no offset, as in the answer for a group that never committed.
    static let invalid: Int64 = -1001
}
