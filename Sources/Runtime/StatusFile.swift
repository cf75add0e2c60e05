import Dataflow
import Foundation

/// The file in the state directory by which other processes learn how a running topology stands. It is replaced whole
/// every second between rounds and removed when the run ends; nothing depends on it.
final class StatusFile {
    private let path: String
    private var written = Int64.min
    private static let interval: Int64 = 1_000_000

    init(state: String) { path = Self.path(state) }

    private static func path(_ state: String) -> String { state + "/status.json" }

    /// Writes how the job stands, when a second has passed since the last time. A disk that refuses it does not stop the
    /// run, whose own writes will say so.
    func update(_ job: Job, at now: Int64) {
        guard written == .min || now < written || now - written >= Self.interval else { return }
        written = now
        let status = TimeStatus(job, process: getpid(), at: now)
        try? Data(status.json.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// What a process that runs wrote last.
    /// - Returns: nil when none runs: there is no file, or it is old and its process is gone.
    static func read(state: String, at now: Int64) -> TimeStatus? {
        guard let data = FileManager.default.contents(atPath: path(state)),
            let status = try? JSONDecoder().decode(TimeStatus.self, from: data), let time = status.time,
            let process = status.process
        else { return nil }
        // A process of another container or user cannot be seen, but what it writes is fresh.
        let isFresh = abs(now - time.microseconds) < TimeStatus.freshness
        return isFresh || kill(process, 0) == 0 ? status : nil
    }
}

extension TimeStatus {
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

/// How event time stands, from outside of the process that runs: what `explain --why` prints.
struct StallExplanation {
    let status: TimeStatus

    /// - Throws: `RuntimeError` when the topology has no state.
    init(_ plan: LogicalPlan, state: String, at now: Int64) throws {
        if let running = StatusFile.read(state: state, at: now) {
            status = running
            return
        }
        guard let checkpoint = try StateDirectory.newestCheckpoint(state) else {
            throw RuntimeError(
                "\(plan.name) has no state in \(state): it has not run yet, or keeps it elsewhere (name it with --state)"
            )
        }
        guard checkpoint.topology == plan.name, checkpoint.plan == plan.text else {
            throw RuntimeError(
                "the state in \(state) belongs to \(checkpoint.topology) with another plan: name that of this version "
                    + "with --state")
        }
        let execution = try Execution(plan, decoders: PlanBinder.decoders(plan))
        if !checkpoint.state.files.isEmpty {
            execution.setMemoryBudget(.max, store: try StateFiles(state + "/spill"))
        }
        try execution.restore(checkpoint.state)
        status = TimeStatus(execution, of: checkpoint)
    }
}
