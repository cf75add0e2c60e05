import Columnar
import Testing

@testable import Dataflow

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
    var description: String { "batches of \(batch), restarts \(restarts), parallelism \(parallelism)" }

    static let all = [
        Delivery(batch: 1000, restarts: false, parallelism: [1]), Delivery(batch: 1, restarts: false, parallelism: [1]),
        Delivery(batch: 7, restarts: true, parallelism: [1]),
        Delivery(batch: 1, restarts: true, parallelism: [1, 3, 2]),
        Delivery(batch: 50, restarts: false, parallelism: [3]),
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
    func make() throws -> Execution { try Execution(plan, decoders: [0: EventDecoder()], parallelism: lanes[0]) }
    var execution = try make()
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
                result.table[Array(values.prefix(keyColumns))] = values
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
            let checkpoint = Checkpoint(
                epoch: 1, topology: plan.name, plan: plan.text, stateID: "", positions: [:],
                state: execution.snapshot(), prepared: [:])
            lanes.append(lanes.removeFirst())
            execution = try make()
            try execution.restore(try Checkpoint(decoding: checkpoint.encoded()).state)
        }
    }
    collect(execution.round([.init(step: 0, records: [], partitions: partitions)], endOfInput: true))
    result.late.sort()
    result.duplicates.sort()
    result.counts = execution.reconciliations()[0].counts
    return result
}

func randomEvents(_ count: Int, partitions: Int32, seed: UInt64) -> [Event] {
    var random = SplitMix(state: seed)
    return (0..<count).map { index in
        Event(
            partition: Int32.random(in: 0..<partitions, using: &random),
            second: Int64(index) / 3 - 40 - Int64.random(in: 0...25, using: &random)
                * Int64.random(in: 0...1, using: &random),
            key: Int64.random(in: 0..<6, using: &random), value: Int64.random(in: -100...100, using: &random))
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct WindowOracleTests {
    static let delay: Int64 = 10

    static func plan(_ window: WindowSpecification) -> LogicalPlan {
        var plan = LogicalPlan(name: "windows")
        let read = plan.add(
            .read(SourceDescription(topic: "events", contract: EventDecoder.contract, deadLetterTopic: "dead")))
        let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: delay * 1_000_000), after: [read])
        let aggregate = plan.add(
            .aggregate(
                WindowedAggregation(
                    window: window, keys: [Projection("key", .column("key"))],
                    aggregates: [
                        .init("n", .count, of: nil), .init("total", .sum, of: .column("value")),
                        .init("low", .min, of: .column("value")), .init("high", .max, of: .column("value")),
                    ],
                    outputs: [
                        Projection("start", .column(WindowedAggregation.windowStart)),
                        Projection("key", .column("key")),
                        Projection("n", .column("n")), Projection("total", .column("total")),
                        Projection("low", .column("low")), Projection("high", .column("high")),
                    ])), after: [timed])
        _ = plan.add(.write(SinkDescription(table: "t", mode: .merge(keys: ["start", "key"]))), after: [aggregate])
        return plan
    }

    /// The definition, row by row: no batches, panes or operators.
    static func oracle(_ events: [Event], size: Int64, slide: Int64, lateness: Int64) -> PlanResult {
        var result = PlanResult()
        var newest: [Int32: Int64] = [:]
        for (index, event) in events.enumerated() {
            let watermark = newest[event.partition].map { $0 - delay } ?? .min
            newest[event.partition] = max(newest[event.partition] ?? .min, event.second)
            var wasCounted = false
            for start in (event.second - size + 1)...event.second
            where start % slide == 0 && start + size + lateness > watermark {
                wasCounted = true
                let micros = start * 1_000_000
                let old = result.table[[micros, event.key]] ?? [micros, event.key, 0, 0, .max, .min]
                result.table[[micros, event.key]] = [
                    micros, event.key, old[2] + 1, old[3] + event.value, min(old[4], event.value),
                    max(old[5], event.value),
                ]
            }
            if !wasCounted { result.late.append(Int64(index)) }
        }
        result.counts.read = events.count
        result.counts.late = result.late.count
        result.counts.processed = events.count - result.late.count
        return result
    }

    @Test(arguments: Delivery.all)
    func equalsTheDefinitionInEveryDelivery(delivery: Delivery) throws {
        for (size, slide, lateness, emission) in [
            (10, 10, 0, WindowSpecification.Emission.onClose), (10, 2, 0, .onClose), (10, 4, 0, .onClose),
            (10, 10, 5, .onClose), (10, 10, 5, .updates), (10, 5, 7, .updates),
        ] as [(Int64, Int64, Int64, WindowSpecification.Emission)] {
            let plan = Self.plan(
                WindowSpecification(
                    size: size * 1_000_000, slide: slide * 1_000_000, allowedLateness: lateness * 1_000_000,
                    emission: emission))
            for seed in 0..<3 as Range<UInt64> {
                let events = randomEvents(400, partitions: Int32(seed) + 1, seed: seed)
                let expected = Self.oracle(events, size: size, slide: slide, lateness: lateness)
                #expect(!expected.late.isEmpty, "the stream has late rows")
                let actual = try run(plan, events, keyColumns: 2, delivery)
                #expect(
                    actual == expected, "size \(size), slide \(slide), lateness \(lateness), \(emission), seed \(seed)")
                #expect(actual.counts.isBalanced)
            }
        }
    }

    @Test(arguments: Delivery.all)
    func keepsTheFirstOfEachKey(delivery: Delivery) throws {
        var plan = LogicalPlan(name: "dedup")
        let source = SourceDescription(
            topic: "events", contract: EventDecoder.contract, deadLetterTopic: "dead", deadLettersDuplicates: true)
        let read = plan.add(.read(source))
        let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: Self.delay * 1_000_000), after: [read])
        let dedup = plan.add(.dropDuplicates(keys: ["key", "value"]), after: [timed])
        _ = plan.add(.write(SinkDescription(table: "t", mode: .append(partitionedBy: []))), after: [dedup])
        for seed in 0..<3 as Range<UInt64> {
            var events = randomEvents(400, partitions: 1, seed: seed)
            for index in events.indices where index % 5 == 4 {
                events[index].key = events[index - 1].key
                events[index].value = events[index - 1].value
            }
            var expected = PlanResult()
            var newest = Int64.min / 2
            var firstSeen: [[Int64]: Int64] = [:]
            for (index, event) in events.enumerated() {
                let watermark = newest - Self.delay
                newest = max(newest, event.second)
                let key = [event.key, event.value]
                if event.second < watermark {
                    expected.late.append(Int64(index))
                } else if let first = firstSeen[key], first >= watermark {
                    expected.duplicates.append(Int64(index))
                } else {
                    firstSeen[key] = event.second
                    expected.counts.processed += 1
                }
            }
            let actual = try run(plan, events, keyColumns: 3, delivery)
            #expect(actual.late == expected.late && actual.duplicates == expected.duplicates, "seed \(seed)")
            #expect(actual.counts.processed == expected.counts.processed && actual.counts.isBalanced)
            #expect(!expected.late.isEmpty && !expected.duplicates.isEmpty)
        }
    }
}
