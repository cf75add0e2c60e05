import Dataflow
import Dispatch

/// The sources of a job, each read on a thread of its own. Takes what all of them have waiting, as soon as any has
/// something.
final class Intake: JobIntake {
    private let readers: [Int: SourceReader]
    private let news = DispatchSemaphore(value: 0)
    /// By source step: its partitions as they stood after the records that were taken last.
    private(set) var partitions: [Int: [SourcePartition]] = [:]

    /// - Parameters:
    ///   - sources: by step.
    ///   - limit: the records of each source that may wait.
    init(_ sources: [Int: any Source], limit: Int) {
        readers = sources.mapValues { [news] in SourceReader($0, limit: limit, news: news) }
    }

    func start() { for (step, reader) in readers { reader.start(name: "source-\(step)") } }

    func stop() { for reader in readers.values { reader.stop() } }

    func take(waitingMilliseconds: Int) throws -> [Int: [RawRecords]] {
        if !readers.values.contains(where: \.hasNews) {
            _ = news.wait(timeout: .now() + .milliseconds(waitingMilliseconds))
        }
        // The signals of what is taken now. One that comes later is left for the next call.
        while news.wait(timeout: .now()) == .success {}
        return try readers.reduce(into: [:]) { taken, reader in
            let portion = try reader.value.take()
            if !portion.records.isEmpty { taken[reader.key] = portion.records }
            partitions[reader.key] = portion.partitions
        }
    }

    /// Stops reading partitions of a source, but for what is on its way.
    func pause(_ partitions: [Int32], of step: Int) { readers[step]?.pause(partitions) }

    /// Goes on with partitions that were paused.
    func resume(_ partitions: [Int32], of step: Int) { readers[step]?.resume(partitions) }

    /// Whether everything that a source holds was taken, see `Source.confirmsEnd`.
    func confirmsEnd(of step: Int, timeoutMilliseconds: Int) -> Bool {
        readers[step]?.confirmsEnd(timeoutMilliseconds: timeoutMilliseconds) ?? true
    }
}
