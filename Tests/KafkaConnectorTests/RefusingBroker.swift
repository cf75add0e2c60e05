import Foundation
import Synchronization

/// A broker that speaks enough of the Kafka protocol to refuse every password: API versions, SASL handshake and
/// authentication.
final class RefusingBroker: Sendable {
    let address: String
    private let listener: Int32
    private let passwords = Mutex(false)

    /// Whether a client got as far as sending `hunter2`.
    var sawPassword: Bool { passwords.withLock { $0 } }

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        if !isBound { throw CocoaError(.fileWriteUnknown) }
        address = "127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { return }
                Thread.detachNewThread { [weak self] in
                    while let request = Self.readRequest(connection), let self { self.answer(request, connection) }
                    _ = close(connection)
                }
            }
        }
    }

    deinit {
        _ = shutdown(listener, Int32(SHUT_RDWR))
        _ = close(listener)
    }

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
