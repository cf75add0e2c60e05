import Dataflow
import Foundation
import ObjectStorage
import Synchronization

/// A topology's checkpoints in a directory of their own, each written whole and durably before its name appears.
///
/// `<epoch>.checkpoint` has the state whole, or what has changed of it and the names of the files that it stands on.
/// `<epoch>.state` is what the layers of an epoch came to, put together in the background. The newest two checkpoints are
/// kept, so that a damaged one has one before it, with all that they stand on.
public final class CheckpointStore: Sendable {
    private let store: any ObjectStore
    /// For messages.
    let path: String
    private let chain: Mutex<CheckpointChain>
    private let isStopping = Atomic(false)
    private let problem = Mutex<String?>(nil)

    /// - Parameter path: of the store, for messages.
    public init(_ store: any ObjectStore, path: String, limits: CheckpointLimits = .init()) {
        self.store = store
        self.path = path
        chain = Mutex(CheckpointChain(limits: limits))
    }

    /// What the state of the next checkpoint is to stand on, for its `below`; none when it is to be whole. Asked when the
    /// one before it was written.
    public var foundation: [LayerReference] { chain.withLock { $0.foundation } }

    /// Has the next checkpoint be whole: its state may be of another shape than what was stored.
    public func requireWhole() { chain.withLock { $0.requireWhole() } }

    /// Writes a checkpoint durably and removes the files that are no longer needed.
    public func write(_ checkpoint: Checkpoint) throws {
        var file = CheckpointFile.Writer()
        checkpoint.forEachPart { file.append($0) }
        try store.put(Self.name(checkpoint.epoch, isCompacted: false), file.bytes)
        let layer = LayerReference(
            epoch: checkpoint.epoch, isCompacted: false, size: Int64(file.bytes.count), checksum: file.checksum)
        chain.withLock { $0.add(layer, below: checkpoint.below) }
        try removeOthers()
    }

    /// Removes what nothing needs. What there is is looked at first: a file that the background work makes after that is not
    /// among it.
    private func removeOthers() throws {
        let names = try store.list(prefix: "").map(\.path).filter { Self.isCheckpoint($0) || Self.isState($0) }
        let gone = chain.withLock { $0.beginRemoval(of: names, name: Self.name) }
        defer { chain.withLock { $0.endRemoval() } }
        for name in gone { try store.delete(name) }
    }
}

extension CheckpointStore {
    /// The newest checkpoint that is whole, with its whole state, and what was wrong with newer ones.
    /// - Throws: `RuntimeError` when there are checkpoints and none is whole.
    public func newest() throws -> (checkpoint: Checkpoint?, damaged: [(epoch: Int64, problem: String)]) {
        var damaged: [(epoch: Int64, problem: String)] = []
        let epochs = try store.list(prefix: "").filter { Self.isCheckpoint($0.path) }.compactMap {
            Int64($0.path.prefix { $0 != "." })
        }.sorted()
        for (index, epoch) in epochs.enumerated().reversed() {
            do {
                let (checkpoint, layer, isOfVersion1) = try read(epoch)
                if index > 0 { try? noteOlder(epochs[index - 1]) }
                chain.withLock { $0.add(layer, below: checkpoint.below) }
                // The rows of version 1 have not all the columns by which later ones replace them.
                if isOfVersion1 { requireWhole() }
                return (checkpoint, damaged)
            } catch let error as CheckpointError {
                damaged.append((epoch, error.description))
            }
        }
        if damaged.isEmpty { return (nil, []) }
        throw RuntimeError(
            "every checkpoint in \(path) is damaged (newest, epoch \(damaged[0].epoch): \(damaged[0].problem)). "
                + "Restore the directory from a backup, or start anew with --reset-state")
    }

    /// Takes note of the checkpoint before the newest, as it says itself.
    private func noteOlder(_ epoch: Int64) throws {
        let bytes = try store.get(Self.name(epoch, isCompacted: false))
        var below: [LayerReference] = []
        if !CheckpointFile.isVersion1(bytes) {
            var reader = try CheckpointFile.Reader(bytes)
            guard case .head(let head) = try reader.next() else { return }
            below = head.below
        }
        // Nothing will stand on it, so that its checksum is not asked for.
        let layer = LayerReference(epoch: epoch, isCompacted: false, size: Int64(bytes.count), checksum: 0)
        chain.withLock { $0.add(layer, below: below) }
    }

    /// Reads a checkpoint and all that it stands on.
    /// - Returns: the checkpoint with its whole state, and what it is for those that stand on it.
    private func read(
        _ epoch: Int64
    ) throws -> (checkpoint: Checkpoint, layer: LayerReference, isOfVersion1: Bool) {
        let bytes = try get(Self.name(epoch, isCompacted: false))
        let isOfVersion1 = CheckpointFile.isVersion1(bytes)
        var (checkpoint, checksum) =
            isOfVersion1 ? (try CheckpointFile.readVersion1(bytes), 0) : try Self.checkpoint(bytes)
        guard checkpoint.epoch == epoch else { throw CheckpointError("it holds epoch \(checkpoint.epoch)") }
        let layer = LayerReference(
            epoch: epoch, isCompacted: false, size: Int64(bytes.count), checksum: checksum)
        if !checkpoint.below.isEmpty {
            var operators: [Int: [StateSnapshot]] = [:]
            try forEachTable(of: checkpoint.below, stateID: checkpoint.stateID, newest: checkpoint.state.operators) {
                operators[$0.step, default: [StateSnapshot()]][0].sections[$0.section, default: []] += $0.batches
            }
            checkpoint.state.operators = operators
        }
        return (checkpoint, layer, isOfVersion1)
    }

    /// All pieces of a file.
    private static func checkpoint(_ bytes: [UInt8]) throws -> (Checkpoint, checksum: UInt32) {
        var reader = try CheckpointFile.Reader(bytes)
        var assembly = CheckpointAssembly()
        while !reader.isAtEnd { try assembly.take(reader.next()) }
        return (try assembly.finish(), reader.checksum)
    }

    /// Gives the tables of the state that layers come to. Changes are few and held together; the oldest layer is read in
    /// pieces.
    /// - Parameter newest: changes above the layers; nil when the layers are all.
    private func forEachTable(
        of layers: [LayerReference], stateID: String, newest: [Int: [StateSnapshot]]? = nil,
        _ body: (StateTable) throws -> Void
    ) throws {
        guard let base = layers.first else { return }
        var overlay = StateOverlay()
        var changes: [[Int: [StateSnapshot]]] = try layers.dropFirst().map { layer in
            try readingLayer(layer) { bytes in
                let (checkpoint, checksum) = try Self.checkpoint(bytes)
                try Self.check(checkpoint, layer, stateID, checksum)
                return checkpoint.state.operators
            }
        }
        if let newest { changes.append(newest) }
        var remaining: [StateTable] = []
        while let layer = changes.popLast() {
            for (step, shards) in layer {
                for shard in shards {
                    for (section, batches) in shard.sections {
                        let rows = try batches.map { try overlay.remaining($0, step: step, section: section) }
                        remaining.append(
                            StateTable(
                                step: step, shard: 0, shards: 1, section: section,
                                batches: rows.filter { $0.count > 0 }))
                    }
                }
            }
            try overlay.add(layer)
        }
        try readingLayer(base) { try Self.read($0, of: base, stateID, below: overlay, body) }
        for table in remaining.reversed() { try body(table) }
    }

    /// Gives the tables of the oldest layer, as far as the others have left them.
    private static func read(
        _ bytes: [UInt8], of base: LayerReference, _ stateID: String, below overlay: StateOverlay,
        _ body: (StateTable) throws -> Void
    ) throws {
        var reader = try CheckpointFile.Reader(bytes)
        guard case .head(let head) = try reader.next() else { throw CheckpointError("its parts are out of order") }
        while !reader.isAtEnd {
            guard case .table(var table) = try reader.next() else { continue }
            table.batches = try table.batches.map {
                try overlay.remaining($0, step: table.step, section: table.section)
            }.filter { $0.count > 0 }
            (table.shard, table.shards) = (0, 1)
            try body(table)
        }
        try check(head, base, stateID, reader.checksum)
        guard head.below.isEmpty else { throw CheckpointError("it has changes where a whole state belongs") }
    }

    /// Reads a file that a checkpoint stands on. An error names it.
    private func readingLayer<Result>(_ layer: LayerReference, _ body: ([UInt8]) throws -> Result) throws -> Result {
        let name = Self.name(layer)
        do { return try body(try get(name)) } catch let error as CheckpointError {
            throw CheckpointError("it stands on \(name): \(error.description)")
        }
    }

    private static func check(
        _ head: Checkpoint, _ layer: LayerReference, _ stateID: String, _ checksum: UInt32
    ) throws {
        guard head.epoch == layer.epoch, head.stateID == stateID, checksum == layer.checksum else {
            throw CheckpointError("it is of another history")
        }
    }

    private func get(_ name: String) throws -> [UInt8] {
        do { return try store.get(name) } catch  where error.kind == .notFound {
            throw CheckpointError("it is missing")
        }
    }
}

extension CheckpointStore {
    /// Whether `compact` has something to do.
    public var isCompactionDue: Bool { chain.withLock { $0.isCompactionDue } }

    /// Puts the layers of the newest checkpoint together into one, from their files: no operator is asked, and meanwhile
    /// further checkpoints are written. The next ones stand on the result.
    /// When a file is damaged, that is told by `takeProblem`, and the next checkpoint is whole and stands on none of them.
    public func compact() throws {
        let layers = chain.withLock { $0.beginCompaction(name: Self.name) }
        var compacted: LayerReference?
        defer { chain.withLock { $0.endCompaction(compacted) } }
        do {
            compacted = try compact(layers)
        } catch is CancellationError {
            return
        } catch let error as CheckpointError {
            requireWhole()
            problem.withLock {
                $0 = "the newest checkpoint in \(path) is damaged: \(error.description). The next one is whole again"
            }
        }
    }

    /// What went wrong with stored state and was mended, once, for people.
    public func takeProblem() -> String? {
        problem.withLock { problem in
            defer { problem = nil }
            return problem
        }
    }

    /// Has a `compact` that is under way come to an end soon, without a result.
    public func stopCompaction() { isStopping.store(true, ordering: .relaxed) }

    private func compact(_ layers: [LayerReference]) throws -> LayerReference? {
        guard let newest = layers.last else { return nil }
        let head = try readingLayer(newest) { bytes in
            var reader = try CheckpointFile.Reader(bytes)
            guard case .head(let head) = try reader.next() else { throw CheckpointError("its parts are out of order") }
            return head
        }
        var output = CompactedState(head)
        try forEachTable(of: layers, stateID: head.stateID) { table in
            if isStopping.load(ordering: .relaxed) { throw CancellationError() }
            output.append(table)
        }
        let file = output.finish()
        try store.put(Self.name(newest.epoch, isCompacted: true), file.bytes)
        return LayerReference(
            epoch: newest.epoch, isCompacted: true, size: Int64(file.bytes.count), checksum: file.checksum)
    }
}

extension CheckpointStore {
    private static func isCheckpoint(_ name: String) -> Bool { name.hasSuffix(".checkpoint") }
    private static func isState(_ name: String) -> Bool { name.hasSuffix(".state") }

    private static func name(_ layer: LayerReference) -> String { name(layer.epoch, isCompacted: layer.isCompacted) }

    private static func name(_ epoch: Int64, isCompacted: Bool) -> String {
        let digits = String(epoch)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
            + (isCompacted ? ".state" : ".checkpoint")
    }
}
