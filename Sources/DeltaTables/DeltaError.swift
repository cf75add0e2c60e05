/// Why a table cannot be read or written: which table, what, and who must act.
public struct DeltaError: Error, CustomStringConvertible, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// There is no table at the place.
        case noTable
        /// The table is of another schema, layout or kind than the writer wants.
        case mismatch
        /// The table uses a feature of the protocol that this program does not know.
        case unsupported
        /// The log or a file is not what the protocol says.
        case corrupt
        /// Others write to the table at the same time, and none of many attempts came first.
        case contention
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
