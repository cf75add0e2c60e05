import CRdkafka

extension KafkaSource {
    /// Moves a partition so that the record with this offset is the next to be read. Before the first poll it says where
    /// to begin; a partition that this source does not read is remembered for the time that it does.
    public func seek(partition: Int32, to offset: Int64) throws {
        guard let index = readers.firstIndex(where: { $0.number == partition }), readers[index].isAssigned else {
            starts[partition] = offset
            return
        }
        let list = PartitionList(topic: topic, [partition: offset])
        try client.retry("seeking \(readers[index].name)", topic: topic) { milliseconds -> Void? in
            if let object = list.use({ rd_kafka_seek_partitions(client.handle, $0, milliseconds) }) {
                let error = client.error(consuming: object, topic: topic)
                if error.isRetriable || error.kind == .unreachable { return nil }
                throw error
            }
            let code = list.elements[0].err
            switch code {
            case RD_KAFKA_RESP_ERR_NO_ERROR: return ()
            case RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, RD_KAFKA_RESP_ERR__TIMED_OUT:
                // Reading has not begun yet; give librdkafka's threads time for it.
                rd_kafka_poll(client.handle, 10)
                return nil
            default: throw client.error(code, topic: topic, partition: partition)
            }
        }
        readers[index].position = offset
        readers[index].failure = nil
    }

    /// Has a partition read from its first record on, whatever the group's position is.
    public func seekToBeginning(of partition: Int32) throws {
        try seek(partition: partition, to: try bounds(of: partition).lowerBound)
    }

    /// Commits positions to the group, for lag tools and for a start without a checkpoint, and waits for the answer, two
    /// seconds at most: reading stands still meanwhile.
    public func commit(_ positions: [Int32: Int64]) throws {
        if positions.isEmpty { return }
        let list = PartitionList(topic: topic, positions)
        let answers = rd_kafka_queue_new(client.handle)
        defer { rd_kafka_queue_destroy(answers) }
        let code = list.use { rd_kafka_commit_queue(client.handle, $0, answers, nil, nil) }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw client.error(code, topic: topic) }
        let doing = "committing positions of group \(client.configuration.groupID)"
        let answer = try client.retry(doing, topic: topic, within: min(2_000, client.configuration.timeoutMilliseconds))
        {
            rd_kafka_queue_poll(answers, $0)
        }
        defer { rd_kafka_event_destroy(answer) }
        let result = rd_kafka_event_error(answer)
        if result != RD_KAFKA_RESP_ERR_NO_ERROR { throw client.error(result, topic: topic) }
    }

    /// The group's committed position of every partition that has one.
    public func committed() throws -> [Int32: Int64] {
        try committed(readers.map(\.number))
    }

    func committed(_ partitions: [Int32]) throws -> [Int32: Int64] {
        let unknown = Dictionary(uniqueKeysWithValues: partitions.map { ($0, OffsetCode.invalid) })
        let list = PartitionList(topic: topic, unknown)
        try client.retry("reading positions of group \(client.configuration.groupID)", topic: topic) { milliseconds in
            try checked(list.use { rd_kafka_committed(client.handle, $0, milliseconds) })
        }
        var result: [Int32: Int64] = [:]
        for element in list.elements where element.offset >= 0 { result[element.partition] = element.offset }
        return result
    }

    /// Asks the brokers for the offset after the last record of every partition. With `isolation.level` read_committed
    /// (the default), records of open transactions do not count.
    public func endOffsets() throws -> [Int32: Int64] {
        try readers.reduce(into: [:]) { result, reader in
            result[reader.number] = try bounds(of: reader.number).upperBound
        }
    }

    /// Asks the brokers whether every partition is at its end. What librdkafka has heard with its last fetch may be old:
    /// when a broker cannot be reached, nothing is known of its partitions.
    public func confirmsEnd(timeoutMilliseconds: Int) -> Bool {
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        return readers.allSatisfy { reader in
            let left = Int32(max(1, ContinuousClock.now.duration(to: deadline) / .milliseconds(1)))
            var low: Int64 = 0
            var high: Int64 = 0
            let code = rd_kafka_query_watermark_offsets(client.handle, topic, reader.number, &low, &high, left)
            return code == RD_KAFKA_RESP_ERR_NO_ERROR && reader.position.map { $0 >= high } ?? false
        }
    }

    /// The offsets that a partition holds: from the first to the one after the last.
    func bounds(of partition: Int32) throws -> Range<Int64> {
        var low: Int64 = 0
        var high: Int64 = 0
        try client.retry("asking for the end of \(topic)-\(partition)", topic: topic) { milliseconds in
            let code = rd_kafka_query_watermark_offsets(client.handle, topic, partition, &low, &high, milliseconds)
            return try checked(code, partition: partition)
        }
        return low..<max(low, high)
    }

    /// Nil when the request should be made again.
    private func checked(_ code: rd_kafka_resp_err_t, partition: Int32? = nil) throws -> Void? {
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return () }
        let isPassing = [
            RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        ].contains(code)
        let error = client.error(code, topic: topic, partition: partition)
        if isPassing || error.kind == .unreachable { return nil }
        throw error
    }

    /// Begins to read all partitions.
    func start() throws {
        let offsets = try beginnings(of: readers.map(\.number))
        let code = PartitionList(topic: topic, offsets).use { rd_kafka_assign(client.handle, $0) }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw client.error(code, topic: topic) }
        markAssigned(offsets)
        gatheringEnd = .now + .milliseconds(250)
        isStarted = true
    }

    /// Notes that partitions are read from these offsets on.
    func markAssigned(_ offsets: [Int32: Int64]) {
        for index in readers.indices {
            guard let offset = offsets[readers[index].number] else { continue }
            readers[index].position = offset
            readers[index].isAssigned = true
        }
        starts = [:]
    }

    /// Where to begin with each partition: where `seek` said, else the committed position, else `auto.offset.reset`. An
    /// offset is looked up now, not left to librdkafka, so that the position of an empty partition is known too.
    func beginnings(of partitions: [Int32]) throws -> [Int32: Int64] {
        var result = starts.filter { partitions.contains($0.key) }
        let unsought = partitions.filter { result[$0] == nil }
        if unsought.isEmpty { return result }
        result.merge(try committed(unsought)) { sought, _ in sought }
        let reset = client.configuration.properties["auto.offset.reset"] ?? "earliest"
        for partition in unsought where result[partition] == nil {
            switch reset {
            case "error", "none":
                throw KafkaError(
                    .other, "group \(client.configuration.groupID) has no position and auto.offset.reset is \(reset)",
                    brokers: client.configuration.bootstrapServers, topic: topic, partition: partition,
                    mend: "Commit a position, or set auto.offset.reset to earliest or latest.")
            case "latest", "end", "largest": result[partition] = try bounds(of: partition).upperBound
            default: result[partition] = try bounds(of: partition).lowerBound
            }
        }
        return result
    }
}
