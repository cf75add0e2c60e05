import Dataflow
import KafkaConnector
import TestSupport
import Testing

@testable import Runtime

/// What stands in the topic of dead letters, as another reader finds it.
@Suite struct DeadLetterSinkTests {
    private struct Received: Hashable {
        var key: [UInt8]?
        var value: [UInt8]?
        var headers: [RecordHeader]

        func header(_ name: String) -> String? {
            headers.first { $0.name == "tidemark." + name }?.value.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private let cluster: DevelopmentCluster
    private let configuration: KafkaConfiguration
    private let sink: DeadLetterSink

    init() throws {
        cluster = try DevelopmentCluster(topics: [("orders.dlq", 1)])
        configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "readers")
        let source = SourceDescription(
            topic: "orders", contract: ContractDescription(name: "Order", columns: []), deadLetterTopic: "orders.dlq")
        sink = DeadLetterSink(
            topology: "totals", source: source, topic: "orders.dlq",
            producer: try KafkaProducer(configuration: configuration))
    }

    private func received(_ count: Int) throws -> [Received] {
        var configuration = configuration
        configuration.properties = ["fetch.message.max.bytes": "9000000"]
        let source = try KafkaSource(configuration: configuration, topic: "orders.dlq")
        try source.seekToBeginning(of: 0)
        var all: [Received] = []
        for _ in 0..<100 where all.count < count {
            for records in try source.poll(limit: 1000, timeoutMilliseconds: 200) {
                for row in 0..<records.count {
                    all.append(
                        Received(
                            key: records.key(row).map(Array.init), value: records.value(row).map(Array.init),
                            headers: records.headers[row] ?? []))
                }
            }
        }
        return all
    }

    private func letter(
        _ offset: Int64, _ reason: RejectionReason = .malformed, key: [UInt8]?, value: [UInt8]?,
        headers: [RecordHeader] = []
    ) -> DeadLetter {
        var letter = DeadLetter(
            source: 0, reason: reason, message: "expected ':'", partition: 3, offset: offset,
            timestamp: 1_700_000_000_123,
            headers: headers)
        letter.key = key
        letter.value = value
        return letter
    }

    @Test func bytesAndHeadersAreThoseOfTheRecord() throws {
        let headers = [
            RecordHeader("trace", [0, 255, 10]), RecordHeader("empty", []), RecordHeader("none", nil),
            // A name may stand twice, and be one of ours.
            RecordHeader("trace", [1]), RecordHeader("tidemark.reason", [2]), RecordHeader("ключ", [3]),
        ]
        var first = letter(7, key: [0, 1, 255], value: [0xFF, 0, 0x7B], headers: headers)
        first.field = "customer.city"
        first.position = 12
        let letters = [
            first, letter(8, .late, key: nil, value: []), letter(9, .duplicate, key: [], value: nil),
            letter(10, .contractViolation, key: nil, value: nil),
        ]
        sink.stage(letters)
        let prepared = sink.prepare(at: 1_767_225_600_250_000)
        // Again, as after a crash.
        try sink.commit(prepared)
        try sink.commit(prepared)
        let all = try received(8)
        #expect(all.count == 8 && Array(all.prefix(4)) == Array(all.suffix(4)))
        for (letter, record) in zip(letters, all) {
            #expect(record.key == letter.key && record.value == letter.value)
            #expect(Array(record.headers.prefix(letter.headers.count)) == letter.headers)
        }
        let texts = all[0].headers.dropFirst(headers.count).map {
            "\($0.name)=\(String(decoding: $0.value ?? [], as: UTF8.self))"
        }
        #expect(
            texts == [
                "tidemark.id=totals/orders-3-7/malformed", "tidemark.reason=malformed", "tidemark.message=expected ':'",
                "tidemark.field=customer.city", "tidemark.position=12", "tidemark.topic=orders", "tidemark.partition=3",
                "tidemark.offset=7", "tidemark.timestamp=1700000000123", "tidemark.topology=totals",
                "tidemark.contract=Order", "tidemark.time=2026-01-01T00:00:00.25Z",
            ])
        #expect(sink.counts == [.malformed: 1, .late: 1, .duplicate: 1, .contractViolation: 1])
    }

    @Test func aLetterThatIsTooLargeIsSentWithoutWhatDoesNotFit() throws {
        // The client takes 1,000,000 bytes.
        let large = [UInt8](repeating: 7, count: 1_200_000)
        sink.stage([
            letter(1, key: [1], value: [1]), letter(2, key: [2], value: large, headers: [RecordHeader("h", [2])]),
            letter(3, key: large, value: [3]), letter(4, key: [4], value: [4]),
        ])
        try sink.commit(sink.prepare(at: 0))
        let all = try received(5)
        #expect(Set(all.map { $0.header("offset") }) == ["1", "2", "3", "4"])
        let second = try #require(all.last { $0.header("offset") == "2" })
        #expect(second.key == [2] && second.value == nil && second.header("omitted") == "value")
        #expect(second.headers.first == RecordHeader("h", [2]))
        let third = try #require(all.last { $0.header("offset") == "3" })
        #expect(third.key == nil && third.value == nil && third.header("omitted") == "key, value, headers")
        for offset in ["1", "4"] {
            let whole = try #require(all.last { $0.header("offset") == offset })
            #expect(whole.value == [UInt8(offset)!] && whole.header("omitted") == nil)
        }
    }

    @Test func aTopicThatTakesLessThanTheClientStopsNothing() throws {
        // The broker refuses the first batch as too large, and the letter with its value after that.
        cluster.failNext(requests: 0, with: [10, 10])
        sink.stage([letter(1, key: [1], value: [UInt8](repeating: 1, count: 900_000))])
        try sink.commit(sink.prepare(at: 0))
        let all = try received(1)
        #expect(all.map { $0.header("omitted") } == ["value"])
        #expect(all.first?.key == [1])
    }
}
