import Foundation
import Synchronization
import TestSupport

/// Runs one topology round by round: each round has new records, a process with another number of threads, and a fault.
final class CrashRounds {
    let setting: CrashSetting
    /// Rounds whose process came to no such moment in time, and was killed then.
    private(set) var missed: [CrashFault] = []
    private var random: SplitMix
    private var records: CrashRecords

    /// 50 minutes of event time; a process is given those of two rounds at most.
    private static let recordsPerRound = 600
    private static let recordsBefore = 2400

    init(_ setting: CrashSetting, seed: UInt64) throws {
        self.setting = setting
        random = SplitMix(state: seed)
        records = CrashRecords(seed: seed)
        // So much event time that there are results from the first round on.
        try setting.produce(records.next(Self.recordsBefore, of: setting.topology))
    }

    private struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    private func seconds(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &random) }

    /// Small epochs of different sizes, so that there are many moments between two of them.
    private func arguments() -> [String] {
        let choices: [(String, [Int])] = [
            ("--threads", [1, 2, 3, 4]), ("--epoch-ms", [5, 20, 100]), ("--epoch-records", [60, 150, 500]),
        ]
        return choices.flatMap { [$0, "\($1.randomElement(using: &random)!)"] }
    }

    func produce() throws { try setting.produce(records.next(Self.recordsPerRound, of: setting.topology)) }

    /// One round.
    func run(_ fault: CrashFault) throws {
        // Half of the processes begin with records, the others wait for them.
        let isWaiting = Bool.random(using: &random)
        if !isWaiting { try produce() }
        let arguments = arguments()
        let begin = isWaiting ? try waitingBegin() : {}
        switch fault {
        case .kill(let moment): try kill(at: moment, fault, arguments, begin)
        case .killAt(let moment): try kill(at: moment, fault, arguments, begin)
        case .stop: try stop(arguments, begin)
        case .diskFull: try fillDisk(arguments, begin)
        case .failingDisk(let failure): try failDisk(failure, fault, arguments, begin)
        case .slowDisk: try slowDisk(arguments, begin)
        case .brokersAway: try interrupt(arguments, begin) { setting.gate.setAway($0) }
        case .brokersHalted: try interrupt(arguments, begin) { setting.broker.signal($0 ? SIGSTOP : SIGCONT) }
        }
    }

    /// What gives a process that reads its first records.
    private func waitingBegin() throws -> () throws -> Void {
        let next = records.next(Self.recordsPerRound, of: setting.topology)
        let setting = setting
        return { try setting.produce(next) }
    }

    private func started(_ arguments: [String], environment: [String: String] = [:]) throws -> Program {
        let program = try setting.start(arguments, environment: environment)
        program.wait(seconds: 30) { program.errorText.contains(": reading ") }
        return program
    }

    private func requireKilled(_ program: Program, _ fault: CrashFault) throws {
        program.kill()
        let result = try program.wait()
        // A signal other than ours is a crash of its own.
        guard result.wasKilled, result.status == SIGKILL else {
            throw Unexpected(
                description: "\(fault): ended with \(result.status) before it was killed: \(result.errors)")
        }
    }

    private func kill(
        at moment: KillMoment, _ fault: CrashFault, _ arguments: [String], _ begin: () throws -> Void
    ) throws {
        let watch = FileWatch(state: setting.state, table: setting.table)
        let program = try setting.start(arguments)
        switch moment {
        case .atStart: Thread.sleep(forTimeInterval: seconds(0...0.25))
        case .anyTime:
            program.wait(seconds: 30) { program.errorText.contains(": reading ") }
            try begin()
            Thread.sleep(forTimeInterval: seconds(0...0.8))
        default:
            try begin()
            let deadline = Date() + 5
            var isMet = false
            while !isMet && program.isRunning && Date() < deadline { isMet = watch.isNow(moment) }
            if !isMet { missed.append(fault) }
        }
        try requireKilled(program, fault)
        if moment == .atStart { try begin() }
    }

    private func kill(
        at moment: KafkaGate.Moment, _ fault: CrashFault, _ arguments: [String], _ begin: () throws -> Void
    ) throws {
        let skipped = moment == .registered ? 0 : Int.random(in: 0..<4, using: &random)
        let box = KillBox()
        setting.gate.wait(for: moment, skipping: skipped, dropping: Bool.random(using: &random), box.kill)
        let program = try setting.start(arguments)
        box.process.store(program.processIdentifier, ordering: .sequentiallyConsistent)
        try begin()
        program.wait(seconds: 5) { box.isMet.load(ordering: .sequentiallyConsistent) }
        setting.gate.disarm()
        if !box.isMet.load(ordering: .sequentiallyConsistent) { missed.append(fault) }
        try requireKilled(program, fault)
    }

    private func stop(_ arguments: [String], _ begin: () throws -> Void) throws {
        let program = try started(arguments)
        try begin()
        Thread.sleep(forTimeInterval: 0.3)
        program.signal(SIGTERM)
        let result = try program.wait(seconds: 60)
        guard result.status == 0, !result.wasKilled, !result.output.contains("\"balanced\":false") else {
            throw Unexpected(description: "told to stop, ended with \(result.status): \(result.errors)")
        }
    }

    private func fillDisk(_ arguments: [String], _ begin: () throws -> Void) throws {
        guard let disk = setting.disk else { return }
        let program = try started(arguments)
        try disk.fill(leaving: Int.random(in: 0...40_000, using: &random))
        try begin()
        program.wait(seconds: 2) { false }
        if program.isRunning {
            try disk.fill(leaving: 0)
            try produce()
        }
        let result = try program.wait(seconds: 30)
        try disk.makeRoom()
        try requireSentence(result, "the disk is full. Make room; nothing was changed")
    }

    /// The process has to end with 1 and a sentence on the disk.
    private func requireSentence(_ result: Program.Result, _ words: String) throws {
        let lines = result.errors.split(separator: "\n")
        guard result.status == 1, !result.wasKilled, let last = lines.last, last.hasPrefix("error: cannot "),
            last.contains(setting.directory.path) || setting.disk.map({ last.contains($0.path) }) ?? false,
            words.isEmpty || last.contains(words)
        else { throw Unexpected(description: "ended with \(result.status) and: \(result.errors)") }
    }

    private func failDisk(
        _ failure: CrashFault.DiskFailure, _ fault: CrashFault, _ arguments: [String], _ begin: () throws -> Void
    ) throws {
        let number = failure == .open ? EMFILE : [EIO, ENOSPC].randomElement(using: &random)!
        let program = try setting.start(
            arguments, environment: DiskShims.environment(failure, number: number))
        try begin()
        program.wait(seconds: 4) { false }
        if program.isRunning { return try requireKilled(program, fault) }
        try requireSentence(try program.wait(), "")
    }

    private func slowDisk(_ arguments: [String], _ begin: () throws -> Void) throws {
        let program = try started(
            arguments, environment: ["LD_PRELOAD": DiskShims.slowDisk ?? "", "SLOW_DISK_MS": "150"])
        try begin()
        Thread.sleep(forTimeInterval: seconds(0.5...3))
        try requireKilled(program, .slowDisk)
    }

    /// Takes the brokers away for some seconds; the process waits for them, goes on, and is killed.
    private func interrupt(
        _ arguments: [String], _ begin: () throws -> Void, _ interruption: (_ begins: Bool) -> Void
    ) throws {
        let program = try started(arguments)
        Thread.sleep(forTimeInterval: seconds(0...0.3))
        interruption(true)
        Thread.sleep(forTimeInterval: seconds(0.5...3))
        let before = checkpoints()
        interruption(false)
        try begin()
        try produce()
        program.wait(seconds: 30) { checkpoints() > before }
        guard program.isRunning, checkpoints() > before else {
            program.kill()
            throw Unexpected(description: "did not go on when the brokers were back: \(program.errorText)")
        }
        Thread.sleep(forTimeInterval: seconds(0...0.3))
        try requireKilled(program, .brokersAway)
    }

    /// The newest epoch with a checkpoint.
    private func checkpoints() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: setting.state + "/checkpoints")) ?? []
        return names.compactMap { Int($0.prefix { $0 != "." }) }.max() ?? 0
    }
}

/// Kills a process from a thread of the gate, which may meet the moment before it is known which process it is.
private final class KillBox: Sendable {
    let process = Atomic<Int32>(0)
    let isMet = Atomic<Bool>(false)

    @Sendable func kill() {
        while process.load(ordering: .sequentiallyConsistent) == 0 { usleep(100) }
        _ = Foundation.kill(process.load(ordering: .sequentiallyConsistent), SIGKILL)
        isMet.store(true, ordering: .sequentiallyConsistent)
    }
}
