import Foundation
import TestSupport

/// When a process is killed.
enum KillMoment: CaseIterable {
    /// While it starts.
    case atStart
    /// Any time.
    case anyTime
    /// While a checkpoint is written.
    case inCheckpoint
    /// When a checkpoint has just got its name: its epoch is not in the table yet.
    case afterCheckpoint
    /// While a data file is written.
    case inDataFile
    /// While a version of the table is written.
    case inLog
    /// When a version has just got its name.
    case afterLog
}

/// Waits for a moment in the life of a process by looking at its files.
struct FileWatch {
    let state: String
    let table: String
    private let before: [String: Set<String>]

    init(state: String, table: String) {
        self.state = state + "/checkpoints"
        self.table = table
        before = [self.state, table + "/_delta_log"].reduce(into: [:]) { $0[$1] = Self.names($1) }
    }

    private static func names(_ directory: String) -> Set<String> {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: Set<String> = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.insert(name)
        }
        return names
    }

    private func isBeingWritten(_ directory: String) -> Bool {
        Self.names(directory).contains { $0.hasPrefix(".tidemark-tmp-") }
    }

    private func hasNew(_ directory: String, _ suffix: String) -> Bool {
        Self.names(directory).subtracting(before[directory] ?? []).contains { $0.hasSuffix(suffix) }
    }

    /// Whether it is the moment now.
    func isNow(_ moment: KillMoment) -> Bool {
        switch moment {
        case .atStart, .anyTime: false
        case .inCheckpoint: isBeingWritten(state)
        case .afterCheckpoint: hasNew(state, ".checkpoint")
        case .inDataFile:
            // Or in a folder of a partition.
            isBeingWritten(table) || Self.names(table).contains { $0.contains("=") && isBeingWritten(table + "/" + $0) }
        case .inLog: isBeingWritten(table + "/_delta_log")
        case .afterLog: hasNew(table + "/_delta_log", ".json")
        }
    }
}

extension Flights {
    /// Runs a topology and kills it, again and again, then lets it come to its end.
    /// - Returns: how often each moment was met, and the result of the last run.
    func killed(
        _ topology: String, _ arguments: [String], times: Int, length: Double
    ) throws -> (met: [KillMoment: Int], last: Program.Result) {
        var met: [KillMoment: Int] = [:]
        for kill in 0..<times {
            let moment = KillMoment.allCases[kill % KillMoment.allCases.count]
            let watch = FileWatch(state: state, table: table)
            let program = try Program(topology, arguments)
            switch moment {
            case .atStart: Thread.sleep(forTimeInterval: .random(in: 0...0.05))
            case .anyTime: Thread.sleep(forTimeInterval: .random(in: 0...length))
            default:
                let deadline = Date() + 20
                while program.isRunning && Date() < deadline && !watch.isNow(moment) {}
            }
            program.kill()
            let result = try program.wait()
            // A run that came to its end leaves nothing to disturb.
            guard result.wasKilled else {
                guard result.status == 0 else { throw PythonError(description: "\(moment): \(result.errors)") }
                break
            }
            met[moment, default: 0] += 1
        }
        return (met, try Program.run(topology, arguments))
    }
}
