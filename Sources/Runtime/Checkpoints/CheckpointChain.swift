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
    /// Checkpoints that are kept: should the newest be damaged, there is one before it.
    static let kept = 2

    init(limits: CheckpointLimits = .init()) { self.limits = limits }

    /// What the next checkpoint's state stands on; none when it has to be whole.
    var foundation: [LayerReference] {
        layers.reduce(0) { $0 + $1.size } < limits.smallState ? [] : layers
    }

    /// Takes note of a checkpoint that was stored, or found at the start.
    /// - Parameter below: what it stands on.
    mutating func add(_ checkpoint: LayerReference, below: [LayerReference]) {
        layers = below + [checkpoint]
        checkpoints.append(layers)
        checkpoints = checkpoints.suffix(Self.kept)
    }

    /// Has the next checkpoint be whole.
    mutating func requireWhole() { layers = [] }

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

    /// Begins to put the layers together that there are.
    mutating func beginCompaction() -> [LayerReference] {
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
