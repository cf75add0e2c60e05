import Parquet

/// The columns of one structure of a checkpoint, put together by rows. Other writers leave members out, add some, and
/// name the inside of lists and maps in their own ways; what counts is the place of the leaves.
struct CheckpointColumns {
    private let reader: ParquetReader
    /// One for each row; nil where the row is of another kind.
    private(set) var rows: [CheckpointValue?]

    /// Reads the members of a structure that the protocol names.
    init(_ reader: ParquetReader, _ kind: String) throws {
        self.reader = reader
        var members = [[String: CheckpointValue]?](repeating: nil, count: reader.rowCount)
        for child in Self.children(reader.nodes, kind)
        where Self.children(CheckpointFile.nodes, kind).contains(where: { $0.name == child.name }) {
            let column = try Self.column(reader, child, [kind, child.name])
            guard column.values.count == members.count else {
                throw DeltaError(.corrupt, "a checkpoint's columns do not end together")
            }
            for row in members.indices where column.isPresent[row] {
                if members[row] == nil { members[row] = [:] }
                if let value = column.values[row] { members[row]?[child.name] = value }
            }
        }
        rows = members.map { $0.map(CheckpointValue.structure) }
    }

    private static func children(_ nodes: [ParquetNode], _ name: String) -> [ParquetNode] {
        guard case .group(let children, _) = nodes.first(where: { $0.name == name })?.content else { return [] }
        return children
    }

    /// A member by row, and the rows in which its structure stands at all.
    private struct Column {
        var values: [CheckpointValue?] = []
        var isPresent: [Bool] = []
    }

    private static func column(_ reader: ParquetReader, _ node: ParquetNode, _ path: [String]) throws -> Column {
        guard case .group(let children, let annotation) = node.content else { return try scalars(reader, path) }
        switch annotation {
        case .structure:
            var column = Column()
            for case let child in children {
                guard case .leaf = child.content else { continue }
                let inner = try scalars(reader, path + [child.name])
                if column.values.isEmpty {
                    column = Column(values: inner.values.map { _ in nil }, isPresent: inner.isPresent)
                }
                for (row, value) in inner.values.enumerated() {
                    guard let value else { continue }
                    var members: [String: CheckpointValue] = [:]
                    if case .structure(let known) = column.values[row] { members = known }
                    members[child.name] = value
                    column.values[row] = .structure(members)
                }
            }
            return column
        case .list:
            return try elements(reader, try leafPaths(node, path, count: 1)) { CheckpointValue(["element": $0[0]]) }
        case .map:
            return try elements(reader, try leafPaths(node, path, count: 2)) {
                CheckpointValue(["key": $0[0], "value": $0[1]])
            }
        }
    }

    private static func leafPaths(_ node: ParquetNode, _ path: [String], count: Int) throws -> [[String]] {
        var paths = [path]
        var content = node.content
        while case .group(let children, _) = content {
            if children.count == count, children.allSatisfy({ if case .leaf = $0.content { true } else { false } }) {
                return children.map { paths[paths.count - 1] + [$0.name] }
            }
            guard children.count == 1 else { break }
            paths.append(paths[paths.count - 1] + [children[0].name])
            content = children[0].content
        }
        throw DeltaError(.corrupt, "a checkpoint's '\(path.joined(separator: "."))' is not of the expected shape")
    }

    private static func scalars(_ reader: ParquetReader, _ path: [String]) throws -> Column {
        var column = Column()
        for leaf in try reader.leaves(path) {
            var next = 0
            let deepest = leaf.definitionLevels.max() ?? 0
            for level in leaf.definitionLevels {
                // The deepest level is that of values, when there is a value at all.
                let hasValue = level == deepest && next < leaf.values.count
                column.values.append(hasValue ? .scalar(leaf.values.scalar(at: next)) : nil)
                column.isPresent.append(level > 0)
                if hasValue { next += 1 }
            }
        }
        return column
    }

    /// The elements of each row of a list or map, from the leaves that run beside each other.
    private static func elements(
        _ reader: ParquetReader, _ paths: [[String]], _ element: ([CheckpointValue?]) -> CheckpointValue
    ) throws -> Column {
        let lists = try paths.map { path in try reader.leaves(path).flatMap { Self.lists(of: $0) } }
        var column = Column()
        for row in lists[0].indices {
            let entries = lists.map { row < $0.count ? $0[row].values : nil }
            guard entries.allSatisfy({ $0?.count == entries[0]?.count }) else {
                throw DeltaError(.corrupt, "a checkpoint's map has keys without values")
            }
            column.isPresent.append(lists[0][row].isPresent)
            guard let size = entries[0]?.count else {
                column.values.append(nil)
                continue
            }
            var elements: [CheckpointValue] = []
            for index in 0..<size { elements.append(element(entries.map { $0?[index] ?? nil })) }
            column.values.append(.elements(elements))
        }
        return column
    }

    private struct List {
        var isPresent: Bool
        /// Nil for a null list.
        var values: [CheckpointValue?]?
    }

    /// One repeated leaf by rows. Its structure is level 1, the list itself level 2, an element level 3 or more.
    private static func lists(of leaf: ParquetLeaf) -> [List] {
        var lists: [List] = []
        var next = 0
        let deepest = leaf.definitionLevels.max() ?? 0
        for (level, repetition) in zip(leaf.definitionLevels, leaf.repetitionLevels) {
            if repetition == 0 { lists.append(List(isPresent: level > 0, values: level >= 2 ? [] : nil)) }
            guard level >= 3, !lists.isEmpty else { continue }
            let hasValue = level == deepest && next < leaf.values.count
            lists[lists.count - 1].values?.append(hasValue ? .scalar(leaf.values.scalar(at: next)) : nil)
            if hasValue { next += 1 }
        }
        return lists
    }
}
