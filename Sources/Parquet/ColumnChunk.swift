import CZstd
import Columnar

/// The pages of one leaf in one row group, and what the footer says of them.
struct ColumnChunk {
    private let place: LeafPlace
    private let type: DataType
    private let statistics: ColumnStatistics?
    private let start: Int
    private var dictionaryStart: Int?
    private var dataStart = 0
    private var size = 0
    /// Values, nulls among them.
    private let entries: Int
    private(set) var uncompressedSize = 0

    /// Appends a column's pages to `bytes`.
    init(
        _ column: ColumnVector, _ place: LeafPlace, _ statistics: ColumnStatistics, _ options: ParquetWriterOptions,
        at bytes: inout [UInt8]
    ) {
        var levels: [UInt8] = []
        if place.maximumDefinition > 0 {
            Self.append((0..<column.count).map { column.isNull($0) ? 0 : 1 }, maximum: 1, to: &levels)
        }
        self.init(column.withoutNulls(), levels, entries: column.count, place, statistics, options, at: &bytes)
    }

    /// Appends a leaf's pages to `bytes`.
    init(
        _ leaf: ParquetLeaf, _ place: LeafPlace, _ statistics: ColumnStatistics?, _ options: ParquetWriterOptions,
        at bytes: inout [UInt8]
    ) {
        var levels: [UInt8] = []
        Self.append(leaf.repetitionLevels, maximum: place.maximumRepetition, to: &levels)
        Self.append(leaf.definitionLevels, maximum: place.maximumDefinition, to: &levels)
        let entries = place.maximumDefinition > 0 ? leaf.definitionLevels.count : leaf.values.count
        self.init(leaf.values, levels, entries: entries, place, statistics, options, at: &bytes)
    }

    private init(
        _ values: ColumnVector, _ levels: [UInt8], entries: Int, _ place: LeafPlace, _ statistics: ColumnStatistics?,
        _ options: ParquetWriterOptions, at bytes: inout [UInt8]
    ) {
        self.place = place
        type = values.type
        self.statistics = statistics
        start = bytes.count
        self.entries = entries
        let physical = PhysicalType(type)
        var page = levels
        let dictionary = options.dictionary ? Self.dictionary(values) : nil
        if let dictionary {
            var entries: [UInt8] = []
            PlainEncoding.encode(dictionary.entries, as: physical, into: &entries)
            dictionaryStart = bytes.count
            append(entries, options, to: &bytes) { header in
                header.structure(7) { dictionaryHeader in
                    dictionaryHeader.i32(1, Int32(dictionary.entries.count))
                    dictionaryHeader.i32(2, 0)
                }
            }
            let width = max(1, Int32.bitWidth - Int32(dictionary.entries.count - 1).leadingZeroBitCount)
            page.append(UInt8(width))
            RunLengthEncoding.encode(dictionary.indexes, width: width, into: &page)
        } else {
            PlainEncoding.encode(values, as: physical, into: &page)
        }
        dataStart = bytes.count
        append(page, options, to: &bytes) { header in
            header.structure(5) { data in
                data.i32(1, Int32(entries))
                data.i32(2, dictionary == nil ? 0 : 8)
                data.i32(3, 3)
                data.i32(4, 3)
            }
        }
        size = bytes.count - start
    }

    /// Levels with their length before them; none where the schema leaves only one level possible.
    private static func append(_ levels: [Int32], maximum: Int32, to page: inout [UInt8]) {
        guard maximum > 0 else { return }
        var encoded: [UInt8] = []
        RunLengthEncoding.encode(levels, width: levelWidth(maximum), into: &encoded)
        withUnsafeBytes(of: UInt32(encoded.count).littleEndian) { page.append(contentsOf: $0) }
        page += encoded
    }

    /// Bits of a level.
    static func levelWidth(_ maximum: Int32) -> Int { Int32.bitWidth - maximum.leadingZeroBitCount }

    /// A dictionary where it makes the column smaller: judged by a sample first, given up when it grows.
    private static func dictionary(_ values: ColumnVector) -> (entries: ColumnVector, indexes: [Int32])? {
        switch values.values {
        // Two booleans need no dictionary, and grouping takes zero and minus zero for one.
        case .bool, .double, .list, .struct: return nil
        case .int32, .int64, .decimal, .binary: break
        }
        guard values.count > 0 else { return nil }
        let sampleRows = (0..<Int32(min(values.count, 2048))).map { $0 }
        let sample = values.taking(sampleRows)
        var table = GroupTable(keyTypes: [values.type])
        _ = table.intern([sample], hashes: rowHashes([sample], count: sample.count))
        guard table.count * 2 <= max(sample.count, 2) else { return nil }
        table = GroupTable(keyTypes: [values.type])
        let indexes = table.intern([values], hashes: rowHashes([values], count: values.count))
        return table.count <= 65_536 ? (table.keys[0], indexes) : nil
    }

    private mutating func append(
        _ page: [UInt8], _ options: ParquetWriterOptions, to bytes: inout [UInt8],
        _ header: (inout ThriftWriter) -> Void
    ) {
        let bound = ZSTD_compressBound(page.count)
        let compressed = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = page.withUnsafeBytes {
                ZSTD_compress(buffer.baseAddress, bound, $0.baseAddress, $0.count, options.compressionLevel)
            }
            // With room for the bound, compression fails only when memory is out.
            precondition(ZSTD_isError(count) == 0, "zstd failed")
        }
        var writer = ThriftWriter()
        let isDictionary = dictionaryStart == bytes.count
        writer.element { pageHeader in
            pageHeader.i32(1, isDictionary ? 2 : 0)
            pageHeader.i32(2, Int32(page.count))
            pageHeader.i32(3, Int32(compressed.count))
            pageHeader.i32(4, PageChecksum.of(compressed[...]))
            header(&pageHeader)
        }
        bytes += writer.bytes
        bytes += compressed
        uncompressedSize += writer.bytes.count + page.count
    }

    func write(to writer: inout ThriftWriter) {
        writer.i64(2, Int64(start))
        writer.structure(3) { metadata in
            metadata.i32(1, PhysicalType(type).code)
            metadata.list(2, .i32, dictionaryStart == nil ? [0, 3] : [0, 3, 8]) { $0.element(Int32($1)) }
            metadata.list(3, .binary, place.path) { $0.element(Array($1.utf8)) }
            metadata.i32(4, 6)
            metadata.i64(5, Int64(entries))
            metadata.i64(6, Int64(uncompressedSize))
            metadata.i64(7, Int64(size))
            metadata.i64(9, Int64(dataStart))
            if let dictionaryStart { metadata.i64(11, Int64(dictionaryStart)) }
            if let statistics { metadata.structure(12) { statistics.write(type, to: &$0) } }
        }
    }
}

extension ColumnVector {
    /// The values that are not null.
    func withoutNulls() -> ColumnVector {
        guard validity != nil else { return self }
        let kept = taking((0..<Int32(count)).filter { !isNull(Int($0)) })
        return ColumnVector(type, kept.values)
    }
}
