/// Something outside the program that stops it, or a setting that it refuses: what happened, and who must do what.
public struct RuntimeError: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
