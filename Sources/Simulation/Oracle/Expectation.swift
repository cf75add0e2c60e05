import Columnar
import Dataflow
import Foundation
import Runtime

/// What a topology must have made of its topics in the end.
struct Expectation {
    /// The rows of each table as text, sorted.
    var tables: [String: [String]] = [:]
    /// The rows of each topic.
    var topics: [String: Topic] = [:]
    var letters: Set<String> = []
    var counts: [Outcome.Path] = []

    struct Topic {
        var columns: [String]
        /// By their columns as text, sorted.
        var rows: [String] = []
        /// Whether later records replace earlier ones with the same key.
        var isChangelog = false
        /// Whether records may be there more than once.
        var mayRepeat = false
    }
}

extension BatchOracle {
    mutating func write(_ rows: [OracleRow], _ sink: SinkDescription, _ number: Int) throws {
        let columns = try Execution(plan, decoders: PlanBinder.decoders(plan)).schemas[number].fields.map(\.name)
        func line(_ row: OracleRow) -> String { Outcome.line(columns.map { ($0, row.values[$0] ?? .null) }) }
        switch sink.destination {
        case .table(let name, .append): outcome.tables[name] = rows.map(line).sorted()
        case .table(let name, .merge(let keys)): outcome.tables[name] = Self.newest(rows, by: keys).map(line).sorted()
        case .topic(let description):
            var topic = Expectation.Topic(columns: columns)
            topic.mayRepeat = description.delivery == .atLeastOnce
            topic.isChangelog = try plan.changelogs()[number]
            topic.rows = (topic.isChangelog ? Self.newest(rows, by: description.keys) : rows).map(line).sorted()
            outcome.topics[description.topic] = topic
        }
    }

    /// The last row of each key.
    private static func newest(_ rows: [OracleRow], by keys: [String]) -> [OracleRow] {
        let newest = rows.reduce(into: [[Scalar]: OracleRow]()) { newest, row in
            newest[keys.map { row.values[$0] ?? .null }] = row
        }
        return Array(newest.values)
    }
}

extension Expectation {
    /// What an outcome has otherwise, a line each; none when it is right.
    func differences(from outcome: Outcome) -> [String] {
        var lines: [String] = []
        for (name, rows) in tables.sorted(by: { $0.key < $1.key }) {
            lines += RowDifferences.lines("table \(name)", expected: rows, actual: outcome.tables[name] ?? [])
        }
        for (name, topic) in topics.sorted(by: { $0.key < $1.key }) {
            lines += RowDifferences.lines(
                "topic \(name)", expected: topic.mayRepeat ? Set(topic.rows).sorted() : topic.rows,
                actual: topic.rows(of: outcome.topics[name] ?? []))
        }
        lines += RowDifferences.lines("dead letters", expected: letters.sorted(), actual: outcome.letters.sorted())
        let expectedCounts = counts.map(\.text).sorted()
        lines += RowDifferences.lines("counts", expected: expectedCounts, actual: outcome.counts.map(\.text).sorted())
        return lines
    }
}

extension Expectation {
    /// That another run gives the same as one did.
    init(_ outcome: Outcome, of plan: LogicalPlan) throws {
        (tables, letters, counts) = (outcome.tables, outcome.letters, outcome.counts)
        let schemas = try Execution(plan, decoders: PlanBinder.decoders(plan)).schemas
        let changelogs = try plan.changelogs()
        for (step, sink) in plan.sinks {
            guard case .topic(let description) = sink.destination else { continue }
            var topic = Topic(columns: schemas[step].fields.map(\.name))
            topic.isChangelog = changelogs[step]
            topic.mayRepeat = description.delivery == .atLeastOnce
            topic.rows = topic.rows(of: outcome.topics[description.topic] ?? [])
            topics[description.topic] = topic
        }
    }
}

extension Outcome.Path {
    var text: String {
        "source \(source) to step \(step): read \(counts.read), filtered \(counts.filtered), processed "
            + "\(counts.processed), late \(counts.late), duplicate \(counts.duplicate), malformed \(counts.malformed), "
            + "added \(counts.added)"
    }
}

extension Expectation.Topic {
    /// The rows that the records of a topic hold, as text, sorted.
    func rows(of partitions: [[Outcome.TopicRecord]]) -> [String] {
        let values = partitions.flatMap { records -> [String] in
            guard isChangelog else { return records.map { $0.value ?? "a record without a value" } }
            return records.reduce(into: [String: String]()) { $0[$1.key ?? ""] = $1.value }.values.map { $0 }
        }
        let rows = values.map(row)
        return (mayRepeat ? Array(Set(rows)) : rows).sorted()
    }

    private func row(_ value: String) -> String {
        guard let object = try? JSONSerialization.jsonObject(with: Data(value.utf8)) as? [String: Any] else {
            return "no JSON object: \(value)"
        }
        return columns.map { "\($0)=\(Self.text(object[$0]))" }.joined(separator: " ")
    }

    private static func text(_ value: Any?) -> String {
        switch value {
        case nil, is NSNull: "null"
        // A time stands there as text; other texts do not look like one.
        case let text as String: TimestampText.microseconds(text).map { "\($0)" } ?? text
        case let number as NSNumber: "\(number)"
        default: "\(value ?? "null")"
        }
    }
}

/// How two lists of rows differ, the first few of each kind.
enum RowDifferences {
    private static let shown = 5

    static func lines(_ name: String, expected: [String], actual: [String]) -> [String] {
        only(expected, without: actual).map { "\(name): missing \($0)" }
            + only(actual, without: expected).map { "\(name): unexpected \($0)" }
    }

    private static func only(_ rows: [String], without others: [String]) -> [String] {
        var left: [String: Int] = others.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let only = rows.filter { row in
            left[row, default: 0] -= 1
            return left[row, default: 0] < 0
        }
        return only.prefix(shown) + (only.count > shown ? ["… \(only.count - shown) more"] : [])
    }
}
