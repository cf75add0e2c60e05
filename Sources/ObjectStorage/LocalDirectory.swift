import Foundation
import Synchronization

/// Objects as files below a directory. A file is written under another name, synchronised, and given its name in one
/// step; then its directory is synchronised, so that the name survives a crash too.
public struct LocalDirectory: ObjectStore {
    public let location: String
    private static let serial = Atomic<Int>(0)
    /// Files whose names begin so are being written and are never listed.
    static let temporaryPrefix = ".tidemark-tmp-"

    /// Opens a directory, making it when it is not there.
    public init(_ path: String) throws(StorageError) {
        location = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        try Self.makeDirectory(location)
    }

    /// Whether there is a directory at the path.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Says whether files could be written below a path, which need not be there yet. Makes nothing.
    /// - Throws: `StorageError` of kind `.denied` when the place, or the nearest directory above it, is read-only.
    public static func requireWritable(_ path: String) throws(StorageError) {
        var place = path.isEmpty ? "." : path
        while access(place, F_OK) != 0, place != "/", place != "." { place = directory(of: place) }
        guard access(place, W_OK) == 0 else { throw .system("write", place) }
    }

    /// Removes files that a crash left half written. Only for a directory that nobody else writes to, or for files that
    /// were last written before a time, ms since 1970 UTC; not those in folders below.
    public func removeUnfinished(before time: Int64 = .max) throws(StorageError) {
        guard let directory = opendir(location) else { throw .system("list", location) }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let child = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            guard child.hasPrefix(Self.temporaryPrefix), stat(full(child), &status) == 0,
                Int64(status.st_mtim.tv_sec) * 1000 < time
            else { continue }
            unlink(full(child))
        }
    }

    /// Makes the names of the directory's files durable, not of those in folders below. A process that was ended between
    /// giving a file its name and this leaves a file that is there, and that a loss of power may still take away: whoever goes
    /// on from what it left synchronises first.
    public func synchronise() throws(StorageError) { try Self.synchronise(directoryOf: location + "/") }

    public func get(_ path: String) throws(StorageError) -> [UInt8] {
        let name = full(path)
        let file = open(name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system("read", name) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .system("read", name) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(.other, "cannot read \(name): it is not a file")
        }
        let size = Int(status.st_size)
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let taken = read(file, buffer.baseAddress! + count, size - count)
                if taken < 0 && errno == EINTR { continue }
                failed = taken < 0
                if taken <= 0 { break }
                count += taken
            }
        }
        guard !failed else { throw .system("read", name) }
        return bytes
    }

    public func put(_ path: String, _ bytes: [UInt8]) throws(StorageError) {
        let name = full(path)
        let temporary = try writeTemporary(bytes, beside: name)
        guard rename(temporary, name) == 0 else {
            let error = StorageError.system("write", name)
            unlink(temporary)
            throw error
        }
        try Self.synchronise(directoryOf: name)
    }

    public func putIfAbsent(_ path: String, _ bytes: [UInt8]) throws(StorageError) -> Bool {
        let name = full(path)
        if access(name, F_OK) == 0 { return false }
        let temporary = try writeTemporary(bytes, beside: name)
        defer { unlink(temporary) }
        guard link(temporary, name) == 0 else {
            if errno == EEXIST { return false }
            throw .system("write", name)
        }
        try Self.synchronise(directoryOf: name)
        return true
    }

    public func list(prefix: String) throws(StorageError) -> [ObjectInfo] {
        // Only the folder that the prefix names has to be walked.
        let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
        var found: [ObjectInfo] = []
        try walk(folder, into: &found)
        return found.filter { $0.path.hasPrefix(prefix) }.sorted {
            $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
        }
    }

    public func delete(_ path: String) throws(StorageError) {
        let name = full(path)
        guard unlink(name) == 0 || errno == ENOENT else { throw .system("delete", name) }
    }

    private func walk(_ folder: String, into found: inout [ObjectInfo]) throws(StorageError) {
        let name = full(folder)
        guard let directory = opendir(name) else {
            if errno == ENOENT { return }
            throw .system("list", name)
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let child = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if child == "." || child == ".." || child.hasPrefix(Self.temporaryPrefix) { continue }
            var status = stat()
            // A file may be gone between the listing and the look at it.
            guard stat(full(folder + child), &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try walk(folder + child + "/", into: &found)
            } else {
                let modified = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
                found.append(ObjectInfo(path: folder + child, size: Int(status.st_size), modified: modified))
            }
        }
    }

    private func writeTemporary(_ bytes: [UInt8], beside name: String) throws(StorageError) -> String {
        let folder = Self.directory(of: name)
        try Self.makeDirectory(folder)
        let serial = Self.serial.add(1, ordering: .relaxed).newValue
        let temporary = "\(folder)/\(Self.temporaryPrefix)\(getpid())-\(serial)"
        let file = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .system("write", name) }
        defer { close(file) }
        do throws(StorageError) {
            try Self.writeAll(bytes, to: file, name)
            guard fsync(file) == 0 else { throw .system("write", name) }
        } catch {
            unlink(temporary)
            throw error
        }
        return temporary
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32, _ name: String) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress! + written, bytes.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system("write", name) }
            written += count
        }
    }

    private static func synchronise(directoryOf name: String) throws(StorageError) {
        let folder = directory(of: name)
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw .system("synchronise", folder) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw .system("synchronise", folder) }
    }

    /// Directories of which this process knows that they are there to stay.
    private static let settled = Mutex<Set<String>>([])

    /// Makes a directory durably, and those above it. One that is there may be the work of a process that was ended before it
    /// made it durable.
    private static func makeDirectory(_ path: String) throws(StorageError) {
        if settled.withLock({ $0.contains(path) }), exists(path) { return }
        var status = stat()
        let isThere = stat(path, &status) == 0
        guard !isThere || status.st_mode & S_IFMT == S_IFDIR else {
            throw StorageError(.other, "\(path) is a file where a directory is needed: name another place")
        }
        let parent = directory(of: path)
        if parent != path && parent != "." { try makeDirectory(parent) }
        if isThere {
            // What is above the directories of Tidemark may be closed to it.
            try? synchronise(directoryOf: path)
        } else {
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .system("make the directory", path) }
            try synchronise(directoryOf: path)
        }
        settled.withLock { _ = $0.insert(path) }
    }

    private static func directory(of name: String) -> String {
        guard let slash = name.lastIndex(of: "/") else { return "." }
        return slash == name.startIndex ? "/" : String(name[..<slash])
    }

    private func full(_ path: String) -> String { path.isEmpty ? location : location + "/" + path }
}

extension StorageError {
    /// The error that the last system call left, with the mend.
    static func system(_ action: String, _ path: String) -> StorageError {
        let code = errno
        let reason = String(cString: strerror(code))
        switch code {
        case ENOENT: return StorageError(.notFound, "cannot \(action) \(path): it does not exist")
        case ENOSPC, EDQUOT:
            return StorageError(.full, "cannot \(action) \(path): the disk is full. Make room; nothing was changed")
        case EACCES, EPERM, EROFS:
            return StorageError(.denied, "cannot \(action) \(path): \(reason). Check its owner and permissions")
        default: return StorageError(.other, "cannot \(action) \(path): \(reason)")
        }
    }
}
