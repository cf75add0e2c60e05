import Columnar
import Dataflow

/// What a topology made of its topics.
public struct Outcome: Hashable, Sendable {
    /// The rows of each table as text, sorted.
    public var tables: [String: [String]] = [:]
    /// What readers of committed records find in each topic, by partition.
    public var topics: [String: [[TopicRecord]]] = [:]
    /// The identities of the dead letters.
    public var letters: Set<String> = []
    public var counts: [Path] = []

    public struct TopicRecord: Hashable, Sendable {
        public var key: String?
        public var value: String?
    }

    /// What became of the records of a source, by the step in which they end.
    public struct Path: Hashable, Sendable {
        public var source: Int
        public var step: Int
        public var counts: Reconciliation
    }

    public init() {}

    /// A row as text: `name=value` by column.
    static func line(_ row: [(name: String, value: Scalar)]) -> String {
        row.map { "\($0.name)=\($0.value.plainText)" }.joined(separator: " ")
    }
}

extension Scalar {
    /// The value without its type; times in µs.
    var plainText: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int32(let value), .date(let value): "\(value)"
        case .int64(let value), .timestamp(let value): "\(value)"
        case .double(let value): "\(value)"
        case .decimal(let value, let scale): "\(value)e-\(scale)"
        case .string(let value): value
        case .bytes(let value): "\(value)"
        case .list(let values), .struct(let values): "[\(values.map(\.plainText).joined(separator: ", "))]"
        case .map(let entries):
            "{\(entries.map { "\($0.key.plainText): \($0.value.plainText)" }.sorted().joined(separator: ", "))}"
        }
    }
}
