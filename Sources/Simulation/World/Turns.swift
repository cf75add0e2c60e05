import Dispatch
import Foundation
import Runtime

/// The two threads of a simulated process that touch the outside: the job's and the committer's. One runs at a time; who is
/// next is decided at I/O operations, by the seed.
final class Turns: @unchecked Sendable {
    // Only the thread whose turn it is touches the fields.
    private(set) var isCommitting = false
    private var hasWork = false
    private var jobWaits = false
    private let jobTurn = DispatchSemaphore(value: 0)
    private let committerTurn = DispatchSemaphore(value: 0)
    private var committer: (() -> Void)?
    private var isOver = false

    /// Whether the other thread could go on instead of the caller.
    var canPass: Bool { hasWork && !(isCommitting && jobWaits) }

    /// Lets the other thread go on, until it passes or has nothing to do.
    func pass() { if isCommitting { switchToJob() } else { switchToCommitter() } }

    /// Has the committer's thread do some work when its turn comes.
    func begin(_ work: @escaping () -> Void) {
        if committer == nil { startThread() }
        committer = work
        hasWork = true
    }

    /// Returns when the committer's work is done.
    func finish() {
        guard hasWork else { return }
        jobWaits = true
        switchToCommitter()
        jobWaits = false
    }

    /// Ends the committer's thread, with its work done.
    func end() {
        finish()
        guard committer != nil else { return }
        isOver = true
        committerTurn.signal()
        jobTurn.wait()
        committer = nil
        isOver = false
    }

    private func switchToCommitter() {
        isCommitting = true
        committerTurn.signal()
        jobTurn.wait()
        isCommitting = false
    }

    private func switchToJob() {
        isCommitting = false
        jobTurn.signal()
        committerTurn.wait()
        isCommitting = true
    }

    private func startThread() {
        let thread = Thread { [self] in
            while true {
                committerTurn.wait()
                if isOver { break }
                committer?()
                hasWork = false
                jobTurn.signal()
            }
            jobTurn.signal()
        }
        thread.stackSize = 4 << 20
        thread.name = "simulated committer"
        thread.start()
    }
}

/// Ends epochs on the simulated process' second thread.
final class SimulatedCommitter: EpochCommitter, @unchecked Sendable {
    // Touched by the thread whose turn it is.
    private let world: World
    private var failure: (any Error)?
    private(set) var lastCommit: Int64?
    private(set) var isBusy = false

    init(_ world: World) { self.world = world }

    func start(_ work: @escaping @Sendable () throws -> Void) {
        isBusy = true
        world.turns.begin { [self] in
            do {
                try work()
                lastCommit = world.time
            } catch { failure = error }
            isBusy = false
        }
    }

    func wait() throws {
        if isBusy { world.turns.finish() }
        if let failure { throw failure }
    }
}
