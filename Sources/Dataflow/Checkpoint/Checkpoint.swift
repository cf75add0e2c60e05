import Columnar

/// Everything that a restart needs, as of the end of one epoch. It is the truth for positions, and holds what every
/// sink staged, so that recovery commits an epoch without computing it again.
public struct Checkpoint: Sendable {
    /// From 1.
    public var epoch: Int64
    /// The topology's name and the text of its plan: state is never given to another.
    public var topology: String
    public var plan: String
    /// Made when the state began; part of the sinks' transaction identity, so that a state that starts anew is not
    /// mistaken for an old one whose epochs are committed.
    public var stateID: String
    /// By source step and partition: the offset of the next record.
    public var positions: [Int: [Int32: Int64]]
    /// With the whole state of the operators, or what has changed of it since the layers below.
    public var state: ExecutionState
    /// By sink step: what the sink's `prepare` gave. The dead letters of a source stand under `-1 - step`.
    public var prepared: [Int: [UInt8]]
    /// The layers of state that this one's changes stand on, the oldest first, which is whole. None when this is whole.
    public var below: [LayerReference]

    public init(
        epoch: Int64, topology: String, plan: String, stateID: String, positions: [Int: [Int32: Int64]],
        state: ExecutionState, prepared: [Int: [UInt8]], below: [LayerReference] = []
    ) {
        self.epoch = epoch
        self.topology = topology
        self.plan = plan
        self.stateID = stateID
        self.positions = positions
        self.state = state
        self.prepared = prepared
        self.below = below
    }
}

/// A stored layer of state that others stand on.
public struct LayerReference: Hashable, Sendable {
    /// The epoch at whose end it was so.
    public var epoch: Int64
    /// Whether it was put together from the layers of that epoch; else it is the epoch's checkpoint.
    public var isCompacted: Bool
    /// Bytes, as they are stored.
    public var size: Int64
    /// Of what is stored, so that a file of another history is not taken for it.
    public var checksum: UInt32

    public init(epoch: Int64, isCompacted: Bool, size: Int64, checksum: UInt32) {
        self.epoch = epoch
        self.isCompacted = isCompacted
        self.size = size
        self.checksum = checksum
    }
}

/// Why the bytes of a checkpoint could not be read.
public struct CheckpointError: Error, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
