/// What the reference says of an aggregate. Each stands in the file of its aggregate.
public struct AggregateReference: Hashable, Sendable {
    public let name: String
    /// Argument types.
    public let takes: String
    /// Result type.
    public let gives: String
    public let nulls: String
    public let error: String
    /// The size of the state of a group.
    public let state: String

    init(_ name: String, takes: String, gives: String, nulls: String, error: String, state: String) {
        self.name = name
        self.takes = takes
        self.gives = gives
        self.nulls = nulls
        self.error = error
        self.state = state
    }

    /// Every built-in aggregate, in the order of the reference.
    public static let all: [AggregateReference] = [
        CountAggregate.reference, SumAggregate.reference, SumAggregate.meanReference, ExtremeAggregate.reference,
        ExtremeAggregate.conditionReference, BitAggregate.reference, VarianceAggregate.reference,
        DistinctCountAggregate.reference, ApproximateDistinctAggregate.reference, QuantileAggregate.reference,
        ChosenRowAggregate.reference, ChosenRowAggregate.keyReference, CollectAggregate.reference,
    ]
}

/// An aggregate that the reference describes.
protocol BuiltInAggregate: AggregateDefinition {
    static var reference: AggregateReference { get }
}
