import CRdkafka

/// Transactions: records and consumed positions become visible together, or not at all.
///
/// Errors say what to do next. `KafkaError.Kind.abortable`: `abort`, then do the work again. `fenced`: a newer producer
/// has the same `transactional.id`; stop. `fatal`: restart the process. `KafkaError.isRetriable`: make the same call again.
extension KafkaProducer {
    /// Registers with the cluster, once, before the first transaction. Ends what an earlier producer with this
    /// `transactional.id` left open, and fences it off.
    public func initTransactions() throws {
        try repeating("registering for transactions") { rd_kafka_init_transactions(client.handle, $0) }
    }

    /// Begins a transaction: what is produced from here on belongs to it.
    public func begin() throws {
        if let object = rd_kafka_begin_transaction(client.handle) { throw client.error(consuming: object) }
    }

    /// Commits the group's positions (the next offset to be read, by partition of `topic`) with the transaction.
    public func sendOffsets(_ positions: [Int32: Int64], topic: String, group: KafkaGroupMetadata) throws {
        if positions.isEmpty { return }
        let metadata = try group.makeNative()
        defer { if let metadata { rd_kafka_consumer_group_metadata_destroy(metadata) } }
        let list = PartitionList(topic: topic, positions)
        try repeating("adding positions to the transaction") { milliseconds in
            list.use { rd_kafka_send_offsets_to_transaction(client.handle, $0, metadata, milliseconds) }
        }
    }

    /// Waits until all records of the transaction are delivered and commits it.
    public func commit() throws {
        try repeating("committing the transaction") { rd_kafka_commit_transaction(client.handle, $0) }
    }

    /// Withdraws the transaction: its records stay invisible to consumers that read committed records only.
    public func abort() throws {
        try repeating("aborting the transaction") { rd_kafka_abort_transaction(client.handle, $0) }
        // Records that were withdrawn count as failed deliveries; that is what was asked for.
        _ = client.events.takeDeliveryFailure()
    }

    /// Makes a call of the transaction interface, which goes on where it was when it is made again, until it is done.
    private func repeating(_ doing: String, _ request: (Int32) -> OpaquePointer?) throws {
        try client.retry(doing) { milliseconds -> Void? in
            guard let object = request(milliseconds) else { return () }
            var error = client.error(consuming: object)
            if error.isRetriable { return nil }
            error.message += " (\(doing))"
            throw error
        }
    }
}
