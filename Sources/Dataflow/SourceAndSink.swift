import Columnar

/// Where records come from: a topic, an archive, a test. Used by one thread at a time, but for `commit`.
public protocol Source: AnyObject {
    /// The partitions that this process reads now.
    var partitions: [SourcePartition] { get }

    /// Takes what is waiting, without exceeding `limit` records, and waits up to `timeoutMilliseconds` for the first.
    /// Each element holds one partition's records, in order.
    func poll(limit: Int, timeoutMilliseconds: Int) throws -> [RawRecords]

    /// Moves a partition so that the record with this offset is the next to be read.
    func seek(partition: Int32, to offset: Int64) throws

    /// Moves a partition so that the first record that it holds is the next to be read.
    func seekToBeginning(of partition: Int32) throws

    /// Stops reading these partitions until `resume`; polls give the others.
    func pause(_ partitions: [Int32])

    /// Goes on with partitions that were paused.
    func resume(_ partitions: [Int32])

    /// Asks whoever holds the records, now, whether every partition is at its end: false when one has more to read, and
    /// when there is no answer within the time.
    func confirmsEnd(timeoutMilliseconds: Int) -> Bool

    /// Tells the source that everything below these offsets is processed for good (a group commit, for lag tools). What
    /// it throws does not stop a run: the positions of a checkpoint are the truth. May run on another thread, beside the
    /// other methods.
    func commit(_ positions: [Int32: Int64]) throws

    /// What the source is working to overcome, such as a broker that went away, in a sentence; each is told once.
    /// May be called from any thread.
    func takeTrouble() -> String?
}

extension Source {
    public func takeTrouble() -> String? { nil }
}

/// One partition of a source, as the last poll left it.
public struct SourcePartition: Hashable, Sendable {
    public var number: Int32
    /// The name for people: `flights-3`.
    public var name: String
    /// The offset of the next record to be read; nil before the source knows it.
    public var position: Int64?
    /// The offset after the last record that the source holds; nil before the source knows it.
    public var endOffset: Int64?

    public init(number: Int32, name: String, position: Int64? = nil, endOffset: Int64? = nil) {
        self.number = number
        self.name = name
        self.position = position
        self.endOffset = endOffset
    }

    /// Whether there is nothing to read, so that the partition does not hold event time back. Known from the broker's
    /// end offset, never guessed by a timer.
    public var isIdle: Bool { position != nil && endOffset != nil && position! >= endOffset! }
}

/// Where rows go. Epochs are numbered from 1. `stage` and `prepare` run between batches; `settle` and `commit` may run
/// beside the processing of the next epoch, on another thread, but never beside each other.
public protocol Sink: AnyObject {
    /// Takes rows of the running epoch.
    func stage(_ batch: RecordBatch) throws

    /// Whether what is staged is so much that the epoch should end. False by default.
    var isFull: Bool { get }

    /// Ends the running epoch: what it staged, durable or as bytes that the checkpoint stores, enough to commit the
    /// epoch in a new process. Empty when nothing was staged.
    func prepare(epoch: Int64) throws -> [UInt8]

    /// The same in two parts: ends the running epoch, and gives the work that is left to do with what it staged, such as
    /// compressing and writing it. The work gives what `prepare` gives; it may run beside the processing of the next
    /// epoch, before the commit. By default there is none left.
    func endEpoch(_ epoch: Int64) throws -> () throws -> [UInt8]

    /// Returns when everything that the sink sent before its commit is safe: the checkpoint of the epoch is written next.
    /// Nothing by default.
    func settle(epoch: Int64) throws

    /// Makes a prepared epoch visible, once: an epoch that is committed already is left as it is.
    func commit(epoch: Int64, prepared: [UInt8]) throws

    /// The newest epoch that is committed; nil before the first.
    func lastCommittedEpoch() throws -> Int64?
}

extension Sink {
    public func endEpoch(_ epoch: Int64) throws -> () throws -> [UInt8] {
        let prepared = try prepare(epoch: epoch)
        return { prepared }
    }

    public var isFull: Bool { false }

    public func settle(epoch: Int64) throws {}
}

/// A sink that commits the positions of the sources with the rows, so that both become visible together.
public protocol TransactionalSink: Sink {
    /// As `commit(epoch:prepared:)`.
    /// - Parameter positions: by source step and partition, the offset of the next record.
    func commit(epoch: Int64, prepared: [UInt8], positions: [Int: [Int32: Int64]]) throws
}

extension TransactionalSink {
    public func commit(epoch: Int64, prepared: [UInt8]) throws {
        try commit(epoch: epoch, prepared: prepared, positions: [:])
    }
}

/// The time of day, for progress, quiet times and epochs; operators never see it.
public protocol Clock: Sendable {
    /// Microseconds since 1970 UTC.
    func now() -> Int64
}
