import Columnar
import Dataflow
import Foundation
import KafkaConnector

/// Sends the dead letters of one source to its topic: the raw key and value, with the context in headers.
///
/// At least once: what an epoch dropped is part of its checkpoint and is sent again after a crash. The header `id` is
/// the same each time, so that a reader sees repeats.
final class DeadLetterSink {
    private let topology: String
    private let source: SourceDescription
    private let topic: String
    private let producer: KafkaProducer
    private var staged: [DeadLetter] = []
    private(set) var counts: [RejectionReason: Int] = [:]

    init(topology: String, source: SourceDescription, topic: String, producer: KafkaProducer) {
        self.topology = topology
        self.source = source
        self.topic = topic
        self.producer = producer
    }

    func stage(_ letters: [DeadLetter]) {
        staged += letters
        for letter in letters { counts[letter.reason, default: 0] += 1 }
    }

    /// Ends the epoch: its letters as bytes for the checkpoint.
    func prepare(at time: Int64) -> [UInt8] {
        defer { staged = [] }
        return DeadLetterCodec.encode(staged.map { StoredLetter(letter: $0, time: time) })
    }

    /// Sends what `prepare` gave, and returns when the brokers hold it.
    func commit(_ prepared: [UInt8]) throws {
        let letters = try DeadLetterCodec.decode(prepared)
        for stored in letters {
            try producer.produce(
                topic: topic, key: stored.letter.key, value: stored.letter.value, headers: headers(stored),
                timestamp: stored.time / 1000)
        }
        if !letters.isEmpty { try producer.flush(timeoutMilliseconds: 60_000) }
    }

    private func headers(_ stored: StoredLetter) -> [RecordHeader] {
        let letter = stored.letter
        var headers = letter.headers
        func add(_ name: String, _ value: String) {
            headers.append(RecordHeader("tidemark." + name, Array(value.utf8)))
        }
        add("id", "\(topology)/\(source.topic)-\(letter.partition)-\(letter.offset)/\(letter.reason.rawValue)")
        add("reason", letter.reason.rawValue)
        add("message", letter.message)
        if let field = letter.field { add("field", field) }
        if let position = letter.position { add("position", "\(position)") }
        add("topic", source.topic)
        add("partition", "\(letter.partition)")
        add("offset", "\(letter.offset)")
        add("timestamp", "\(letter.timestamp)")
        add("topology", topology)
        add("contract", source.contract.name)
        add("time", TimestampText.iso8601(stored.time))
        return headers
    }
}
