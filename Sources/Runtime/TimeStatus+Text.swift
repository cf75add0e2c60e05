import Dataflow

extension TimeStatus {
    /// What `explain --why` says, a sentence for each thing that holds results back.
    /// - Parameter now: µs since 1970 UTC.
    func text(at now: Int64) -> String {
        var lines = [headline(now)]
        for eventTime in eventTimes {
            lines.append("")
            lines.append(eventTime.watermarkSentence)
            lines += eventTime.reasons(asOf: time, now: now)
        }
        if eventTimes.isEmpty { lines.append("It has no event time, so that no result waits for one.") }
        if let states, !states.isEmpty { lines.append("") }
        for state in states ?? [] {
            let files = state.fileBytes == 0 ? "" : " and \(sizeText(state.fileBytes)) in files"
            lines.append(
                "The state of step \(state.step), \(state.name): \(sizeText(state.memoryBytes)) of memory\(files).")
        }
        return lines.joined(separator: "\n")
    }

    private func headline(_ now: Int64) -> String {
        guard let process, let time else {
            return "\(topology) does not run. This is how it stood at the end of epoch \(epoch)."
        }
        let age = now - time.microseconds
        let sign = "\(topology) runs as process \(process). This is how it stood at \(time.text), \(elapsed(age)) ago"
        if age < Self.freshness { return sign + "." }
        return sign + ": since then it has been busy with one round, waits for a commit, or is stopped."
    }

    /// µs within which a process that runs has written anew.
    static let freshness: Int64 = 10_000_000
}

extension TimeStatus.EventTime {
    fileprivate var watermarkSentence: String {
        let stands = watermark.map { "the watermark is \($0.text)" } ?? "there is no watermark yet"
        return "Step \(step), \(policy), of topic \(topic): \(stands)."
    }

    fileprivate func reasons(asOf time: TimeStatus.Instant?, now: Int64) -> [String] {
        if followsClock { return ["It follows the clock; no partition holds it."] }
        var lines: [String] = []
        if let heldBy, let partition = partitions.first(where: { $0.name == heldBy }) {
            lines.append("\(heldBy) holds it\(sinceText(time)): \(partition.reason).")
        } else if time != nil {
            lines.append("No partition holds it\(sinceText(time)): all are read to their ends. \(next)")
        } else if let slowest = partitions.min(by: { $0.time < $1.time }) {
            lines.append("The slowest partition was \(slowest.name): \(slowest.reason).")
        }
        for partition in partitions {
            guard let slower = partition.waitsFor else { continue }
            lines.append(
                "\(partition.name) is not read for now (alignment): it is ahead of \(slower), \(partition.reason).")
        }
        return lines
    }

    private var next: String {
        guard let quietSeconds else {
            return "It goes on with the next record (--quiet-ms lets it go on with the clock)."
        }
        return "It goes on with the next record, and with the clock after \(quietSeconds) s without one."
    }

    private func sinceText(_ time: TimeStatus.Instant?) -> String {
        guard let since, let time else { return "" }
        return " since \(since.text) (\(elapsed(time.microseconds - since.microseconds)))"
    }
}

extension TimeStatus.Partition {
    fileprivate var time: Int64 { lastEventTime?.microseconds ?? .min }

    /// Why event time is not further, as a clause.
    fileprivate var reason: String {
        let times = lastEventTime.map { "its last event time is \($0.text)" } ?? "it has given no event time yet"
        guard let position else { return times + ", and where it is read from is not known yet" }
        guard let lag else { return times + ", it is read from offset \(position), and where it ends is not known" }
        return times + ", and it has \(lag) record\(lag == 1 ? "" : "s") to read from offset \(position)"
    }
}

/// A stretch of time for people: `4 s`, `12 min`, `3 h 5 min`.
func elapsed(_ microseconds: Int64) -> String {
    let seconds = max(0, microseconds) / 1_000_000
    switch seconds {
    case ..<120: return "\(seconds) s"
    case ..<7200: return "\(seconds / 60) min"
    case ..<172_800: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    default: return "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
    }
}
