import CRdkafka
import Dataflow

/// Pointers to messages, as librdkafka gives them out.
typealias MessageBuffer = UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>

/// Neighbouring messages that are records, not notices, and what their copy needs.
struct MessageRun {
    private(set) var range: Range<Int>
    private var byteCount = 0
    private var hasKeys = false

    /// Takes records from the beginning of `candidates` until a notice comes, or until the bytes would exceed the limit.
    init(_ messages: MessageBuffer, _ candidates: Range<Int>, byteLimit: Int) {
        var end = candidates.lowerBound
        for index in candidates {
            guard let message = messages[index], message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { break }
            let bytes = message.pointee.len + message.pointee.key_len
            if byteCount + bytes > byteLimit && end > candidates.lowerBound { break }
            byteCount += bytes
            hasKeys = hasKeys || message.pointee.key != nil
            end = index + 1
        }
        range = candidates.lowerBound..<end
    }

    /// The records with their bytes copied. The messages stay with the caller.
    /// - Parameter readsHeaders: whether headers are taken too, which librdkafka looks for message by message.
    func copy(from messages: MessageBuffer, partition: Int32, readsHeaders: Bool) -> RawRecords {
        var records = RawRecords(partition: partition)
        let count = range.count
        var headers: [Int: [RecordHeader]] = [:]
        var valueStarts = [Int32](repeating: 0, count: count)
        var valueLengths = [Int32](repeating: -1, count: count)
        var keyStarts = [Int32](repeating: 0, count: hasKeys ? count : 0)
        var keyLengths = [Int32](repeating: -1, count: hasKeys ? count : 0)
        var timestamps = [Int64](repeating: -1, count: count)
        var offsets = [Int64](repeating: 0, count: count)
        records.arena = [UInt8](unsafeUninitializedCapacity: byteCount) { arena, filled in
            var valueStarts = valueStarts.mutableSpan
            var valueLengths = valueLengths.mutableSpan
            var keyStarts = keyStarts.mutableSpan
            var keyLengths = keyLengths.mutableSpan
            var timestamps = timestamps.mutableSpan
            var offsets = offsets.mutableSpan
            let bytes = UnsafeMutableRawBufferPointer(arena)
            for row in 0..<count {
                guard let message = messages[range.lowerBound + row] else { continue }
                let value = Self.append(message.pointee.payload, message.pointee.len, to: bytes, &filled)
                valueStarts[row] = value.start
                valueLengths[row] = value.length
                if hasKeys {
                    let key = Self.append(message.pointee.key, message.pointee.key_len, to: bytes, &filled)
                    keyStarts[row] = key.start
                    keyLengths[row] = key.length
                }
                offsets[row] = message.pointee.offset
                timestamps[row] = rd_kafka_message_timestamp(message, nil)
                if readsHeaders, let list = Self.headers(message) { headers[row] = Self.read(list) }
            }
        }
        records.valueStarts = valueStarts
        records.valueLengths = valueLengths
        records.keyStarts = keyStarts
        records.keyLengths = keyLengths
        records.timestamps = timestamps
        records.offsets = offsets
        records.headers = headers.filter { !$0.value.isEmpty }
        return records
    }

    /// Copies bytes to the end of the arena; a length of -1 says that there are none, not even an empty value.
    private static func append(
        _ source: UnsafeMutableRawPointer?, _ length: Int, to arena: UnsafeMutableRawBufferPointer, _ filled: inout Int
    ) -> (start: Int32, length: Int32) {
        let start = Int32(truncatingIfNeeded: filled)
        guard let source else { return (start, -1) }
        guard let base = arena.baseAddress else { return (start, 0) }
        (base + filled).copyMemory(from: source, byteCount: length)
        filled += length
        return (start, Int32(truncatingIfNeeded: length))
    }

    private static func headers(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> OpaquePointer? {
        var list: OpaquePointer?
        return rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR ? list : nil
    }

    private static func read(_ list: OpaquePointer) -> [RecordHeader] {
        (0..<rd_kafka_header_cnt(list)).compactMap { index in
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var length = 0
            let code = rd_kafka_header_get_all(list, index, &name, &value, &length)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let name else { return nil }
            let bytes = value.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: length)) }
            return RecordHeader(String(cString: name), bytes)
        }
    }
}
