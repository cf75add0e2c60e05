import CRdkafka
import Synchronization

/// A Kafka cluster of one broker inside this process, for development and tests: librdkafka's mock cluster, which any
/// client on this machine can reach.
///
/// librdkafka's broker listens on a loopback port that the system chooses. A port of one's own is a second one, for the
/// first connection of a client: the broker's answer names its own port, to which the client connects next.
///
/// Its limits (librdkafka 2.0.2): nothing is on disk; a partition keeps its newest 5 MB of compressed batches; consumers
/// see the records of aborted transactions; positions that a transaction commits are not kept; older producers of a
/// transaction are not fenced off; a group with an eager assignment cannot commit while it divides its partitions anew;
/// offsets cannot be looked up by time; the admin API cannot make or delete topics, but a topic appears with 4 partitions
/// when it is first written to.
public final class DevelopmentCluster: Sendable {
    /// The address of the broker: `127.0.0.1:port`.
    public let bootstrapServers: String
    private let owner: Mutex<Native?>
    private let forwarder: PortForwarder?

    /// The cluster belongs to a client that is used for nothing else.
    private struct Native: @unchecked Sendable {
        var client: OpaquePointer
        var cluster: OpaquePointer
    }

    /// Starts the cluster with these topics.
    /// - Parameter port: of 127.0.0.1; nil lets the system choose.
    /// - Throws: `KafkaError` when another program listens there.
    public init(topics: [(name: String, partitions: Int)], port: UInt16? = nil) throws {
        forwarder = try port.map(PortForwarder.init)
        let configuration = rd_kafka_conf_new()
        rd_kafka_conf_set_log_cb(configuration, nil)
        var reason = [CChar](repeating: 0, count: 512)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &reason, reason.count) else {
            rd_kafka_conf_destroy(configuration)
            throw KafkaError(.other, "the development cluster cannot start: \(text(reason))")
        }
        guard let cluster = rd_kafka_mock_cluster_new(client, 1),
            let address = rd_kafka_mock_cluster_bootstraps(cluster)
        else {
            rd_kafka_destroy(client)
            throw KafkaError(
                .other, "the development cluster cannot start",
                mend: "Check that this process may listen on 127.0.0.1.")
        }
        let broker = String(cString: address)
        bootstrapServers = forwarder?.address ?? broker
        owner = Mutex(Native(client: client, cluster: cluster))
        let port = broker.split(separator: ":").last.flatMap { UInt16($0) }
        if let port { ListeningSocket.sendAtOnce(port: port) }
        for topic in topics { try create(topic: topic.name, partitions: topic.partitions) }
        if let port { forwarder?.start(to: port) }
    }

    deinit { close() }

    /// Makes a topic. Fails when there is one of this name.
    public func create(topic: String, partitions: Int) throws {
        let code = owner.withLock { native in
            native.map { rd_kafka_mock_topic_create($0.cluster, topic, Int32(partitions), 1) }
                ?? RD_KAFKA_RESP_ERR__STATE
        }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(code, brokers: bootstrapServers, topic: topic)
        }
    }

    /// Has the broker answer the next requests of one kind (Kafka's API key) with these error codes. For tests.
    package func failNext(requests key: Int16, with codes: [Int32]) {
        let errors = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
        owner.withLock { native in
            guard let native else { return }
            rd_kafka_mock_push_request_errors_array(native.cluster, key, errors.count, errors)
        }
    }

    /// Stops the broker and drops all records. Calling it again does nothing.
    public func close() {
        forwarder?.close()
        owner.withLock { native in
            guard let open = native else { return }
            rd_kafka_mock_cluster_destroy(open.cluster)
            rd_kafka_destroy(open.client)
            native = nil
        }
    }
}
