import Columnar

/// Puts the pages of one leaf together.
struct PageReader {
    let place: LeafPlace
    let name: String
    let type: DataType
    let physical: PhysicalType
    private(set) var entries = 0
    private var dictionary: ColumnVector?
    private var parts: [ColumnVector] = []
    private var definitionLevels: [Int32] = []
    private var repetitionLevels: [Int32] = []

    init(place: LeafPlace, name: String, type: DataType, physical: PhysicalType) {
        self.place = place
        self.name = name
        self.type = type
        self.physical = physical
    }

    var leaf: ParquetLeaf {
        let values = parts.isEmpty ? ColumnVector(type, scalars: []) : ColumnVector.concatenating(parts)
        return ParquetLeaf(values: values, definitionLevels: definitionLevels, repetitionLevels: repetitionLevels)
    }

    /// Adds a page of either kind: a dictionary, or values.
    mutating func add(
        _ header: [Int16: ThriftReader.Value], _ page: [UInt8], atMost limit: Int
    ) throws(ParquetError) {
        if header.integer(1) == 2 {
            guard let count = header.structure(7)?.integer(1), count >= 0 else {
                throw ParquetError("a dictionary without its size")
            }
            dictionary = try PlainEncoding.decode(page[...], type, physical, count: count)
            return
        }
        guard header.integer(1) == 0, let data = header.structure(5) else {
            throw ParquetError("column '\(name)' has pages of a kind that this reader does not know")
        }
        guard let count = data.integer(1), (1...limit).contains(count) else {
            throw ParquetError("a page of more rows than its group")
        }
        var rest = page[...]
        repetitionLevels += try levels(&rest, maximum: place.maximumRepetition, count: count)
        let definitions = try levels(&rest, maximum: place.maximumDefinition, count: count)
        definitionLevels += definitions
        let present =
            definitions.isEmpty ? count : definitions.reduce(0) { $0 + ($1 == place.maximumDefinition ? 1 : 0) }
        parts.append(try values(data.integer(2), rest, count: present))
        entries += count
    }

    private func levels(
        _ rest: inout ArraySlice<UInt8>, maximum: Int32, count: Int
    ) throws(ParquetError) -> [Int32] {
        guard maximum > 0 else { return [] }
        guard rest.count >= 4 else { throw ParquetError("levels end too early") }
        let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard length <= rest.count else { throw ParquetError("levels end too early") }
        let levels = try RunLengthEncoding.decode(
            rest.prefix(length), width: ColumnChunk.levelWidth(maximum), count: count)
        guard levels.allSatisfy({ (0...maximum).contains($0) }) else { throw ParquetError("a level out of range") }
        rest = rest.dropFirst(length)
        return levels
    }

    private func values(
        _ encoding: Int?, _ content: ArraySlice<UInt8>, count: Int
    ) throws(ParquetError) -> ColumnVector {
        switch encoding {
        case 0: return try PlainEncoding.decode(content, type, physical, count: count)
        case 2, 8:
            guard let dictionary, let width = content.first else {
                throw ParquetError("column '\(name)' lacks its dictionary")
            }
            let indexes = try RunLengthEncoding.decode(content.dropFirst(), width: Int(width), count: count)
            guard indexes.allSatisfy({ (0..<Int32(dictionary.count)).contains($0) }) else {
                throw ParquetError("an index outside the dictionary")
            }
            return dictionary.taking(indexes)
        default: throw ParquetError("column '\(name)' has an encoding that this reader does not know")
        }
    }
}

extension ParquetLeaf {
    /// Values at the entries that have one, null at the others: the column of a flat leaf.
    func spread() -> ColumnVector {
        if values.count == definitionLevels.count { return values }
        let padded = ColumnVector.concatenating([values, ColumnVector(values.type, repeating: .null, count: 1)])
        var next: Int32 = 0
        let rows = definitionLevels.map { level -> Int32 in
            guard level == 1 else { return Int32(values.count) }
            defer { next += 1 }
            return next
        }
        return padded.taking(rows)
    }
}
