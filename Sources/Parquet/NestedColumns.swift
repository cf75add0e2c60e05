import Columnar

/// Columns of records as nodes of a file's schema.
extension ParquetNode {
    /// The node of a column: lists and maps in the layout that the format wants (LogicalTypes.md, "Nested Types").
    public static func column(_ field: Field) -> ParquetNode {
        let repetition: Repetition = field.isNullable ? .optional : .required
        switch field.type {
        case .struct(let fields): return ParquetNode(field.name, repetition, .group(fields.map(column), .structure))
        case .list(let element, let containsNull):
            let element = column(Field("element", element, isNullable: containsNull))
            return ParquetNode(
                field.name, repetition, .group([ParquetNode("list", .repeated, .group([element], .structure))], .list))
        case .map(let key, let value, let containsNull):
            let entry = [column(Field("key", key)), column(Field("value", value, isNullable: containsNull))]
            return ParquetNode(
                field.name, repetition, .group([ParquetNode("key_value", .repeated, .group(entry, .structure))], .map))
        case .bool, .int32, .int64, .double, .decimal, .string, .bytes, .date, .timestamp, .json: return leaf(field)
        }
    }

    /// The type of the column that the node stands for; nil for one that this reader does not know.
    var columnType: DataType? {
        if repetition == .repeated { return element.columnType.map { .list($0, containsNull: false) } }
        switch shape {
        case .leaf(let type): return type
        case .structure(let children):
            var fields: [Field] = []
            for child in children {
                guard let type = child.columnType else { return nil }
                fields.append(Field(child.name, type, isNullable: child.repetition == .optional))
            }
            return .struct(fields)
        case .list(let element):
            return element.columnType.map { .list($0, containsNull: element.repetition == .optional) }
        case .map(let key, let value):
            guard let keyType = key.columnType, let type = value.columnType else { return nil }
            return .map(key: keyType, value: type, valueContainsNull: value.repetition == .optional)
        }
    }

    /// What a node that does not repeat stands for.
    enum Shape {
        case leaf(DataType?)
        case structure([ParquetNode])
        case list(element: ParquetNode)
        case map(key: ParquetNode, value: ParquetNode)
    }

    var shape: Shape {
        switch content {
        case .leaf(let type): return .leaf(type)
        case .group(let children, let annotation):
            guard annotation != .structure, children.count == 1, children[0].repetition == .repeated else {
                return .structure(children)
            }
            let repeated = children[0]
            guard case .group(let inner, _) = repeated.content else { return .list(element: repeated.element) }
            if annotation == .map, inner.count == 2 { return .map(key: inner[0], value: inner[1]) }
            // Older writers have two levels: then the repeated group itself is the element (LogicalTypes.md,
            // "Backward-compatibility rules").
            let isElement = inner.count != 1 || repeated.name == "array" || repeated.name == name + "_tuple"
            return .list(element: isElement ? repeated.element : inner[0])
        }
    }

    /// One of the values of a repeated node.
    private var element: ParquetNode { ParquetNode(name, .required, content) }

    /// The number of leaves below, itself among them.
    var leafCount: Int {
        switch content {
        case .leaf: 1
        case .group(let children, _): children.reduce(0) { $0 + $1.leafCount }
        }
    }
}

/// Takes a nested column apart: the levels of each leaf, for whole columns at a time (Melnik and others, "Dremel", 2010).
struct ColumnShredder {
    /// The leaves that are done, in the order of the schema.
    private(set) var leaves: [ParquetLeaf] = []

    /// What is written for a node: one entry for each value, and for each place where there is none.
    private struct Entries {
        /// The row of the node's column; -1 where it, or a node above, is not there.
        var rows: [Int32]
        var definitionLevels: [Int32]
        var repetitionLevels: [Int32]
    }

    /// - Parameter isNullable: of the column, as the schema has it.
    init(_ column: ColumnVector, isNullable: Bool) {
        let entries = Entries(
            rows: (0..<Int32(column.count)).map { $0 },
            definitionLevels: [Int32](repeating: 0, count: column.count),
            repetitionLevels: [Int32](repeating: 0, count: column.count))
        shred(column, isNullable, entries, repetition: 0)
    }

    /// - Parameter repetition: the number of repeated nodes above.
    private mutating func shred(_ column: ColumnVector, _ isNullable: Bool, _ entries: Entries, repetition: Int32) {
        var entries = entries
        if isNullable { Self.descend(into: column.validity, &entries) }
        switch (column.type, column.values) {
        case (.struct(let fields), .struct(let values)):
            for (field, child) in zip(fields, values.children) {
                shred(child, field.isNullable, entries, repetition: repetition)
            }
        case (.list(_, let containsNull), .list(let values)):
            let elements = Self.elements(of: values, entries, repetition: repetition + 1)
            shred(values.children[0], containsNull, elements, repetition: repetition + 1)
        case (.map(_, _, let containsNull), .list(let values)):
            let elements = Self.elements(of: values, entries, repetition: repetition + 1)
            shred(values.children[0], false, elements, repetition: repetition + 1)
            shred(values.children[1], containsNull, elements, repetition: repetition + 1)
        default:
            var values = column.taking(entries.rows.filter { $0 >= 0 })
            values.validity = nil
            leaves.append(
                ParquetLeaf(
                    values: values, definitionLevels: entries.definitionLevels,
                    repetitionLevels: repetition > 0 ? entries.repetitionLevels : []))
        }
    }

    /// One level deeper where there is a value.
    private static func descend(into validity: Bitmap?, _ entries: inout Entries) {
        for index in entries.rows.indices where entries.rows[index] >= 0 {
            if validity.map({ $0[Int(entries.rows[index])] }) ?? true {
                entries.definitionLevels[index] += 1
            } else {
                entries.rows[index] = -1
            }
        }
    }

    /// The entries of lists' elements; an empty list keeps its entry.
    private static func elements(of lists: ListValues, _ entries: Entries, repetition: Int32) -> Entries {
        var elements = Entries(rows: [], definitionLevels: [], repetitionLevels: [])
        for (index, row) in entries.rows.enumerated() {
            let level = entries.definitionLevels[index]
            let range = row < 0 ? 0..<0 : lists.range(Int(row))
            if range.isEmpty {
                elements.rows.append(-1)
                elements.definitionLevels.append(level)
                elements.repetitionLevels.append(entries.repetitionLevels[index])
            }
            for element in range {
                elements.rows.append(Int32(element))
                elements.definitionLevels.append(level + 1)
                elements.repetitionLevels.append(
                    element == range.lowerBound ? entries.repetitionLevels[index] : repetition)
            }
        }
        return elements
    }
}

/// Puts a nested column together from its leaves, not trusting their levels.
struct ColumnAssembler {
    /// The leaves below the column, in the order of the schema.
    let leaves: [ParquetLeaf]
    private var next = 0

    init(leaves: [ParquetLeaf]) {
        // Where nothing is optional, files have no levels.
        self.leaves = leaves.map { leaf in
            guard leaf.definitionLevels.isEmpty else { return leaf }
            return ParquetLeaf(
                values: leaf.values, definitionLevels: [Int32](repeating: 0, count: leaf.values.count))
        }
    }

    /// Where a node stands: its column has a row for each entry that repeats at most at `repetition` and is defined at
    /// least to `slot`. It is not there where a node above is not: below `parent`.
    private struct Place {
        var slot: Int32 = 0
        var parent: Int32 = 0
        var repetition: Int32 = 0
    }

    /// - Throws: `ParquetError` when the levels do not fit each other.
    mutating func column(_ node: ParquetNode) throws(ParquetError) -> ColumnVector {
        if node.repetition == .repeated {
            // Without a list around it: a list that is never null.
            let element = ParquetNode(node.name, .required, node.content)
            return try list(Place(), present: 0, isNullable: false, element)
        }
        return try assemble(node, Place())
    }

    private mutating func assemble(_ node: ParquetNode, _ place: Place) throws(ParquetError) -> ColumnVector {
        let isNullable = node.repetition == .optional
        let present = place.parent + (isNullable ? 1 : 0)
        switch node.shape {
        case .leaf: return try values(place, present: present, isNullable: isNullable)
        case .structure(let children):
            let first = next
            var columns: [ColumnVector] = []
            var inner = place
            inner.parent = present
            for child in children {
                columns.append(
                    child.repetition == .repeated
                        ? try list(
                            inner, present: present, isNullable: false,
                            ParquetNode(child.name, .required, child.content))
                        : try assemble(child, inner))
            }
            guard let count = columns.first?.count, columns.allSatisfy({ $0.count == count }) else {
                throw ParquetError("fields of column '\(node.name)' do not end together")
            }
            let validity = isNullable ? validity(leaves[first], place, present) : nil
            guard let type = node.columnType else { throw ParquetError("column '\(node.name)' is of an unknown type") }
            return ColumnVector(type, .struct(StructValues(count: count, children: columns)), validity: validity)
        case .list(let element): return try list(place, present: present, isNullable: isNullable, element)
        case .map(let key, let value):
            let (offsets, validity, inner) = try bounds(place, present: present, isNullable: isNullable)
            let keys = try assemble(key, inner)
            let items = try assemble(value, inner)
            guard keys.count == Int(offsets[offsets.count - 1]), items.count == keys.count else {
                throw ParquetError("keys and values of column '\(node.name)' do not end together")
            }
            return ColumnVector(
                .map(key: keys.type, value: items.type, valueContainsNull: value.repetition == .optional),
                .list(ListValues(offsets: offsets, children: [keys, items])), validity: validity)
        }
    }

    private mutating func list(
        _ place: Place, present: Int32, isNullable: Bool, _ element: ParquetNode
    ) throws(ParquetError) -> ColumnVector {
        let (offsets, validity, inner) = try bounds(place, present: present, isNullable: isNullable)
        let elements = try assemble(element, inner)
        guard elements.count == Int(offsets[offsets.count - 1]) else {
            throw ParquetError("elements of a list do not end together")
        }
        return ColumnVector(
            .list(elements.type, containsNull: element.repetition == .optional),
            .list(ListValues(offsets: offsets, children: [elements])), validity: validity)
    }

    /// The bounds of lists by the first leaf below them, and where their elements stand.
    private func bounds(
        _ place: Place, present: Int32, isNullable: Bool
    ) throws(ParquetError) -> ([Int32], Bitmap?, Place) {
        guard next < leaves.count else { throw ParquetError("a list without elements in the schema") }
        let leaf = leaves[next]
        var ends: [Int32] = []
        var count: Int32 = 0
        for (definition, repetition) in zip(leaf.definitionLevels, leaf.repetitionLevels) {
            if repetition <= place.repetition, definition >= place.slot { ends.append(count) }
            guard repetition <= place.repetition + 1, definition > present else { continue }
            guard !ends.isEmpty else { throw ParquetError("elements before the first row") }
            count += 1
            ends[ends.count - 1] = count
        }
        // The first entry of a list opens it with what came before, the others move its end.
        let validity = isNullable ? validity(leaf, place, present) : nil
        return (
            [0] + ends, validity,
            Place(slot: present + 1, parent: present + 1, repetition: place.repetition + 1)
        )
    }

    private mutating func values(
        _ place: Place, present: Int32, isNullable: Bool
    ) throws(ParquetError) -> ColumnVector {
        guard next < leaves.count else { throw ParquetError("a leaf that is not in the schema") }
        let leaf = leaves[next]
        next += 1
        let padded = ColumnVector.concatenating([leaf.values, ColumnVector(leaf.values.type, scalars: [.null])])
        let none = Int32(leaf.values.count)
        var value: Int32 = 0
        var rows: [Int32] = []
        for definition in leaf.definitionLevels where definition >= place.slot {
            rows.append(definition >= present ? value : none)
            if definition >= present { value += 1 }
        }
        guard value == none else { throw ParquetError("values and levels of a leaf do not end together") }
        var column = padded.taking(rows)
        if !isNullable || !rows.contains(none) { column.validity = nil }
        return column
    }

    /// The rows in which a node is there; nil when it is in all.
    private func validity(_ leaf: ParquetLeaf, _ place: Place, _ present: Int32) -> Bitmap? {
        var validity = Bitmap(count: 0)
        for (index, definition) in leaf.definitionLevels.enumerated() where definition >= place.slot {
            if place.repetition > 0 || !leaf.repetitionLevels.isEmpty {
                guard leaf.repetitionLevels[index] <= place.repetition else { continue }
            }
            validity.append(definition >= present)
        }
        return validity.popCount == validity.count ? nil : validity
    }
}

extension ColumnVector {
    /// About how many bytes the values take in pages, with their levels.
    var nestedSize: Int {
        switch values {
        case .struct(let values): values.children.reduce(values.count / 8) { $0 + $1.nestedSize }
        case .list(let values): values.children.reduce(values.count * 4) { $0 + $1.nestedSize }
        case .binary(let values): values.bytes.count + values.count * 4
        case .bool, .int32, .int64, .double, .decimal: count * 16
        }
    }
}
