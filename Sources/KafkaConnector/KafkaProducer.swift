import CRdkafka
import Dataflow
import Synchronization

/// Writes records to topics: batched, compressed with zstd, and idempotent, so that a retry neither doubles nor reorders
/// records. Each of these is a default that `KafkaConfiguration.properties` can override (`enable.idempotence`,
/// `compression.codec`, `linger.ms`). Any thread may call it; calls block.
public final class KafkaProducer: Sendable {
    let client: KafkaClient
    let isTransactional: Bool
    /// librdkafka's handles of the topics written to so far.
    private let topics = Mutex<[String: Topic]>([:])
    private let produced = Atomic<UInt32>(0)

    private struct Topic: @unchecked Sendable {
        var handle: OpaquePointer
    }

    /// Starts the client; it connects by itself. Fails when a property is wrong. With a `transactionalID`, records can
    /// only be produced within transactions: call `initTransactions` first.
    public convenience init(configuration: KafkaConfiguration, transactionalID: String? = nil) throws {
        try self.init(configuration: configuration, transactionalID: transactionalID, defaults: [:])
    }

    /// - Parameters:
    ///   - defaults: properties that replace Tidemark's general choices, and that the user may replace.
    ///   - isCounting: whether successful deliveries are reported too, for `PendingDeliveries`.
    init(
        configuration: KafkaConfiguration, transactionalID: String?, defaults: [String: String],
        isCounting: Bool = false
    ) throws {
        var properties = ["enable.idempotence": "true", "compression.codec": "zstd", "linger.ms": "5"]
        properties["transactional.id"] = transactionalID
        properties.merge(defaults) { _, special in special }
        // Otherwise successful deliveries are nobody's business: `flush` tells when all are done.
        let reports = ["delivery.report.only.error": isCounting ? "false" : "true"]
        client = try KafkaClient(
            RD_KAFKA_PRODUCER, configuration: configuration,
            defaults: isCounting ? properties : properties.merging(reports) { own, _ in own },
            fixed: isCounting ? reports : [:])
        isTransactional = transactionalID != nil || configuration.properties["transactional.id"] != nil
    }

    deinit {
        for topic in topics.withLock({ Array($0.values) }) { rd_kafka_topic_destroy(topic.handle) }
    }

    /// Queues a record; `flush` or `commit` waits for its delivery. Blocks while the queue is full. The bytes are copied.
    ///
    /// - Parameters:
    ///   - key: decides the partition, unless `partition` does; records without one are spread.
    ///   - value: nil makes a tombstone.
    ///   - timestamp: ms since 1970 UTC; nil means now.
    /// - Throws: the first failure of an earlier record too, once.
    public func produce(
        topic: String, partition: Int32? = nil, key: [UInt8]? = nil, value: [UInt8]?, headers: [RecordHeader] = [],
        timestamp: Int64? = nil
    ) throws {
        let handle = try topicHandle(topic)
        try Self.withBytes(value) { value in
            try Self.withBytes(key) { key in
                try enqueue(
                    Message(partition: partition, key: key, value: value, timestamp: timestamp ?? 0), topic, handle,
                    headers: headers.isEmpty ? nil : Self.makeHeaders(headers))
            }
        }
    }

    /// A record whose bytes belong to the caller; an address of nil tells a missing key or value from an empty one.
    struct Message {
        var partition: Int32?
        var key: UnsafeRawBufferPointer
        var value: UnsafeRawBufferPointer
        /// ms since 1970 UTC; 0 means now.
        var timestamp: Int64
    }

    /// Queues one record; see `produce`. Takes over `headers`.
    func enqueue(
        _ message: Message, _ topic: String, _ handle: OpaquePointer, headers: OpaquePointer?,
        pending: PendingDeliveries? = nil
    ) throws {
        while true {
            var code = RD_KAFKA_RESP_ERR__FAIL
            if !client.events.hasFailed {
                code = tidemark_produce(
                    client.handle, handle, message.partition ?? -1, message.value.baseAddress, message.value.count,
                    message.key.baseAddress, message.key.count, message.timestamp, headers, pending?.opaque)
            }
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { break }
            if code == RD_KAFKA_RESP_ERR__QUEUE_FULL {
                rd_kafka_poll(client.handle, 10)
                continue
            }
            if let headers { rd_kafka_headers_destroy(headers) }
            if client.events.hasFailed { try throwFailure() }
            throw refused(code, topic, message.partition)
        }
        // Failures are told by callbacks, which need a poll now and then.
        if produced.wrappingAdd(1, ordering: .relaxed).newValue % 1024 == 0 { rd_kafka_poll(client.handle, 0) }
    }

    /// The number of records that are queued or under way.
    public var outstanding: Int { Int(rd_kafka_outq_len(client.handle)) }

    /// Sends what is queued and waits until the brokers have all of it. Throws the first failure since the last call, and
    /// an error that may be retried when the time is over.
    public func flush(timeoutMilliseconds: Int = 30_000) throws {
        let code = rd_kafka_flush(client.handle, Int32(clamping: timeoutMilliseconds))
        if client.events.hasFailed { try throwFailure() }
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        if let refusal = client.events.access({ $0.refusal }) { throw refusal }
        let reason = client.events.access { $0.trouble.map { ": \($0.message)" } } ?? ""
        throw client.error(
            code, detail: "\(outstanding) records were not delivered within \(timeoutMilliseconds) ms\(reason)")
    }

    /// Throws what ended the client, else the first delivery that failed.
    func throwFailure() throws {
        if let fatal = client.events.access({ $0.fatal }) { throw fatal }
        guard var error = client.events.takeDeliveryFailure() else { return }
        if isTransactional && error.kind != .fenced {
            error.kind = .abortable
            error.mend = error.mend ?? error.kind.mend
        }
        throw error
    }

    private func refused(_ code: rd_kafka_resp_err_t, _ topic: String, _ partition: Int32?) -> KafkaError {
        var error = client.error(code, topic: topic, partition: partition)
        if code == RD_KAFKA_RESP_ERR__STATE && isTransactional {
            error.kind = .abortable
            error.message = "no transaction is running, or it has failed"
            error.mend = "Begin a transaction; abort the one that failed first."
        }
        return error
    }

    func topicHandle(_ name: String) throws -> OpaquePointer {
        let found = topics.withLock { known -> Topic? in
            if let topic = known[name] { return topic }
            guard let handle = rd_kafka_topic_new(client.handle, name, nil) else { return nil }
            known[name] = Topic(handle: handle)
            return known[name]
        }
        guard let found else { throw client.error(rd_kafka_last_error(), topic: name) }
        return found.handle
    }

    private static func makeHeaders(_ headers: [RecordHeader]) -> OpaquePointer? {
        let list = rd_kafka_headers_new(headers.count)
        for header in headers {
            withBytes(header.value) { value in
                _ = rd_kafka_header_add(list, header.name, -1, value.baseAddress, value.count)
            }
        }
        return list
    }

    /// Gives the bytes with an address, also when there are none, and no address for nil: librdkafka tells an empty value
    /// from a missing one by the address.
    private static func withBytes<Result>(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        guard let bytes else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        if bytes.isEmpty {
            return try withUnsafeBytes(of: UInt8(0)) {
                try body(UnsafeRawBufferPointer(start: $0.baseAddress, count: 0))
            }
        }
        return try bytes.withUnsafeBytes(body)
    }
}
