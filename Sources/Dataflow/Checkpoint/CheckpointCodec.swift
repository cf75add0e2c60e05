import Columnar

extension CheckpointPart {
    static let magic: [UInt8] = Array("TIDEMARK".utf8)
    static let version: UInt32 = 2

    /// The piece as bytes: what it is, then fields little-endian and length-prefixed; the head after a magic and a version.
    /// Whoever stores them adds checksums.
    public func encoded() -> [UInt8] {
        var writer = BinaryWriter()
        switch self {
        case .head(let checkpoint):
            writer.bytes(Self.magic)
            writer.integer(Self.version)
            checkpoint.encodeHead(into: &writer)
        case .table(let table):
            writer.integer(UInt8(1))
            table.encode(into: &writer)
        case .end: writer.integer(UInt8(2))
        }
        return writer.result
    }

    /// Reads what `encoded` gave.
    /// - Throws: `CheckpointError` or `BatchCodecError` for anything else.
    public init(decoding bytes: [UInt8]) throws {
        var reader = BinaryReader(bytes)
        let kind: UInt8 = try reader.integer()
        switch kind {
        case Self.magic[0]:
            let version = try Checkpoint.version(&reader)
            guard version == Self.version else { throw Checkpoint.unknown(version) }
            self = .head(try Checkpoint(head: &reader))
        case 1: self = .table(try StateTable(from: &reader))
        case 2: self = .end
        default: throw CheckpointError("a part of no known kind")
        }
        guard reader.isAtEnd else { throw CheckpointError("bytes after its end") }
    }
}

extension Checkpoint {
    /// The whole checkpoint as bytes: its pieces one after the other.
    public func encoded() -> [UInt8] {
        var writer = BinaryWriter()
        forEachPart { part in writer.block(part.encoded()) }
        return writer.result
    }

    /// Reads what `encoded` gave, of this version or of version 1.
    /// - Throws: `CheckpointError` or `BatchCodecError` for anything else.
    public init(decoding bytes: [UInt8]) throws {
        if bytes.starts(with: CheckpointPart.magic) {
            try self.init(decodingVersion1: bytes)
            return
        }
        var reader = BinaryReader(bytes)
        var assembly = CheckpointAssembly()
        while !reader.isAtEnd { try assembly.take(CheckpointPart(decoding: try reader.block())) }
        self = try assembly.finish()
    }

    /// Behind the first byte of the magic.
    fileprivate static func version(_ reader: inout BinaryReader) throws -> UInt32 {
        guard try reader.bytes(CheckpointPart.magic.count - 1) == Array(CheckpointPart.magic.dropFirst()) else {
            throw CheckpointError("not a checkpoint")
        }
        return try reader.integer()
    }

    fileprivate static func unknown(_ version: UInt32) -> CheckpointError {
        CheckpointError("format \(version), and this program reads formats 1 and \(CheckpointPart.version)")
    }

    fileprivate func encodeHead(into writer: inout BinaryWriter) {
        writer.integer(epoch)
        for text in [topology, plan, stateID] { writer.block(Array(text.utf8)) }
        writer.integer(UInt32(below.count))
        for layer in below {
            writer.integer(layer.epoch)
            writer.integer(UInt8(layer.isCompacted ? 1 : 0))
            writer.integer(layer.size)
            writer.integer(layer.checksum)
        }
        writer.dictionary(positions) { writer, partitions in
            writer.integer(UInt32(partitions.count))
            for (partition, offset) in partitions.sorted(by: { $0.key < $1.key }) {
                writer.integer(partition)
                writer.integer(offset)
            }
        }
        writer.dictionary(state.watermarks) { $0.integer($1) }
        writer.dictionary(state.counts) { writer, counts in
            writer.integer(UInt32(counts.count))
            for count in counts { writer.integer(Int64(count)) }
        }
        writer.dictionary(prepared) { $0.block($1) }
    }

    fileprivate init(head reader: inout BinaryReader) throws {
        epoch = try reader.integer()
        topology = try reader.text()
        plan = try reader.text()
        stateID = try reader.text()
        below = try (0..<(try reader.count())).map { _ in
            let epoch: Int64 = try reader.integer()
            let isCompacted: UInt8 = try reader.integer()
            return LayerReference(
                epoch: epoch, isCompacted: isCompacted != 0, size: try reader.integer(), checksum: try reader.integer())
        }
        positions = try Self.positions(&reader)
        state = ExecutionState()
        try state.readProgress(&reader)
        prepared = try reader.dictionary { try $0.block() }
    }

    private static func positions(_ reader: inout BinaryReader) throws -> [Int: [Int32: Int64]] {
        try reader.dictionary { reader in
            var partitions: [Int32: Int64] = [:]
            for _ in 0..<(try reader.count()) { partitions[try reader.integer()] = try reader.integer() }
            return partitions
        }
    }

    /// Version 1: all in one piece, and always whole.
    private init(decodingVersion1 bytes: [UInt8]) throws {
        var reader = BinaryReader(bytes)
        _ = try reader.bytes(1)
        let version = try Self.version(&reader)
        guard version == 1 else { throw Self.unknown(version) }
        epoch = try reader.integer()
        topology = try reader.text()
        plan = try reader.text()
        stateID = try reader.text()
        below = []
        positions = try Self.positions(&reader)
        let operators = try reader.dictionary { reader in
            try (0..<(try reader.count())).map { _ in
                var snapshot = StateSnapshot()
                for _ in 0..<(try reader.count()) {
                    let name = try reader.text()
                    snapshot.sections[name] = try BatchCodec.decode(try reader.block())
                }
                return snapshot
            }
        }
        state = ExecutionState(operators: operators)
        try state.readProgress(&reader)
        prepared = try reader.dictionary { try $0.block() }
        guard reader.isAtEnd else { throw CheckpointError("bytes after its end") }
    }
}

extension ExecutionState {
    fileprivate mutating func readProgress(_ reader: inout BinaryReader) throws {
        watermarks = try reader.dictionary { try $0.integer() }
        counts = try reader.dictionary { reader in
            try (0..<(try reader.count())).map { _ in
                let count: Int64 = try reader.integer()
                return Int(count)
            }
        }
    }
}

extension StateTable {
    fileprivate func encode(into writer: inout BinaryWriter) {
        writer.integer(Int64(step))
        writer.integer(UInt32(shard))
        writer.integer(UInt32(shards))
        writer.block(Array(section.utf8))
        writer.integer(UInt8(changes == nil ? 0 : 1))
        if let changes {
            writer.integer(UInt32(changes.keys.count))
            for key in changes.keys { writer.block(Array(key.utf8)) }
            writer.block { BatchCodec.encode(changes.removed, into: &$0) }
            writer.block(Array((changes.expired?.column ?? "").utf8))
            writer.integer(changes.expired?.before ?? .min)
        }
        writer.block { BatchCodec.encode(batches, into: &$0) }
    }

    fileprivate init(from reader: inout BinaryReader) throws {
        let step: Int64 = try reader.integer()
        let (shard, shards): (UInt32, UInt32) = (try reader.integer(), try reader.integer())
        let section = try reader.text()
        let hasChanges: UInt8 = try reader.integer()
        self.init(step: Int(step), shard: Int(shard), shards: Int(shards), section: section, batches: [])
        if hasChanges != 0 {
            let keys = try (0..<(try reader.count())).map { _ in try reader.text() }
            var changes = SectionChanges(keys: keys, removed: try BatchCodec.decode(try reader.block()))
            let column = try reader.text()
            let before: Int64 = try reader.integer()
            if !column.isEmpty { changes.expired = .init(column, before: before) }
            self.changes = changes
        }
        batches = try BatchCodec.decode(try reader.block())
    }
}
