import Dataflow

/// Sources that can be paced.
package protocol PacedSources: AnyObject {
    /// By source step.
    var partitions: [Int: [SourcePartition]] { get }
    func pause(_ partitions: [Int32], of step: Int)
    func resume(_ partitions: [Int32], of step: Int)
    /// See `Source.confirmsEnd`.
    func confirmsEnd(of step: Int, timeoutMilliseconds: Int) -> Bool
}

/// Obeys what the state machines of event time decide after each round: which partitions wait for slower ones, and when
/// event time goes on without records.
package final class TimeKeeper {
    /// How event time is kept.
    package struct Settings: Sendable {
        /// µs of event time by which a partition may be read ahead of the slowest; nil: no bound.
        package var alignment: Int64? = 600_000_000
        /// µs of quiet after which event time goes on with the clock; nil: never.
        package var quiet: Int64?
    }

    /// Sources whose event times depend on each other.
    private struct Group {
        let sources: [Int]
        var alignment: SourceAlignment?
        var quiet: QuietTime?
    }

    private let execution: Execution
    private let sources: any PacedSources
    private var groups: [Group]

    /// - Parameter roundRecords: what a round takes from a source at most.
    init(_ execution: Execution, sources: any PacedSources, settings: Settings, roundRecords: Int) {
        self.execution = execution
        self.sources = sources
        groups = execution.plan.sourcesByMeeting.map { steps in
            Group(
                sources: steps,
                alignment: settings.alignment.map { SourceAlignment(bound: $0, roundRecords: Int64(roundRecords)) },
                quiet: settings.quiet.map { QuietTime(after: $0) })
        }
    }

    /// - Parameters:
    ///   - read: the sources that gave records in the round.
    ///   - now: processing time.
    func update(read: Set<Int>, at now: Int64) {
        for index in groups.indices {
            align(&groups[index])
            wait(&groups[index], isQuiet: read.isDisjoint(with: groups[index].sources), at: now)
        }
    }

    /// The partitions that wait for slower ones.
    var paused: Set<SourceAlignment.Name> { groups.reduce(into: []) { $0.formUnion($1.alignment?.paused ?? []) } }

    /// Seconds without records after which event time goes on with the clock; nil: it does not.
    var quietSeconds: Double? { groups.first?.quiet.map { Double($0.after) / 1e6 } }

    /// The partition that paused ones of a source wait for.
    func slowest(of source: Int) -> SourceAlignment.Name? {
        groups.first { $0.sources.contains(source) }?.alignment?.slowest
    }

    private func align(_ group: inout Group) {
        guard let change = group.alignment?.update(progress(of: group.sources)) else { return }
        for (step, partitions) in change.pause { sources.pause(partitions, of: step) }
        for (step, partitions) in change.resume { sources.resume(partitions, of: step) }
    }

    /// A partition's watermark is the least of those that steps give it. Sources without event time, and those with the
    /// clock's, neither wait nor hold others.
    private func progress(of steps: [Int]) -> [SourceAlignment.Progress] {
        steps.flatMap { source -> [SourceAlignment.Progress] in
            let assigners = execution.watermarks.filter {
                execution.sources(of: $0.step).contains(source)
                    && execution.plan.steps[$0.step].kind != .withProcessingTime
            }
            if assigners.isEmpty { return [] }
            let times = assigners.map {
                (delay: $0.tracker.delay, times: execution.eventTimes(of: $0.step, source: source))
            }
            return (sources.partitions[source] ?? []).map { partition in
                let watermarks = times.compactMap { $0.times[partition.number]?.subtractingSaturated($0.delay) }
                return SourceAlignment.Progress(
                    SourceAlignment.Name(source: source, partition: partition.number),
                    watermark: watermarks.count == times.count ? watermarks.min() : nil, backlog: partition.backlog)
            }
        }
    }

    private func wait(_ group: inout Group, isQuiet: Bool, at now: Int64) {
        let isAtRest = isQuiet && group.sources.allSatisfy { sources.partitions[$0]?.allSatisfy(\.isIdle) ?? true }
        guard let advance = group.quiet?.due(isAtRest: isAtRest, at: now),
            group.sources.allSatisfy({ sources.confirmsEnd(of: $0, timeoutMilliseconds: 500) })
        else { return }
        group.quiet?.grant(advance)
        execution.advanceEventTime(of: group.sources, by: advance, at: now)
    }
}

extension SourcePartition {
    /// The records that are there to be read; nil before that is known.
    var backlog: Int64? {
        guard let position, let endOffset else { return nil }
        return max(0, endOffset - position)
    }
}

extension Int64 {
    fileprivate func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
