import Dataflow

/// When checkpoints of changes are worth their trouble.
public struct CheckpointLimits: Sendable {
    /// Bytes. A state that takes less is stored whole each time: one file that stands on no other.
    public var smallState: Int64
    /// Layers of changes, each a file that a restart reads, before they are put together.
    public var layers: Int

    public init(smallState: Int64 = 1 << 20, layers: Int = 64) {
        self.smallState = smallState
        self.layers = layers
    }
}

/// On which stored layers of state the next checkpoint stands, when they are put together into one, and which of them are
/// needed. Decides only; `CheckpointStore` does it.
struct CheckpointChain {
    let limits: CheckpointLimits
    /// The newest state as layers, the oldest first, which is whole; none before the first checkpoint, and when the next
    /// one has to be whole.
    private(set) var layers: [LayerReference] = []
    /// What the newest checkpoints stand on, and they themselves; the newest last.
    private var checkpoints: [[LayerReference]] = []
    /// What is being put together.
    private(set) var compacting: [LayerReference]?
    /// Whether the next checkpoint has to be whole, whatever one that is on its way stands on.
    private var isWholeRequired = false
    /// Names of files that are being removed.
    private var removing: Set<String> = []
    /// Checkpoints that are kept: should the newest be damaged, there is one before it.
    static let kept = 2

    init(limits: CheckpointLimits = .init()) { self.limits = limits }

    /// What the next checkpoint's state stands on; none when it has to be whole.
    var foundation: [LayerReference] {
        isWholeRequired || layers.reduce(0) { $0 + $1.size } < limits.smallState ? [] : layers
    }

    /// Takes note of a checkpoint that was stored, or found at the start.
    /// - Parameter below: what it stands on.
    mutating func add(_ checkpoint: LayerReference, below: [LayerReference]) {
        if below.isEmpty { isWholeRequired = false }
        layers = below + [checkpoint]
        checkpoints.append(layers)
        checkpoints = checkpoints.suffix(Self.kept)
    }

    /// Has the next checkpoint be whole.
    mutating func requireWhole() { isWholeRequired = true }

    /// Of these files those that nothing needs. They are left alone by others until `endRemoval`.
    mutating func beginRemoval(of names: [String], name: (LayerReference) -> String) -> [String] {
        var needed = Set(self.needed.map(name))
        // It may be there already.
        if let newest = compacting?.last { needed.insert(name(newest.compacted)) }
        let gone = names.filter { !needed.contains($0) }
        removing = Set(gone)
        return gone
    }

    mutating func endRemoval() { removing = [] }

    /// The files that are needed.
    var needed: Set<LayerReference> {
        Set(checkpoints.joined()).union(layers).union(compacting ?? [])
    }

    /// The epochs whose checkpoints are kept.
    var epochs: [Int64] { checkpoints.compactMap { $0.last?.epoch } }

    /// Whether changes have become so many that putting them together pays: half as large as what they stand on.
    var isCompactionDue: Bool {
        guard compacting == nil, layers.count > 1, !foundation.isEmpty else { return false }
        return layers.count > limits.layers || layers.dropFirst().reduce(0) { $0 + $1.size } * 2 > layers[0].size
    }

    /// Begins to put the layers together that there are; none while an older file of the result's name is removed.
    mutating func beginCompaction(name: (LayerReference) -> String) -> [LayerReference] {
        guard let newest = layers.last, !removing.contains(name(newest.compacted)) else { return [] }
        compacting = layers
        return layers
    }

    /// - Parameter compacted: what the layers came to; nil when it failed.
    mutating func endCompaction(_ compacted: LayerReference?) {
        let old = compacting ?? []
        compacting = nil
        // A checkpoint that had to be whole may have come in between.
        guard let compacted, !old.isEmpty, layers.starts(with: old) else { return }
        layers = [compacted] + layers[old.count...]
    }
}

extension LayerReference {
    /// Where what this layer and those below it come to is stored; the size and the checksum are not known.
    var compacted: LayerReference { LayerReference(epoch: epoch, isCompacted: true, size: 0, checksum: 0) }
}
