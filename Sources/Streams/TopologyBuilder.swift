import Dataflow

/// A stream job: what it reads, computes and writes. `build` runs once and describes; it processes nothing.
public protocol Topology {
    init()
    /// The topology's name: of its state, its consumer group and its commits. The type's name in kebab case by default.
    static var name: String { get }
    func build(_ topology: TopologyBuilder)
}

extension Topology {
    public static var name: String {
        String(describing: Self.self).reduce(into: "") { name, character in
            if character.isUppercase && !name.isEmpty { name += "-" }
            name += character.lowercased()
        }
    }

    /// The plan that `build` describes.
    /// - Throws: `PlanError` with everything that is wrong, a sentence each.
    public static func makePlan() throws -> LogicalPlan {
        let builder = TopologyBuilder(name: name)
        Self().build(builder)
        builder.findLooseEnds()
        guard builder.problems.isEmpty else { throw PlanError(builder.problems.joined(separator: "\n")) }
        return builder.plan
    }
}

/// Collects the steps of a topology.
public final class TopologyBuilder {
    var plan: LogicalPlan
    var problems: [String] = []

    init(name: String) { plan = LogicalPlan(name: name) }

    /// Where records come from.
    public struct Origin {
        let topic: String

        /// A Kafka topic.
        public static func kafka(topic: String) -> Origin { Origin(topic: topic) }
    }

    /// How records are encoded, and their contract.
    public struct Encoding<S: Schema> {
        /// A JSON object a record.
        public static func json(_ schema: S.Type) -> Encoding { Encoding() }
    }

    /// What becomes of records that are not as the contract says.
    public struct InvalidRecords {
        let topic: String?
        let duplicates: Bool

        /// They go to a topic with their context, and so do late ones; duplicates too if asked.
        public static func deadLetter(topic: String, duplicates: Bool = false) -> InvalidRecords {
            InvalidRecords(topic: topic, duplicates: duplicates)
        }

        /// They are only counted.
        public static var counted: InvalidRecords { InvalidRecords(topic: nil, duplicates: false) }
    }

    /// Begins a stream.
    public func read<S: Schema>(_ origin: Origin, as encoding: Encoding<S>, invalid: InvalidRecords) -> Stream<S> {
        _ = declaredSchema(of: S.self)
        let source = SourceDescription(
            topic: origin.topic, contract: S.contract(), deadLetterTopic: invalid.topic,
            deadLettersDuplicates: invalid.duplicates)
        return Stream(builder: self, step: plan.add(.read(source)))
    }
}

extension TopologyBuilder {
    /// A step whose rows nothing takes is a mistake: its records would be read and go nowhere.
    func findLooseEnds() {
        if plan.steps.isEmpty { return note("the topology reads nothing: begin with read(_:as:invalid:)") }
        let taken = Set(plan.steps.flatMap(\.inputs))
        for (number, step) in plan.steps.enumerated() where !taken.contains(number) {
            if case .write = step.kind { continue }
            note(
                "nothing takes the rows of '\(step.kind.text)': end with merge(into:on:), append(to:) or write(to:as:)")
        }
    }
}

extension Duration {
    /// So many times 60 seconds.
    public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    /// So many times 60 minutes.
    public static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    /// So many times 24 hours.
    public static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

    /// Whole microseconds.
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
