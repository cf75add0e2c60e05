import Columnar

/// Joins each row of the left with the version of its key that was valid at its event time; see
/// `JoinSpecification.Match.version`.
///
/// Left rows and versions wait until event time has passed them. They then meet in the order of event time, so that of
/// the versions that are over only the valid one of each key stays.
final class VersionJoin: MeasuredOperator {
    var outputSchema: RecordSchema { join.outputSchema }
    private let join: BoundJoin
    private let deletedWhere: BoundExpression?
    /// The kept columns of left rows, then their keys.
    private var rows: PendingRows
    private var versions: VersionTable
    private let rowSchema: RecordSchema
    private let versionSchema: RecordSchema
    /// The highest watermark that was advanced to.
    private var advancedTo = Int64.min

    /// - Throws: `PlanError` or `BindingError` when the join does not fit its inputs.
    init(_ specification: JoinSpecification, deletedWhere: Expression?, inputs: [RecordSchema]) throws {
        guard !specification.kind.keeps(1) else {
            throw PlanError(
                "a join with versions gives a row for each of the left: it is an inner or a left join, not a "
                    + specification.kind.rawValue + " one")
        }
        let join = try BoundJoin(specification, inputs: inputs)
        self.join = join
        self.deletedWhere = try deletedWhere?.bound(to: inputs[1])
        if let deletedWhere, let bound = self.deletedWhere, bound.type != .bool {
            throw PlanError(
                "what says that a version is deleted must be a condition, and \(deletedWhere) is \(bound.type)")
        }
        let types = join.keptTypes[0] + join.keyTypes
        rows = PendingRows(types)
        rowSchema = RecordSchema(
            [Field(StateSnapshot.shardColumn, .int64), Field("time", .int64), Field("watermark", .int64)]
                + types.enumerated().map { Field("column_\($0)", $1, isNullable: true) })
        versions = VersionTable(keyTypes: join.keyTypes, columnTypes: join.keptTypes[1])
        versionSchema = VersionTable.stateSchema(keyTypes: join.keyTypes, columnTypes: join.keptTypes[1])
    }

    var stateByteCount: Int { rows.byteCount + versions.byteCount }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        let (onTime, late) = times.splitLate(reached: advancedTo)
        output.drop(late, of: batch, .late)
        let keys = join.keys(batch, port: port)
        let (known, unmatchable) = keys.split(onTime)
        let columns = join.keptColumns(batch, port: port)
        if port == 1 {
            let none = RowOrigins(
                partitions: [Int32](repeating: 0, count: batch.count),
                offsets: [Int64](repeating: 0, count: batch.count))
            versions.add(
                VersionTable.Addition(
                    keys: keys, columns: columns, times: times.eventTimes, origins: batch.origin ?? none,
                    isDeletion: deletions(batch)), rows: known)
            return
        }
        rows.add((columns + keys.columns).map { $0.taking(known) }, times.taking(known))
        if join.kind.keeps(0), !unmatchable.isEmpty {
            let columns = columns.map { $0.taking(unmatchable) }
            output.batches.append(join.unmatched(columns, port: 0, times.taking(unmatchable)))
        }
    }

    private func deletions(_ batch: RecordBatch) -> [Bool] {
        var deletions = [Bool](repeating: false, count: batch.count)
        for row in deletedWhere?.selection(batch) ?? [] { deletions[Int(row)] = true }
        return deletions
    }

    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        switch watermark {
        case .none: return
        case .time(let time): advancedTo = max(time, advancedTo)
        case .endOfInput: advancedTo = max(rows.last?.saturatingAdd(1) ?? .min, advancedTo)
        }
        let due = rows.take(before: watermark == .endOfInput ? nil : advancedTo)
        let count = join.keptTypes[0].count
        let met = versions.meet(
            Array(due.columns[count...]), times: due.times.eventTimes, before: advancedTo)
        give(Array(due.columns[..<count]), due.times, met, into: &output)
        versions.compact()
    }

    /// Gives left rows with the versions that they met.
    private func give(
        _ columns: [ColumnVector], _ times: RowTimes, _ met: [Int32], into output: inout OperatorOutput
    ) {
        var unmatched = met.indices.filter { met[$0] < 0 }.map(Int32.init)
        let matched = met.indices.filter { met[$0] >= 0 }.map(Int32.init)
        if !matched.isEmpty {
            let found = matched.map { met[Int($0)] }
            var joined = join.joined(
                left: columns.map { $0.taking(matched) }, right: versions.columns.map { $0.taking(found) },
                count: matched.count)
            var rows = matched
            if let holding = join.satisfying(joined) {
                joined = joined.taking(holding)
                rows = holding.map { matched[Int($0)] }
                unmatched += Set(matched).subtracting(rows)
                unmatched.sort()
            }
            if !rows.isEmpty { output.batches.append(join.result(joined, times.taking(rows))) }
        }
        if join.kind.keeps(0), !unmatched.isEmpty {
            output.batches.append(
                join.unmatched(columns.map { $0.taking(unmatched) }, port: 0, times.taking(unmatched)))
        }
    }

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        let (columns, times) = rows.takeState(extent)
        let count = times.eventTimes.count
        let hashes = rowHashes(Array(columns[join.keptTypes[0].count...]), count: count)
        let own = [
            hashes.map { Int64(bitPattern: $0) }, times.eventTimes, times.watermarks,
        ].map { ColumnVector(.int64, .int64($0)) }
        var snapshot = StateSnapshot(sections: [
            "rows": [RecordBatch(schema: rowSchema, columns: own + columns, count: count)],
            "progress": [ProgressState.batch(advancedTo)],
        ])
        if extent == .changes {
            // Rows that are older met their versions.
            snapshot.changes["rows"] = SectionChanges(keys: [], expired: .init("time", before: advancedTo))
        }
        versions.takeState("versions", versionSchema, extent, into: &snapshot)
        return snapshot
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        for batch in snapshots.flatMap({ $0.sections["rows"] ?? [] }) {
            let owned = batch.rows(ownedBy: shard)
            guard batch.schema == rowSchema, case .int64(let times) = owned.columns[1].values,
                case .int64(let watermarks) = owned.columns[2].values
            else { throw PlanError("join state of another shape") }
            rows.add(Array(owned.columns[3...]), RowTimes(eventTimes: times, watermarks: watermarks))
        }
        rows.markSaved()
        for batch in snapshots.flatMap({ $0.sections["versions"] ?? [] }) {
            try versions.restore(batch, versionSchema, shard: shard)
        }
    }
}
