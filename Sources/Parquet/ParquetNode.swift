import Columnar

/// A node of a file's schema, as the format has it: a leaf with values, or a group of nodes.
public struct ParquetNode: Hashable, Sendable {
    public var name: String
    public var repetition: Repetition
    public var content: Content

    /// How often a node stands in its parent. The raw value is the number that the format gives it.
    public enum Repetition: Int32, Hashable, Sendable {
        case required = 0
        case optional = 1
        case repeated = 2
    }

    public enum Content: Hashable, Sendable {
        /// Values of a type; nil for a type that the reader does not know, which can be passed over but not read.
        case leaf(DataType?)
        case group([ParquetNode], Annotation)
    }

    /// What a group stands for.
    public enum Annotation: Hashable, Sendable {
        case structure
        case list
        case map
    }

    public init(_ name: String, _ repetition: Repetition, _ content: Content) {
        self.name = name
        self.repetition = repetition
        self.content = content
    }

    /// A column of flat values.
    public static func leaf(_ field: Field) -> ParquetNode {
        ParquetNode(field.name, field.isNullable ? .optional : .required, .leaf(field.type))
    }

    /// Itself and all nodes below.
    var elementCount: Int {
        guard case .group(let children, _) = content else { return 1 }
        return children.reduce(1) { $0 + $1.elementCount }
    }

    /// A nullable structure.
    public static func structure(_ name: String, _ children: [ParquetNode]) -> ParquetNode {
        ParquetNode(name, .optional, .group(children, .structure))
    }

    /// A nullable list in the modern layout of three levels, its elements not null.
    public static func list(_ name: String, of type: DataType) -> ParquetNode {
        let element = ParquetNode.leaf(Field("element", type))
        return ParquetNode(
            name, .optional, .group([ParquetNode("list", .repeated, .group([element], .structure))], .list))
    }

    /// A nullable map from text to nullable text.
    public static func textMap(_ name: String) -> ParquetNode {
        let entry = [ParquetNode.leaf(Field("key", .string)), .leaf(Field("value", .string, isNullable: true))]
        return ParquetNode(
            name, .optional, .group([ParquetNode("key_value", .repeated, .group(entry, .structure))], .map))
    }
}

/// Where a leaf stands in a schema, and how deep.
struct LeafPlace: Hashable {
    var path: [String]
    var type: DataType?
    /// The level of a value that is there: one for each optional or repeated node on the path.
    var maximumDefinition: Int32 = 0
    /// One for each repeated node on the path.
    var maximumRepetition: Int32 = 0

    /// The leaves below the nodes, in the order in which a row group holds them.
    static func all(_ nodes: [ParquetNode]) -> [LeafPlace] {
        nodes.flatMap { collect($0, below: LeafPlace(path: [])) }
    }

    private static func collect(_ node: ParquetNode, below parent: LeafPlace) -> [LeafPlace] {
        var place = parent
        place.path.append(node.name)
        if node.repetition != .required { place.maximumDefinition += 1 }
        if node.repetition == .repeated { place.maximumRepetition += 1 }
        switch node.content {
        case .leaf(let type):
            place.type = type
            return [place]
        case .group(let children, _): return children.flatMap { collect($0, below: place) }
        }
    }
}

/// The values of a leaf with their levels, which say where nulls, empty lists and rows begin (Melnik and others,
/// "Dremel", 2010): how nested columns are written and read.
public struct ParquetLeaf: Sendable {
    /// The values that are there, one after the other.
    public var values: ColumnVector
    /// For each entry how many of the optional and repeated nodes on its path are there.
    public var definitionLevels: [Int32]
    /// For each entry at which repeated node it goes on; 0 begins a row. Empty where nothing repeats.
    public var repetitionLevels: [Int32]

    public init(values: ColumnVector, definitionLevels: [Int32], repetitionLevels: [Int32] = []) {
        self.values = values
        self.definitionLevels = definitionLevels
        self.repetitionLevels = repetitionLevels
    }
}
