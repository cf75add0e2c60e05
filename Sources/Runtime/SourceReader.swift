import Dataflow
import Dispatch
import Foundation
import Synchronization

/// Reads one source on a thread of its own, so that the records of the next round are taken from the source while those
/// of this one are processed.
///
/// What waits to be taken is bounded, in records and in bytes. While it is full the thread does not read, and the source
/// stops fetching when its own buffers are full.
final class SourceReader: @unchecked Sendable {
    // From `start` to the end of `stop` the source is used by this reader's thread alone, but for `Source.commit`;
    // everything else that threads share is in `state`.
    private let source: any Source
    private let limit: Int
    private let news: DispatchSemaphore
    private let room = DispatchSemaphore(value: 0)
    private let answered = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var waiting = Portion()
        var count = 0
        var bytes = 0
        /// Whether there is something that was not taken: records, or partitions that stand elsewhere.
        var hasNews = false
        var isFull = false
        var failure: (any Error)?
        var isStopped = false
        /// Whether the thread reads no more.
        var isOver = false
        /// Partitions to pause or to resume before the next poll.
        var changes: [(partitions: [Int32], isPause: Bool)] = []
        /// The ms that `confirmsEnd` may take; nil when nobody asks.
        var question: Int?
        var answer = false
    }

    /// What a source had waiting, and how its partitions stand after it.
    struct Portion: Sendable {
        var records: [RawRecords] = []
        var partitions: [SourcePartition] = []
    }

    /// Bytes of waiting records above which nothing more is read.
    private static let byteLimit = 8 << 20

    /// - Parameters:
    ///   - limit: the most records that wait.
    ///   - news: signalled when something is there to be taken.
    init(_ source: any Source, limit: Int, news: DispatchSemaphore) {
        self.source = source
        self.limit = limit
        self.news = news
    }

    func start(name: String) {
        let thread = Thread { [self] in
            do { try read() } catch { state.withLock { $0.failure = error } }
            state.withLock { $0.isOver = true }
            news.signal()
            // Whoever asks now asks nobody.
            answered.signal()
            ended.signal()
        }
        thread.name = name
        thread.start()
    }

    /// Has the thread end, and waits for it.
    func stop() {
        state.withLock { $0.isStopped = true }
        room.signal()
        ended.wait()
    }

    private func read() throws {
        while true {
            obey()
            guard let count = awaitRoom() else { return }
            let records = try source.poll(limit: count, timeoutMilliseconds: 50)
            add(records, source.partitions)
        }
    }

    /// Waits until there is room, and says for how many records; nil when the thread is to end.
    private func awaitRoom() -> Int? {
        while true {
            let (left, isStopped) = state.withLock { state in
                state.isFull = state.count >= limit || state.bytes >= Self.byteLimit
                return (state.isFull ? 0 : limit - state.count, state.isStopped)
            }
            if isStopped { return nil }
            if left > 0 { return left }
            room.wait()
        }
    }

    private func add(_ records: [RawRecords], _ partitions: [SourcePartition]) {
        let isNew = state.withLock { state in
            guard !records.isEmpty || state.waiting.partitions != partitions else { return false }
            state.waiting.records += records
            state.waiting.partitions = partitions
            for batch in records {
                state.count += batch.count
                state.bytes += batch.arena.count
            }
            defer { state.hasNews = true }
            return !state.hasNews
        }
        if isNew { news.signal() }
    }

    /// Does what others want of the source.
    private func obey() {
        let (changes, question) = state.withLock { state in
            defer { (state.changes, state.question) = ([], nil) }
            return (state.changes, state.question)
        }
        for change in changes {
            if change.isPause { source.pause(change.partitions) } else { source.resume(change.partitions) }
        }
        guard let question else { return }
        let isAtEnd = source.confirmsEnd(timeoutMilliseconds: question)
        state.withLock { $0.answer = isAtEnd && $0.waiting.records.isEmpty }
        answered.signal()
    }
}

/// What other threads call.
extension SourceReader {
    /// Whether `take` gives anything new.
    var hasNews: Bool { state.withLock { $0.hasNews || $0.failure != nil } }

    /// Takes everything that waits. Without records it says how the partitions stand.
    /// - Throws: what the source threw.
    func take() throws -> Portion {
        let (portion, failure, wasFull) = state.withLock { state in
            let (portion, wasFull) = (state.waiting, state.isFull)
            state.waiting.records = []
            (state.count, state.bytes) = (0, 0)
            (state.hasNews, state.isFull) = (false, false)
            return (portion, state.failure, wasFull)
        }
        if let failure { throw failure }
        if wasFull { room.signal() }
        return portion
    }

    func pause(_ partitions: [Int32]) { state.withLock { $0.changes.append((partitions, isPause: true)) } }

    func resume(_ partitions: [Int32]) { state.withLock { $0.changes.append((partitions, isPause: false)) } }

    /// Whether everything was taken and the source confirms that there is no more, see `Source.confirmsEnd`. One caller at
    /// a time.
    func confirmsEnd(timeoutMilliseconds: Int) -> Bool {
        let isAsked = state.withLock { state in
            guard state.waiting.records.isEmpty, !state.isOver else { return false }
            state.question = timeoutMilliseconds
            state.answer = false
            return true
        }
        guard isAsked else { return false }
        answered.wait()
        return state.withLock { $0.answer }
    }
}
