import Dataflow
import Foundation
import ObjectStorage

/// A topology's checkpoints in a directory of their own. Each is one file, written whole and durably before its name
/// appears, with a checksum over its compressed bytes; the newest two are kept, so that a damaged one has one before it.
package final class CheckpointStore {
    private let store: any ObjectStore
    /// For messages.
    let path: String
    private static let kept = 2
    private static let header: [UInt8] = Array("TDMKZST1".utf8)

    package init(_ store: any ObjectStore, path: String) {
        self.store = store
        self.path = path
    }

    /// Writes a checkpoint durably and removes those that are no longer needed.
    func write(_ checkpoint: Checkpoint) throws {
        let compressed = ZstdFrame.compress(checkpoint.encoded())
        var bytes = Self.header
        withUnsafeBytes(of: Checksum.crc32c(compressed).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += compressed
        try store.put(Self.name(checkpoint.epoch), bytes)
        for epoch in try epochs().dropLast(Self.kept) { try store.delete(Self.name(epoch)) }
    }

    /// The newest checkpoint that is whole, and what was wrong with newer ones.
    /// - Throws: `RuntimeError` when there are checkpoints and none is whole.
    func newest() throws -> (checkpoint: Checkpoint?, damaged: [(epoch: Int64, problem: String)]) {
        var damaged: [(epoch: Int64, problem: String)] = []
        for epoch in try epochs().reversed() {
            do {
                return (try read(epoch), damaged)
            } catch let error as CheckpointError {
                damaged.append((epoch, error.description))
            }
        }
        if damaged.isEmpty { return (nil, []) }
        throw RuntimeError(
            "every checkpoint in \(path) is damaged (newest, epoch \(damaged[0].epoch): \(damaged[0].problem)). "
                + "Restore the directory from a backup, or start anew with --reset-state")
    }

    private func read(_ epoch: Int64) throws -> Checkpoint {
        let bytes = try store.get(Self.name(epoch))
        let start = Self.header.count + 4
        guard bytes.count >= start, Array(bytes.prefix(Self.header.count)) == Self.header else {
            throw CheckpointError("it is cut short or not a checkpoint")
        }
        let expected = bytes[Self.header.count..<start].enumerated().reduce(UInt32(0)) {
            $0 | UInt32($1.element) << UInt32(8 * $1.offset)
        }
        let compressed = Array(bytes[start...])
        guard Checksum.crc32c(compressed) == expected else { throw CheckpointError("its checksum does not match") }
        let decoded: [UInt8]
        do {
            decoded = try ZstdFrame.decompress(compressed)
        } catch {
            throw CheckpointError(error.description)
        }
        let checkpoint = try Checkpoint(decoding: decoded)
        guard checkpoint.epoch == epoch else { throw CheckpointError("it holds epoch \(checkpoint.epoch)") }
        return checkpoint
    }

    /// The epochs that have a file, ascending.
    private func epochs() throws -> [Int64] {
        try store.list(prefix: "").compactMap { object in
            guard object.path.hasSuffix(".checkpoint") else { return nil }
            return Int64(object.path.dropLast(".checkpoint".count))
        }.sorted()
    }

    private static func name(_ epoch: Int64) -> String {
        let digits = String(epoch)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".checkpoint"
    }
}
