import Foundation

/// Passes connections to one port of this machine on to another, byte by byte.
///
/// Kafka's clients need it for their first question only: the answer names the broker's own address, to which they
/// connect next.
final class PortForwarder: Sendable {
    private let listener: LoopbackListener
    var address: String { listener.address }

    /// Takes the port; connections wait until `start` says where they go.
    init(port: UInt16) throws { listener = try LoopbackListener(port: port) }

    deinit { close() }

    func start(to target: UInt16) {
        listener.serve { client in
            guard let relay = Relay(client: client, port: target) else { return }
            Thread.detachNewThread { relay.copy(from: relay.broker, to: relay.client) }
            relay.copy(from: relay.client, to: relay.broker)
        }
    }

    /// Takes no more connections; those that are open end when the broker does.
    func close() { listener.close() }
}

/// A connection of a client and one to the broker for it; both end when both have nothing more to say.
private final class Relay: Sendable {
    let client: Int32
    let broker: Int32

    init?(client: Int32, port: UInt16) {
        self.client = client
        broker = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let isConnected = LoopbackListener.withAddress(port: port) { connect(broker, $0, $1) == 0 }
        if !isConnected { return nil }
    }

    deinit {
        _ = close(client)
        _ = close(broker)
    }

    func copy(from source: Int32, to target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0, send(buffer, count, to: target) else { break }
        }
        _ = shutdown(source, Int32(SHUT_RD))
        _ = shutdown(target, Int32(SHUT_WR))
    }

    private func send(_ bytes: [UInt8], _ count: Int, to target: Int32) -> Bool {
        var sent = 0
        while sent < count {
            let more = bytes.withUnsafeBytes {
                Foundation.send(target, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
            }
            if more <= 0 { return false }
            sent += more
        }
        return true
    }
}
