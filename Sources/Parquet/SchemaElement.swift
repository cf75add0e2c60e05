import Columnar

/// A line of the flat list in which the footer holds the schema: a node and how many children follow it.
struct SchemaElement {
    var name: String
    var node: ParquetNode?
    var children: Int
    var fieldID: Int32?

    init(name: String, node: ParquetNode? = nil, children: Int) {
        self.name = name
        self.node = node
        self.children = children
    }

    /// A node and all below it, parents first.
    static func all(_ node: ParquetNode) -> [SchemaElement] {
        guard case .group(let children, _) = node.content else {
            return [SchemaElement(name: node.name, node: node, children: 0)]
        }
        return [SchemaElement(name: node.name, node: node, children: children.count)] + children.flatMap(all)
    }

    func write(to element: inout ThriftWriter) {
        if case .leaf(let type?) = node?.content {
            let physical = PhysicalType(type)
            element.i32(1, physical.code)
            if case .fixed(let length) = physical { element.i32(2, Int32(length)) }
            element.i32(3, node?.repetition.rawValue ?? 0)
            element.string(4, name)
            LogicalType.write(type, to: &element, fieldID: fieldID)
            return
        }
        if let node { element.i32(3, node.repetition.rawValue) }
        element.string(4, name)
        element.i32(5, Int32(children))
        guard case .group(_, let annotation) = node?.content, annotation != .structure else {
            if let fieldID { element.i32(9, fieldID) }
            return
        }
        // ConvertedType LIST = 3, MAP = 1; LogicalType LIST = field 3, MAP = field 2.
        element.i32(6, annotation == .list ? 3 : 1)
        if let fieldID { element.i32(9, fieldID) }
        element.structure(10) { $0.structure(annotation == .list ? 3 : 2) { _ in } }
    }
}

/// Builds the tree from that list, not trusting its counts.
struct SchemaReader {
    private let elements: [[Int16: ThriftReader.Value]]
    private var next = 1
    /// How each leaf is stored; nil where the type is not known.
    private(set) var physical: [PhysicalType?] = []
    /// A list or map has two nodes more than its elements.
    private static let maximumDepth = 3 * DataType.maximumDepth

    init(elements: [[Int16: ThriftReader.Value]]) { self.elements = elements }

    mutating func read() throws(ParquetError) -> [ParquetNode] {
        let nodes = try children(elements.first?.integer(5), depth: 0)
        guard next == elements.count else { throw ParquetError("a schema that does not add up") }
        return nodes
    }

    private mutating func children(_ count: Int?, depth: Int) throws(ParquetError) -> [ParquetNode] {
        guard let count, (0...elements.count - next).contains(count), depth < Self.maximumDepth else {
            throw ParquetError("a schema that does not add up")
        }
        var nodes: [ParquetNode] = []
        for _ in 0..<count {
            let node = try node(depth: depth)
            guard !nodes.contains(where: { $0.name == node.name }) else {
                throw ParquetError("column '\(node.name)' stands twice")
            }
            nodes.append(node)
        }
        return nodes
    }

    private mutating func node(depth: Int) throws(ParquetError) -> ParquetNode {
        guard next < elements.count else { throw ParquetError("a schema that does not add up") }
        let element = elements[next]
        next += 1
        guard let name = element.string(4) else { throw ParquetError("a column without a name") }
        let repetition = element.integer(3).flatMap { ParquetNode.Repetition(rawValue: Int32(clamping: $0)) }
        if let count = element.integer(5), element.integer(1) == nil {
            let logical = element.structure(10) ?? [:]
            let converted = element.integer(6)
            let annotation: ParquetNode.Annotation =
                logical[3] != nil || converted == 3
                ? .list : logical[2] != nil || converted == 1 || converted == 2 ? .map : .structure
            let below = try children(count, depth: depth + 1)
            return ParquetNode(name, repetition ?? .required, .group(below, annotation))
        }
        let known = LogicalType.read(element)
        physical.append(known?.1)
        return ParquetNode(name, repetition ?? .required, .leaf(known?.0))
    }
}
