import Dataflow
import Foundation
import Synchronization

/// Worker threads that live as long as the run: lane 0 runs on the caller's thread, every other on one of its own.
public final class ThreadLaneRunner: LaneRunner {
    private final class Worker: @unchecked Sendable {
        // `work` is written before `start` is signalled and read after it is awaited; the semaphores order the two.
        var work: (@Sendable (Int) -> Void)?
        let start = DispatchSemaphore(value: 0)
        let done = DispatchSemaphore(value: 0)
    }

    private let workers: [Worker]

    /// - Parameter lanes: at most this many run side by side; with one there are no further threads.
    public init(lanes: Int) {
        workers = (1..<max(lanes, 1)).map { _ in Worker() }
        for (index, worker) in workers.enumerated() {
            let thread = Thread {
                while true {
                    worker.start.wait()
                    guard let work = worker.work else { return }
                    work(index + 1)
                    worker.done.signal()
                }
            }
            thread.name = "lane-\(index + 1)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    public func run(lanes: Int, _ body: @escaping @Sendable (_ lane: Int) -> Void) {
        precondition(lanes <= workers.count + 1, "\(lanes) lanes on \(workers.count + 1) threads")
        for worker in workers.prefix(lanes - 1) {
            worker.work = body
            worker.start.signal()
        }
        body(0)
        for worker in workers.prefix(lanes - 1) { worker.done.wait() }
    }

    deinit {
        for worker in workers {
            worker.work = nil
            worker.start.signal()
        }
    }
}
