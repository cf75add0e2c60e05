import Dataflow
import KafkaConnector

// What a job does beside its own thread. Each has one implementation for processes, with a thread of its own; a
// simulation brings another, whose turns it decides.

/// The sources of a job, read ahead of its rounds.
package protocol JobIntake: PacedSources {
    /// Begins to read; the sources must stand where reading is to begin, and are no more the caller's until `stop`.
    func start()

    func stop()

    /// What waits, by source step, of those that have any. Waits for the first of it, at most for so long.
    /// - Throws: what a source threw.
    func take(waitingMilliseconds: Int) throws -> [Int: [RawRecords]]
}

/// Writes checkpoints and commits epochs, one at a time, while the next epoch is processed.
package protocol EpochCommitter: AnyObject {
    /// When the work of an epoch was done last, µs since 1970 UTC.
    var lastCommit: Int64? { get }

    /// Whether the work that was started goes on.
    var isBusy: Bool { get }

    /// Starts the work of one epoch; the one before must have been awaited.
    func start(_ work: @escaping @Sendable () throws -> Void)

    /// Waits until the work that was started is done.
    /// - Throws: what the work threw.
    func wait() throws
}

/// What dead letters are sent with; see `KafkaProducer`.
package protocol LetterProducer {
    var outstanding: Int { get }

    func produce(
        topic: String, partition: Int32?, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader], timestamp: Int64?
    ) throws

    func flush(timeoutMilliseconds: Int) throws
}

extension KafkaProducer: LetterProducer {}
