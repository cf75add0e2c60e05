/// Runs one piece of work a lane and returns when all are done. The dataflow has no threads of its own: a runtime
/// brings a runner with worker threads, tests and single-threaded runs the one below.
public protocol LaneRunner: Sendable {
    func run(lanes: Int, _ body: @escaping @Sendable (_ lane: Int) -> Void)
}

/// One lane after the other, on the caller's thread.
public struct SerialLaneRunner: LaneRunner {
    public init() {}

    public func run(lanes: Int, _ body: @escaping @Sendable (_ lane: Int) -> Void) {
        for lane in 0..<lanes { body(lane) }
    }
}
