import Columnar
import TestSupport
import Testing
import TidemarkTesting

@testable import Dataflow

/// In which order the records of several sources come. Every order must give the same result.
enum Interleaving: CaseIterable, Sendable {
    /// All of the first source, then all of the second, and so on.
    case firstFirst
    case lastFirst
    case alternating
    case random

    /// Source and index of every record; those of a source stay in their order.
    func order(_ sources: [[Event]]) -> [(source: Int, index: Int)] {
        let all = sources.indices.map { source in sources[source].indices.map { (source: source, index: $0) } }
        switch self {
        case .firstFirst: return Array(all.joined())
        case .lastFirst: return Array(all.reversed().joined())
        case .alternating:
            let longest = all.map(\.count).max() ?? 0
            return (0..<longest).flatMap { index in all.compactMap { index < $0.count ? $0[index] : nil } }
        case .random:
            var random = SplitMix(state: 99)
            var next = all.map { _ in 0 }
            return all.joined().indices.map { _ in
                while true {
                    let source = Int.random(in: all.indices, using: &random)
                    guard next[source] < all[source].count else { continue }
                    defer { next[source] += 1 }
                    return all[source][next[source]]
                }
            }
        }
    }
}

/// What a plan of several sources gave.
struct StreamsResult: Equatable {
    /// All rows in ascending order; nil for null.
    var rows: [[Int64?]] = []
    /// Offsets by source.
    var late: [[Int64]]
    var duplicates: [[Int64]]
    /// What became of each source's records, in the first step in which they end.
    var counts: [Reconciliation]

    init(sources: Int) {
        late = Array(repeating: [], count: sources)
        duplicates = late
        counts = Array(repeating: Reconciliation(), count: sources)
    }

    mutating func sort() {
        rows.sort { left, right in
            left.lexicographicallyPrecedes(right) { ($0 ?? .min, $0 == nil ? 0 : 1) < ($1 ?? .min, $1 == nil ? 0 : 1) }
        }
        for source in late.indices {
            late[source].sort()
            duplicates[source].sort()
        }
    }
}

/// Hands streams to a plan's sources, in the order of their steps, and collects what it gives.
struct StreamsRun {
    let plan: LogicalPlan
    let delivery: Delivery
    /// Partitions that have nothing to read.
    var idle: [(source: Int, partition: Int32)] = []
    private let readers: [Int]
    private let partitions: [[Int32]]
    private var lanes: [Int]
    private var execution: Execution
    private var checkpoints = StoredCheckpoints()
    private var result: StreamsResult

    init(_ plan: LogicalPlan, partitions: [[Int32]], _ delivery: Delivery) throws {
        self.plan = plan
        self.delivery = delivery
        self.partitions = partitions
        readers = plan.steps.indices.filter { plan.steps[$0].inputs.isEmpty }
        lanes = delivery.parallelism
        execution = try Self.execution(plan, readers, lanes[0])
        result = StreamsResult(sources: readers.count)
    }

    private static func execution(_ plan: LogicalPlan, _ readers: [Int], _ parallelism: Int) throws -> Execution {
        let decoders = Dictionary(uniqueKeysWithValues: readers.map { ($0, EventDecoder()) })
        return try Execution(plan, decoders: decoders, parallelism: parallelism)
    }

    /// One round with these records; `offset` of each within its source.
    mutating func feed(_ records: [(source: Int, offset: Int, event: Event)], endOfInput: Bool = false) throws {
        var raw: [Int: [Int32: RawRecords]] = [:]
        for (source, offset, event) in records {
            let words = [event.second * 1_000_000, event.key, event.value]
            raw[source, default: [:]][event.partition, default: RawRecords(partition: event.partition)].append(
                value: words.withUnsafeBytes(Array.init), offset: Int64(offset))
        }
        let inputs = readers.indices.map { source in
            Execution.SourceInput(
                step: readers[source], records: (raw[source] ?? [:]).sorted { $0.key < $1.key }.map(\.value),
                partitions: partitions[source].map { number in
                    (number: number, isIdle: idle.contains { $0.source == source && $0.partition == number })
                })
        }
        collect(execution.round(inputs, endOfInput: endOfInput))
        if delivery.restarts && !endOfInput { try restart() }
    }

    private mutating func restart() throws {
        let checkpoint = try checkpoints.store { [plan, execution] extent in
            Checkpoint(
                epoch: 1, topology: plan.name, plan: plan.text, stateID: "", positions: [:],
                state: execution.snapshot(extent), prepared: [:])
        }
        lanes.append(lanes.removeFirst())
        execution = try Self.execution(plan, readers, lanes[0])
        try execution.restore(checkpoint.state)
    }

    private mutating func collect(_ output: Execution.RoundOutput) {
        for batch in output.rows.sorted(by: { $0.key < $1.key }).flatMap(\.value) {
            for row in 0..<batch.count {
                result.rows.append(
                    batch.columns.map { column in
                        switch column.scalar(at: row) {
                        case .int64(let value), .timestamp(let value): value
                        default: nil
                        }
                    })
            }
        }
        for letter in output.deadLetters {
            guard let source = readers.firstIndex(of: letter.source) else { continue }
            if letter.reason == .late {
                result.late[source].append(letter.offset)
            } else {
                result.duplicates[source].append(letter.offset)
            }
        }
    }

    /// The rows that were given so far and not taken yet.
    mutating func takeRows() -> [[Int64?]] {
        defer { result.rows = [] }
        result.sort()
        return result.rows
    }

    /// What was given since the beginning, or the last `takeRows`.
    func finished() -> StreamsResult {
        var result = result
        result.sort()
        let all = execution.reconciliations()
        for (source, step) in readers.enumerated() {
            result.counts[source] = all.first { $0.source == step }?.counts ?? Reconciliation()
        }
        return result
    }
}

/// Runs streams through a plan to their end.
func run(
    _ plan: LogicalPlan, _ sources: [[Event]], _ delivery: Delivery, _ interleaving: Interleaving
) throws -> StreamsResult {
    let partitions = sources.map { Set($0.map(\.partition)).union([0]).sorted() }
    var run = try StreamsRun(plan, partitions: partitions, delivery)
    let records = interleaving.order(sources).map { source, index in
        (source: source, offset: index, event: sources[source][index])
    }
    for start in stride(from: 0, to: records.count, by: delivery.batch) {
        try run.feed(Array(records[start..<min(start + delivery.batch, records.count)]))
    }
    try run.feed([], endOfInput: true)
    return run.finished()
}
