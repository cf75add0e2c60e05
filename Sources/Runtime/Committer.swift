import Dispatch
import Synchronization

/// Writes checkpoints and commits epochs on a thread of its own, one at a time, while the next epoch is processed.
final class Committer: Sendable {
    private let queue = DispatchQueue(label: "committer")
    private let failure = Mutex<(any Error)?>(nil)

    /// Starts the work of one epoch; the one before must have been awaited.
    func start(_ work: @escaping @Sendable () throws -> Void) {
        queue.async { [failure] in
            do { try work() } catch { failure.withLock { $0 = error } }
        }
    }

    /// Waits until the work that was started is done.
    /// - Throws: what the work threw.
    func wait() throws {
        queue.sync {}
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
