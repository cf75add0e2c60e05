/// Rows in columns: what every operator takes and gives.
public struct RecordBatch: Hashable, Sendable {
    public let schema: RecordSchema
    public let columns: [ColumnVector]
    /// The number of rows.
    public let count: Int
    /// Where the rows were read; nil for rows that an operator computed.
    public var origin: RowOrigins?
    /// The rows' times; nil before the stream has an event time and after aggregation.
    public var times: RowTimes?
    /// A one for each row of a changelog that takes the row with its keys away; nil when every row adds or replaces.
    public var deletions: Bitmap?

    /// - Precondition: columns match the schema in number and type, and all have `count` rows.
    public init(
        schema: RecordSchema, columns: [ColumnVector], count: Int, origin: RowOrigins? = nil, times: RowTimes? = nil,
        deletions: Bitmap? = nil
    ) {
        precondition(schema.fields.count == columns.count, "\(columns.count) columns for \(schema.fields.count) fields")
        for (field, column) in zip(schema.fields, columns) {
            precondition(field.type == column.type, "field \(field.name) is \(field.type), its column \(column.type)")
            precondition(column.count == count, "field \(field.name) has \(column.count) rows of \(count)")
        }
        precondition(deletions.map { $0.count == count } ?? true, "deletions of another length than the rows")
        self.schema = schema
        self.columns = columns
        self.count = count
        self.origin = origin
        self.times = times
        self.deletions = deletions
    }

    /// The column called `name`.
    public func column(_ name: String) -> ColumnVector? { schema.index(of: name).map { columns[$0] } }

    /// The rows at the given positions, in that order.
    public func taking(_ rows: [Int32]) -> RecordBatch {
        RecordBatch(
            schema: schema, columns: columns.map { $0.taking(rows) }, count: rows.count,
            origin: origin?.taking(rows), times: times?.taking(rows), deletions: deletions?.taking(rows))
    }

    /// The rows of a range.
    public func rows(_ range: Range<Int>) -> RecordBatch {
        RecordBatch(
            schema: schema, columns: columns.map { $0.rows(range) }, count: range.count,
            origin: origin.map {
                RowOrigins(partitions: Array($0.partitions[range]), offsets: Array($0.offsets[range]))
            },
            times: times.map {
                RowTimes(eventTimes: Array($0.eventTimes[range]), watermarks: Array($0.watermarks[range]))
            }, deletions: deletions?.rows(range))
    }

    /// The same rows with other columns.
    public func replacing(schema: RecordSchema, columns: [ColumnVector]) -> RecordBatch {
        RecordBatch(schema: schema, columns: columns, count: count, origin: origin, times: times, deletions: deletions)
    }

    /// The rows of all parts, one after the other.
    /// - Precondition: there is at least one part; all have the same schema, and all or none have origins and times.
    public static func concatenating(_ parts: [RecordBatch]) -> RecordBatch {
        guard parts.count > 1 else { return parts[0] }
        let first = parts[0]
        return RecordBatch(
            schema: first.schema,
            columns: first.columns.indices.map { index in .concatenating(parts.map { $0.columns[index] }) },
            count: parts.reduce(0) { $0 + $1.count },
            origin: first.origin.map { _ in
                RowOrigins(
                    partitions: parts.flatMap { $0.origin!.partitions }, offsets: parts.flatMap { $0.origin!.offsets })
            },
            times: first.times.map { _ in
                RowTimes(
                    eventTimes: parts.flatMap { $0.times!.eventTimes },
                    watermarks: parts.flatMap { $0.times!.watermarks })
            }, deletions: concatenatedDeletions(parts))
    }

    private static func concatenatedDeletions(_ parts: [RecordBatch]) -> Bitmap? {
        guard parts.contains(where: { $0.deletions != nil }) else { return nil }
        return parts.reduce(into: Bitmap(count: 0)) { bits, part in
            bits.append(contentsOf: part.deletions ?? Bitmap(count: part.count))
        }
    }
}

/// Where each row of a batch was read: columns of one length.
public struct RowOrigins: Hashable, Sendable {
    /// The number of the row's partition: within its source as a decoder gives it, among the partitions of all sources
    /// of a plan once it runs.
    public var partitions: [Int32]
    public var offsets: [Int64]

    public init(partitions: [Int32], offsets: [Int64]) {
        self.partitions = partitions
        self.offsets = offsets
    }

    /// The rows at the given positions, in that order.
    public func taking(_ rows: [Int32]) -> RowOrigins {
        RowOrigins(partitions: gather(partitions, rows), offsets: gather(offsets, rows))
    }
}

/// When each row of a batch happened, and how far event time was when it was read: columns of one length.
public struct RowTimes: Hashable, Sendable {
    /// Microseconds since 1970 UTC.
    public var eventTimes: [Int64]
    /// The watermark of the row's own partition just before the row: the largest event time of the partition's earlier
    /// rows less the delay, `Int64.min` for its first row. Lateness is decided by it, so that which rows are late is a
    /// property of the topic: the same in every batch size, interleaving, parallelism and restart.
    public var watermarks: [Int64]

    public init(eventTimes: [Int64], watermarks: [Int64]) {
        self.eventTimes = eventTimes
        self.watermarks = watermarks
    }

    /// The rows at the given positions, in that order.
    public func taking(_ rows: [Int32]) -> RowTimes {
        RowTimes(eventTimes: gather(eventTimes, rows), watermarks: gather(watermarks, rows))
    }
}
