import Dataflow
import Foundation

extension TopologyRunner.Summary {
    private struct Counts: Encodable {
        let topic, table: String
        let read, exploded, filtered, processed, late, duplicate, malformed: Int
        let balanced: Bool
        /// By reason, of this run.
        let deadLetters: [String: Int]
    }

    /// What became of every record: a line for people, or an object, for each topic and the table that its records end in.
    func text(json: Bool) -> String { json ? jsonText : plainText }

    /// - Throws: `RuntimeError` when a record is in none of the counts, or in two: an error of this program.
    func requireBalance() throws {
        for (_, table, counts) in reconciliations where !counts.isBalanced {
            throw RuntimeError("the counts of \(table) do not add up. Report this, with the output of explain")
        }
    }

    private var rows: [Counts] {
        let letters = Dictionary(uniqueKeysWithValues: deadLetters.map { ($0.key.rawValue, $0.value) })
        return reconciliations.map { topic, table, counts in
            Counts(
                topic: topic, table: table, read: counts.read, exploded: counts.exploded,
                filtered: counts.filtered, processed: counts.processed,
                late: counts.late, duplicate: counts.duplicate, malformed: counts.malformed,
                balanced: counts.isBalanced, deadLetters: letters)
        }
    }

    private var jsonText: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // One topic and sink is the common case, and reads as one object.
        let data = rows.count == 1 ? try? encoder.encode(rows[0]) : try? encoder.encode(rows)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private var plainText: String {
        let hasTopics = Set(rows.map(\.topic)).count > 1
        var lines = rows.map { row in
            "\(row.table)\(hasTopics ? " from \(row.topic)" : ""): \(row.read) read\(row.exploded > 0 ? " + \(row.exploded) exploded" : "") = \(row.filtered) filtered + \(row.processed) processed + \(row.late) late "
                + "+ \(row.duplicate) duplicate + \(row.malformed) malformed\(row.balanced ? "" : "  (DOES NOT BALANCE)")"
        }
        if !deadLetters.isEmpty {
            let counts = deadLetters.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                "\($0.key.rawValue) \($0.value)"
            }
            lines.append("dead letters: \(counts.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }
}
