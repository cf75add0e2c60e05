/// Records as a source gave them: bytes in one arena, everything else in columns. All come from one partition.
public struct RawRecords: Sendable {
    /// The partition's number within its source.
    public var partition: Int32
    /// Keys, values and headers laid end to end; the columns below point into it.
    public var arena: [UInt8]
    /// Where each value begins in the arena.
    public var valueStarts: [Int32]
    /// The length of each value in bytes; -1 for a record without a value (a tombstone).
    public var valueLengths: [Int32]
    /// As for values; empty arrays when no record has a key.
    public var keyStarts: [Int32]
    public var keyLengths: [Int32]
    /// The broker's or the producer's time of each record, ms since 1970 UTC; -1 when unknown.
    public var timestamps: [Int64]
    public var offsets: [Int64]
    /// Headers of the records that have any, by row.
    public var headers: [Int: [RecordHeader]]

    /// The number of records.
    public var count: Int { offsets.count }

    public init(partition: Int32) {
        self.partition = partition
        arena = []
        valueStarts = []
        valueLengths = []
        keyStarts = []
        keyLengths = []
        timestamps = []
        offsets = []
        headers = [:]
    }

    /// Adds one record. For tests and small sources: connectors fill the columns in bulk.
    public mutating func append(
        value: [UInt8]?, key: [UInt8]? = nil, offset: Int64, timestamp: Int64 = -1, headers: [RecordHeader] = []
    ) {
        valueStarts.append(Int32(arena.count))
        valueLengths.append(Int32(value?.count ?? -1))
        arena.append(contentsOf: value ?? [])
        keyStarts.append(Int32(arena.count))
        keyLengths.append(Int32(key?.count ?? -1))
        arena.append(contentsOf: key ?? [])
        if !headers.isEmpty { self.headers[count] = headers }
        timestamps.append(timestamp)
        offsets.append(offset)
    }

    /// The value of a record, nil for a tombstone.
    public func value(_ row: Int) -> ArraySlice<UInt8>? { slice(valueStarts[row], valueLengths[row]) }

    /// The key of a record, nil when it has none.
    public func key(_ row: Int) -> ArraySlice<UInt8>? {
        keyStarts.isEmpty ? nil : slice(keyStarts[row], keyLengths[row])
    }

    private func slice(_ start: Int32, _ length: Int32) -> ArraySlice<UInt8>? {
        length < 0 ? nil : arena[Int(start)..<Int(start + length)]
    }
}

/// A record's header.
public struct RecordHeader: Hashable, Sendable {
    public var name: String
    public var value: [UInt8]?

    public init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}
