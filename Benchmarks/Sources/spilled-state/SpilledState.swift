import Columnar
import Dataflow
import Foundation
import ObjectStorage
import Synchronization

/// State of many more keys than memory holds: `spilled-state windows|totals|duplicates KEYS [BUDGET-MB] [THREADS]`. Every key
/// comes twice, in an order in which no two neighbours are near each other. Without a budget all state is in memory. The
/// source, and the sink that adds up what comes, take next to nothing.
///
/// It says what the rows cost in CPU time, what the process took of memory at most, and what went to files; and it fails when
/// a row or a sum is not right.
@main struct SpilledState {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2, let kind = Kind(rawValue: arguments[1]), let keys = Int(arguments[2]) else {
            print("usage: spilled-state windows|totals|duplicates KEYS [BUDGET-MB] [THREADS]")
            exit(2)
        }
        let budget = arguments.count > 3 ? Int(arguments[3]).map { $0 * 1_000_000 } : nil
        let threads = arguments.count > 4 ? Int(arguments[4]) ?? 1 : 1
        let run = try Run(kind, keys: keys, budget: budget, threads: threads)
        try run.run()
        let isRight = run.check()
        print(run.text + (isRight ? ", right" : ", WRONG"))
        exit(isRight ? 0 : 1)
    }

    enum Kind: String { case windows, totals, duplicates }
}

extension SpilledState {
    final class Run {
        let kind: Kind
        let keys: Int
        let budget: Int?
        let execution: Execution
        let store: Files
        var rowCount = 0
        var countSum = 0
        var valueSum = 0
        var largestRound = 0
        var mostState = 0
        var mostFiles = 0

        init(_ kind: Kind, keys: Int, budget: Int?, threads: Int) throws {
            (self.kind, self.keys, self.budget) = (kind, keys, budget)
            store = try Files()
            execution = try Execution(Self.plan(kind), decoders: [0: Words()], parallelism: threads)
            if let budget { execution.setMemoryBudget(budget, store: store) }
        }

        static func plan(_ kind: Kind) -> LogicalPlan {
            var plan = LogicalPlan(name: "spilled-state")
            let read = plan.add(.read(SourceDescription(topic: "events", contract: Words.contract)))
            let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: 0), after: [read])
            let window =
                kind == .windows
                ? WindowSpecification(size: 10_000_000, slide: 10_000_000)
                : WindowSpecification(.global, emission: .early(every: 0))
            let totals = WindowedAggregation(
                window: window, keys: [Projection("key", .column("key"))],
                aggregates: [
                    .init("n", .count, of: nil), .init("sum", .sum, of: .column("value")),
                    .init("most", .max, of: .column("value")),
                ], outputs: ["key", "n", "sum", "most"].map { Projection($0, .column($0)) })
            let step = plan.add(
                kind == .duplicates ? .dropDuplicates(keys: ["key"]) : .aggregate(totals), after: [timed])
            _ = plan.add(.write(SinkDescription(table: "t", mode: .merge(keys: ["key"]))), after: [step])
            return plan
        }

        func run() throws {
            let roundRows = 32_768
            for start in stride(from: 0, to: 2 * keys, by: roundRows) {
                let count = min(roundRows, 2 * keys - start)
                let words = (start..<start + count).map { Int64($0) }
                var raw = RawRecords(partition: 0)
                // One record stands for all of a round: what records cost is no matter here.
                raw.append(value: [], offset: Int64(start))
                let keys = Int64(self.keys)
                Words.next.withLock { $0 = (words.map { $0 % keys &* 7_919 % keys }, words) }
                try round([raw])
            }
            repeat { try round([], endOfInput: true) } while execution.isGiving
        }

        private func round(_ records: [RawRecords], endOfInput: Bool = false) throws {
            let output = execution.round(
                [.init(step: 0, records: records, partitions: [(number: 0, isIdle: false)])], endOfInput: endOfInput)
            if let failure = execution.memoryFailure { throw failure }
            let before = rowCount
            for batch in output.rows.values.joined() {
                rowCount += batch.count
                guard kind != .duplicates, case .int64(let counts) = batch.columns[1].values,
                    case .int64(let sums) = batch.columns[2].values
                else { continue }
                countSum += Int(counts.reduce(0, +))
                valueSum += Int(sums.reduce(0, +))
            }
            largestRound = max(largestRound, rowCount - before)
            let sizes = execution.stateSizes
            mostState = max(mostState, sizes.reduce(0) { $0 + $1.memory })
            mostFiles = max(mostFiles, sizes.reduce(0) { $0 + $1.files })
        }

        /// Each key comes once in either half of the rows, with the row's number as its value.
        func check() -> Bool {
            let all = 2 * keys * (2 * keys - 1) / 2
            let first = keys * (keys - 1) / 2
            switch kind {
            case .windows: return rowCount == keys && countSum == 2 * keys && valueSum == all
            // Every row gives a total: its own value, then that with the first one's.
            case .totals: return rowCount == 2 * keys && countSum == 3 * keys && valueSum == all + first
            case .duplicates: return rowCount == keys
            }
        }

        var text: String {
            let seconds = cpuSeconds()
            func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000) MB" }
            let memory = budget.map { "budget \(megabytes($0))" } ?? "no budget"
            return "\(kind.rawValue) of \(keys) keys, \(memory): \(Int(Double(2 * keys) / seconds)) rows a CPU second, "
                + "peak memory of the process \(megabytes(peakMemory())), of state \(megabytes(mostState)), files "
                + "\(megabytes(mostFiles)), at most \(largestRound) rows a round"
        }
    }

    /// Of all threads, user and system.
    static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Bytes of memory held at most so far.
    static func peakMemory() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 } ?? 0
    }
}

/// Rows of words that are there already.
struct Words: RecordDecoder {
    static let next = Mutex<(keys: [Int64], values: [Int64])>(([], []))
    static let contract = ContractDescription(
        name: "Words",
        columns: [.init(Field("time", .timestamp)), .init(Field("key", .int64)), .init(Field("value", .int64))])
    var schema: RecordSchema { Self.contract.schema }

    func decode(_ records: RawRecords) -> DecodedRecords {
        let (keys, values) = Self.next.withLock { $0 }
        let batch = RecordBatch(
            schema: schema,
            columns: [
                ColumnVector(.timestamp, .int64([Int64](repeating: 1_000_000, count: keys.count))),
                ColumnVector(.int64, .int64(keys)), ColumnVector(.int64, .int64(values)),
            ], count: keys.count,
            origin: RowOrigins(
                partitions: [Int32](repeating: 0, count: keys.count),
                offsets: keys.indices.map { records.offsets[0] + Int64($0) }))
        return DecodedRecords(batch: batch, rejected: [])
    }
}

/// Files in a directory of this run.
final class Files: SpillStore {
    private let path: String
    private let count = Mutex(0)

    init() throws {
        path = FileManager.default.currentDirectoryPath + "/spilled-state-\(getpid())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func create() throws -> any SpillFile {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return try File("\(path)/\(number)")
    }

    func open(_ name: String) throws -> any SpillFile { fatalError("nothing is restored here") }
}

private final class File: SpillFile {
    let name: String
    private let local: LocalFile
    private let length = Mutex(0)

    init(_ path: String) throws {
        name = path
        local = try LocalFile(creating: path)
    }

    deinit { unlink(name) }

    var size: Int { length.withLock { $0 } }

    func append(_ bytes: [UInt8]) throws {
        try local.append(bytes)
        length.withLock { $0 += bytes.count }
    }

    func read(at offset: Int, count: Int) throws -> [UInt8] { try local.read(at: offset, count: count) }
}
