import Dataflow
import Foundation
import Runtime

/// A file of JSON lines as a partition: its records in the file's order, so many at a time, read straight into the arena
/// that is handed on. One thread at a time may use it.
final class PartitionFile {
    let partition: Int32
    private let path: String
    private let descriptor: Int32
    private let size: Int
    private var position = 0
    private var offset: Int64 = 0
    /// Bytes of a record by the last ones, a little more rather than less.
    private var recordBytes = 256

    /// - Throws: `RuntimeError` when it cannot be read.
    init(_ path: String, partition: Int32) throws {
        self.path = path
        self.partition = partition
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw RuntimeError("\(path) cannot be read: check its permissions")
        }
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// The files of a directory, by name.
    /// - Throws: `RuntimeError` when there is none.
    static func all(in directory: String) throws -> [PartitionFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let wanted = names.filter { $0.hasSuffix(".jsonl") || $0.hasSuffix(".json") }.sorted()
        guard !wanted.isEmpty else {
            throw RuntimeError("\(directory) holds no *.jsonl and no *.json: name a directory of bids with --input")
        }
        return try wanted.enumerated().map { try PartitionFile("\(directory)/\($1)", partition: Int32($0)) }
    }

    var isAtEnd: Bool { position >= size }

    /// The next records, at most `count`; nil at the end. Empty lines are no records.
    /// - Throws: `RuntimeError` when the file cannot be read any more.
    func next(_ count: Int) throws -> RawRecords? {
        var capacity = count * recordBytes
        while !isAtEnd {
            let taken = min(capacity, size - position)
            var records = RawRecords(partition: partition)
            records.arena = try bytes(taken)
            let end = split(&records, count: count, isLast: position + taken == size)
            guard records.count == count || position + end == size else {
                // Longer records than the last ones: try again with room for them.
                capacity *= 2
                continue
            }
            position += end
            if records.count > 0 {
                recordBytes = end / records.count + 8
                return records
            }
        }
        return nil
    }

    /// Finds the lines of the arena.
    /// - Parameter isLast: whether what follows the last line end is a record too.
    /// - Returns: the position after the last line taken.
    private func split(_ records: inout RawRecords, count: Int, isLast: Bool) -> Int {
        records.valueStarts.reserveCapacity(count)
        records.valueLengths.reserveCapacity(count)
        var position = 0
        records.arena.withUnsafeBytes { bytes in
            while records.valueStarts.count < count, position < bytes.count, let base = bytes.baseAddress {
                let found = memchr(base + position, 0x0A, bytes.count - position)
                guard found != nil || isLast else { return }
                let end = found.map { UnsafeRawPointer($0) - base } ?? bytes.count
                if end > position {
                    records.valueStarts.append(Int32(position))
                    records.valueLengths.append(Int32(end - position))
                }
                position = min(end + 1, bytes.count)
            }
        }
        records.timestamps = [Int64](repeating: -1, count: records.valueStarts.count)
        records.offsets = records.valueStarts.indices.map { offset + Int64($0) }
        return position
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(position + filled))
                guard read > 0 else { throw RuntimeError("\(path) cannot be read to its end: it may have changed") }
                filled += read
            }
        }
    }
}
