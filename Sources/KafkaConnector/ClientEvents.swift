import CRdkafka
import Synchronization

/// What librdkafka reports outside of a call's result. Its callbacks write here, on whichever thread polls; the source or
/// producer reads.
final class ClientEvents: Sendable {
    struct State {
        /// The newest error that librdkafka retries by itself, and whether it has been told.
        var trouble: KafkaError?
        var isTroubleNew = false
        /// The credentials were refused.
        var refusal: KafkaError?
        /// The client is of no further use.
        var fatal: KafkaError?
        /// The first record that could not be delivered since this was last taken, and how many could not.
        var delivery: KafkaError?
        var undelivered = 0
        /// Assignments and revocations that the source has not taken yet.
        var decisions: [GroupDecision] = []
        /// Whether the source is being closed, so that revoked partitions are given up at once.
        var isClosing = false

        mutating func note(_ error: KafkaError) {
            trouble = error
            isTroubleNew = true
        }
    }

    /// The group's decision about partitions of this process.
    struct GroupDecision: Sendable {
        var isAssignment: Bool
        /// Whether revoked partitions may belong to another process already.
        var isLost: Bool
        var partitions: [Int32]
    }

    let configuration: KafkaConfiguration
    private let state = Mutex(State())
    private let failed = Atomic(false)

    init(configuration: KafkaConfiguration) { self.configuration = configuration }

    /// Whether `fatal` or `delivery` may be set: one load, for hot paths.
    var hasFailed: Bool { failed.load(ordering: .relaxed) }

    func access<Value: Sendable>(_ body: (inout sending State) -> Value) -> Value {
        state.withLock { state in body(&state) }
    }

    /// Gives the first failed delivery and forgets it.
    func takeDeliveryFailure() -> KafkaError? {
        access { state in
            guard var error = state.delivery else { return nil }
            if state.undelivered > 1 { error.message += " (the first of \(state.undelivered) records)" }
            state.delivery = nil
            state.undelivered = 0
            failed.store(state.fatal != nil, ordering: .relaxed)
            return error
        }
    }

    /// Sets the configuration's callbacks; the events must outlive the client that is made from it.
    func install(in native: OpaquePointer) {
        rd_kafka_conf_set_opaque(native, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_error_cb(native) { handle, code, reason, opaque in
            guard let reason else { return }
            ClientEvents.from(opaque)?.tookError(rd_kafka_resp_err_t(code), String(cString: reason), handle)
        }
        guard configuration.log != nil else {
            rd_kafka_conf_set_log_cb(native, nil)
            return
        }
        rd_kafka_conf_set_log_cb(native) { handle, level, _, line in
            guard let handle, let line, let events = ClientEvents.from(rd_kafka_opaque(handle)) else { return }
            events.configuration.log?(Int(level), events.configuration.redact(String(cString: line)))
        }
    }

    /// Has failed deliveries reported. Successes reach Swift only for records that are counted: see
    /// `delivery.report.only.error` and `PendingDeliveries`.
    func installDeliveryReports(in native: OpaquePointer) {
        rd_kafka_conf_set_dr_msg_cb(native) { _, message, opaque in
            guard let message else { return }
            if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR { ClientEvents.from(opaque)?.failedToDeliver(message) }
            PendingDeliveries.done(message.pointee._private)
        }
    }

    /// Has the group's decisions kept for the source. Nothing is assigned or given up here: the source does that when
    /// its caller is ready.
    func installRebalance(in native: OpaquePointer) {
        rd_kafka_conf_set_rebalance_cb(native) { handle, code, list, opaque in
            guard let handle, let list, let events = ClientEvents.from(opaque) else { return }
            events.decided(code, list, handle)
        }
    }

    private static func from(_ opaque: UnsafeMutableRawPointer?) -> ClientEvents? {
        opaque.map { Unmanaged<ClientEvents>.fromOpaque($0).takeUnretainedValue() }
    }

    private func tookError(_ code: rd_kafka_resp_err_t, _ reason: String, _ handle: OpaquePointer?) {
        var error = KafkaError(
            code, detail: configuration.redact(reason), brokers: configuration.bootstrapServers)
        if code == RD_KAFKA_RESP_ERR__FATAL, let handle {
            var buffer = [CChar](repeating: 0, count: 512)
            let original = rd_kafka_fatal_error(handle, &buffer, buffer.count)
            error = KafkaError(
                original, detail: configuration.redact(text(buffer)), brokers: configuration.bootstrapServers)
            if error.kind != .fenced && error.kind != .authentication { error.kind = .fatal }
            error.mend = error.kind.mend
            error.isRetriable = false
        }
        access { state in
            if code == RD_KAFKA_RESP_ERR__FATAL {
                state.fatal = error
                failed.store(true, ordering: .relaxed)
            } else if error.kind == .authentication {
                state.refusal = error
                state.note(error)
            } else if error.kind != .unreachable || state.trouble == nil || code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN
            {
                // "All brokers are down" says less than the reason that came before it.
                state.note(error)
            }
        }
    }

    private func failedToDeliver(_ message: UnsafePointer<rd_kafka_message_t>) {
        let error = KafkaError(
            message.pointee.err, brokers: configuration.bootstrapServers,
            topic: message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) },
            partition: message.pointee.partition >= 0 ? message.pointee.partition : nil)
        access { state in
            state.undelivered += 1
            if state.delivery == nil { state.delivery = error }
            failed.store(true, ordering: .relaxed)
        }
    }

    private func decided(
        _ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>,
        _ handle: OpaquePointer
    ) {
        let isAssignment = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
        if access({ $0.isClosing }) && !isAssignment {
            unassign(list, from: handle)
            return
        }
        let partitions = (0..<Int(list.pointee.cnt)).map { list.pointee.elems[$0].partition }
        let decision = GroupDecision(
            isAssignment: isAssignment, isLost: rd_kafka_assignment_lost(handle) != 0, partitions: partitions)
        access { $0.decisions.append(decision) }
    }
}

/// Gives partitions up in the way that the group's protocol asks for.
func unassign(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, from handle: OpaquePointer) {
    if isCooperative(handle) {
        // The error can only say that the partition is not assigned any more.
        if let error = rd_kafka_incremental_unassign(handle, list) { rd_kafka_error_destroy(error) }
    } else {
        rd_kafka_assign(handle, nil)
    }
}

/// Whether the group moves partitions one by one, rather than revoking all of them from everybody.
func isCooperative(_ handle: OpaquePointer) -> Bool {
    rd_kafka_rebalance_protocol(handle).map { String(cString: $0) == "COOPERATIVE" } ?? false
}
