/// Lets event time go on while nothing comes, so that results do not wait for the next record.
///
/// When every partition has been at its end for a while, event time goes on with the clock, as if records came that are
/// as old as the last one was when it came. It is advanced by the whole time of the quiet, in steps of a second at most;
/// records that come then and are older are late for windows that it closed. What was advanced is in the checkpoint with
/// what it closed; the time that no process ran is not counted.
public struct QuietTime: Hashable, Sendable {
    /// µs of quiet after which event time goes on.
    public let after: Int64
    private let step: Int64
    /// Since when there has been nothing to read: processing time, µs since 1970 UTC.
    public private(set) var restingSince: Int64?
    private var granted: Int64 = 0
    private var lastAsked = Int64.min

    /// - Precondition: `after` is positive.
    public init(after: Int64) {
        precondition(after > 0, "a quiet time of nothing")
        self.after = after
        step = min(after, 1_000_000)
    }

    /// Takes how the sources stand after a round.
    /// - Parameters:
    ///   - isAtRest: whether nothing was read, and every partition is at its end.
    ///   - now: processing time.
    /// - Returns: µs by which event time should go on, if the sources confirm that nothing has come: then call `grant`.
    public mutating func due(isAtRest: Bool, at now: Int64) -> Int64? {
        guard isAtRest, let since = restingSince, since <= now else {
            restingSince = isAtRest ? now : nil
            (granted, lastAsked) = (0, .min)
            return nil
        }
        let quiet = now.saturatingSubtract(since)
        guard quiet >= after, quiet.saturatingSubtract(granted) >= step,
            now.saturatingSubtract(lastAsked) >= step
        else { return nil }
        lastAsked = now
        return quiet - granted
    }

    /// Event time went on by so many µs.
    public mutating func grant(_ advance: Int64) { granted += advance }
}
