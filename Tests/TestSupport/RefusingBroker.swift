import Foundation
import KafkaConnector
import Synchronization

/// A broker that speaks enough of the Kafka protocol to refuse every password: API versions, SASL handshake and
/// authentication.
public final class RefusingBroker: Sendable {
    public var address: String { listener.address }
    private let listener: LoopbackListener
    private let passwords = Mutex(false)

    /// Whether a client got as far as sending `hunter2`.
    public var sawPassword: Bool { passwords.withLock { $0 } }

    public init() throws {
        listener = try LoopbackListener()
        listener.serve { [weak self] connection in
            while let request = Self.readRequest(connection), let self { self.answer(request, connection) }
            _ = close(connection)
        }
    }

    deinit { listener.close() }

    private static func readRequest(_ connection: Int32) -> [UInt8]? {
        guard let head = readBytes(4, connection) else { return nil }
        return readBytes(head.reduce(0) { $0 << 8 | Int($1) }, connection)
    }

    private static func readBytes(_ count: Int, _ connection: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { recv(connection, $0.baseAddress! + filled, count - filled, 0) }
            if got <= 0 { return nil }
            filled += got
        }
        return bytes
    }

    /// A request is its kind and version (two bytes each), a number that the answer repeats (four), and the rest.
    private func answer(_ request: [UInt8], _ connection: Int32) {
        let kind = Int(request[0]) << 8 | Int(request[1])
        let version = Int(request[2]) << 8 | Int(request[3])
        var body: [UInt8] = []
        func add(_ numbers: Int...) {
            for number in numbers { body += [UInt8(number >> 8 & 255), UInt8(number & 255)] }
        }
        func add(_ text: String) {
            add(text.utf8.count)
            body += Array(text.utf8)
        }
        switch kind {
        case 18:
            // Only version 0 is spoken here; 35 says so, and the client asks again.
            add(version == 0 ? 0 : 35)
            let kinds = [(3, 2), (17, 1), (18, 0), (36, 0)]
            add(0, kinds.count)
            for (kind, newest) in kinds { add(kind, 0, newest) }
        case 17:
            add(0, 0, 1)
            add("PLAIN")
        default:
            if String(decoding: request, as: UTF8.self).contains("hunter2") { passwords.withLock { $0 = true } }
            add(58)
            add("wrong password")
            add(0, 0)
        }
        let length = body.count + 4
        let head = [
            UInt8(length >> 24 & 255), UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255),
        ]
        let reply = head + request[4..<8] + body
        _ = reply.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}
