import Foundation
import KafkaConnector
import Synchronization

/// One connection through the gate: frames are passed on whole, each with its length before it.
final class GateConnection: Sendable {
    private let client: Int32
    private let broker: Int32
    /// Requests without an answer, by their number.
    private let pending = Mutex<[Int32: KafkaRequest]>([:])

    init?(client: Int32, port: UInt16) {
        self.client = client
        broker = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let broker = broker
        guard LoopbackListener.withAddress(port: port, { connect(broker, $0, $1) == 0 }) else { return nil }
        // Small frames follow each other; none waits until the one before is acknowledged.
        var yes: Int32 = 1
        for end in [client, broker] {
            _ = setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    deinit {
        _ = close(client)
        _ = close(broker)
    }

    func end() {
        _ = shutdown(client, Int32(SHUT_RDWR))
        _ = shutdown(broker, Int32(SHUT_RDWR))
    }

    /// Passes requests on until the client is gone, and then lets the broker answer those that it has: what became of
    /// them has to be known.
    func passRequests(_ look: (KafkaRequest, [UInt8]) -> [UInt8]?) {
        while let frame = Self.read(client) {
            let request = KafkaRequest(frame)
            guard let passed = look(request, frame) else { continue }
            pending.withLock { $0[request.number] = request }
            guard Self.write(passed, broker) else { break }
        }
        let deadline = Date() + 3
        while Date() < deadline, pending.withLock({ !$0.isEmpty }) { usleep(5_000) }
        end()
    }

    func passAnswers(_ look: (KafkaRequest, [UInt8]) -> [UInt8]) {
        while let frame = Self.read(broker) {
            var reader = KafkaBytes(frame)
            let number = reader.number(Int32.self)
            let request = pending.withLock { $0[number] }
            let passed = request.map { look($0, frame) } ?? frame
            pending.withLock { _ = $0.removeValue(forKey: number) }
            _ = Self.write(passed, client)
        }
        end()
        pending.withLock { $0 = [:] }
    }

    private static func read(_ connection: Int32) -> [UInt8]? {
        guard let head = read(4, connection) else { return nil }
        return read(head.reduce(0) { $0 << 8 | Int($1) }, connection)
    }

    private static func read(_ count: Int, _ connection: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { recv(connection, $0.baseAddress! + filled, count - filled, 0) }
            if got <= 0 { return nil }
            filled += got
        }
        return bytes
    }

    private static func write(_ frame: [UInt8], _ connection: Int32) -> Bool {
        let bytes = KafkaBytes.bytes(Int32(frame.count)) + frame
        var sent = 0
        while sent < bytes.count {
            let more = bytes.withUnsafeBytes {
                send(connection, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if more <= 0 { return false }
            sent += more
        }
        return true
    }
}
