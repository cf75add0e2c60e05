import Foundation
import Synchronization

/// SIGINT and SIGTERM as a wish to stop: the first ends the epoch and exits 0, the second exits at once. Nothing is
/// lost either way; the second only leaves more to be read again.
public enum StopRequest {
    private static let count = Atomic<Int>(0)

    public static var isMade: Bool { count.load(ordering: .relaxed) > 0 }

    public static func install() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                if StopRequest.count.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
            }
        }
    }
}
