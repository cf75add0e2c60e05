import Columnar

/// How far a stateful operator's event time had come, as a section of its state that is the same for every shard.
enum ProgressState {
    private static let schema = RecordSchema([Field("watermark", .int64)])

    static func batch(_ watermark: Int64) -> RecordBatch {
        RecordBatch(schema: schema, columns: [ColumnVector(.int64, .int64([watermark]))], count: 1)
    }

    /// The furthest of all shards; `Int64.min` without any.
    static func latest(_ snapshots: [StateSnapshot]) throws -> Int64 {
        var latest = Int64.min
        for batch in snapshots.flatMap({ $0.sections["progress"] ?? [] }) {
            guard batch.schema == schema, case .int64(let values) = batch.columns[0].values else {
                throw PlanError("progress state of another shape")
            }
            latest = max(latest, values.max() ?? .min)
        }
        return latest
    }
}

extension RecordBatch {
    /// The rows of a state section whose keys the shard owns; the first column is the hash.
    func rows(ownedBy shard: Shard) -> RecordBatch {
        guard case .int64(let hashes) = columns[0].values else { preconditionFailure("state without hashes") }
        let owned = hashes.indices.filter { shard.owns(hash: UInt64(bitPattern: hashes[$0])) }
        return owned.count == count ? self : taking(owned.map(Int32.init))
    }
}

extension RowOrigins {
    /// The origins of the given rows.
    func taking(_ rows: [Int32]) -> RowOrigins {
        RowOrigins(partitions: rows.map { partitions[Int($0)] }, offsets: rows.map { offsets[Int($0)] })
    }
}

extension SectionChanges {
    /// Rows of some columns of a state section as what is gone.
    /// - Parameter names: of the columns, in the section's schema.
    static func removed(_ names: [String], _ columns: [ColumnVector]) -> RecordBatch {
        let fields = zip(names, columns).map { Field($0, $1.type, isNullable: true) }
        return RecordBatch(schema: RecordSchema(fields), columns: columns, count: columns[0].count)
    }
}
