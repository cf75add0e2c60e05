import Columnar
import Dataflow
import Formats
import Foundation
import Runtime
import Streams
import Workloads

/// A workload over the files of a directory, round by round.
struct BenchRun {
    private let workload: Workload
    private let threads: Int
    /// The partitions of all sources.
    private let files: [SourceFile]
    private let steps: [Int]
    private let execution: Execution
    private let runner: any LaneRunner
    /// Records that a round takes from all partitions together, as in a topology's run.
    private static let recordsPerRound = 32_768

    /// - Throws: `RuntimeError` for a directory without files of bids, or one that cannot be read.
    init(_ workload: Workload, input: String, threads: Int) throws {
        self.workload = workload
        self.threads = threads
        let plan = try workload.topology.makePlan()
        var decoders: [Int: any RecordDecoder] = [:]
        for (number, step) in plan.steps.enumerated() {
            if case .read(let source) = step.kind { decoders[number] = JSONRecordDecoder(contract: source.contract) }
        }
        steps = decoders.keys.sorted()
        let steps = steps
        files = try steps.flatMap { step in
            try PartitionFile.all(in: Self.directory(of: step, plan, input, isOnly: steps.count == 1)).map {
                SourceFile(step: step, file: $0)
            }
        }
        runner = threads == 1 ? SerialLaneRunner() : ThreadLaneRunner(lanes: threads)
        execution = try Execution(plan, decoders: decoders, parallelism: threads, runner: runner)
    }

    func run() throws -> BenchResult {
        let began = ProcessUse.now()
        var sums = CheckSums()
        let share = max(Self.recordsPerRound / files.count, 1)
        while true {
            let records = try read(share)
            if records.isEmpty { break }
            let inputs = steps.map { step in
                Execution.SourceInput(
                    step: step, records: records.filter { $0.step == step }.map(\.records),
                    partitions: files.filter { $0.step == step }.map {
                        (number: $0.file.partition, isIdle: $0.file.isAtEnd)
                    })
            }
            sums.add(execution.round(inputs))
        }
        sums.add(execution.round([], endOfInput: true))
        let used = ProcessUse.now()
        let counts = execution.totals
        guard counts.isBalanced else { preconditionFailure("records are unaccounted for: \(counts)") }
        return BenchResult(
            workload: workload.rawValue, threads: threads, events: counts.read, late: counts.late,
            malformed: counts.malformed, seconds: used.time - began.time, cpuSeconds: used.cpuSeconds,
            eventsPerCPUSecond: Double(counts.read) / used.cpuSeconds, peakRSS: ProcessUse.peakRSS, rows: sums.rows,
            sums: sums.texts, roundRecords: share)
    }

    /// Where the files of a source are: in the directory, or where there are several sources in that of its topic.
    private static func directory(of step: Int, _ plan: LogicalPlan, _ input: String, isOnly: Bool) -> String {
        guard !isOnly, case .read(let source) = plan.steps[step].kind else { return input }
        return "\(input)/\(source.topic)"
    }

    /// The next records of every partition, each read by the thread that will decode it.
    private func read(_ count: Int) throws -> [SourceRecords] {
        let reading = Reading(files: files, lanes: threads)
        runner.run(lanes: threads) { reading.run(lane: $0, count: count) }
        return try reading.results.flatMap { try $0.get() }
    }
}

/// A partition of a source.
private struct SourceFile {
    var step: Int
    var file: PartitionFile
}

/// Records of a source.
private struct SourceRecords {
    var step: Int
    var records: RawRecords
}

/// One round's reading, divided as `Execution` divides the partitions.
private final class Reading: @unchecked Sendable {
    // Each lane touches its own files and its own element of `slots`, which is allocated before and read after.
    private let files: [SourceFile]
    private let lanes: Int
    private let slots: UnsafeMutableBufferPointer<Result<[SourceRecords], any Error>>

    init(files: [SourceFile], lanes: Int) {
        self.files = files
        self.lanes = lanes
        slots = .allocate(capacity: lanes)
        slots.initialize(repeating: .success([]))
    }

    var results: [Result<[SourceRecords], any Error>] { Array(slots) }

    func run(lane: Int, count: Int) {
        let mine = files.filter { Int($0.file.partition) % lanes == lane }
        slots[lane] = Result {
            try mine.compactMap { source in
                try source.file.next(count).map { SourceRecords(step: source.step, records: $0) }
            }
        }
    }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }
}

/// What this process has used.
struct ProcessUse {
    /// Seconds of a clock that only moves forwards.
    var time: Double
    /// User and system, of all threads.
    var cpuSeconds: Double

    static func now() -> ProcessUse {
        ProcessUse(time: seconds(CLOCK_MONOTONIC), cpuSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID))
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Bytes of memory held at most so far; 0 where /proc does not say. (`getrusage` counts the process that forked
    /// this one too.)
    static var peakRSS: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) << 10
    }
}
