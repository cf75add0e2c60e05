import Columnar
import Dataflow
import TestSupport
import Testing

@testable import Runtime

/// A source in memory: the event times of each partition, µs, read in order.
private final class MemorySource: Source {
    private let times: [[Int64]]
    private var positions: [Int]
    private(set) var paused: Set<Int32> = []
    /// Whether the brokers answer.
    var answers = true

    init(_ times: [[Int64]]) {
        self.times = times
        positions = Array(repeating: 0, count: times.count)
    }

    var partitions: [SourcePartition] {
        times.indices.map {
            SourcePartition(
                number: Int32($0), name: "events-\($0)", position: Int64(positions[$0]),
                endOffset: Int64(times[$0].count))
        }
    }

    var isRead: Bool { partitions.allSatisfy(\.isIdle) }
    /// The event time of the newest record of each partition that was read.
    var reached: [Int64?] { times.indices.map { positions[$0] == 0 ? nil : times[$0][positions[$0] - 1] } }

    func poll(limit: Int, timeoutMilliseconds: Int) -> [RawRecords] {
        times.indices.filter { !paused.contains(Int32($0)) }.compactMap { partition in
            var records = RawRecords(partition: Int32(partition))
            for offset in positions[partition]..<min(positions[partition] + limit, times[partition].count) {
                let bytes = withUnsafeBytes(of: times[partition][offset].littleEndian, Array.init)
                records.append(value: bytes, offset: Int64(offset))
            }
            positions[partition] += records.count
            return records.count == 0 ? nil : records
        }
    }

    func pause(_ partitions: [Int32]) { paused.formUnion(partitions) }
    func resume(_ partitions: [Int32]) { paused.subtract(partitions) }
    func confirmsEnd(timeoutMilliseconds: Int) -> Bool { answers && isRead }
    func seek(partition: Int32, to offset: Int64) { positions[Int(partition)] = Int(offset) }
    func seekToBeginning(of partition: Int32) { positions[Int(partition)] = 0 }
    func commit(_ positions: [Int32: Int64]) {}
}

/// One source without a thread of its own.
private final class DirectSource: PacedSources {
    private let source: MemorySource

    init(_ source: MemorySource) { self.source = source }

    var partitions: [Int: [SourcePartition]] { [0: source.partitions] }
    func pause(_ partitions: [Int32], of step: Int) { source.pause(partitions) }
    func resume(_ partitions: [Int32], of step: Int) { source.resume(partitions) }
    func confirmsEnd(of step: Int, timeoutMilliseconds: Int) -> Bool {
        source.confirmsEnd(timeoutMilliseconds: timeoutMilliseconds)
    }
}

/// Records of eight bytes, the event time.
private struct TimeDecoder: RecordDecoder {
    static let contract = ContractDescription(name: "Event", columns: [.init(Field("time", .timestamp))])
    var schema: RecordSchema { Self.contract.schema }

    func decode(_ records: RawRecords) -> DecodedRecords {
        let times = (0..<records.count).map { row in
            (records.value(row) ?? []).withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
        }
        let batch = RecordBatch(
            schema: schema, columns: [ColumnVector(.timestamp, .int64(times))], count: times.count,
            origin: RowOrigins(
                partitions: [Int32](repeating: records.partition, count: times.count), offsets: records.offsets))
        return DecodedRecords(batch: batch, rejected: [])
    }
}

@Suite struct TimeKeeperTests {
    static let second: Int64 = 1_000_000

    /// Counts by windows of ten seconds, over a source.
    private struct Setting {
        let source: MemorySource
        let execution: Execution
        let keeper: TimeKeeper
        let limit: Int

        init(_ times: [[Int64]], limit: Int, _ settings: TimeKeeper.Settings) throws {
            source = MemorySource(times)
            self.limit = limit
            var plan = LogicalPlan(name: "counts")
            let read = plan.add(.read(SourceDescription(topic: "events", contract: TimeDecoder.contract)))
            let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: 0), after: [read])
            let counted = plan.add(
                .aggregate(
                    WindowedAggregation(
                        window: WindowSpecification(size: 10 * second, slide: 10 * second), keys: [],
                        aggregates: [.init("n", .count, of: nil)], outputs: [Projection("n", .column("n"))])),
                after: [timed])
            _ = plan.add(.write(SinkDescription(table: "t.t", mode: .append(partitionedBy: []))), after: [counted])
            execution = try Execution(plan, decoders: [read: TimeDecoder()])
            keeper = TimeKeeper(
                execution, sources: DirectSource(source), settings: settings, roundRecords: limit)
        }

        /// A round: the counts of the windows that it closed.
        func round(at now: Int64) -> [Int64] {
            let records = source.poll(limit: limit, timeoutMilliseconds: 0)
            let input = Execution.SourceInput(
                step: 0, records: records, partitions: source.partitions.map { ($0.number, $0.isIdle) })
            let output = execution.round([input], at: now)
            keeper.update(read: records.isEmpty ? [] : [0], at: now)
            return output.rows.values.joined().flatMap { batch -> [Int64] in
                guard case .int64(let values) = batch.columns[0].values else { return [] }
                return values
            }
        }
    }

    @Test func aFastPartitionWaitsAndAllRecordsAreRead() throws {
        // A record a second beside one a minute, and one that has nothing.
        let times = [(0..<3000 as Range<Int64>).map { $0 * Self.second }, (0..<50).map { $0 * 60 * Self.second }, []]
        let bound = 100 * Self.second
        var settings = TimeKeeper.Settings()
        settings.alignment = bound
        let setting = try Setting(times, limit: 5, settings)
        var counted: Int64 = 0
        var waited = 0
        var rounds = 0
        while !setting.source.isRead, rounds < 5000 {
            counted += setting.round(at: 0).reduce(0, +)
            rounds += 1
            waited += setting.source.paused.isEmpty ? 0 : 1
            let reached = setting.source.reached
            // Until the slow one's rest is one round, the fast one is never further ahead than that and one round.
            if setting.source.partitions[0].backlog! > 5 {
                #expect(reached[1]! <= reached[0]! + bound + 5 * 60 * Self.second)
            }
        }
        #expect(setting.source.isRead && waited > 100, "\(rounds) rounds, \(waited) with one that waits")
        #expect(setting.keeper.paused.isEmpty || setting.source.isRead)
        let rest = setting.execution.round([], endOfInput: true, at: 0)
        for batch in rest.rows.values.joined() {
            if case .int64(let values) = batch.columns[0].values { counted += values.reduce(0, +) }
        }
        #expect(counted == 3050)
    }

    @Test func withoutABoundNothingWaits() throws {
        var settings = TimeKeeper.Settings()
        settings.alignment = nil
        let setting = try Setting(
            [(0..<100).map { $0 }, (0..<100).map { $0 * 3600 * Self.second }], limit: 5, settings)
        while !setting.source.isRead {
            _ = setting.round(at: 0)
            #expect(setting.source.paused.isEmpty)
        }
    }

    @Test func eventTimeGoesOnInTheQuietOnceTheBrokersConfirmIt() throws {
        var settings = TimeKeeper.Settings()
        settings.quiet = 5 * Self.second
        let setting = try Setting([[1 * Self.second, 4 * Self.second]], limit: 5, settings)
        setting.source.answers = false
        #expect(setting.round(at: 0) == [])
        #expect(setting.round(at: 1 * Self.second) == [])
        // Nobody knows whether there is more.
        for second in 2..<30 as Range<Int64> { #expect(setting.round(at: second * Self.second) == []) }
        setting.source.answers = true
        #expect(setting.round(at: 30 * Self.second) == [], "the next round closes it")
        #expect(setting.round(at: 30 * Self.second + 50_000) == [2])
    }
}
