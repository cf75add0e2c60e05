import Columnar

/// Rows that an operator keeps, in columns, with where and when they were read. Rows are added at the end; those that
/// are no longer needed stay until `keep` closes the ranks.
struct RowPool {
    let schema: RecordSchema
    private(set) var columns: [ColumnVector]
    /// Event times, µs; 0 for rows without one.
    private(set) var times: [Int64] = []
    /// -1 for rows that an operator computed.
    private(set) var partitions: [Int32] = []
    private(set) var offsets: [Int64] = []

    init(_ schema: RecordSchema) {
        self.schema = schema
        columns = schema.fields.map { ColumnVector($0.type, scalars: []) }
    }

    var count: Int { times.count }

    /// Bytes of memory, nearly.
    var byteCount: Int { columns.reduce(times.capacity * 20) { $0 + $1.byteCount } }

    /// Adds rows of a batch of the pool's schema; the first gets the number that `count` was.
    mutating func append(_ batch: RecordBatch, rows: [Int32]) {
        append(batch.columns, batch, rows)
    }

    /// Adds rows of a batch, of which some columns are kept: those of the pool's schema.
    mutating func append(_ kept: [ColumnVector], _ batch: RecordBatch, _ rows: [Int32]) {
        for index in columns.indices { columns[index].append(contentsOf: kept[index].taking(rows)) }
        if let batchTimes = batch.times {
            for row in rows { times.append(batchTimes.eventTimes[Int(row)]) }
        } else {
            times.append(contentsOf: repeatElement(0, count: rows.count))
        }
        if let origin = batch.origin {
            for row in rows {
                partitions.append(origin.partitions[Int(row)])
                offsets.append(origin.offsets[Int(row)])
            }
        } else {
            partitions.append(contentsOf: repeatElement(-1, count: rows.count))
            offsets.append(contentsOf: repeatElement(0, count: rows.count))
        }
    }

    /// Keeps the given rows only, renumbered in that order.
    mutating func keep(_ rows: [Int32]) {
        columns = columns.map { $0.taking(rows) }
        times = rows.map { times[Int($0)] }
        partitions = rows.map { partitions[Int($0)] }
        offsets = rows.map { offsets[Int($0)] }
    }

    /// Whether a row comes after another: by event time, then partition, then offset.
    func isLater(_ row: Int32, than other: Int32) -> Bool {
        let (row, other) = (Int(row), Int(other))
        if times[row] != times[other] { return times[row] > times[other] }
        if partitions[row] != partitions[other] { return partitions[row] > partitions[other] }
        return offsets[row] > offsets[other]
    }

    func origins(_ rows: [Int32]) -> RowOrigins {
        RowOrigins(partitions: rows.map { partitions[Int($0)] }, offsets: rows.map { offsets[Int($0)] })
    }

    /// Rows for the next operator. Nothing makes them late there: it has seen no further than this one.
    func batch(_ rows: [Int32]) -> RecordBatch {
        let origins = origins(rows)
        return RecordBatch(
            schema: schema, columns: columns.map { $0.taking(rows) }, count: rows.count,
            origin: origins.partitions.contains(-1) ? nil : origins,
            times: RowTimes(
                eventTimes: rows.map { times[Int($0)] }, watermarks: [Int64](repeating: .min, count: rows.count)))
    }
}

extension RowPool {
    /// The columns of a snapshot of rows: the hash of their keys, those of the operator, then the rows.
    func stateSchema(_ own: [Field]) -> RecordSchema {
        let places = [Field("time", .int64), Field("partition", .int32), Field("offset", .int64)]
        let columns = schema.fields.enumerated().map { Field("row_\($0)", $1.type, isNullable: true) }
        return RecordSchema([Field(StateSnapshot.shardColumn, .int64)] + own + places + columns)
    }

    /// Rows for a snapshot.
    /// - Parameter own: the operator's columns, with a value for each of the rows.
    func state(_ rows: [Int32], hashes: [UInt64], own: [ColumnVector], _ schema: RecordSchema) -> RecordBatch {
        let places = [
            ColumnVector(.int64, .int64(rows.map { times[Int($0)] })),
            ColumnVector(.int32, .int32(rows.map { partitions[Int($0)] })),
            ColumnVector(.int64, .int64(rows.map { offsets[Int($0)] })),
        ]
        let hashes = ColumnVector(.int64, .int64(hashes.map { Int64(bitPattern: $0) }))
        return RecordBatch(
            schema: schema, columns: [hashes] + own + places + columns.map { $0.taking(rows) }, count: rows.count)
    }

    /// Adds the rows of a snapshot's batch that a shard owns.
    /// - Returns: their hashes and the operator's columns.
    /// - Throws: `PlanError` for a batch of another schema than `state` gave.
    mutating func restore(
        _ batch: RecordBatch, _ schema: RecordSchema, shard: Shard
    ) throws -> (hashes: [UInt64], own: [ColumnVector]) {
        guard batch.schema == schema else { throw PlanError("state of rows of another shape") }
        let owned = batch.rows(ownedBy: shard)
        let firstRow = owned.columns.count - columns.count
        guard case .int64(let hashes) = owned.columns[0].values,
            case .int64(let times) = owned.columns[firstRow - 3].values,
            case .int32(let partitions) = owned.columns[firstRow - 2].values,
            case .int64(let offsets) = owned.columns[firstRow - 1].values
        else { throw PlanError("state of rows of another shape") }
        for index in columns.indices { columns[index].append(contentsOf: owned.columns[firstRow + index]) }
        self.times += times
        self.partitions += partitions
        self.offsets += offsets
        return (hashes.map { UInt64(bitPattern: $0) }, Array(owned.columns[1..<firstRow - 3]))
    }
}
