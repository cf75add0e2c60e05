import Columnar

/// Puts operators' state together from layers: that of one checkpoint, what had changed at the next, and so on.
///
/// Layers are added from the newest to the oldest. Of each those rows remain that no newer one replaces, takes away or
/// lets expire. What a shard says holds for the keys that it owns, so that layers of different parallelism stand on each
/// other. Only keys of the newer layers are kept, not their rows, and nothing is looked up in the oldest and largest.
public struct StateOverlay {
    private struct Place: Hashable {
        var step: Int
        var section: String
    }

    private var covers: [Place: SectionCover] = [:]

    public init() {}

    /// The rows of a table that remain below the layers that were added.
    /// - Throws: `CheckpointError` for a table that has not the columns that the newer layers speak of.
    public func remaining(_ batch: RecordBatch, step: Int, section: String) throws -> RecordBatch {
        guard let cover = covers[Place(step: step, section: section)] else { return batch }
        return try cover.remaining(batch)
    }

    /// Adds a layer below those that were added.
    /// - Parameter operators: by step, one snapshot a shard.
    public mutating func add(_ operators: [Int: [StateSnapshot]]) throws {
        for (step, shards) in operators {
            for section in Set(shards.flatMap(\.sections.keys)) {
                try covers[Place(step: step, section: section), default: SectionCover()].add(shards, section)
            }
        }
    }

    /// The whole state that layers come to.
    /// - Parameter layers: the oldest first, which is whole.
    /// - Returns: by step one snapshot, of all shards.
    /// - Throws: `CheckpointError` when layers do not belong together.
    public static func state(of layers: [[Int: [StateSnapshot]]]) throws -> [Int: [StateSnapshot]] {
        var overlay = StateOverlay()
        var parts: [[Int: StateSnapshot]] = []
        for layer in layers.reversed() {
            parts.append(try layer.reduce(into: [:]) { $0[$1.key] = try overlay.remaining($1.value, step: $1.key) })
            try overlay.add(layer)
        }
        return parts.reversed().reduce(into: [:]) { state, part in
            for (step, snapshot) in part {
                state[step, default: [StateSnapshot()]][0].sections.merge(snapshot.sections, uniquingKeysWith: +)
            }
        }
    }

    private func remaining(_ shards: [StateSnapshot], step: Int) throws -> StateSnapshot {
        var snapshot = StateSnapshot()
        for shard in shards {
            for (section, batches) in shard.sections {
                snapshot.sections[section, default: []] +=
                    try batches.map { try remaining($0, step: step, section: section) }.filter { $0.count > 0 }
            }
        }
        return snapshot
    }
}

/// What the newer layers say of one table.
private struct SectionCover {
    /// Whether nothing below remains.
    private var isClosed = false
    private var keyNames: [String] = []
    /// The keys whose rows stand in newer layers, or are gone.
    private var keys: GroupTable?
    private var bounds: [ShardBounds] = []

    /// What the shards of one layer say of the rows that they own.
    private struct ShardBounds {
        var column: String?
        /// By shard: rows with less are gone.
        var before: [Int64]
        /// By shard: whether all earlier rows are.
        var isWhole: [Bool]

        func covers(_ hash: Int64, _ value: Int64?) -> Bool {
            let shard = isWhole.count == 1 ? 0 : Shard.owner(ofHash: UInt64(bitPattern: hash), count: isWhole.count)
            return isWhole[shard] || value.map { $0 < before[shard] } ?? false
        }
    }

    mutating func add(_ shards: [StateSnapshot], _ section: String) throws {
        guard !isClosed else { return }
        let given = shards.filter { $0.sections[section] != nil }
        let isKeyed = given.contains { shard in
            shard.changes[section] != nil
                || shard.sections[section]?.contains { $0.schema.fields.first?.name == StateSnapshot.shardColumn }
                    == true
        }
        let isWhole = shards.map { $0.sections[section] != nil && $0.changes[section] == nil }
        if !isKeyed || isWhole.allSatisfy({ $0 }) {
            isClosed = true
            return
        }
        let expiries = shards.map { $0.changes[section]?.expired }
        if isWhole.contains(true) || expiries.contains(where: { $0 != nil }) {
            bounds.append(
                ShardBounds(
                    column: expiries.compactMap { $0?.column }.first, before: expiries.map { $0?.before ?? .min },
                    isWhole: isWhole))
        }
        for shard in given {
            guard let changes = shard.changes[section], !changes.keys.isEmpty else { continue }
            for batch in (shard.sections[section] ?? []) + changes.removed where batch.count > 0 {
                try add(keysOf: batch, changes.keys)
            }
        }
    }

    private mutating func add(keysOf batch: RecordBatch, _ names: [String]) throws {
        if keys == nil { keyNames = names }
        guard names == keyNames, let columns = batch.columns(names) else { throw SectionCover.otherColumns }
        if keys == nil { keys = GroupTable(keyTypes: columns.map(\.type)) }
        guard keys?.keys.map(\.type) == columns.map(\.type) else { throw SectionCover.otherColumns }
        _ = keys?.intern(columns, hashes: Self.hashes(columns, count: batch.count))
    }

    private static let otherColumns = CheckpointError("its state has other columns than that before it")

    /// Hashes of keys. The shard column stands for those of any size.
    private static func hashes(_ columns: [ColumnVector], count: Int) -> [UInt64] {
        rowHashes(
            columns.filter { column in
                switch column.values {
                case .bool, .int32, .int64, .double, .decimal: true
                case .binary, .list, .struct: false
                }
            }, count: count)
    }

    func remaining(_ batch: RecordBatch) throws -> RecordBatch {
        if isClosed { return batch.taking([]) }
        guard batch.count > 0, keys != nil || !bounds.isEmpty else { return batch }
        var isCovered = [Bool](repeating: false, count: batch.count)
        for bounds in bounds { try cover(&isCovered, batch, bounds) }
        if let keys {
            guard let columns = batch.columns(keyNames), columns.map(\.type) == keys.keys.map(\.type) else {
                throw SectionCover.otherColumns
            }
            let found = keys.find(columns, hashes: Self.hashes(columns, count: batch.count))
            for row in found.indices where found[row] >= 0 { isCovered[row] = true }
        }
        let kept = isCovered.indices.filter { !isCovered[$0] }
        return kept.count == batch.count ? batch : batch.taking(kept.map { Int32($0) })
    }

    private func cover(_ isCovered: inout [Bool], _ batch: RecordBatch, _ bounds: ShardBounds) throws {
        guard case .int64(let hashes)? = batch.column(StateSnapshot.shardColumn)?.values else {
            throw SectionCover.otherColumns
        }
        var values: [Int64]?
        if let column = bounds.column {
            guard case .int64(let column)? = batch.column(column)?.values else { throw SectionCover.otherColumns }
            values = column
        }
        for row in isCovered.indices where bounds.covers(hashes[row], values?[row]) { isCovered[row] = true }
    }
}

extension RecordBatch {
    /// The columns of these names; nil when one is missing.
    fileprivate func columns(_ names: [String]) -> [ColumnVector]? {
        let columns = names.compactMap { column($0) }
        return columns.count == names.count ? columns : nil
    }
}
