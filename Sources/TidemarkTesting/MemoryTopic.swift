import Columnar
import Dataflow

/// A record that a topology sent to a topic.
public struct TopicRecord: Hashable, Sendable {
    /// Nil for a record without a key.
    public var key: String?
    /// Nil for a record that takes away what has its key.
    public var value: String?
    /// ms since 1970 UTC; 0 for the time of sending.
    public var timestamp: Int64
}

/// A topic in memory: all records, as they would be sent.
struct MemoryTopic {
    /// By the step that writes.
    private var encoders: [Int: any RecordEncoder] = [:]
    private var isChangelog = false
    private(set) var records: [TopicRecord] = []

    /// Lets a step write to the topic.
    mutating func add(step: Int, _ encoder: any RecordEncoder, isChangelog: Bool) {
        encoders[step] = encoder
        self.isChangelog = self.isChangelog || isChangelog
    }

    /// The records stay; steps of another plan are to write.
    mutating func removeWriters() { encoders = [:] }

    mutating func write(_ batch: RecordBatch, step: Int) {
        guard let encoded = encoders[step]?.encode(batch) else { return }
        for row in 0..<encoded.count {
            records.append(
                TopicRecord(
                    key: Self.text(encoded.keys, row), value: Self.text(encoded.values, row),
                    timestamp: encoded.timestamps[row]))
        }
    }

    private static func text(_ column: ColumnVector, _ row: Int) -> String? {
        guard !column.isNull(row), case .binary(let values) = column.values else { return nil }
        return values.string(row)
    }

    /// What can be compared with another run: the order of a changelog's records is that of the rounds.
    var text: [String] {
        (isChangelog ? compacted : records).map { record in
            "\(record.key ?? "-") \(record.value ?? "-") \(record.timestamp)"
        }.sorted()
    }

    var compacted: [TopicRecord] {
        var newest: [String: TopicRecord] = [:]
        for record in records {
            guard let key = record.key else { continue }
            newest[key] = record.value == nil ? nil : record
        }
        return newest.values.sorted { $0.key ?? "" < $1.key ?? "" }
    }
}
