/// Something that goes wrong at an I/O operation of a process.
public struct Fault: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The machine stops before the operation: what was not synchronised is lost, in part or whole.
        case powerLoss
        /// The process is killed before the operation: what it wrote is there.
        case kill
        /// A write finds no room.
        case diskFull
        /// The disk or the network fails.
        case error
        /// The operation has its effect, and the answer is lost.
        case timeout
        /// A read gives one bit that was not written.
        case bitFlip
        /// The records at a position are no longer in the topic.
        case outOfRange
    }

    public var kind: Kind
    /// The number of the operation in the life of the process, from 0. An operation that cannot go wrong in this way passes
    /// the fault on to the next that can.
    public var operation: Int

    public init(_ kind: Kind, at operation: Int) {
        self.kind = kind
        self.operation = operation
    }

    public var description: String { "\(kind.rawValue) at operation \(operation)" }
}

/// One life of the process: how it runs, and what ends it. Without a fault it ends when everything is processed.
public struct Life: Hashable, Sendable, CustomStringConvertible {
    /// Lanes.
    public var parallelism = 1
    /// The records that a round takes at most.
    public var roundRecords = 32
    /// The records after which an epoch ends in any case.
    public var epochRecords = 64
    /// µs of virtual time after which an epoch ends.
    public var epochLength: Int64 = 50_000
    /// µs of event time by which partitions may be apart; nil: no bound.
    public var alignment: Int64?
    public var fault: Fault?
    /// The rounds after which the process is asked to stop; nil: never.
    public var stopAfter: Int?

    public init() {}

    public var description: String {
        var text = "parallelism \(parallelism), rounds of \(roundRecords), epochs of \(epochRecords) records or "
        text += "\(epochLength / 1000) ms"
        if let alignment { text += ", alignment \(alignment / 1_000_000) s" }
        if let fault { text += ", \(fault)" }
        if let stopAfter { text += ", stopped after \(stopAfter) rounds" }
        return text
    }
}
