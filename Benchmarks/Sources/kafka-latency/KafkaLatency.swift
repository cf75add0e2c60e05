import Foundation
import KafkaConnector

/// Measures the way from Kafka through a topology to Kafka: `kafka-latency BROKERS INPUT OUTPUT RATE SECONDS`. Sends
/// payments with the time at which they were sent, so many a second, reads what comes out of the other topic, and prints
/// as JSON how long that took. The first two seconds are left out: clients connect, topics are looked up.
@main struct KafkaLatency {
    static let warmUp = 2.0

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let rate = Int(arguments[4]), let seconds = Double(arguments[5]), rate > 0 else {
            FileHandle.standardError.write(Data("usage: kafka-latency BROKERS INPUT OUTPUT RATE SECONDS\n".utf8))
            exit(2)
        }
        var configuration = KafkaConfiguration(bootstrapServers: arguments[1], groupID: "kafka-latency")
        configuration.properties = ["linger.ms": "0", "fetch.wait.max.ms": "1"]
        let payments = Payments(rate: rate, seconds: warmUp + seconds)
        let source = try KafkaSource(configuration: configuration, topic: arguments[3])
        let sender = try Sender(payments, KafkaProducer(configuration: configuration), topic: arguments[2])
        sender.start()
        let delays = try Receiver(payments).receive(from: source)
        try sender.finish()
        print(try delays.json())
    }

    /// µs since 1970 UTC.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

/// What is sent: payment n at n / rate seconds; those below `measuredFrom` are not measured.
struct Payments {
    let rate: Int
    let count: Int
    let measuredFrom: Int

    init(rate: Int, seconds: Double) {
        self.rate = rate
        count = Int(Double(rate) * seconds)
        measuredFrom = Int(Double(rate) * KafkaLatency.warmUp)
    }

    static func json(_ number: Int, sentAt: Int64) -> [UInt8] {
        Array(
            #"{"id":\#(number),"account":"account \#(number % 997)","amount":"\#(number % 9000 + 1).50","sent_at":\#(sentAt)}"#
                .utf8)
    }
}

/// Sends on a thread of its own.
final class Sender: @unchecked Sendable {
    private let payments: Payments
    private let producer: KafkaProducer
    private let topic: String
    // Written by the thread before `done` is signalled, read after that is awaited.
    private var failure: (any Error)?
    private let done = DispatchSemaphore(value: 0)

    init(_ payments: Payments, _ producer: KafkaProducer, topic: String) {
        self.payments = payments
        self.producer = producer
        self.topic = topic
    }

    func start() {
        let thread = Thread { [self] in
            do { try send() } catch { failure = error }
            done.signal()
        }
        thread.start()
    }

    private func send() throws {
        let began = KafkaLatency.now()
        for number in 0..<payments.count {
            let due = began + Int64(number) * 1_000_000 / Int64(payments.rate)
            let early = due - KafkaLatency.now()
            // A millisecond's worth goes at once; a sleep takes about that long.
            if early > 500 { usleep(UInt32(early)) }
            try producer.produce(topic: topic, value: Payments.json(number, sentAt: KafkaLatency.now()))
        }
        try producer.flush()
    }

    func finish() throws {
        done.wait()
        if let failure { throw failure }
    }
}

/// Reads what comes out and measures how long it took.
struct Receiver {
    private let payments: Payments
    private static let patience: Int64 = 20_000_000

    init(_ payments: Payments) { self.payments = payments }

    func receive(from source: KafkaSource) throws -> Delays {
        var isHere = [Bool](repeating: false, count: payments.count)
        var delays = Delays()
        var count = 0
        var last = KafkaLatency.now()
        while count < payments.count {
            for records in try source.poll(limit: 10_000, timeoutMilliseconds: 100) {
                let now = KafkaLatency.now()
                last = now
                for row in 0..<records.count {
                    let value = records.value(row) ?? []
                    guard let number = Self.number("\"id\":", in: value),
                        let sent = Self.number("\"sent_at\":", in: value), isHere.indices.contains(Int(number)),
                        !isHere[Int(number)]
                    else { throw Unexpected(value: String(decoding: value, as: UTF8.self)) }
                    isHere[Int(number)] = true
                    count += 1
                    if number >= payments.measuredFrom { delays.microseconds.append(now - sent) }
                }
            }
            if KafkaLatency.now() - last > Self.patience { throw Unexpected(value: "\(count) of \(payments.count)") }
        }
        return delays
    }

    private static func number(_ name: String, in value: ArraySlice<UInt8>) -> Int64? {
        guard let found = value.firstRange(of: Array(name.utf8)) else { return nil }
        let digits = value[found.upperBound...].prefix { $0 >= 0x30 && $0 <= 0x39 }
        return digits.isEmpty ? nil : digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}

/// A record that is no payment or came twice, or payments that did not come.
struct Unexpected: Error, CustomStringConvertible {
    var value: String
    var description: String { "not what was expected: \(value)" }
}

struct Delays {
    var microseconds: [Int64] = []

    func json() throws -> String {
        let sorted = microseconds.sorted()
        func milliseconds(_ share: Double) -> Double {
            Double(sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)]) / 1000
        }
        let figures: [String: Double] = [
            "events": Double(sorted.count), "p50": milliseconds(0.5), "p90": milliseconds(0.9),
            "p99": milliseconds(0.99), "p999": milliseconds(0.999), "max": milliseconds(1),
        ]
        let data = try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
        return String(decoding: data, as: UTF8.self)
    }
}
