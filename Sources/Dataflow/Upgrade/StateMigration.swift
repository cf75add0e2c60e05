import Columnar

/// How the state of a step becomes that of the step in a later plan: columns in another order, without some, with nulls
/// for others.
struct StateMigration: Hashable {
    /// Where a column of the new state comes from.
    enum Slot: Hashable {
        case old(Int)
        /// Rows that are kept have no value for it.
        case null(DataType)
    }

    /// By the beginning of the names of state columns, `key` of `key_0`: what stands there. What is not here stays.
    var slots: [String: [Slot]] = [:]
    /// The same for sections whose columns are others, by the section.
    var sectionSlots: [String: [String: [Slot]]] = [:]
    /// By section, the columns that its keys are in, when their order changed: their hashes are others then.
    var keyColumns: [String: [String]] = [:]
    /// µs by which what a step has closed lies later.
    var progressShift: Int64 = 0
    /// Whether every group is to be given anew.
    var marksChanged = false

    var isIdentity: Bool { self == StateMigration() }

    func callAsFunction(_ snapshot: StateSnapshot) throws -> StateSnapshot {
        if isIdentity { return snapshot }
        var snapshot = snapshot
        for (section, batches) in snapshot.sections {
            snapshot.sections[section] = try batches.map { try migrate($0, section) }
        }
        return snapshot
    }

    private func migrate(_ batch: RecordBatch, _ section: String) throws -> RecordBatch {
        if section == "progress" { return try shifted(batch) }
        var fields: [Field] = []
        var columns: [ColumnVector] = []
        var slots = sectionSlots[section] ?? slots
        func emit(_ prefix: String, _ new: [Slot]) throws {
            for (index, slot) in new.enumerated() {
                for (suffix, column) in try cells(slot, prefix, of: batch) {
                    fields.append(Field("\(prefix)_\(index)\(suffix)", column.type, isNullable: true))
                    columns.append(column)
                }
            }
        }
        for (field, column) in zip(batch.schema.fields, batch.columns) {
            let prefix = String(field.name.prefix { $0 != "_" })
            if field.name != StateSnapshot.shardColumn, let new = slots[prefix] {
                try emit(prefix, new)
                // They all stand together.
                slots[prefix] = []
            } else {
                fields.append(field)
                columns.append(column)
            }
        }
        // A side of a join of which nothing was kept had no column to stand in for the new ones.
        if sectionSlots[section] != nil, let new = slots["column"] { try emit("column", new) }
        let migrated = RecordBatch(schema: RecordSchema(fields), columns: columns, count: batch.count)
        return mark(hashed(migrated, section))
    }

    /// The old columns of a slot, each with what stands behind its number: an aggregate may have several.
    private func cells(_ slot: Slot, _ prefix: String, of batch: RecordBatch) throws -> [(String, ColumnVector)] {
        switch slot {
        case .null(let type): return [("", ColumnVector(type, repeating: .null, count: batch.count))]
        case .old(let index):
            let name = "\(prefix)_\(index)"
            let found = zip(batch.schema.fields, batch.columns).filter {
                $0.0.name == name || $0.0.name.hasPrefix(name + "_")
            }
            if found.isEmpty { throw PlanError("the state has no column \(name)") }
            return found.map { (String($0.0.name.dropFirst(name.count)), $0.1) }
        }
    }

    private func hashed(_ batch: RecordBatch, _ section: String) -> RecordBatch {
        guard let names = keyColumns[section] else { return batch }
        let hashes = rowHashes(names.compactMap { batch.column($0) }, count: batch.count)
        return batch.replacing(StateSnapshot.shardColumn, .int64(hashes.map { Int64(bitPattern: $0) }))
    }

    private func mark(_ batch: RecordBatch) -> RecordBatch {
        guard marksChanged, batch.schema.index(of: "changed") != nil else { return batch }
        return batch.replacing("changed", .bool([Bool](repeating: true, count: batch.count)))
    }

    private func shifted(_ batch: RecordBatch) throws -> RecordBatch {
        guard case .int64(let watermarks)? = batch.column("watermark")?.values else {
            throw PlanError("progress state of another shape")
        }
        return batch.replacing(
            "watermark", .int64(watermarks.map { $0 == .min ? $0 : $0.saturatingAdd(progressShift) }))
    }
}

extension RecordBatch {
    /// The same rows with other values in a column.
    fileprivate func replacing(_ name: String, _ values: ColumnVector.Values) -> RecordBatch {
        let columns = zip(schema.fields, columns).map { $0.name == name ? ColumnVector($0.type, values) : $1 }
        return replacing(schema: schema, columns: columns)
    }
}
