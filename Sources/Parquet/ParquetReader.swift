import CZstd
import Columnar

/// Reads Parquet files: what `ParquetWriter` writes, and plain or dictionary encoded pages of others, zstd
/// compressed or not. Anything else is refused by name; damaged files give an error.
public struct ParquetReader {
    /// The columns of a known type: those that `read` gives.
    public let schema: RecordSchema
    /// The whole schema.
    public let nodes: [ParquetNode]
    public let rowCount: Int
    private let bytes: [UInt8]
    private let places: [LeafPlace]
    private let physical: [PhysicalType?]
    private let groups: [[Int16: ThriftReader.Value]]
    /// The largest page that is accepted, uncompressed; a hostile header cannot ask for more.
    static let largestPage = 1 << 30

    /// Reads the footer.
    public init(bytes: [UInt8]) throws(ParquetError) {
        guard bytes.count >= 12, bytes.suffix(4) == Array("PAR1".utf8)[...], bytes.prefix(4) == Array("PAR1".utf8)[...]
        else {
            throw ParquetError("not a Parquet file, or cut short")
        }
        let length = bytes[(bytes.count - 8)..<(bytes.count - 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - 12 else { throw ParquetError("the footer is longer than the file") }
        var reader = ThriftReader(bytes[(bytes.count - 8 - length)..<(bytes.count - 8)])
        let footer = try reader.structure()
        var schemaReader = SchemaReader(elements: footer.structures(2))
        nodes = try schemaReader.read()
        places = LeafPlace.all(nodes)
        groups = footer.structures(4)
        var rows = 0
        for group in groups {
            guard let count = group.integer(3), (0...Int(Int32.max)).contains(count) else {
                throw ParquetError("a row group without its size")
            }
            guard group.structures(1).count == places.count else {
                throw ParquetError("a row group with other columns")
            }
            rows += count
        }
        self.bytes = bytes
        physical = schemaReader.physical
        schema = RecordSchema(
            nodes.compactMap { node in
                guard let type = node.columnType else { return nil }
                return Field(node.name, type, isNullable: node.repetition == .optional)
            })
        rowCount = rows
    }

    /// Reads columns by name, all when nil: one batch for each row group.
    public func read(columns names: [String]? = nil) throws(ParquetError) -> [RecordBatch] {
        var selected: [(node: Int, leaf: Int)] = []
        var fields: [Field] = []
        for name in names ?? nodes.map(\.name) {
            guard let node = nodes.firstIndex(where: { $0.name == name }) else {
                throw ParquetError("there is no column '\(name)'")
            }
            guard let field = schema.index(of: name) else {
                throw ParquetError("column '\(name)' has a type that this reader does not know")
            }
            selected.append((node, nodes[..<node].reduce(0) { $0 + $1.leafCount }))
            fields.append(schema.fields[field])
        }
        let schema = RecordSchema(fields)
        var batches: [RecordBatch] = []
        for group in groups {
            let rows = group.integer(3) ?? 0
            var columns: [ColumnVector] = []
            for (node, leaf) in selected { columns.append(try column(nodes[node], leaf, group, rows: rows)) }
            batches.append(RecordBatch(schema: schema, columns: columns, count: rows))
        }
        return batches
    }

    /// Reads a column of a row group.
    /// - Parameter first: the first of its leaves.
    private func column(
        _ node: ParquetNode, _ first: Int, _ group: [Int16: ThriftReader.Value], rows: Int
    ) throws(ParquetError) -> ColumnVector {
        let chunks = group.structures(1)
        if case .leaf = node.content, node.repetition != .repeated {
            let leaf = try leaf(first, chunks[first], entries: rows)
            return places[first].maximumDefinition > 0 ? leaf.spread() : leaf.values
        }
        var leaves: [ParquetLeaf] = []
        for index in first..<first + node.leafCount {
            leaves.append(try leaf(index, chunks[index], entries: try entries(index, chunks[index])))
        }
        var assembler = ColumnAssembler(leaves: leaves)
        let column = try assembler.column(node)
        guard column.count == rows else {
            throw ParquetError("column '\(node.name)' has \(column.count) rows in a group of \(rows)")
        }
        return column
    }

    private func entries(_ index: Int, _ chunk: [Int16: ThriftReader.Value]) throws(ParquetError) -> Int {
        guard let entries = chunk.structure(3)?.integer(5), (0...Int(Int32.max)).contains(entries) else {
            throw ParquetError("column '\(places[index].path.joined(separator: "."))' has no metadata")
        }
        return entries
    }

    /// Reads one leaf of nested columns with its levels: one element for each row group.
    public func leaves(_ path: [String]) throws(ParquetError) -> [ParquetLeaf] {
        let index = try leafIndex(path)
        var leaves: [ParquetLeaf] = []
        for group in groups {
            let chunk = group.structures(1)[index]
            leaves.append(try leaf(index, chunk, entries: try entries(index, chunk)))
        }
        return leaves
    }

    private func leafIndex(_ path: [String]) throws(ParquetError) -> Int {
        guard let index = places.firstIndex(where: { $0.path == path }) else {
            let name = path.joined(separator: ".")
            throw ParquetError("there is no leaf '\(name)'")
        }
        return index
    }

    private func leaf(
        _ index: Int, _ chunk: [Int16: ThriftReader.Value], entries: Int
    ) throws(ParquetError) -> ParquetLeaf {
        let name = places[index].path.joined(separator: ".")
        guard let type = places[index].type, let physical = physical[index] else {
            throw ParquetError("column '\(name)' has a type that this reader does not know")
        }
        guard let metadata = chunk.structure(3), let codec = metadata.integer(4), let dataStart = metadata.integer(9)
        else { throw ParquetError("column '\(name)' has no metadata") }
        guard codec == 6 || codec == 0 else { throw ParquetError("column '\(name)' is compressed with codec \(codec)") }
        var pages = PageReader(place: places[index], name: name, type: type, physical: physical)
        var position = min(metadata.integer(11) ?? dataStart, dataStart)
        while pages.entries < entries {
            let (header, page, next) = try self.page(at: position, isCompressed: codec == 6, name)
            position = next
            try pages.add(header, page, atMost: entries - pages.entries)
        }
        return pages.leaf
    }

    private func page(
        at position: Int, isCompressed: Bool, _ name: String
    ) throws(ParquetError) -> ([Int16: ThriftReader.Value], [UInt8], Int) {
        guard position >= 4, position < bytes.count - 8 else {
            throw ParquetError("column '\(name)' points outside the file")
        }
        var reader = ThriftReader(bytes[position..<(bytes.count - 8)])
        let header = try reader.structure()
        let start = reader.position
        guard let size = header.integer(3), let plainSize = header.integer(2), size >= 0,
            size <= bytes.count - 8 - start,
            (0...Self.largestPage).contains(plainSize)
        else { throw ParquetError("a page of column '\(name)' ends too early") }
        let content = bytes[start..<start + size]
        if let checksum = header.integer(4), checksum != Int(PageChecksum.of(content)) {
            throw ParquetError("a page of column '\(name)' is damaged: its checksum does not match")
        }
        guard isCompressed else { return (header, Array(content), start + size) }
        // The frame says how large it is; a header that says otherwise is not believed.
        let claimed = content.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        guard claimed == UInt64(plainSize) || claimed == UInt64.max else {
            throw ParquetError("a page of column '\(name)' has another size than it says")
        }
        var failed = true
        let page = [UInt8](unsafeUninitializedCapacity: plainSize) { buffer, count in
            let result = content.withUnsafeBytes {
                ZSTD_decompress(buffer.baseAddress, plainSize, $0.baseAddress, $0.count)
            }
            failed = ZSTD_isError(result) != 0 || result != plainSize
            count = failed ? 0 : plainSize
        }
        guard !failed else { throw ParquetError("a page of column '\(name)' is damaged") }
        return (header, page, start + size)
    }
}
