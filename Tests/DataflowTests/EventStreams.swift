import Columnar
import Testing

@testable import Dataflow
import TestSupport
import TidemarkTesting

/// A row of the random streams: partition, event time in seconds, key, value.
struct Event: Hashable {
    var partition: Int32
    var second: Int64
    var key: Int64
    var value: Int64
}

/// A decoder of nothing: the tests feed events as eight-byte words.
struct EventDecoder: RecordDecoder {
    static let contract = ContractDescription(
        name: "Event",
        columns: [
            .init(Field("time", .timestamp)), .init(Field("key", .int64)), .init(Field("value", .int64)),
        ])
    var schema: RecordSchema { Self.contract.schema }

    func decode(_ records: RawRecords) -> DecodedRecords {
        var columns: [[Int64]] = [[], [], []]
        for row in 0..<records.count {
            let words = Array(records.value(row) ?? []).withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
            for index in 0..<3 { columns[index].append(words[index]) }
        }
        let batch = RecordBatch(
            schema: schema,
            columns: [
                ColumnVector(.timestamp, .int64(columns[0])), ColumnVector(.int64, .int64(columns[1])),
                ColumnVector(.int64, .int64(columns[2])),
            ], count: records.count,
            origin: RowOrigins(
                partitions: [Int32](repeating: records.partition, count: records.count), offsets: records.offsets))
        return DecodedRecords(batch: batch, rejected: [])
    }
}

/// How a test hands a stream to a plan: every way must give the same result.
struct Delivery: CustomStringConvertible, Sendable {
    var batch: Int
    var restarts: Bool
    var parallelism: [Int]
    /// Bytes of memory for state; nil: what it takes.
    var memory: Int?
    var description: String {
        "batches of \(batch), restarts \(restarts), parallelism \(parallelism)"
            + (memory.map { ", \($0) bytes of memory" } ?? "")
    }

    static let all = [
        Delivery(batch: 1000, restarts: false, parallelism: [1]), Delivery(batch: 1, restarts: false, parallelism: [1]),
        Delivery(batch: 7, restarts: true, parallelism: [1]),
        Delivery(batch: 1, restarts: true, parallelism: [1, 3, 2]),
        Delivery(batch: 50, restarts: false, parallelism: [3]),
        // All that can goes to files in every round.
        Delivery(batch: 50, restarts: false, parallelism: [1], memory: 1),
        Delivery(batch: 7, restarts: true, parallelism: [1, 3, 2], memory: 1),
    ]
}

/// What a plan gave for a stream: its rows as a merge by `keyColumns` leaves them, and its dropped records.
struct PlanResult: Equatable {
    var table: [[Int64]: [Int64]] = [:]
    var late: [Int64] = []
    var duplicates: [Int64] = []
    var counts = Reconciliation()
}

func run(_ plan: LogicalPlan, _ events: [Event], keyColumns: Int, _ delivery: Delivery) throws -> PlanResult {
    var result = PlanResult()
    var lanes = delivery.parallelism
    let files = TestSpillStore()
    func make() throws -> Execution {
        let execution = try Execution(plan, decoders: [0: EventDecoder()], parallelism: lanes[0])
        if let memory = delivery.memory { execution.setMemoryBudget(memory, store: files) }
        return execution
    }
    var execution = try make()
    var checkpoints = StoredCheckpoints()
    let partitions = Set(events.map(\.partition)).sorted().map { (number: $0, isIdle: false) }
    func collect(_ output: Execution.RoundOutput) {
        for batch in output.rows.values.joined() {
            for row in 0..<batch.count {
                let values = batch.columns.map { column -> Int64 in
                    switch column.scalar(at: row) {
                    case .int64(let value), .timestamp(let value): value
                    default: .min
                    }
                }
                result.table[Array(values.prefix(keyColumns))] = batch.deletions?[row] == true ? nil : values
            }
        }
        for letter in output.deadLetters {
            if letter.reason == .late {
                result.late.append(letter.offset)
            } else {
                result.duplicates.append(letter.offset)
            }
        }
    }
    for start in stride(from: 0, to: events.count, by: delivery.batch) {
        var records: [Int32: RawRecords] = [:]
        for index in start..<min(start + delivery.batch, events.count) {
            let event = events[index]
            let words = [event.second * 1_000_000, event.key, event.value]
            records[event.partition, default: RawRecords(partition: event.partition)].append(
                value: words.withUnsafeBytes(Array.init), offset: Int64(index))
        }
        let input = Execution.SourceInput(
            step: 0, records: records.sorted { $0.key < $1.key }.map(\.value), partitions: partitions)
        collect(execution.round([input]))
        if delivery.restarts {
            let checkpoint = try checkpoints.store { extent in
                Checkpoint(
                    epoch: 1, topology: plan.name, plan: plan.text, stateID: "", positions: [:],
                    state: execution.snapshot(extent), prepared: [:])
            }
            lanes.append(lanes.removeFirst())
            execution = try make()
            try execution.restore(checkpoint.state)
        }
    }
    repeat {
        collect(execution.round([.init(step: 0, records: [], partitions: partitions)], endOfInput: true))
    } while execution.isGiving
    if let failure = execution.memoryFailure { throw failure }
    result.late.sort()
    result.duplicates.sort()
    result.counts = execution.reconciliations()[0].counts
    return result
}

/// Three events every so many seconds, of which every other is up to 25 seconds too old.
func randomEvents(_ count: Int, partitions: Int32, seed: UInt64, every seconds: Int64 = 1) -> [Event] {
    var random = SplitMix(state: seed)
    return (0..<count).map { index in
        Event(
            partition: Int32.random(in: 0..<partitions, using: &random),
            second: Int64(index) / 3 * seconds - 40 - Int64.random(in: 0...25, using: &random)
                * Int64.random(in: 0...1, using: &random),
            key: Int64.random(in: 0..<6, using: &random), value: Int64.random(in: -100...100, using: &random))
    }
}
