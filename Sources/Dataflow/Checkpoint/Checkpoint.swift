import Columnar

/// Everything that a restart needs, as of the end of one epoch. It is the truth for positions, and holds what every
/// sink staged, so that recovery commits an epoch without computing it again.
public struct Checkpoint: Sendable {
    /// From 1.
    public var epoch: Int64
    /// The topology's name: state is never given to another.
    public var topology: String
    /// The text of the plan.
    public var plan: String
    /// The plan in a form that can be compared with that of a later version; nil in a checkpoint of format 1.
    public var description: PlanDescription?
    /// Made when the state began; part of the sinks' transaction identity, so that a state that starts anew is not
    /// mistaken for an old one whose epochs are committed.
    public var stateID: String
    /// By source step and partition: the offset of the next record.
    public var positions: [Int: [Int32: Int64]]
    public var state: ExecutionState
    /// By sink step: what the sink's `prepare` gave. The dead letters of a source stand under `-1 - step`.
    public var prepared: [Int: [UInt8]]

    public init(
        epoch: Int64, topology: String, plan: String, description: PlanDescription? = nil, stateID: String,
        positions: [Int: [Int32: Int64]], state: ExecutionState, prepared: [Int: [UInt8]]
    ) {
        self.epoch = epoch
        self.topology = topology
        self.plan = plan
        self.description = description
        self.stateID = stateID
        self.positions = positions
        self.state = state
        self.prepared = prepared
    }
}

/// Why the bytes of a checkpoint could not be read.
public struct CheckpointError: Error, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension Checkpoint {
    static let magic: [UInt8] = Array("TIDEMARK".utf8)
    static let version: UInt32 = 2

    /// The checkpoint as bytes: a magic, a version, then fields little-endian and length-prefixed. Whoever stores them
    /// adds the checksum.
    public func encoded() -> [UInt8] {
        var writer = BinaryWriter()
        writer.bytes(Self.magic)
        writer.integer(Self.version)
        writer.integer(epoch)
        for text in [topology, plan, stateID] { writer.text(text) }
        writer.optional(description) { writer, description in description.encode(into: &writer) }
        writer.dictionary(positions) { writer, partitions in
            writer.integer(UInt32(partitions.count))
            for (partition, offset) in partitions.sorted(by: { $0.key < $1.key }) {
                writer.integer(partition)
                writer.integer(offset)
            }
        }
        writer.dictionary(state.operators) { writer, snapshots in
            writer.integer(UInt32(snapshots.count))
            for snapshot in snapshots { snapshot.encode(into: &writer) }
        }
        writer.dictionary(state.watermarks) { $0.integer($1) }
        writer.dictionary(state.counts) { writer, counts in
            writer.integer(UInt32(counts.count))
            for count in counts { writer.integer(Int64(count)) }
        }
        writer.dictionary(prepared) { $0.block($1) }
        return writer.result
    }

    /// Reads what `encoded` gave.
    /// - Throws: `CheckpointError` for anything else.
    public init(decoding bytes: [UInt8]) throws {
        var reader = BinaryReader(bytes)
        guard try reader.bytes(Self.magic.count) == Self.magic else { throw CheckpointError("not a checkpoint") }
        let version: UInt32 = try reader.integer()
        guard (1...Self.version).contains(version) else {
            throw CheckpointError("format \(version), and this program reads formats 1 to \(Self.version)")
        }
        epoch = try reader.integer()
        topology = try reader.text()
        plan = try reader.text()
        stateID = try reader.text()
        description = version < 2 ? nil : try reader.optional { try PlanDescription(from: &$0) }
        positions = try reader.dictionary { reader in
            var partitions: [Int32: Int64] = [:]
            for _ in 0..<(try reader.count()) { partitions[try reader.integer()] = try reader.integer() }
            return partitions
        }
        let operators = try reader.dictionary { reader in
            try (0..<(try reader.count())).map { _ in try StateSnapshot(from: &reader) }
        }
        let watermarks: [Int: Int64] = try reader.dictionary { try $0.integer() }
        let counts = try reader.dictionary { reader in
            try (0..<(try reader.count())).map { _ in
                let count: Int64 = try reader.integer()
                return Int(count)
            }
        }
        state = ExecutionState(operators: operators, watermarks: watermarks, counts: counts)
        prepared = try reader.dictionary { try $0.block() }
        guard reader.isAtEnd else { throw CheckpointError("bytes after its end") }
    }
}

extension StateSnapshot {
    func encode(into writer: inout BinaryWriter) {
        writer.integer(UInt32(sections.count))
        for (name, batches) in sections.sorted(by: { $0.key < $1.key }) {
            writer.block(Array(name.utf8))
            writer.block { BatchCodec.encode(batches, into: &$0) }
        }
    }

    init(from reader: inout BinaryReader) throws {
        self.init()
        for _ in 0..<(try reader.count()) {
            let name = try reader.text()
            sections[name] = try BatchCodec.decode(try reader.block())
        }
    }
}
