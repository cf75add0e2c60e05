import Foundation
import Synchronization

/// SIGINT and SIGTERM as a wish to stop: the first ends the epoch and exits 0, the second exits at once. Nothing is
/// lost either way; the second only leaves more to be read again.
public enum StopRequest {
    private static let count = Atomic<Int>(0)

    public static var isMade: Bool { count.load(ordering: .relaxed) > 0 }

    public static func install() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                if StopRequest.count.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
            }
            sigaddset(&signals, number)
        }
        // Whoever started this process may have blocked them, and a blocked signal would wait for ever.
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
