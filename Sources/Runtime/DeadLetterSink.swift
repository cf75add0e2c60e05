import Columnar
import Dataflow
import Foundation
import KafkaConnector

/// Sends the dead letters of one source to its topic: the raw key and value, with the context in headers.
///
/// A letter that the topic does not take for its size is sent without its value, or with its context only: the record
/// stands in the source's topic. One record must not stop a stream.
///
/// At least once: what an epoch dropped is part of its checkpoint and is sent again after a crash. The header `id` is
/// the same each time, so that a reader sees repeats.
package final class DeadLetterSink {
    private let topology: String
    private let source: SourceDescription
    private let topic: String
    private let producer: any LetterProducer
    private var staged: [DeadLetter] = []
    private(set) var counts: [RejectionReason: Int] = [:]

    init(topology: String, source: SourceDescription, topic: String, producer: any LetterProducer) {
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
        guard !letters.isEmpty else { return }
        do {
            for stored in letters { try send(stored, .whole) }
            try flush()
        } catch let error as KafkaError where error.kind == .tooLarge {
            // It is not known which: all again, one by one. The others that were refused are told first.
            while (try? flush()) == nil { if producer.outstanding > 0 { throw error } }
            for stored in letters { try sendWhatFits(stored) }
        }
    }

    /// How much of a letter is sent.
    private enum Extent: CaseIterable {
        case whole, withoutValue, contextOnly
    }

    private func sendWhatFits(_ stored: StoredLetter) throws {
        for extent in Extent.allCases {
            do {
                try send(stored, extent)
                return try flush()
            } catch let error as KafkaError where error.kind == .tooLarge && extent != .contextOnly {}
        }
    }

    private func flush() throws { try producer.flush(timeoutMilliseconds: 60_000) }

    private func send(_ stored: StoredLetter, _ extent: Extent) throws {
        try producer.produce(
            topic: topic, partition: nil, key: extent == .contextOnly ? nil : stored.letter.key,
            value: extent == .whole ? stored.letter.value : nil, headers: headers(stored, extent),
            timestamp: stored.time / 1000)
    }

    private func headers(_ stored: StoredLetter, _ extent: Extent) -> [RecordHeader] {
        let letter = stored.letter
        var headers = extent == .contextOnly ? [] : letter.headers
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
        switch extent {
        case .whole: break
        case .withoutValue: add("omitted", "value")
        case .contextOnly: add("omitted", "key, value, headers")
        }
        return headers
    }
}
