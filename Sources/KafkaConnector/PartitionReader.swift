import CRdkafka
import Dataflow

/// Reads one partition's queue into `RawRecords`. A whole batch of messages is taken at once; their bytes are copied once,
/// into an arena that is allocated at its final size. Nothing is allocated, counted or locked per message in Swift.
struct PartitionReader {
    let number: Int32
    /// librdkafka's queue of this partition. Owned: see `destroy`.
    let queue: OpaquePointer
    private let wakeUp: WakeUp
    /// The offset of the next record to be read.
    var position: Int64?
    /// The name for people: `flights-3`.
    let name: String
    /// Whether librdkafka fetches the partition.
    var isAssigned = false
    var isPaused = false
    /// Why the partition cannot be read on.
    var failure: (code: rd_kafka_resp_err_t, reason: String?)?

    /// One arena holds at most this many bytes, so that 32 bits address it.
    private static let arenaLimit = 1 << 30

    /// Has the partition's messages wait in a queue of their own. Call it before the partition is assigned.
    init(topic: String, number: Int32, client: KafkaClient, wakeUp: WakeUp) throws {
        guard let queue = rd_kafka_queue_get_partition(client.handle, topic, number) else {
            throw client.error(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, topic: topic, partition: number)
        }
        rd_kafka_queue_forward(queue, nil)
        wakeUp.watch(queue)
        self.wakeUp = wakeUp
        name = "\(topic)-\(number)"
        self.number = number
        self.queue = queue
    }

    /// The number of messages that wait, and of notices such as the end of the partition.
    var waiting: Int { rd_kafka_queue_length(queue) }

    /// Stops the wake-ups and lets the queue go.
    func destroy() {
        wakeUp.unwatch(queue)
        rd_kafka_queue_destroy(queue)
    }

    /// Takes up to `limit` waiting messages, through `buffer`. The result has more than one element only when the bytes
    /// do not fit into one arena. A failure is kept for the next call, so that the records before it are not lost.
    mutating func take(_ limit: Int, through buffer: MessageBuffer, readsHeaders: Bool) -> [RawRecords] {
        let count = rd_kafka_consume_batch_queue(queue, 0, buffer.baseAddress, min(limit, buffer.count))
        if count <= 0 { return [] }
        defer { for index in 0..<count { rd_kafka_message_destroy(buffer[index]) } }
        var result: [RawRecords] = []
        var start = 0
        while start < count {
            let run = MessageRun(buffer, start..<count, byteLimit: Self.arenaLimit)
            if run.range.isEmpty {
                if let message = buffer[start] { notice(message) }
                start += 1
                continue
            }
            let records = run.copy(from: buffer, partition: number, readsHeaders: readsHeaders)
            position = records.offsets[records.count - 1] + 1
            result.append(records)
            start = run.range.upperBound
        }
        return result
    }

    /// Handles a message that is not a record.
    private mutating func notice(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
            RD_KAFKA_RESP_ERR__TIMED_OUT:
            // librdkafka connects again and goes on.
            break
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            // Skips what a transaction leaves behind its last record, which no consumer ever sees.
            position = max(position ?? 0, message.pointee.offset)
        default:
            let reason = rd_kafka_message_errstr(message).map { String(cString: $0) }
            failure = (message.pointee.err, reason)
        }
    }
}
