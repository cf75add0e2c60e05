import CRdkafka

/// What went wrong with Kafka, where, and who can mend it. Holds no record values and no secrets.
public struct KafkaError: Error, CustomStringConvertible, Sendable, Equatable {
    /// What a caller can tell apart.
    public enum Kind: Sendable, Equatable {
        /// No broker answered in time.
        case unreachable
        /// The topic, or one of its partitions, does not exist.
        case unknownTopic
        /// The broker refused the credentials, or the client may not do this.
        case authentication
        /// A property has an unknown name or a value that librdkafka does not accept.
        case configuration
        /// The cluster does not know this request: it is an old one, or a development cluster.
        case unsupported
        /// A record is larger than the client or the topic takes.
        case tooLarge
        /// A newer producer uses the same `transactional.id`: this process must stop producing.
        case fenced
        /// The running transaction must be aborted; a new one may then begin.
        case abortable
        /// The client can do no more; a new process may.
        case fatal
        case other
    }

    public var kind: Kind
    /// What happened.
    public var message: String
    /// The brokers that were asked: `host:port`, separated by commas.
    public var brokers: String?
    public var topic: String?
    public var partition: Int32?
    /// What a person can do about it.
    public var mend: String?
    /// Whether the same call may succeed when it is made again.
    public var isRetriable: Bool

    public init(
        _ kind: Kind, _ message: String, brokers: String? = nil, topic: String? = nil, partition: Int32? = nil,
        mend: String? = nil, isRetriable: Bool = false
    ) {
        self.kind = kind
        self.message = message
        self.brokers = brokers
        self.topic = topic
        self.partition = partition
        self.mend = mend
        self.isRetriable = isRetriable
    }

    /// One line: `Kafka at 127.0.0.1:9092, flights-3: what happened. The mend.`
    public var description: String {
        var place = "Kafka"
        if let brokers { place += " at \(brokers)" }
        if let topic { place += partition.map { ", \(topic)-\($0)" } ?? ", topic \(topic)" }
        var text = "\(place): \(message)"
        if let mend { text += text.hasSuffix(".") ? " \(mend)" : ". \(mend)" }
        return text
    }
}

extension KafkaError {
    /// From a librdkafka error code. `detail` replaces librdkafka's general sentence for the code.
    init(
        _ code: rd_kafka_resp_err_t, detail: String? = nil, brokers: String? = nil, topic: String? = nil,
        partition: Int32? = nil
    ) {
        let kind = Kind(code)
        self.init(
            kind, detail ?? String(cString: rd_kafka_err2str(code)), brokers: brokers, topic: topic,
            partition: partition, mend: Self.mend(code) ?? kind.mend,
            isRetriable: kind == .unreachable || code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS)
    }

    /// The advice for codes that have one of their own.
    private static func mend(_ code: rd_kafka_resp_err_t) -> String? {
        switch code {
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: "Raise message.max.bytes here and on the topic."
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
            "Give every record a key if the topic is compacted, and a time that the topic accepts."
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
            "Bring the topic's replicas back, or lower its min.insync.replicas."
        default: nil
        }
    }

    /// From an error object, which is destroyed.
    init(consuming error: OpaquePointer, brokers: String?, redact: (String) -> String, topic: String? = nil) {
        defer { rd_kafka_error_destroy(error) }
        self.init(
            rd_kafka_error_code(error), detail: redact(String(cString: rd_kafka_error_string(error))),
            brokers: brokers, topic: topic)
        isRetriable = rd_kafka_error_is_retriable(error) != 0
        if kind == .fenced || kind == .authentication { return }
        if rd_kafka_error_txn_requires_abort(error) != 0 {
            kind = .abortable
        } else if rd_kafka_error_is_fatal(error) != 0 {
            kind = .fatal
        }
        mend = mend ?? kind.mend
    }
}

extension KafkaError.Kind {
    init(_ code: rd_kafka_resp_err_t) {
        self =
            switch code {
            case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
                RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
                .unreachable
            case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
                RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
                .unknownTopic
            case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
                RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE,
                RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
                .authentication
            case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
                RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
                .fenced
            case RD_KAFKA_RESP_ERR__INVALID_ARG: .configuration
            case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: .unsupported
            case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: .tooLarge
            case RD_KAFKA_RESP_ERR__FATAL: .fatal
            default: .other
            }
    }

    /// The general advice for a kind; nil where only the message can tell.
    var mend: String? {
        switch self {
        case .unreachable: "Check the address, and that the broker runs and can be reached from here."
        case .unknownTopic: "Create the topic, or correct its name."
        case .authentication: "Check user, password, mechanism and the rights of this user."
        case .configuration: "Correct the property; librdkafka's CONFIGURATION.md lists them all."
        case .tooLarge: "Raise message.max.bytes here and max.message.bytes of the topic."
        case .fenced: "Another process produces with the same transactional.id; let only one of them run."
        case .abortable: "Abort the transaction and produce it again."
        case .fatal: "Restart the process."
        case .unsupported, .other: nil
        }
    }
}
