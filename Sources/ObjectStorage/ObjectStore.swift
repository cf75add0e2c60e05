import Foundation

/// A place for named byte strings: a directory, a bucket. Names are relative paths with `/`.
public protocol ObjectStore: Sendable {
    /// The name for people: `/data/warehouse/gold/revenue`.
    var location: String { get }

    /// The whole object.
    /// - Throws: `StorageError`, of kind `.notFound` when there is none.
    func get(_ path: String) throws(StorageError) -> [UInt8]

    /// Writes an object whole and durably: readers see the old one or the new one, also after a crash.
    func put(_ path: String, _ bytes: [UInt8]) throws(StorageError)

    /// Writes an object if there is none of that name. Of several writers at once exactly one succeeds.
    /// - Returns: false when the object was there.
    func putIfAbsent(_ path: String, _ bytes: [UInt8]) throws(StorageError) -> Bool

    /// The objects whose names begin with `prefix`, in the order of their names.
    func list(prefix: String) throws(StorageError) -> [ObjectInfo]

    /// Removes an object; one that is not there is no error.
    func delete(_ path: String) throws(StorageError)

    /// The time of day for what is written about objects, ms since 1970 UTC. The machine's by default.
    var now: Int64 { get }

    /// A name, or part of one, that nobody else gives: a random UUID (RFC 9562) by default.
    func makeUniqueName() -> String
}

extension ObjectStore {
    public var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    public func makeUniqueName() -> String { UUID().uuidString.lowercased() }
}

/// An object in a listing.
public struct ObjectInfo: Hashable, Sendable {
    public var path: String
    /// Bytes.
    public var size: Int
    /// ms since 1970 UTC.
    public var modified: Int64

    public init(path: String, size: Int, modified: Int64) {
        self.path = path
        self.size = size
        self.modified = modified
    }
}

/// Why storage did not do what it was asked: where, what, and who must act.
public struct StorageError: Error, CustomStringConvertible, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case notFound
        /// No space or quota: somebody must make room, then the work can be tried again.
        case full
        case denied
        /// The bytes are not what was written.
        case corrupt
        case other
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
