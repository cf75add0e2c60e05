import Dataflow
import Dispatch
import Synchronization

/// Writes checkpoints and commits epochs on a thread of its own, one at a time, while the next epoch is processed.
final class Committer: Sendable {
    private struct State {
        var isBusy = false
        var failure: (any Error)?
        var lastCommit: Int64?
    }

    private let clock: any Dataflow.Clock
    private let queue = DispatchQueue(label: "committer")
    private let state = Mutex(State())

    init(clock: any Dataflow.Clock) { self.clock = clock }

    /// When the work of an epoch was done last, µs since 1970 UTC.
    var lastCommit: Int64? { state.withLock { $0.lastCommit } }

    /// Whether the work that was started goes on.
    var isBusy: Bool { state.withLock { $0.isBusy } }

    /// Starts the work of one epoch; the one before must have been awaited.
    func start(_ work: @escaping @Sendable () throws -> Void) {
        state.withLock { $0.isBusy = true }
        queue.async { [self] in
            var failure: (any Error)?
            do { try work() } catch { failure = error }
            state.withLock { state in
                state.isBusy = false
                if let failure { state.failure = failure } else { state.lastCommit = clock.now() }
            }
        }
    }

    /// Waits until the work that was started is done.
    /// - Throws: what the work threw.
    func wait() throws {
        queue.sync {}
        if let error = state.withLock({ $0.failure }) { throw error }
    }
}
