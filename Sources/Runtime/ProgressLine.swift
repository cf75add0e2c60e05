import Columnar
import Dataflow
import Foundation

/// Shows a run's progress on standard error: one line that is rewritten on a terminal, a line every ten seconds
/// elsewhere.
final class ProgressLine {
    private let isTerminal = isatty(2) == 1
    private let clock: any Dataflow.Clock
    private var lastShown: Int64 = 0
    private var lastRead = 0
    private var width = 0

    init(clock: any Dataflow.Clock) { self.clock = clock }

    func update(_ job: Job, sources: [Int: any Source]) {
        let now = clock.now()
        let interval: Int64 = isTerminal ? 500_000 : 10_000_000
        if lastShown == 0 { lastShown = now }
        guard now - lastShown >= interval else { return }
        let counts = job.execution.totals
        let rate = Double(counts.read - lastRead) / (Double(now - lastShown) / 1e6)
        let partitions = sources.values.flatMap(\.partitions)
        let lag = partitions.reduce(Int64(0)) { $0 + max(0, ($1.endOffset ?? 0) - ($1.position ?? 0)) }
        var line = "\(counts.read) read, \(Int(rate))/s, lag \(lag), \(watermark(job, at: now)), "
        line += "late \(counts.late), malformed \(counts.malformed), duplicate \(counts.duplicate)"
        if let commit = job.lastCommit { line += ", commit \((now - commit) / 1_000_000) s ago" }
        show(line)
        lastShown = now
        lastRead = counts.read
    }

    /// Ends the line, so that what follows starts on one of its own.
    func finish() {
        if isTerminal && width > 0 { FileHandle.standardError.write(Data("\n".utf8)) }
    }

    /// The watermark that is furthest behind, the partition that holds it, and for how long it has.
    private func watermark(_ job: Job, at now: Int64) -> String {
        let slowest = job.execution.watermarks.min { $0.tracker.current < $1.tracker.current }
        guard let (step, tracker) = slowest else { return "no event time" }
        let holder = job.execution.holder(of: step).flatMap { name in
            job.partitions(of: name.source).first { $0.number == name.partition }
        }
        let since = tracker.standingSince.map { " for \(elapsed(now - $0))" } ?? ""
        let held = holder.map { " (held by \($0.name)\(since))" } ?? ""
        guard case .time(let time) = tracker.current else { return "watermark none yet\(held)" }
        return "watermark \(TimestampText.iso8601(time))\(held)"
    }

    private func show(_ line: String) {
        let padding = String(repeating: " ", count: max(0, width - line.count))
        FileHandle.standardError.write(Data((isTerminal ? "\r" + line + padding : line + "\n").utf8))
        width = line.count
    }
}
