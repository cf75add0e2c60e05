import CZstd
import Columnar

/// How a file is written.
public struct ParquetWriterOptions: Sendable {
    /// zstd, 1 (fast) to 19 (small).
    public var compressionLevel: Int32 = 1
    /// Rows after which a row group ends.
    public var rowGroupRows = 1_048_576
    /// Whether columns with few distinct values get a dictionary.
    public var dictionary = true
    /// Field ids by column, for tables that map columns by id.
    public var fieldIDs: [String: Int32] = [:]

    public init() {}
}

/// A whole file, and what its footer says.
public struct ParquetFile: Sendable {
    public var bytes: [UInt8]
    public var rowCount: Int
    /// One for each leaf, in the order of the schema: for each field where none is nested.
    public var statistics: [ColumnStatistics]
}

/// Writes batches of one schema as a Parquet file in memory: data pages of version 1, plain or dictionary encoded,
/// compressed with zstd, with statistics (apache/parquet-format, 2.10).
public struct ParquetWriter {
    private let schema: RecordSchema
    private let nodes: [ParquetNode]
    private let places: [LeafPlace]
    private let options: ParquetWriterOptions
    private var bytes: [UInt8] = Array("PAR1".utf8)
    private var pending: [RecordBatch] = []
    private var pendingRows = 0
    private var pendingText = 0
    /// Bytes of text after which a row group ends early: pages and columns count in 32 bits.
    private static let rowGroupText = 128 << 20
    /// The same for what stands in nested columns.
    private static let rowGroupNested = 256 << 20
    private var pendingNested = 0
    private var groups: [RowGroup] = []
    private var statistics: [ColumnStatistics]

    private struct RowGroup {
        var rows: Int
        var columns: [ColumnChunk]
    }

    public init(schema: RecordSchema, options: ParquetWriterOptions = .init()) {
        self.schema = schema
        nodes = schema.fields.map { .column($0) }
        places = LeafPlace.all(nodes)
        self.options = options
        statistics = places.map { _ in ColumnStatistics() }
    }

    /// A writer of nested columns, which take `append(leaves:rows:)`.
    public init(nodes: [ParquetNode], options: ParquetWriterOptions = .init()) {
        schema = RecordSchema([])
        self.nodes = nodes
        places = LeafPlace.all(nodes)
        self.options = options
        statistics = []
    }

    /// Adds a row group of nested columns: a leaf for each leaf of the schema, in its order.
    /// - Precondition: the leaves match the schema in number and type.
    public mutating func append(leaves: [ParquetLeaf], rows: Int) {
        precondition(leaves.map(\.values.type) == places.map(\.type), "leaves of another schema")
        guard rows > 0 else { return }
        var chunks: [ColumnChunk] = []
        for (leaf, place) in zip(leaves, places) { chunks.append(ColumnChunk(leaf, place, nil, options, at: &bytes)) }
        groups.append(RowGroup(rows: rows, columns: chunks))
    }

    /// Adds rows.
    /// - Precondition: the batch has the writer's schema.
    public mutating func append(_ batch: RecordBatch) {
        precondition(batch.schema == schema, "a batch of another schema")
        guard batch.count > 0 else { return }
        pending.append(batch)
        pendingRows += batch.count
        for column in batch.columns {
            if case .binary(let values) = column.values { pendingText += values.bytes.count }
            if column.type.isNested { pendingNested += column.nestedSize }
        }
        if pendingRows >= options.rowGroupRows || pendingText >= Self.rowGroupText
            || pendingNested >= Self.rowGroupNested
        {
            endRowGroup()
        }
    }

    /// Ends the file.
    public mutating func finish() -> ParquetFile {
        if pendingRows > 0 { endRowGroup() }
        let rows = groups.reduce(0) { $0 + $1.rows }
        var footer = ThriftWriter()
        footer.element { writeMetadata(rows, to: &$0) }
        bytes += footer.bytes
        withUnsafeBytes(of: UInt32(footer.bytes.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += Array("PAR1".utf8)
        return ParquetFile(bytes: bytes, rowCount: rows, statistics: statistics)
    }

    private mutating func endRowGroup() {
        let batch = RecordBatch.concatenating(pending)
        pending = []
        pendingRows = 0
        pendingText = 0
        pendingNested = 0
        var chunks: [ColumnChunk] = []
        for (field, column) in zip(schema.fields, batch.columns) {
            guard field.type.isNested else {
                let known = ColumnStatistics(column)
                statistics[chunks.count].merge(known, type: field.type, isFirst: groups.isEmpty)
                chunks.append(ColumnChunk(column, places[chunks.count], known, options, at: &bytes))
                continue
            }
            for leaf in ColumnShredder(column, isNullable: field.isNullable).leaves {
                let known = ColumnStatistics(leaf)
                statistics[chunks.count].merge(known, type: leaf.values.type, isFirst: groups.isEmpty)
                chunks.append(ColumnChunk(leaf, places[chunks.count], known, options, at: &bytes))
            }
        }
        groups.append(RowGroup(rows: batch.count, columns: chunks))
    }

    private func writeMetadata(_ rows: Int, to writer: inout ThriftWriter) {
        writer.i32(1, 2)
        var elements: [SchemaElement] = [.init(name: "schema", children: nodes.count)]
        for node in nodes {
            elements += SchemaElement.all(node)
            // Ids are of columns, not of what stands within them.
            elements[elements.count - node.elementCount].fieldID = options.fieldIDs[node.name]
        }
        writer.list(2, .structure, elements) { writer, element in writer.element { element.write(to: &$0) } }
        writer.i64(3, Int64(rows))
        writer.list(4, .structure, groups) { writer, group in
            writer.element { element in
                element.list(1, .structure, group.columns) { writer, chunk in writer.element { chunk.write(to: &$0) } }
                element.i64(2, Int64(group.columns.reduce(0) { $0 + $1.uncompressedSize }))
                element.i64(3, Int64(group.rows))
            }
        }
        writer.string(6, "tidemark")
        // Without an order for each column readers ignore its bounds.
        writer.list(7, .structure, places) { writer, _ in
            writer.element { $0.structure(1) { _ in } }
        }
    }
}
