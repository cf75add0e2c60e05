import Columnar
import Parquet

/// A snapshot's actions as one Parquet file: a row for each action, a structure for each kind (Delta protocol,
/// "Checkpoint Schema").
enum CheckpointFile {
    static let nodes: [ParquetNode] = [
        .structure("txn", [text("appId"), long("version"), long("lastUpdated")]),
        .structure(
            "add",
            [
                text("path"), .textMap("partitionValues"), long("size"), long("modificationTime"), flag("dataChange"),
                text("stats"),
            ]),
        .structure(
            "remove",
            [
                text("path"), long("deletionTimestamp"), flag("dataChange"), flag("extendedFileMetadata"),
                .textMap("partitionValues"), long("size"),
            ]),
        .structure(
            "metaData",
            [
                text("id"), text("name"), text("description"),
                .structure("format", [text("provider"), .textMap("options")]), text("schemaString"),
                .list("partitionColumns", of: .string), .textMap("configuration"), long("createdTime"),
            ]),
        .structure(
            "protocol",
            [
                integer("minReaderVersion"), integer("minWriterVersion"), .list("readerFeatures", of: .string),
                .list("writerFeatures", of: .string),
            ]),
    ]

    private static func text(_ name: String) -> ParquetNode { .leaf(Field(name, .string, isNullable: true)) }
    private static func long(_ name: String) -> ParquetNode { .leaf(Field(name, .int64, isNullable: true)) }
    private static func integer(_ name: String) -> ParquetNode { .leaf(Field(name, .int32, isNullable: true)) }
    private static func flag(_ name: String) -> ParquetNode { .leaf(Field(name, .bool, isNullable: true)) }

    static func write(_ actions: [LogAction]) -> [UInt8] {
        var writer = ParquetWriter(nodes: nodes)
        let columns = nodes.flatMap { node in leaves(node, actions.map { value(of: node.name, $0) }) }
        writer.append(leaves: columns, rows: actions.count)
        return writer.finish().bytes
    }

    static func read(_ bytes: [UInt8]) throws -> [LogAction] {
        let reader = try ParquetReader(bytes: bytes)
        var actions = [LogAction](repeating: LogAction(), count: reader.rowCount)
        for node in nodes where reader.nodes.contains(where: { $0.name == node.name }) {
            for (row, value) in try CheckpointColumns(reader, node.name).rows.enumerated() {
                guard let value else { continue }
                try set(value, node.name, &actions[row])
            }
        }
        return actions
    }

    /// An action of one kind as a tree; nil when it is of another kind.
    private static func value(of kind: String, _ action: LogAction) -> CheckpointValue? {
        switch kind {
        case "txn": action.txn.map(CheckpointValue.init)
        case "add": action.add.map(CheckpointValue.init)
        case "remove": action.remove.map(CheckpointValue.init)
        case "metaData": action.metaData.map(CheckpointValue.init)
        case "protocol": action.protocol.map(CheckpointValue.init)
        default: nil
        }
    }

    private static func set(_ value: CheckpointValue, _ kind: String, _ action: inout LogAction) throws {
        switch kind {
        case "txn": action.txn = try TransactionVersion(value)
        case "add": action.add = try AddFile(value)
        case "remove": action.remove = try RemoveFile(value)
        case "metaData": action.metaData = try TableMetadata(value)
        default: action.protocol = try ProtocolVersions(value)
        }
    }

    /// The leaves of a node for values of its rows.
    private static func leaves(_ node: ParquetNode, _ rows: [CheckpointValue?]) -> [ParquetLeaf] {
        var columns = LeafBuilder.builders(node)
        for row in rows {
            var index = 0
            LeafBuilder.add(row, node, definition: 0, repetition: 0, &columns, &index)
        }
        return columns.map(\.leaf)
    }
}

/// Collects the entries of one leaf.
private struct LeafBuilder {
    let type: DataType
    let hasRepetition: Bool
    var scalars: [Scalar] = []
    var definitionLevels: [Int32] = []
    var repetitionLevels: [Int32] = []

    var leaf: ParquetLeaf {
        ParquetLeaf(
            values: ColumnVector(type, scalars: scalars), definitionLevels: definitionLevels,
            repetitionLevels: hasRepetition ? repetitionLevels : [])
    }

    static func builders(_ node: ParquetNode, below repeated: Bool = false) -> [LeafBuilder] {
        let repeated = repeated || node.repetition == .repeated
        switch node.content {
        case .leaf(let type): return type.map { [LeafBuilder(type: $0, hasRepetition: repeated)] } ?? []
        case .group(let children, _): return children.flatMap { builders($0, below: repeated) }
        }
    }

    /// Adds the entries of one row's value to the leaves below a node, from `index` on, which is moved past them.
    static func add(
        _ value: CheckpointValue?, _ node: ParquetNode, definition: Int32, repetition: Int32,
        _ columns: inout [LeafBuilder], _ index: inout Int
    ) {
        let present = value == nil ? definition : definition + (node.repetition == .required ? 0 : 1)
        guard case .group(let children, let annotation) = node.content else {
            if case .scalar(let scalar) = value { columns[index].scalars.append(scalar) }
            columns[index].definitionLevels.append(present)
            columns[index].repetitionLevels.append(repetition)
            index += 1
            return
        }
        if annotation == .structure {
            for child in children {
                add(value?.member(child.name), child, definition: present, repetition: repetition, &columns, &index)
            }
            return
        }
        // The repeated node in the middle of a list or a map stands once for each element, at least once for its levels.
        let first = index
        let elements = value?.elements ?? []
        guard !elements.isEmpty else {
            return add(nil, children[0], definition: present, repetition: repetition, &columns, &index)
        }
        for (number, element) in elements.enumerated() {
            index = first
            add(element, children[0], definition: present, repetition: number == 0 ? repetition : 1, &columns, &index)
        }
    }
}
