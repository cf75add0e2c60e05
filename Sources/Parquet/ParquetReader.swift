import CZstd
import Columnar

/// Reads flat Parquet files: what `ParquetWriter` writes, and plain or dictionary encoded pages of others, zstd
/// compressed or not. Anything else is refused by name; damaged files give an error.
public struct ParquetReader {
    public let schema: RecordSchema
    public let rowCount: Int
    private let bytes: [UInt8]
    private let physical: [PhysicalType]
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
        let (fields, physical) = try Self.fields(footer.structures(2))
        groups = footer.structures(4)
        var rows = 0
        for group in groups {
            guard let count = group.integer(3), (0...Int(Int32.max)).contains(count) else {
                throw ParquetError("a row group without its size")
            }
            guard group.structures(1).count == fields.count else {
                throw ParquetError("a row group with other columns")
            }
            rows += count
        }
        self.bytes = bytes
        self.physical = physical
        schema = RecordSchema(fields)
        rowCount = rows
    }

    /// Reads columns by name, all when nil: one batch for each row group.
    public func read(columns names: [String]? = nil) throws(ParquetError) -> [RecordBatch] {
        var indexes: [Int] = []
        for name in names ?? schema.fields.map(\.name) {
            guard let index = schema.index(of: name) else { throw ParquetError("there is no column '\(name)'") }
            indexes.append(index)
        }
        let selected = RecordSchema(indexes.map { schema.fields[$0] })
        var batches: [RecordBatch] = []
        for group in groups {
            let chunks = group.structures(1)
            let rows = group.integer(3) ?? 0
            var columns: [ColumnVector] = []
            for index in indexes { columns.append(try column(index, chunks[index], rows: rows)) }
            batches.append(RecordBatch(schema: selected, columns: columns, count: rows))
        }
        return batches
    }

    private static func fields(
        _ elements: [[Int16: ThriftReader.Value]]
    ) throws(ParquetError) -> ([Field], [PhysicalType]) {
        var fields: [Field] = []
        var physical: [PhysicalType] = []
        for element in elements.dropFirst() {
            guard let name = element.string(4) else { throw ParquetError("a column without a name") }
            guard element.integer(5) == nil, element.integer(3) != 2, let (type, stored) = LogicalType.read(element)
            else {
                throw ParquetError("column '\(name)' has a type that this reader does not know")
            }
            guard !fields.contains(where: { $0.name == name }) else {
                throw ParquetError("column '\(name)' stands twice")
            }
            fields.append(Field(name, type, isNullable: element.integer(3) == 1))
            physical.append(stored)
        }
        guard elements.first?.integer(5) == fields.count else { throw ParquetError("a schema that does not add up") }
        return (fields, physical)
    }

    private func column(_ index: Int, _ chunk: [Int16: ThriftReader.Value], rows: Int) throws(ParquetError)
        -> ColumnVector
    {
        let field = schema.fields[index]
        guard let metadata = chunk.structure(3), let codec = metadata.integer(4), let dataStart = metadata.integer(9)
        else {
            throw ParquetError("column '\(field.name)' has no metadata")
        }
        guard codec == 6 || codec == 0 else {
            throw ParquetError("column '\(field.name)' is compressed with codec \(codec)")
        }
        var position = min(metadata.integer(11) ?? dataStart, dataStart)
        var dictionary: ColumnVector?
        var parts: [ColumnVector] = []
        var read = 0
        while read < rows {
            let (header, page, next) = try self.page(at: position, isCompressed: codec == 6, field)
            position = next
            if header.integer(1) == 2 {
                guard let count = header.structure(7)?.integer(1), count >= 0 else {
                    throw ParquetError("a dictionary without its size")
                }
                dictionary = try PlainEncoding.decode(page[...], field.type, physical[index], count: count)
            } else {
                let part = try values(header, page, field, physical[index], dictionary, atMost: rows - read)
                read += part.count
                parts.append(part)
            }
        }
        return parts.isEmpty ? ColumnVector(field.type, scalars: []) : ColumnVector.concatenating(parts)
    }

    private func page(
        at position: Int, isCompressed: Bool, _ field: Field
    ) throws(ParquetError) -> ([Int16: ThriftReader.Value], [UInt8], Int) {
        guard position >= 4, position < bytes.count - 8 else {
            throw ParquetError("column '\(field.name)' points outside the file")
        }
        var reader = ThriftReader(bytes[position..<(bytes.count - 8)])
        let header = try reader.structure()
        let start = reader.position
        guard let size = header.integer(3), let plainSize = header.integer(2), size >= 0,
            size <= bytes.count - 8 - start,
            (0...Self.largestPage).contains(plainSize)
        else { throw ParquetError("a page of column '\(field.name)' ends too early") }
        let content = bytes[start..<start + size]
        guard isCompressed else { return (header, Array(content), start + size) }
        // The frame says how large it is; a header that says otherwise is not believed.
        let claimed = content.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        guard claimed == UInt64(plainSize) || claimed == UInt64.max else {
            throw ParquetError("a page of column '\(field.name)' has another size than it says")
        }
        var failed = true
        let page = [UInt8](unsafeUninitializedCapacity: plainSize) { buffer, count in
            let result = content.withUnsafeBytes {
                ZSTD_decompress(buffer.baseAddress, plainSize, $0.baseAddress, $0.count)
            }
            failed = ZSTD_isError(result) != 0 || result != plainSize
            count = failed ? 0 : plainSize
        }
        guard !failed else { throw ParquetError("a page of column '\(field.name)' is damaged") }
        return (header, page, start + size)
    }

    private func values(
        _ header: [Int16: ThriftReader.Value], _ page: [UInt8], _ field: Field, _ physical: PhysicalType,
        _ dictionary: ColumnVector?, atMost limit: Int
    ) throws(ParquetError) -> ColumnVector {
        guard header.integer(1) == 0, let data = header.structure(5) else {
            throw ParquetError("column '\(field.name)' has pages of a kind that this reader does not know")
        }
        guard let count = data.integer(1), (1...limit).contains(count) else {
            throw ParquetError("a page of more rows than its group")
        }
        var start = 0
        var levels: [Int32]?
        if field.isNullable {
            guard page.count >= 4 else { throw ParquetError("levels end too early") }
            let length = page[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length <= page.count - 4 else { throw ParquetError("levels end too early") }
            levels = try RunLengthEncoding.decode(page[4..<4 + length], width: 1, count: count)
            start = 4 + length
        }
        let present = levels.map { $0.reduce(0) { $0 + Int($1) } } ?? count
        let content = page[start...]
        let values: ColumnVector
        switch data.integer(2) {
        case 0: values = try PlainEncoding.decode(content, field.type, physical, count: present)
        case 2, 8:
            guard let dictionary, let width = content.first else {
                throw ParquetError("column '\(field.name)' lacks its dictionary")
            }
            let indexes = try RunLengthEncoding.decode(content.dropFirst(), width: Int(width), count: present)
            guard indexes.allSatisfy({ (0..<Int32(dictionary.count)).contains($0) }) else {
                throw ParquetError("an index outside the dictionary")
            }
            values = dictionary.taking(indexes)
        default: throw ParquetError("column '\(field.name)' has an encoding that this reader does not know")
        }
        return levels.map { values.spread(by: $0) } ?? values
    }
}

extension ColumnVector {
    /// Puts the values at the rows whose level is one; the others are null.
    fileprivate func spread(by levels: [Int32]) -> ColumnVector {
        if count == levels.count { return self }
        let padded = ColumnVector.concatenating([self, ColumnVector(type, repeating: .null, count: 1)])
        var next: Int32 = 0
        let rows = levels.map { level -> Int32 in
            guard level == 1 else { return Int32(count) }
            defer { next += 1 }
            return next
        }
        return padded.taking(rows)
    }
}
