import CRdkafka
import Glibc

/// Lets one thread wait until any of several queues has something: an event counter that librdkafka adds to.
final class WakeUp: Sendable {
    private let counter: Int32

    init() throws {
        counter = tidemark_event_counter()
        if counter < 0 {
            throw KafkaError(
                .other, "cannot make an event counter: \(String(cString: strerror(errno)))",
                mend: "Raise the limit of open files.")
        }
    }

    deinit { _ = Glibc.close(counter) }

    /// Has this queue end the wait when something comes while it is empty.
    func watch(_ queue: OpaquePointer) {
        withUnsafeBytes(of: UInt64(1)) { one in
            rd_kafka_queue_io_event_enable(queue, counter, one.baseAddress, one.count)
        }
    }

    func unwatch(_ queue: OpaquePointer) { rd_kafka_queue_io_event_enable(queue, -1, nil, 0) }

    /// Returns when a queue got something or the time is over, whichever is first. It may return early, so that a signal
    /// that went astray costs a tenth of a second and nothing else.
    func wait(milliseconds: Int) {
        var request = pollfd(fd: counter, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&request, 1, Int32(min(milliseconds, 100))) > 0 else { return }
        var count: UInt64 = 0
        _ = Glibc.read(counter, &count, MemoryLayout<UInt64>.size)
    }
}
