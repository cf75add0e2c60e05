import Dataflow

/// Rows that can be written to tables and topics: a stream with or without event time, or what an aggregation gives.
/// Writing ends a topology's path.
public protocol WritableStream<Rows> {
    /// The schema of the rows.
    associatedtype Rows: Schema
    /// Where in the topology the rows come from.
    var end: StreamEnd { get }
}

/// The end of a stream, for `WritableStream`.
public struct StreamEnd {
    let builder: TopologyBuilder
    let step: Int
}

extension WritableStream {
    /// Writes rows to a table, `database.table`; a row replaces the one with the same keys. Which of two rows with the
    /// same keys stays is defined when they come from one partition: the later.
    public func merge<each Key>(into table: String, on keys: repeat KeyPath<Rows, Column<each Key>>) {
        let names = columnNames(of: Rows.self, repeat each keys)
        if names.isEmpty {
            end.builder.problems.append(
                "merge(into: \"\(table)\") has no keys: say on which columns rows are the same, or append them")
        }
        write(table: table, .merge(keys: names))
    }

    /// Adds rows to a table, `database.table`, in partitions by columns.
    public func append<each Key>(
        to table: String, partitionedBy columns: repeat KeyPath<Rows, Column<each Key>>
    ) {
        let names = columnNames(of: Rows.self, repeat each columns)
        write(table: table, .append(partitionedBy: names))
    }

    /// Writes rows to a topic, one record each: a JSON object of all columns.
    ///
    /// - Parameters:
    ///   - key: the columns of the records' key, which decides the partition, so that records with the same key stay in
    ///     their order. The key of one column is the text of its value, that of several a JSON object. Rows that may
    ///     change later need one: a row replaces the one with the same key, and one that is taken away becomes a record
    ///     without a value (a tombstone), as compacted topics want it.
    ///   - delivery: `exactlyOnce` gives the records of an epoch in one transaction, to be read with
    ///     `isolation.level=read_committed`; `atLeastOnce` sends them as soon as they are there, and some of them again
    ///     after a crash.
    public func write<each Key>(
        to target: TopicTarget, as encoding: RowEncoding, key: repeat KeyPath<Rows, Column<each Key>>,
        delivery: TopicDescription.Delivery = .exactlyOnce
    ) {
        let isName = target.topic.utf8.allSatisfy { [0x2D, 0x2E, 0x5F].contains($0) || Character(.init($0)).isPlain }
        if target.topic.isEmpty || target.topic.utf8.count > 249 || !isName || [".", ".."].contains(target.topic) {
            end.builder.note(
                "'\(target.topic)' is not the name of a topic: write ASCII letters, digits, '.', '_' and '-', 249 at most"
            )
        }
        let keys = columnNames(of: Rows.self, repeat each key)
        let topic = TopicDescription(topic: target.topic, format: encoding.format, keys: keys, delivery: delivery)
        _ = end.builder.plan.add(.write(SinkDescription(topic: topic)), after: [end.step])
    }

    private func write(table: String, _ mode: SinkDescription.Mode) {
        let parts = table.split(separator: ".", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "_") == $0 || Character(.init($0)).isPlain }
        }
        if parts.count != 2 || !isName {
            end.builder.problems.append(
                "'\(table)' is not the name of a table: write database.table, in ASCII letters, digits and _")
        }
        _ = end.builder.plan.add(.write(SinkDescription(table: table, mode: mode)), after: [end.step])
    }
}

/// A topic that rows are written to.
public struct TopicTarget: Sendable {
    let topic: String

    /// A Kafka topic; it must be there.
    public static func kafka(topic: String) -> TopicTarget { TopicTarget(topic: topic) }
}

/// How rows are encoded as records.
public struct RowEncoding: Sendable {
    let format: TopicDescription.Format

    /// A JSON object of all columns: decimals as strings, instants and dates as ISO 8601, bytes as base64.
    public static var json: RowEncoding { RowEncoding(format: .json) }
}

extension Character {
    fileprivate var isPlain: Bool { isASCII && (isLetter || isNumber) }
}

func columnNames<S: Schema, each Key>(of schema: S.Type, _ paths: repeat KeyPath<S, Column<each Key>>) -> [String] {
    var names: [String] = []
    let instance = S()
    for path in repeat each paths { names.append(instance[keyPath: path].field.name) }
    return names
}
