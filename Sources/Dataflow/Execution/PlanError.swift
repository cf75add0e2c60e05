/// A plan, contract or setting that is refused before the first record: what is wrong, and the mend.
public struct PlanError: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
