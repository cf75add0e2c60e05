import Dataflow
import Dispatch
import Synchronization

/// Writes checkpoints and commits epochs on a thread of its own.
final class Committer: EpochCommitter, Sendable {
    private struct State {
        var isBusy = false
        var failure: (any Error)?
        var lastCommit: Int64?
    }

    private let clock: any Dataflow.Clock
    private let queue = DispatchQueue(label: "committer")
    private let state = Mutex(State())

    init(clock: any Dataflow.Clock) { self.clock = clock }

    var lastCommit: Int64? { state.withLock { $0.lastCommit } }

    var isBusy: Bool { state.withLock { $0.isBusy } }

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

    func wait() throws {
        queue.sync {}
        if let error = state.withLock({ $0.failure }) { throw error }
    }
}
