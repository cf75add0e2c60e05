import Dataflow
import Synchronization

/// Tells the sources how far the committed epochs reach, for lag tools. A source that does not take it is no reason to stop,
/// and is not asked again for a while, since it may answer only when the time is over.
final class PositionReport: Sendable {
    private struct State {
        /// When sources are told again, µs since 1970 UTC.
        var next: Int64 = 0
        var problem: String?
    }

    private let state = Mutex(State())
    /// µs.
    private static let pause: Int64 = 30_000_000

    func send(_ positions: [Int: [Int32: Int64]], to sources: [Int: any Source], at now: Int64) {
        guard now >= state.withLock({ $0.next }) else { return }
        do {
            for (step, positions) in positions.inOrder { try sources[step]?.commit(positions) }
        } catch {
            state.withLock { state in
                state.next = now + Self.pause
                state.problem = "lag tools do not see this run's progress for now: \(error)"
            }
        }
    }

    /// What was wrong, once.
    func takeProblem() -> String? {
        state.withLock { state in
            defer { state.problem = nil }
            return state.problem
        }
    }
}
