import Foundation

/// Takes connections on a port of 127.0.0.1. Any thread may call it.
package final class LoopbackListener: Sendable {
    package let port: UInt16
    package var address: String { "127.0.0.1:\(port)" }
    private let socket: Int32

    /// - Parameter port: 0 lets the system choose.
    package init(port: UInt16 = 0) throws {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        // A port whose last connections have just ended is free; one on which somebody listens is not.
        var yes: Int32 = 1
        _ = setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var bound: UInt16 = 0
        let isBound = Self.withAddress(port: port) { address, size in
            var size = size
            guard bind(socket, address, size) == 0, listen(socket, 64) == 0, getsockname(socket, address, &size) == 0
            else { return false }
            bound = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
            return true
        }
        guard isBound else {
            let code = errno
            _ = Foundation.close(socket)
            throw Self.refusal(port, code)
        }
        self.socket = socket
        self.port = bound
    }

    deinit { _ = Foundation.close(socket) }

    /// Lends the address of a port of 127.0.0.1 in the form of the system calls.
    package static func withAddress<Result>(
        port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        place.sin_port = port.bigEndian
        return withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func refusal(_ port: UInt16, _ code: Int32) -> KafkaError {
        let isTaken = code == EADDRINUSE
        return KafkaError(
            .other,
            isTaken
                ? "port \(port) of 127.0.0.1 is in use by another program"
                : "cannot listen on port \(port) of 127.0.0.1: \(String(cString: strerror(code)))",
            mend: isTaken ? "Stop that program, or name another port." : "Name another port.")
    }

    /// Gives every connection to a call of its own thread, whose socket it is to close.
    package func serve(_ body: @escaping @Sendable (_ connection: Int32) -> Void) {
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(socket, nil, nil)
                // Closing ends the wait with an error.
                if connection < 0 { return }
                Thread.detachNewThread { body(connection) }
            }
        }
    }

    /// Takes no more connections. Calling it again does nothing.
    package func close() { _ = shutdown(socket, Int32(SHUT_RDWR)) }
}
