import CRdkafka

/// What a consumer group decided about this process. `KafkaSource.poll` puts it into `KafkaSource.rebalance`; nothing is
/// read from the partitions until the caller answers with `KafkaSource.release`. The group waits for the answer, at most
/// for `max.poll.interval.ms`, as long as the caller goes on polling.
public struct KafkaRebalance: Hashable, Sendable {
    public enum Kind: Sendable {
        /// The partitions are for this process to read. Before `release`, say with `seek` where to begin.
        case assigned
        /// The partitions go to another process. Before `release`, finish the epoch, so that nothing of what was read
        /// from them remains to be done.
        case revoked
        /// As revoked, but the group did not wait: another process may read them already, and this one must not commit
        /// anything for them.
        case lost
    }

    public var kind: Kind
    /// Only these partitions change hands. With a cooperative `partition.assignment.strategy` (the default) the others
    /// are read on; with an eager one these are all.
    public var partitions: [Int32]

    public init(kind: Kind, partitions: [Int32]) {
        self.kind = kind
        self.partitions = partitions
    }
}

extension KafkaSource {
    func subscribe() throws {
        // Decisions of the group wake the poll, as records do.
        let queue = rd_kafka_queue_get_consumer(client.handle)
        if let queue {
            wakeUp.watch(queue)
            rd_kafka_queue_destroy(queue)
        }
        let list = PartitionList(topic: topic, [-1: OffsetCode.invalid])
        let code = list.use { rd_kafka_subscribe(client.handle, $0) }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw client.error(code, topic: topic) }
    }

    /// Puts the group's next decision before the caller; records of revoked partitions are not given out any more.
    func takeDecision() {
        guard rebalance == nil else { return }
        let next = client.events.access { state -> ClientEvents.GroupDecision? in
            state.decisions.isEmpty ? nil : state.decisions.removeFirst()
        }
        guard let next else { return }
        let partitions = next.partitions.sorted()
        if !next.isAssignment {
            for index in readers.indices where partitions.contains(readers[index].number) {
                readers[index].isAssigned = false
            }
        }
        let kind: KafkaRebalance.Kind = next.isAssignment ? .assigned : next.isLost ? .lost : .revoked
        rebalance = KafkaRebalance(kind: kind, partitions: partitions)
    }

    /// Answers the group's decision in `rebalance`: begins to read partitions that were assigned, lets partitions go that
    /// were revoked. Without a decision it does nothing. When it fails the decision stands, and it may be called again.
    public func release() throws {
        guard let decision = rebalance else { return }
        if decision.kind == .assigned {
            try begin(decision.partitions)
        } else {
            giveUp(decision.partitions)
        }
        rebalance = nil
        takeDecision()
    }

    private func begin(_ partitions: [Int32]) throws {
        let offsets = try beginnings(of: partitions)
        for partition in partitions where !readers.contains(where: { $0.number == partition }) {
            readers.append(
                try PartitionReader(topic: topic, number: partition, client: client, wakeUp: wakeUp))
        }
        readers.sort { $0.number < $1.number }
        let list = PartitionList(topic: topic, offsets)
        if isCooperative(client.handle) {
            if let object = list.use({ rd_kafka_incremental_assign(client.handle, $0) }) {
                throw client.error(consuming: object, topic: topic)
            }
        } else {
            let code = list.use { rd_kafka_assign(client.handle, $0) }
            if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw client.error(code, topic: topic) }
        }
        markAssigned(offsets)
    }

    private func giveUp(_ partitions: [Int32]) {
        let offsets = Dictionary(uniqueKeysWithValues: partitions.map { ($0, OffsetCode.invalid) })
        PartitionList(topic: topic, offsets).use { unassign($0, from: client.handle) }
        for reader in readers where partitions.contains(reader.number) { reader.destroy() }
        readers.removeAll { partitions.contains($0.number) }
    }

    /// Answers everything that is open, so that the client can leave the group.
    func giveUpPending() {
        while let decision = rebalance {
            if decision.kind == .assigned {
                rd_kafka_assign(client.handle, nil)
            } else {
                giveUp(decision.partitions)
            }
            rebalance = nil
            takeDecision()
        }
    }
}

/// Who commits positions in a transaction: the group, and in `KafkaSource.Mode.group` this process' membership, so that
/// the broker refuses a member that the group has left behind.
public struct KafkaGroupMetadata: Sendable {
    enum Content: Sendable {
        case name(String)
        case membership([UInt8])
    }
    let content: Content

    /// A group whose members do not matter, as with `KafkaSource.Mode.allPartitions`.
    public init(groupID: String) { content = .name(groupID) }

    init(membership: [UInt8]) { content = .membership(membership) }

    /// librdkafka's object, owned by the caller.
    func makeNative() throws -> OpaquePointer? {
        switch content {
        case .name(let group): return rd_kafka_consumer_group_metadata_new(group)
        case .membership(let bytes):
            var native: OpaquePointer?
            if let object = rd_kafka_consumer_group_metadata_read(&native, bytes, bytes.count) {
                throw KafkaError(consuming: object, brokers: nil, redact: { $0 })
            }
            return native
        }
    }
}

extension KafkaSource {
    /// For `KafkaProducer.sendOffsets`. Ask anew for every transaction: the membership changes.
    public func groupMetadata() throws -> KafkaGroupMetadata {
        guard let native = rd_kafka_consumer_group_metadata(client.handle) else {
            return KafkaGroupMetadata(groupID: client.configuration.groupID)
        }
        defer { rd_kafka_consumer_group_metadata_destroy(native) }
        var bytes: UnsafeMutableRawPointer?
        var count = 0
        if let object = rd_kafka_consumer_group_metadata_write(native, &bytes, &count) {
            throw client.error(consuming: object, topic: topic)
        }
        defer { rd_kafka_mem_free(client.handle, bytes) }
        return KafkaGroupMetadata(membership: [UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
    }
}
