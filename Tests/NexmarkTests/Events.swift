import Foundation
import TestSupport
import TidemarkTesting

/// Generated events, as they are fed to a topology, and what DuckDB makes of them.
struct Events: Sendable {
    private struct Event: Sendable {
        /// Its place among all events.
        var number: Int
        var topic: String
        var partition: Int32
        var record: String
    }

    private let directory: TemporaryDirectory
    private let events: [Event]
    /// How many events come together.
    private static let round = 40
    /// When event 0 comes by the clock, µs since 1970 UTC, and how long after it each of the others.
    private static let midnight: Int64 = 1_772_409_600_000_000
    private static let step: Int64 = 50_000

    /// Of every fifty events one is a person, three are auctions, the rest are bids; the files hold each kind in order.
    init(count: Int) throws {
        directory = try TemporaryDirectory()
        let arguments = ["--count", "\(count)", "--per-second", "20", "--seed", "5"]
        _ = try Python.run(topology: "nexmark/events.py", [directory.path] + arguments)
        var events: [Event] = []
        for (topic, first, each) in [("persons", 0, 1), ("auctions", 1, 3), ("bids", 4, 46)] {
            let lines = try String(contentsOfFile: directory.path + "/\(topic).jsonl", encoding: .utf8)
            for (index, line) in lines.split(separator: "\n").enumerated() {
                let number = index / each * 50 + first + index % each
                events.append(
                    Event(number: number, topic: topic, partition: Int32(index % 2), record: String(line)))
            }
        }
        self.events = events.sorted { $0.number < $1.number }
    }

    /// All events of some topics, in two partitions each, in the order in which they came.
    /// - Parameter isByClock: whether each comes alone, at its time of day.
    func input(for topics: Set<String>, isByClock: Bool) -> TopologyInput {
        var input = TopologyInput()
        let events = events.filter { topics.contains($0.topic) }
        for start in stride(from: 0, to: events.count, by: isByClock ? 1 : Self.round) {
            let together = events[start..<min(start + (isByClock ? 1 : Self.round), events.count)]
            if isByClock {
                input.advance(processingTime: Self.midnight + Int64(together[start].number) * Self.step)
            }
            for topic in topics.sorted() {
                for partition: Int32 in 0..<2 {
                    let records = together.filter { $0.topic == topic && $0.partition == partition }.map(\.record)
                    if !records.isEmpty { input.feed(records, topic: topic, partition: partition) }
                }
            }
        }
        input.endInput()
        return input
    }

    /// The rows that DuckDB gives, as the harness shows rows, sorted.
    func expected(_ query: String) throws -> [String] {
        let rows = directory.path + "/\(query).rows"
        _ = try Python.run(topology: "nexmark/oracle.py", [query, directory.path, "--expected", rows])
        return try String(contentsOfFile: rows, encoding: .utf8).split(separator: "\n").map(String.init).sorted()
    }
}
