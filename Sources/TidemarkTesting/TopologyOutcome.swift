import Dataflow

/// What a topology made of its input.
public struct TopologyOutcome: Hashable, Sendable {
    /// The rows of each table as text, sorted: `name=value` by column.
    public var tables: [String: [String]]
    /// The records of each topic as text, sorted, `key value time`: all of them, or what a changelog comes to when it is
    /// compacted.
    public var topics: [String: [String]]
    /// The dead letters as text, sorted: `topic step, partition, offset, reason, field and message`.
    public var deadLetters: [String]
    /// What became of the records, for each path from a source to a table.
    public var reconciliations: [Reconciliation]

    public init(
        tables: [String: [String]], topics: [String: [String]] = [:], deadLetters: [String],
        reconciliations: [Reconciliation]
    ) {
        self.tables = tables
        self.topics = topics
        self.deadLetters = deadLetters
        self.reconciliations = reconciliations
    }

    /// The rows of a table as text, sorted; none when there is no such table.
    public func rows(of table: String) -> [String] { tables[table] ?? [] }

    /// What became of the records of the first path.
    public var reconciliation: Reconciliation { reconciliations.first ?? Reconciliation() }
}

extension TopologyOutcome {
    var counts: String { reconciliations.map { "\($0)" }.joined(separator: "; ") }

    /// What is another than in `expected`, a line each, the first few of each kind.
    func differences(from expected: TopologyOutcome) -> String {
        var lines: [String] = []
        for table in Set(tables.keys).union(expected.tables.keys).sorted() {
            lines += Self.differences(table, expected.rows(of: table), rows(of: table))
        }
        for topic in Set(topics.keys).union(expected.topics.keys).sorted() {
            lines += Self.differences("topic \(topic)", expected.topics[topic] ?? [], topics[topic] ?? [])
        }
        lines += Self.differences("dead letters", expected.deadLetters, deadLetters)
        if reconciliations != expected.reconciliations { lines.append("counts: \(expected.counts) against \(counts)") }
        return lines.map { "  " + $0 }.joined(separator: "\n")
    }

    private static func differences(_ name: String, _ expected: [String], _ actual: [String]) -> [String] {
        let shown = 5
        func lines(_ sign: String, _ rows: [String], without others: [String]) -> [String] {
            var left: [String: Int] = others.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            let only = rows.filter { row in
                left[row, default: 0] -= 1
                return left[row, default: 0] < 0
            }
            let more = only.count > shown ? ["\(name): \(sign) and \(only.count - shown) more"] : []
            return only.prefix(shown).map { "\(name): \(sign) \($0)" } + more
        }
        return lines("-", expected, without: actual) + lines("+", actual, without: expected)
    }
}

extension DeadLetter {
    /// The letter without its bytes, which are those of the record at the place that it names.
    var text: String {
        "step \(source) \(partition)-\(offset) \(reason.rawValue) \(field ?? "-") \(position.map { "\($0)" } ?? "-") "
            + message
    }
}
