import Foundation

/// The socket of this process that listens on a port, though somebody else opened it.
enum ListeningSocket {
    /// Has what is written to the connections of a port of this process go out at once.
    ///
    /// librdkafka's mock broker leaves Nagle's algorithm on, so that a short answer waits for the acknowledgement of the
    /// one before it, which the client delays by 40 ms. On Linux a connection takes the option from the socket that
    /// accepted it.
    static func sendAtOnce(port: UInt16) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            guard let descriptor = Int32(name), listens(descriptor, on: port) else { continue }
            var yes: Int32 = 1
            _ = setsockopt(
                descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    private static func listens(_ descriptor: Int32, on port: UInt16) -> Bool {
        var isListening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening != 0 else {
            return false
        }
        return LoopbackListener.withAddress(port: 0) { address, size in
            var size = size
            guard getsockname(descriptor, address, &size) == 0 else { return false }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                $0.pointee.sin_family == sa_family_t(AF_INET) && UInt16(bigEndian: $0.pointee.sin_port) == port
            }
        }
    }
}
