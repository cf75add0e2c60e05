/// An aggregate by its name and parameters. The built-in ones are static members, each beside its definition; others
/// are made from a definition of one's own.
public struct AggregateFunction: Sendable {
    public let definition: any AggregateDefinition

    public init(_ definition: any AggregateDefinition) { self.definition = definition }

    public var name: String { definition.name }

    /// The call as it stands in plans: `count(*)`, `approximateQuantile(amount, 0.95)`.
    public func text(_ arguments: [String]) -> String {
        "\(name)(\((arguments.isEmpty ? ["*"] : arguments).joined(separator: ", "))"
            + "\(definition.parameters.map { ", \($0)" }.joined()))"
    }
}

extension AggregateFunction: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.definition.parameters == right.definition.parameters
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(definition.parameters)
    }
}
