import Columnar
import Dataflow
import Foundation
import ObjectStorage

/// Checkpoints as bytes: a magic, then for each piece its compressed size, the CRC-32C of the compressed bytes, and they
/// themselves as a zstd frame. Little-endian.
enum CheckpointFile {
    private static let magic: [UInt8] = Array("TDMKCKP2".utf8)
    /// Version 1: one checksum and one frame.
    private static let magic1: [UInt8] = Array("TDMKZST1".utf8)

    /// Collects the pieces of a file.
    struct Writer {
        private(set) var bytes = CheckpointFile.magic
        /// Over the pieces' checksums.
        private(set) var checksum: UInt32 = 0

        mutating func append(_ part: CheckpointPart) {
            let compressed = ZstdFrame.compress(part.encoded())
            let sum = Checksum.crc32c(compressed)
            for value in [UInt32(compressed.count), sum] {
                withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
            }
            bytes += compressed
            checksum = CheckpointFile.combined(checksum, sum)
        }
    }

    /// Gives the pieces of a file one by one.
    struct Reader {
        private let bytes: [UInt8]
        private var position = CheckpointFile.magic.count
        /// Over the checksums of the pieces that were read.
        private(set) var checksum: UInt32 = 0
        private(set) var isAtEnd = false

        /// - Throws: `CheckpointError` when it is not a file of this version.
        init(_ bytes: [UInt8]) throws(CheckpointError) {
            guard bytes.starts(with: CheckpointFile.magic) else {
                throw CheckpointError("it is cut short or not a checkpoint")
            }
            self.bytes = bytes
        }

        /// - Throws: `CheckpointError` when the next piece is not whole.
        mutating func next() throws -> CheckpointPart {
            guard position + 8 <= bytes.count else { throw CheckpointError("it is cut short") }
            let size = Int(CheckpointFile.integer(bytes, position))
            let expected = CheckpointFile.integer(bytes, position + 4)
            guard size <= bytes.count - position - 8 else { throw CheckpointError("it is cut short") }
            let compressed = Array(bytes[position + 8..<position + 8 + size])
            guard Checksum.crc32c(compressed) == expected else { throw CheckpointError("its checksum does not match") }
            position += 8 + size
            checksum = CheckpointFile.combined(checksum, expected)
            let part = try CheckpointFile.part(CheckpointFile.decompress(compressed))
            if case .end = part {
                isAtEnd = true
                guard position == bytes.count else { throw CheckpointError("bytes after its end") }
            }
            return part
        }
    }

    static func isVersion1(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic1) }

    /// Reads a file of version 1, whose state is whole.
    static func readVersion1(_ bytes: [UInt8]) throws -> Checkpoint {
        let start = magic1.count + 4
        guard bytes.count >= start else { throw CheckpointError("it is cut short or not a checkpoint") }
        let compressed = Array(bytes[start...])
        guard Checksum.crc32c(compressed) == integer(bytes, magic1.count) else {
            throw CheckpointError("its checksum does not match")
        }
        return try Checkpoint(decoding: decompress(compressed))
    }

    fileprivate static func part(_ bytes: [UInt8]) throws -> CheckpointPart {
        do { return try CheckpointPart(decoding: bytes) } catch let error as BatchCodecError {
            throw CheckpointError(error.description)
        }
    }

    private static func decompress(_ compressed: [UInt8]) throws -> [UInt8] {
        do { return try ZstdFrame.decompress(compressed) } catch { throw CheckpointError(error.description) }
    }

    private static func integer(_ bytes: [UInt8], _ position: Int) -> UInt32 {
        bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt32.self)) }
    }

    private static func combined(_ checksum: UInt32, _ next: UInt32) -> UInt32 {
        var bytes: [UInt8] = []
        for value in [checksum, next] { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        return Checksum.crc32c(bytes)
    }
}
