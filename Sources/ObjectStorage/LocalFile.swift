import Foundation

/// One file that grows at its end and is read anywhere: for what is too much to be written whole. One thread appends; any
/// may read what was there before.
public final class LocalFile: Sendable {
    public let path: String
    private let descriptor: Int32

    /// Makes a file.
    /// - Throws: `StorageError`, also when it is there.
    public init(creating path: String) throws(StorageError) {
        self.path = path
        descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system("write", path) }
    }

    /// Opens a file to read it.
    public init(reading path: String) throws(StorageError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read", path) }
    }

    deinit { close(descriptor) }

    /// Bytes that it has.
    public func size() throws(StorageError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("read", path) }
        return Int(status.st_size)
    }

    /// Adds bytes at the end, not yet durably.
    public func append(_ bytes: [UInt8]) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, bytes.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system("write", path) }
            written += count
        }
    }

    /// The bytes at a place.
    /// - Throws: `StorageError`, also when there are less.
    public func read(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, taken in
            while taken < count {
                let read = pread(descriptor, buffer.baseAddress! + taken, count - taken, off_t(offset + taken))
                if read < 0 && errno == EINTR { continue }
                failed = read < 0
                if read <= 0 { break }
                taken += read
            }
        }
        guard !failed else { throw .system("read", path) }
        guard bytes.count == count else { throw StorageError(.other, "cannot read \(path): it is cut short") }
        return bytes
    }

    /// Makes what was written durable.
    public func synchronise() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .system("write", path) }
    }
}
