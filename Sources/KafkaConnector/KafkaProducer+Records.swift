import CRdkafka
import Columnar
import Dataflow
import Synchronization

/// Counts records that are under way, so that whoever sent them can wait for these and not for later ones. It must live
/// until its count is zero, or until the producer is gone.
final class PendingDeliveries: Sendable {
    private let records = Atomic<Int>(0)

    var count: Int { records.load(ordering: .acquiring) }

    func add(_ count: Int) { records.add(count, ordering: .relaxed) }

    /// For librdkafka, which gives it back with the delivery report.
    var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// A record arrived, or never will.
    static func done(_ opaque: UnsafeMutableRawPointer?) {
        guard let opaque else { return }
        Unmanaged<PendingDeliveries>.fromOpaque(opaque).takeUnretainedValue().records.subtract(1, ordering: .releasing)
    }
}

/// Gives each record an identity by where its row was read: `prefix`, partition, `-`, offset, `suffix`.
struct RecordIdentity: Sendable {
    static let header = "tidemark.id"
    private let prefix: [UInt8]
    private let suffix: [UInt8]

    init(prefix: String, suffix: String) {
        self.prefix = Array(prefix.utf8)
        self.suffix = Array(suffix.utf8)
    }

    /// librdkafka's headers for one row.
    fileprivate func makeHeaders(_ origin: RowOrigins, _ row: Int, _ buffer: inout [UInt8]) -> OpaquePointer? {
        buffer.removeAll(keepingCapacity: true)
        buffer += prefix
        buffer += String(origin.partitions[row]).utf8
        buffer.append(UInt8(ascii: "-"))
        buffer += String(origin.offsets[row]).utf8
        buffer += suffix
        let list = rd_kafka_headers_new(1)
        buffer.withUnsafeBytes { _ = rd_kafka_header_add(list, Self.header, -1, $0.baseAddress, $0.count) }
        return list
    }
}

extension KafkaProducer {
    /// Queues records in their order; see `produce`. Partitions are chosen by key.
    /// - Parameters:
    ///   - identity: adds a header to records whose rows have an origin.
    ///   - pending: counts them until they are delivered; needs a producer that is counting.
    func produce(
        _ records: EncodedRecords, topic: String, identity: RecordIdentity? = nil, pending: PendingDeliveries? = nil
    ) throws {
        guard case .binary(let keys) = records.keys.values, case .binary(let values) = records.values.values else {
            return
        }
        let handle = try topicHandle(topic)
        var buffer: [UInt8] = []
        try keys.withAddresses { keyBytes in
            try values.withAddresses { valueBytes in
                for row in 0..<records.count {
                    let message = Message(
                        key: keyBytes.slice(keys, row, isNull: records.keys.isNull(row)),
                        value: valueBytes.slice(values, row, isNull: records.values.isNull(row)),
                        timestamp: records.timestamps[row])
                    let headers = identity.flatMap { identity in
                        records.origin.flatMap { identity.makeHeaders($0, row, &buffer) }
                    }
                    pending?.add(1)
                    do {
                        try enqueue(message, topic, handle, headers: headers, pending: pending)
                    } catch {
                        pending?.add(-1)
                        throw error
                    }
                }
            }
        }
    }

    /// Waits until the brokers have all of these records.
    /// - Throws: the first failure of any record, and what ended the client. librdkafka tries for `message.timeout.ms`.
    func wait(for pending: PendingDeliveries) throws {
        while pending.count > 0 {
            rd_kafka_poll(client.handle, 100)
            if client.events.hasFailed { try throwFailure() }
            if let refusal = client.events.access({ $0.refusal }) { throw refusal }
        }
        if client.events.hasFailed { try throwFailure() }
    }
}

extension BinaryValues {
    /// Lends the bytes of all values; their address is never nil.
    fileprivate func withAddresses<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        if bytes.isEmpty {
            return try withUnsafeBytes(of: UInt8(0)) { byte in try body(UnsafeRawBufferPointer(rebasing: byte[..<0])) }
        }
        return try bytes.withUnsafeBytes(body)
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes of one value; no address for null.
    fileprivate func slice(_ values: BinaryValues, _ row: Int, isNull: Bool) -> UnsafeRawBufferPointer {
        if isNull { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = Int(values.offsets[row])
        return UnsafeRawBufferPointer(rebasing: self[start..<Int(values.offsets[row + 1])])
    }
}
