import Columnar

/// More keys than memory holds. They are seen in the order of event time mostly, so files are forgotten whole when the
/// watermark has passed all that they have.
extension DropDuplicates: SpillingOperator {
    var stateByteCount: Int {
        table.byteCount + firstSeen.capacity * 8 + (unsaved.groups.capacity + table.count) * 5
            + runs.reduce(0) { $0 + $1.memoryByteCount }
    }

    var spilledByteCount: Int { runs.reduce(0) { $0 + $1.file.size } }

    var savedTypes: [DataType] { stateSchema.fields.map(\.type) }
    private var keyColumns: Range<Int> { 2..<stateSchema.fields.count }

    /// Brings the keys of some rows into memory that are in files only.
    func fetch(_ columns: [ColumnVector], _ hashes: [UInt64], _ rows: [Int32]) {
        guard let memory, !runs.isEmpty else { return }
        var missing = rows
        for run in runs.reversed() {
            let found = table.find(columns, hashes: hashes, rows: missing)
            missing = zip(missing, found).compactMap { $1 < 0 ? $0 : nil }
            if missing.isEmpty { return }
            let wanted = Set(missing.map { hashes[Int($0)] }).sorted()
            guard let saved = memory.attempt({ try run.rows(with: wanted) }) ?? nil else { continue }
            let fresh = StateRuns.newRows(of: saved, keys: keyColumns, in: &table)
            if case .int64(let times) = saved[1].values { firstSeen += fresh.map { times[Int($0)] } }
        }
    }

    func spill(into output: inout OperatorOutput) {
        guard save() else { return }
        table = GroupTable(keyTypes: stateSchema.fields[keyColumns].map(\.type))
        firstSeen = []
    }

    /// Before a checkpoint: keys go to a file when they are many, and stay in memory, too.
    func saveForCheckpoint() {
        guard let memory, table.count > 0 else { return }
        if stateByteCount / table.count * unsaved.groups.count > memory.checkpointLimit { save() }
    }

    /// Writes the keys to a file that none has.
    /// - Returns: whether they are there.
    @discardableResult
    private func save() -> Bool {
        guard let memory else { return false }
        let live = unsaved.groups.filter { firstSeen[Int($0)] >= evictedTo }
        if !live.isEmpty {
            let run = memory.attempt {
                try StateRuns.write(
                    live, hashes: table.hashes, types: savedTypes, to: memory, times: 1, columns: columns)
            }
            guard let run else { return false }
            runs.append(run)
            _ = memory.attempt {
                try StateRuns.merge(&runs, width: 4, types: savedTypes, to: memory, times: 1) { parts in
                    let newest = StateRuns.newest(parts, keys: keyColumns)
                    guard case .int64(let times) = newest[1].values else { return newest }
                    let kept = times.indices.filter { times[$0] >= evictedTo }.map { Int32($0) }
                    return kept.count == times.count ? newest : newest.map { $0.taking(kept) }
                }
            }
        }
        unsaved = GroupMarks()
        return memory.failure == nil
    }
}
