import Columnar
import Dataflow
import Foundation

/// Shows a run's progress on standard error: one line that is rewritten on a terminal, a line every ten seconds
/// elsewhere; and warnings, each on a line of its own.
final class ProgressLine {
    private let isTerminal = isatty(2) == 1
    private let clock: any Dataflow.Clock
    private var lastShown: Int64 = 0
    private var lastTrouble: Int64 = 0
    private var lastLook: Int64 = 0
    private var lastRead = 0
    /// Partitions whose event time was told to be ahead of the clock.
    private var ahead: Set<String> = []
    private var width = 0

    init(clock: any Dataflow.Clock) { self.clock = clock }

    func update(_ job: Job, sources: [Int: any Source]) {
        let now = clock.now()
        let interval: Int64 = isTerminal ? 500_000 : 10_000_000
        if lastShown == 0 { lastShown = now }
        tellTroubles(sources, now)
        tellEventTimesAhead(job, now)
        guard now - lastShown >= interval else { return }
        show(fitting(texts(job, sources.keys.flatMap { job.partitions(of: $0) }, now)))
        lastShown = now
        lastRead = job.execution.totals.read
    }

    /// Ends the line, so that what follows starts on one of its own.
    func finish() {
        if isTerminal && width > 0 { StandardError.write("\n") }
        width = 0
    }

    /// Says something that the run goes on in spite of.
    func warn(_ text: String) {
        finish()
        StandardError.write("warning: \(text)\n")
    }

    /// What the sources are working to overcome, now and then while it lasts.
    private func tellTroubles(_ sources: [Int: any Source], _ now: Int64) {
        guard now - lastTrouble >= 10_000_000 else { return }
        for (_, source) in sources.sorted(by: { $0.key < $1.key }) {
            guard let trouble = source.takeTrouble() else { continue }
            warn("\(trouble) Trying again")
            lastTrouble = now
        }
    }

    /// One wrong record makes all that follow it in its partition late, and nobody looks at a watermark that is only too
    /// high: each such partition is told once. A day, since plans and time zones are ahead of the clock by hours.
    private func tellEventTimesAhead(_ job: Job, _ now: Int64) {
        guard now - lastLook >= 1_000_000 else { return }
        lastLook = now
        let status = TimeStatus(job, process: getpid(), at: now)
        for partition in status.eventTimes.flatMap(\.partitions) {
            guard let time = partition.lastEventTime, time.microseconds > now + 86_400_000_000,
                ahead.insert(partition.name).inserted
            else { continue }
            warn(
                "a record of \(partition.name) has the event time \(time.text), which is still to come: records behind it "
                    + "in this partition are late. Filter such records out before withWatermark, and start anew with "
                    + "--reset-state")
        }
    }

    /// The line in full, and in few words for a narrow terminal.
    private func texts(_ job: Job, _ partitions: [SourcePartition], _ now: Int64) -> [String] {
        let counts = job.execution.totals
        let rate = Int(Double(counts.read - lastRead) / (Double(now - lastShown) / 1e6))
        let lag = partitions.reduce(Int64(0)) { $0 + max(0, ($1.endOffset ?? 0) - ($1.position ?? 0)) }
        let commit = job.lastCommit.map { "\((now - $0) / 1_000_000) s ago" } ?? "none yet"
        let (time, holder, since) = watermark(job, now)
        let held = holder.map { " (held by \($0)\(since))" } ?? ""
        return [
            "\(counts.read) read, \(rate)/s, lag \(lag), \(time)\(held), late \(counts.late), "
                + "malformed \(counts.malformed), duplicate \(counts.duplicate), dead letters \(job.deadLetterCount), "
                + "commit \(commit)",
            "\(rate)/s, lag \(lag), \(time.replacing("watermark ", with: ""))\(holder.map { " \($0)" } ?? ""), late \(counts.late), "
                + "dead \(job.deadLetterCount), commit \(commit)",
        ]
    }

    /// The watermark that is furthest behind, the partition that holds it, and for how long it has.
    private func watermark(_ job: Job, _ now: Int64) -> (time: String, holder: String?, since: String) {
        let slowest = job.execution.watermarks.min { $0.tracker.current < $1.tracker.current }
        guard let (step, tracker) = slowest else { return ("no event time", nil, "") }
        let holder = job.execution.holder(of: step).flatMap { name in
            job.partitions(of: name.source).first { $0.number == name.partition }
        }
        let since = tracker.standingSince.map { " for \(elapsed(now - $0))" } ?? ""
        guard case .time(let time) = tracker.current else { return ("watermark none yet", holder?.name, since) }
        return ("watermark \(TimestampText.iso8601(time))", holder?.name, since)
    }

    /// The first text that fits into a line of the terminal, else the last as far as it does: a longer line would wrap
    /// and could not be rewritten.
    private func fitting(_ texts: [String]) -> String {
        var size = winsize()
        guard isTerminal, ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return texts[0] }
        let columns = Int(size.ws_col) - 1
        return texts.first { $0.count <= columns } ?? String(texts[texts.count - 1].prefix(columns))
    }

    private func show(_ line: String) {
        let padding = String(repeating: " ", count: max(0, width - line.count))
        StandardError.write(isTerminal ? "\r" + line + padding : line + "\n")
        width = line.count
    }
}
