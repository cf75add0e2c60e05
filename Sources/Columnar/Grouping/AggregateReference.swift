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
        ChosenRowAggregate.reference, ChosenRowAggregate.keyReference, CollectAggregate.listReference,
        CollectAggregate.reference,
    ]
}

/// An aggregate that the reference describes.
protocol BuiltInAggregate: AggregateDefinition {
    static var reference: AggregateReference { get }
}

extension AggregateReference {
    /// The reference as Markdown: what stands in `docs/AGGREGATES.md`.
    public static var markdown: String {
        let head = """
            # Aggregates

            What `aggregate(into:)` can compute for a group. Numbers are int, bigint, double and decimal(p,s). Results do
            not depend on batches, parallelism, restarts or the order in which records arrived, but for the rounding of
            doubles; where order decides, it is event time, then partition, then offset. A wrong type is refused before
            the first record.

            Any aggregate takes a condition, `.first(row.status).filtered(where: row.isPaid)`; `count`, `sum` and
            `average` also as `where:`. `custom` takes an aggregate of one's own: a type that conforms to
            `AggregateDefinition`, with an `AggregateState` over columns.

            The state of a group is in memory and in checkpoints while its window is open.


            """
        let rows = all.flatMap { entry in
            [
                "## \(entry.name)", "", "- **takes** \(entry.takes)", "- **gives** \(entry.gives)",
                "- **nulls** \(entry.nulls)", "- **error** \(entry.error)", "- **state of a group** \(entry.state)", "",
            ]
        }
        return head + rows.dropLast().joined(separator: "\n") + "\n"
    }
}
