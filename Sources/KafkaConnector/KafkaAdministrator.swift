import CRdkafka

/// Asks a cluster about topics, makes and deletes them. Calls block; each takes at most the configured time.
public final class KafkaAdministrator: Sendable {
    private let client: KafkaClient

    /// Connects on first use. Fails when a property is wrong.
    public init(configuration: KafkaConfiguration) throws {
        client = try KafkaClient(RD_KAFKA_PRODUCER, configuration: configuration)
    }

    /// The numbers of a topic's partitions, in order. Fails when no broker answers, when the credentials are refused,
    /// and when there is no such topic; a topic made a moment ago has two seconds to become known.
    public func partitions(of topic: String) throws -> [Int32] {
        let clock = ContinuousClock()
        let lastLook = clock.now + .seconds(2)
        return try client.retry("asking for topic \(topic)", topic: topic) { milliseconds in
            switch try describe(topic, milliseconds) {
            case .partitions(let numbers): return numbers
            case .noAnswer: return nil
            case .missing(let code):
                if clock.now >= lastLook { throw missing(topic, code) }
                rd_kafka_poll(client.handle, 100)
                return nil
            }
        }
    }

    /// Whether there is a topic of this name now. Fails when no broker answers, and when the credentials are refused.
    public func contains(topic: String) throws -> Bool {
        try client.retry("asking for topic \(topic)", topic: topic) { milliseconds in
            switch try describe(topic, milliseconds) {
            case .partitions: return true
            case .noAnswer: return nil
            case .missing: return false
            }
        }
    }

    /// Whether this is a `DevelopmentCluster`, here or in another process; false when no broker answers in time.
    public var isDevelopmentCluster: Bool {
        let timeout = Int32(client.configuration.timeoutMilliseconds)
        guard let id = rd_kafka_clusterid(client.handle, timeout) else { return false }
        defer { rd_kafka_mem_free(client.handle, id) }
        return String(cString: id).hasPrefix("mockCluster")
    }

    private enum Description {
        case partitions([Int32])
        case missing(rd_kafka_resp_err_t)
        case noAnswer
    }

    /// Asks for all topics: a request for one by its name would create it on some clusters.
    private func describe(_ topic: String, _ milliseconds: Int32) throws -> Description {
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client.handle, 1, nil, &answer, milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else {
            let error = client.error(code, topic: topic)
            if error.kind == .authentication { throw error }
            return .noAnswer
        }
        defer { rd_kafka_metadata_destroy(answer) }
        let topics = UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt))
        guard let found = topics.first(where: { String(cString: $0.topic) == topic }) else {
            return .missing(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        }
        if found.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED { throw client.error(found.err, topic: topic) }
        if found.err != RD_KAFKA_RESP_ERR_NO_ERROR || found.partition_cnt == 0 { return .missing(found.err) }
        let partitions = UnsafeBufferPointer(start: found.partitions, count: Int(found.partition_cnt))
        return .partitions(partitions.map { $0.id }.sorted())
    }

    private func missing(_ topic: String, _ code: rd_kafka_resp_err_t) -> KafkaError {
        var error = client.error(code, detail: "there is no such topic", topic: topic)
        error.kind = .unknownTopic
        error.mend = KafkaError.Kind.unknownTopic.mend
        return error
    }

    /// Makes a topic. A replication of -1 means the cluster's default. The development cluster cannot do this: use
    /// `DevelopmentCluster.create`.
    /// - Parameter settings: the topic's configuration, by Kafka's names.
    public func create(
        topic: String, partitions: Int, replication: Int = -1, settings: [String: String] = [:]
    ) throws {
        // librdkafka would wait, for all of its time, for a broker that knows the request.
        if isDevelopmentCluster {
            throw KafkaError(.unsupported, "the development cluster makes topics by itself", topic: topic)
        }
        var reason = [CChar](repeating: 0, count: 512)
        var request = rd_kafka_NewTopic_new(topic, Int32(partitions), Int32(replication), &reason, reason.count)
        if request == nil {
            throw KafkaError(.configuration, text(reason), topic: topic, mend: "Correct the name or the numbers.")
        }
        defer { rd_kafka_NewTopic_destroy(request) }
        for (name, value) in settings { rd_kafka_NewTopic_set_config(request, name, value) }
        try administer("creating topic \(topic)", topic: topic, RD_KAFKA_ADMIN_OP_CREATETOPICS) { options, queue in
            rd_kafka_CreateTopics(client.handle, &request, 1, options, queue)
        } results: { event, count in
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        }
    }

    /// Deletes a topic with its records.
    public func delete(topic: String) throws {
        var request = rd_kafka_DeleteTopic_new(topic)
        defer { rd_kafka_DeleteTopic_destroy(request) }
        try administer("deleting topic \(topic)", topic: topic, RD_KAFKA_ADMIN_OP_DELETETOPICS) { options, queue in
            rd_kafka_DeleteTopics(client.handle, &request, 1, options, queue)
        } results: { event, count in
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
        }
    }

    /// Sends an administrative request and waits for its result.
    private func administer(
        _ doing: String, topic: String, _ operation: rd_kafka_admin_op_t,
        _ send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void,
        results: (OpaquePointer?, inout Int) -> UnsafeMutablePointer<OpaquePointer?>?
    ) throws {
        let queue = rd_kafka_queue_new(client.handle)
        defer { rd_kafka_queue_destroy(queue) }
        let options = rd_kafka_AdminOptions_new(client.handle, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        let timeout = Int32(client.configuration.timeoutMilliseconds)
        rd_kafka_AdminOptions_set_request_timeout(options, timeout, nil, 0)
        rd_kafka_AdminOptions_set_operation_timeout(options, timeout, nil, 0)
        send(options, queue)
        let event = try client.retry(doing, topic: topic) { rd_kafka_queue_poll(queue, $0) }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw client.error(code, detail: doing, topic: topic) }
        var count = 0
        let list = results(event, &count)
        for index in 0..<count {
            let code = rd_kafka_topic_result_error(list?[index])
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { continue }
            let reason = rd_kafka_topic_result_error_string(list?[index]).map { String(cString: $0) }
            throw client.error(code, detail: reason, topic: topic)
        }
    }
}
