import Columnar
import TestSupport
import Testing

@testable import Dataflow

/// State that is larger than memory: many more keys than the budget holds give the same rows, a part in each round, and what a
/// disk does wrong is an error.
@Suite struct SpillTests {
    private static let keys = 40_000
    private static let budget = 600_000

    private static func plan(_ kind: PlanStep.Kind, countsResults: Bool = false) -> LogicalPlan {
        var plan = LogicalPlan(name: "spill")
        let read = plan.add(
            .read(SourceDescription(topic: "events", contract: EventDecoder.contract, deadLetterTopic: "dead")))
        let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: 0), after: [read])
        var last = plan.add(kind, after: [timed])
        if countsResults {
            let counting = WindowedAggregation(
                window: WindowSpecification(size: 20_000_000, slide: 20_000_000), keys: [],
                aggregates: [.init("rows", .count, of: nil), .init("all", .sum, of: .column("n"))],
                outputs: [
                    Projection("start", .column(WindowedAggregation.windowStart)), Projection("rows", .column("rows")),
                    Projection("all", .column("all")),
                ])
            last = plan.add(.aggregate(counting), after: [last])
        }
        _ = plan.add(
            .write(SinkDescription(table: "t", mode: .merge(keys: [countsResults ? "start" : "key"]))), after: [last])
        return plan
    }

    private static func totals(_ window: WindowSpecification) -> PlanStep.Kind {
        .aggregate(
            WindowedAggregation(
                window: window, keys: [Projection("key", .column("key"))],
                aggregates: [.init("n", .count, of: nil), .init("sum", .sum, of: .column("value"))],
                outputs: [
                    Projection("key", .column("key")), Projection("n", .column("n")), Projection("sum", .column("sum")),
                ]))
    }

    /// One run over two rows of each key, in rounds of so many records.
    private final class Run {
        let plan: LogicalPlan
        let store = TestSpillStore()
        var lanes: [Int]
        var execution: Execution
        var rows: [[Int64]: Int] = [:]
        var table: [Int64: [Int64]] = [:]
        var late = 0
        var largestRound = 0
        var mostMemory = 0
        var roundsOfGiving = 0
        let restartsWhileGiving: Bool

        init(_ plan: LogicalPlan, lanes: [Int], restartsWhileGiving: Bool = false) throws {
            self.plan = plan
            self.lanes = lanes
            self.restartsWhileGiving = restartsWhileGiving
            execution = try Execution(plan, decoders: [0: EventDecoder()], parallelism: lanes[0])
            execution.setMemoryBudget(SpillTests.budget, store: store)
        }

        func restart() throws {
            let checkpoint = Checkpoint(
                epoch: 1, topology: plan.name, plan: plan.text, stateID: "", positions: [:],
                state: execution.snapshot(), prepared: [:])
            if let failure = execution.memoryFailure { throw failure }
            lanes.append(lanes.removeFirst())
            execution = try Execution(plan, decoders: [0: EventDecoder()], parallelism: lanes[0])
            execution.setMemoryBudget(SpillTests.budget, store: store)
            try execution.restore(try Checkpoint(decoding: checkpoint.encoded()).state)
        }

        func round(_ events: Range<Int> = 0..<0, endOfInput: Bool = false, _ event: (Int) -> [Int64] = { _ in [] })
            throws
        {
            var raw = RawRecords(partition: 0)
            for index in events {
                raw.append(value: event(index).withUnsafeBytes(Array.init), offset: Int64(index))
            }
            let output = execution.round(
                [.init(step: 0, records: [raw], partitions: [(number: 0, isIdle: false)])], endOfInput: endOfInput)
            if let failure = execution.memoryFailure { throw failure }
            var count = 0
            for batch in output.rows.values.joined() {
                count += batch.count
                let columns = batch.columns.map { column in
                    switch column.values {
                    case .int64(let values): values
                    default: [Int64]()
                    }
                }
                for row in 0..<batch.count {
                    let values = columns.map { $0[row] }
                    rows[values, default: 0] += 1
                    table[values[0]] = batch.deletions?[row] == true ? nil : values
                }
            }
            late += output.deadLetters.filter { $0.reason == .late }.count
            largestRound = max(largestRound, count)
            mostMemory = max(mostMemory, execution.stateSizes.reduce(0) { $0 + $1.memory })
            if execution.isGiving {
                roundsOfGiving += 1
                if restartsWhileGiving { try restart() }
            }
        }
    }

    /// The keys' numbers are mixed up, so that none of their order is in the files.
    private static func key(_ index: Int) -> Int64 { Int64(index * 7_919 % keys) }

    private static func feed(_ run: Run, _ event: (Int) -> [Int64]) throws {
        for start in stride(from: 0, to: 2 * keys, by: 4_000) {
            try run.round(start..<start + 4_000, event)
        }
    }

    @Test(arguments: [[1], [3], [2, 1, 3]])
    func aWindowWithMoreKeysThanMemory(lanes: [Int]) throws {
        let window = WindowSpecification(size: 10_000_000, slide: 10_000_000)
        let run = try Run(Self.plan(Self.totals(window)), lanes: lanes, restartsWhileGiving: lanes.count > 1)
        // The last second closes the window.
        try Self.feed(run) { [Int64($0 == 2 * Self.keys - 1 ? 11_000_000 : 1_000_000), Self.key($0), Int64($0)] }
        while run.execution.isGiving { try run.round() }
        var expected: [Int64: [Int64]] = [:]
        for index in 0..<2 * Self.keys - 1 {
            let key = Self.key(index)
            let known = expected[key] ?? [key, 0, 0]
            expected[key] = [key, known[1] + 1, known[2] + Int64(index)]
        }
        #expect(run.table == expected)
        #expect(run.rows.count == Self.keys && run.rows.values.allSatisfy { $0 == 1 }, "each row once")
        #expect(run.roundsOfGiving > 3 && run.largestRound < Self.keys / 4, "a part in each round")
        #expect(run.store.fileCount > 3 && run.mostMemory < Self.budget, "\(run.mostMemory)")
    }

    /// What takes the rows waits for the last of them, and none is late.
    @Test(arguments: [[1], [3, 2]])
    func theNextStepWaitsForAllRows(lanes: [Int]) throws {
        let window = WindowSpecification(size: 10_000_000, slide: 10_000_000)
        let run = try Run(
            Self.plan(Self.totals(window), countsResults: true), lanes: lanes, restartsWhileGiving: lanes.count > 1)
        try Self.feed(run) { [1_000_000, Self.key($0), Int64($0)] }
        try run.round(0..<1) { _ in [40_000_000, 1, 0] }
        while run.execution.isGiving { try run.round() }
        #expect(run.table == [0: [0, Int64(Self.keys), Int64(2 * Self.keys)]])
        #expect(run.roundsOfGiving > 3 && run.late == 0)
        repeat { try run.round(endOfInput: true) } while run.execution.isGiving
        #expect(run.table[40_000_000] == [40_000_000, 1, 1])
    }

    @Test(arguments: [nil, TimeToLive(microseconds: 320_000_000)] as [TimeToLive?])
    func totalsOverAllTime(timeToLive: TimeToLive?) throws {
        let window = WindowSpecification(.global, emission: .early(every: 0), timeToLive: timeToLive)
        let run = try Run(Self.plan(Self.totals(window)), lanes: [2])
        // A round a second: the second rows of the keys come 10 s after the first ones.
        try Self.feed(run) { [Int64($0 / 4_000 * 1_000_000), Self.key($0), Int64($0)] }
        try run.restart()
        #expect(run.table.count == Self.keys)
        for index in 0..<Self.keys {
            let key = Self.key(index)
            #expect(run.table[key] == [key, 2, Int64(2 * index + Self.keys)])
            if run.table[key]?[1] != 2 { break }
        }
        #expect(run.store.fileCount > 3 && run.mostMemory < Self.budget, "\(run.mostMemory)")
        guard timeToLive != nil else { return }
        // All but one are forgotten.
        try run.round(0..<2) { [Int64(300 + 60 * $0) * 1_000_000, 5, 0] }
        #expect(run.table.count == 1 && run.table[5]?[1] == 4)
    }

    @Test func keysOfDuplicatesAreRememberedAndForgotten() throws {
        let run = try Run(Self.plan(.dropDuplicates(keys: ["key"])), lanes: [2])
        // All in one second, so that none is forgotten meanwhile.
        for start in stride(from: 0, to: 2 * Self.keys, by: 4_000) {
            try run.round(start..<start + 4_000) { [1_000_000, Self.key($0), Int64($0)] }
        }
        #expect(run.rows.count == Self.keys && run.rows.values.allSatisfy { $0 == 1 })
        #expect(run.execution.reconciliations()[0].counts.duplicate == Self.keys)
        #expect(run.store.fileCount > 3 && run.mostMemory < Self.budget, "\(run.mostMemory)")
        try run.restart()
        try run.round(0..<1) { [2_000_000, Self.key($0), -1] }
        try run.round(0..<2) { [2_000_000, Self.key($0), -1] }
        #expect(run.rows.count == Self.keys + 2, "the watermark has passed the keys")
        #expect(run.execution.stateSizes[0].files == 0)
    }

    @Test func aFullDiskIsAnErrorAndTheCheckpointTheTruth() throws {
        let window = WindowSpecification(size: 10_000_000, slide: 10_000_000)
        let run = try Run(Self.plan(Self.totals(window)), lanes: [1])
        for start in stride(from: 0, to: Self.keys, by: 4_000) {
            try run.round(start..<start + 4_000) { [1_000_000, Self.key($0), 1] }
        }
        let state = run.execution.snapshot()
        run.store.limit = run.store.size
        #expect(throws: TestSpillStore.Full.self) {
            try run.round(0..<Self.keys) { [1_000_000, Self.key($0) + 1_000_000, 1] }
        }
        // It stays so: nothing that follows counts.
        #expect(run.execution.memoryFailure != nil)
        run.store.limit = .max
        run.execution = try Execution(run.plan, decoders: [0: EventDecoder()])
        run.execution.setMemoryBudget(Self.budget, store: run.store)
        try run.execution.restore(state)
        repeat { try run.round(endOfInput: true) } while run.execution.isGiving
        #expect(run.table.count == Self.keys && run.table.allSatisfy { $0.value == [$0.key, 1, 1] })
    }

    @Test func aDamagedFileIsAnError() throws {
        let window = WindowSpecification(size: 10_000_000, slide: 10_000_000)
        let run = try Run(Self.plan(Self.totals(window)), lanes: [1])
        for start in stride(from: 0, to: Self.keys, by: 4_000) {
            try run.round(start..<start + 4_000) { [1_000_000, Self.key($0), 1] }
        }
        run.store.damage()
        #expect { try run.round(endOfInput: true) } throws: { "\($0)".contains("is damaged") }
    }

    @Test func stateInFilesNeedsAStore() throws {
        let window = WindowSpecification(size: 10_000_000, slide: 10_000_000)
        let run = try Run(Self.plan(Self.totals(window)), lanes: [1])
        for start in stride(from: 0, to: Self.keys, by: 4_000) {
            try run.round(start..<start + 4_000) { [1_000_000, Self.key($0), 1] }
        }
        let state = run.execution.snapshot()
        #expect(!state.files.isEmpty)
        let other = try Execution(run.plan, decoders: [0: EventDecoder()])
        #expect { try other.restore(state) } throws: { "\($0)".contains("run with a memory budget") }
    }
}

/// Runs against a dictionary.
@Suite struct StateRunTests {
    @Test func rowsAreFoundByHashAndByStretch() throws {
        var random = SplitMix(state: 5)
        let store = TestSpillStore()
        // Few different hashes of some rows, so that several have one.
        let hashes = (0..<3_000).map { index in
            index < 300 ? UInt64(index % 3) << 40 : UInt64.random(in: 0...(.max), using: &random)
        }.sorted()
        var writer = try StateRunWriter(store, types: [.int64, .int64], expected: hashes.count)
        for start in stride(from: 0, to: hashes.count, by: 50) {
            let part = hashes[start..<start + 50]
            try writer.append(
                [
                    ColumnVector(.int64, .int64(part.map { Int64(bitPattern: $0) })),
                    ColumnVector(.int64, .int64((start..<start + 50).map { Int64($0) })),
                ], times: 1)
        }
        let written = try writer.finish(range: .all)
        let opened = try StateRunWriter.open(
            written.file.name, of: store, range: HashRange(Shard(index: 1, count: 3)), types: [.int64, .int64])
        #expect(opened.index.oldest == 0 && opened.index.newest == 2_999 && opened.index.rowCount == 3_000)
        for run in [written, opened] {
            let owned = hashes.indices.filter { run.range.contains(hashes[$0]) }
            let wanted = Set(owned.filter { $0 % 7 == 0 || $0 == 1 }.map { hashes[$0] } + [3, 4, .max]).sorted()
            #expect(try Self.rows(run.rows(with: wanted)) == owned.filter { wanted.contains(hashes[$0]) })
            for count in [1, 5, 40] {
                let parts = try HashRange.all.divided(into: count).map { try Self.rows(run.rows(in: $0)) }
                #expect(Array(parts.joined()) == owned)
            }
        }
    }

    private static func rows(_ columns: [ColumnVector]?) -> [Int] {
        guard let columns, case .int64(let values) = columns[1].values else { return [] }
        return values.map { Int($0) }
    }

    @Test func shardsOwnStretches() {
        var random = SplitMix(state: 7)
        for count in [1, 2, 3, 7, 128] {
            let ranges = (0..<count).map { HashRange(Shard(index: $0, count: count)) }
            #expect(ranges[0].first == 0 && ranges[count - 1].last == .max)
            #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.last + 1 == $1.first })
            for _ in 0..<200 {
                let hash = UInt64.random(in: 0...(.max), using: &random)
                #expect(ranges[Shard.owner(ofHash: hash, count: count)].contains(hash))
            }
        }
    }

    @Test func filtersForgetNothing() {
        var random = SplitMix(state: 9)
        let hashes = (0..<20_000).map { _ in UInt64.random(in: 0...(.max), using: &random) }
        var filter = HashFilter(count: hashes.count)
        for hash in hashes { filter.insert(hash) }
        #expect(hashes.allSatisfy(filter.mayContain))
        let others = (0..<20_000).filter { _ in filter.mayContain(UInt64.random(in: 0...(.max), using: &random)) }
        #expect(others.count < 600, "about one in a hundred")
    }
}
