import ObjectStorage

/// A disk whose writes survive a loss of power only when they were synchronised: the bytes of a file by `fsync` of the file,
/// a name by that of its directory. What was not is, after a loss of power, there, not there, or there in part.
final class SimulatedDisk: @unchecked Sendable {
    // One thread runs at a time, see `Turns`.
    /// A file, which has names in directories.
    final class File {
        var bytes: [UInt8] = []
        /// What a loss of power leaves; nil: anything.
        var durable: [UInt8]?
        let modified: Int64

        init(modified: Int64) { self.modified = modified }
    }

    let world: World
    /// For simulations of a mistake: whether files are renamed without having been synchronised.
    let skipsSynchronisation: Bool
    /// By path, as processes see them.
    private(set) var files: [String: File] = [:]
    private var durableFiles: [String: File] = [:]
    private var directories: Set<String> = [""]
    private var durableDirectories: Set<String> = [""]
    /// Those of which the process that runs knows that they are there to stay.
    private var settled: Set<String> = []

    init(_ world: World, skipsSynchronisation: Bool = false) {
        self.world = world
        self.skipsSynchronisation = skipsSynchronisation
    }

    static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// A process starts, and knows nothing.
    func forget() { settled = [] }

    /// The power comes back.
    func recover() {
        var random = world.random
        durableDirectories = Set(
            directories.sorted().filter { durableDirectories.contains($0) || random.chance(50) })
        var survivors: [String: File] = [:]
        for path in Set(files.keys).union(durableFiles.keys).sorted() {
            let isNew = files[path] !== durableFiles[path] && random.chance(50)
            survivors[path] = isNew ? files[path] : durableFiles[path]
        }
        survivors = survivors.filter { path, _ in isReachable(Self.directory(of: path)) }
        for path in survivors.keys.sorted() {
            guard let file = survivors[path], file.durable == nil else { continue }
            file.bytes = Self.torn(file.bytes, &random)
            file.durable = file.bytes
            world.trace.note("-- after the loss of power \(path) has \(file.bytes.count) bytes")
        }
        directories = durableDirectories
        (files, durableFiles) = (survivors, survivors)
        world.random = random
    }

    private func isReachable(_ directory: String) -> Bool {
        guard durableDirectories.contains(directory) else { return false }
        return directory.isEmpty || isReachable(Self.directory(of: directory))
    }

    /// What may be left of bytes that were not synchronised: nothing, a part, a part and zeros, all.
    private static func torn(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        let cut = random.number(0...bytes.count)
        switch random.number(0...3) {
        case 0: return []
        case 1: return Array(bytes.prefix(cut))
        case 2: return Array(bytes.prefix(cut)) + [UInt8](repeating: 0, count: bytes.count - cut)
        default: return bytes
        }
    }
}

/// The system calls that `LocalDirectory` makes, each an operation of the simulated process.
extension SimulatedDisk {
    func hasDirectory(_ path: String) -> Bool { directories.contains(path) }

    func makeDirectory(_ path: String) throws(StorageError) {
        guard !path.isEmpty, !settled.contains(path) else { return }
        let parent = Self.directory(of: path)
        try makeDirectory(parent)
        if !directories.contains(path) {
            _ = try call("mkdir \(path)", [])
            directories.insert(path)
        }
        _ = try call("fsync \(parent)/", [])
        durableDirectories.insert(path)
        settled.insert(path)
    }

    func read(_ path: String) throws(StorageError) -> [UInt8] {
        // A table's log has no checksums: what is flipped there nobody can know.
        let isChecked = path.hasSuffix(".checkpoint") || path.hasSuffix(".parquet")
        let fault = try call("read \(path)", isChecked ? [.error, .bitFlip] : [.error])
        guard let file = files[path] else {
            throw StorageError(.notFound, "cannot read \(path): it does not exist")
        }
        guard fault == .bitFlip, !file.bytes.isEmpty else { return file.bytes }
        var bytes = file.bytes
        let bit = world.random.number(0...bytes.count * 8 - 1)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }

    func exists(_ path: String) throws(StorageError) -> Bool {
        _ = try call("access \(path)", [])
        return files[path] != nil
    }

    /// Writes and synchronises a file under a name of its own.
    func writeTemporary(_ bytes: [UInt8], beside path: String) throws(StorageError) -> String {
        let directory = Self.directory(of: path)
        try makeDirectory(directory)
        let temporary = "\(directory)/\(Self.temporaryPrefix)\(world.makeName())"
        _ = try call("create \(temporary)", [])
        let file = File(modified: world.time / 1000)
        files[temporary] = file
        do throws(StorageError) {
            let fault = try call("write \(temporary) for \(path), \(bytes.count) bytes", [.diskFull, .error])
            world.trace.note(bytes)
            if let fault {
                file.bytes = Array(bytes.prefix(bytes.count / 2))
                throw Self.failure(fault, "write", path)
            }
            file.bytes = bytes
            let isLost = try call("fsync \(temporary)", [.error]) != nil
            if isLost { throw Self.failure(.error, "write", path) }
            if !skipsSynchronisation { file.durable = bytes }
        } catch {
            if !world.isCrashed { files[temporary] = nil }
            throw error
        }
        return temporary
    }

    func rename(_ old: String, to new: String) throws(StorageError) {
        _ = try call("rename \(old) to \(new)", [])
        files[new] = files[old]
        files[old] = nil
    }

    /// - Returns: false when the name is taken.
    func link(_ old: String, to new: String) throws(StorageError) -> Bool {
        _ = try call("link \(old) to \(new)", [])
        guard files[new] == nil else { return false }
        files[new] = files[old]
        return true
    }

    func unlink(_ path: String) throws(StorageError) {
        _ = try call("unlink \(path)", [])
        files[path] = nil
    }

    /// Makes the names in a directory durable.
    func synchronise(directoryOf path: String) throws(StorageError) {
        let directory = Self.directory(of: path)
        let fault = try call("fsync \(directory)/", [.error, .timeout])
        if fault == .error { throw Self.failure(.error, "synchronise", directory) }
        for name in Set(files.keys).union(durableFiles.keys) where Self.directory(of: name) == directory {
            durableFiles[name] = files[name]
        }
        if fault == .timeout { throw Self.failure(.timeout, "write", path) }
    }

    /// The files in a directory and below, by their paths in it.
    func list(_ directory: String) throws(StorageError) -> [ObjectInfo] {
        if try call("list \(directory)", [.error]) != nil { throw Self.failure(.error, "list", directory) }
        return files.compactMap { path, file in
            guard path.hasPrefix(directory + "/") else { return nil }
            let name = String(path.dropFirst(directory.count + 1))
            let isTemporary = name.split(separator: "/").contains { $0.hasPrefix(Self.temporaryPrefix) }
            return isTemporary ? nil : ObjectInfo(path: name, size: file.bytes.count, modified: file.modified)
        }.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// Removes what a crash left half written in a directory, and makes sure of the rest, as a process does at its start.
    func settle(_ directory: String) throws(StorageError) {
        let prefix = "\(directory)/\(Self.temporaryPrefix)"
        for path in files.keys.filter({ $0.hasPrefix(prefix) }).sorted() { try unlink(path) }
        try synchronise(directoryOf: prefix)
    }

    private static let temporaryPrefix = ".tidemark-tmp-"

    /// One system call. Its typed error cannot tell that the process has ended: `World.isCrashed` does.
    private func call(_ name: String, _ possible: Set<Fault.Kind>) throws(StorageError) -> Fault.Kind? {
        do { return try world.operate(name, possible) } catch {
            throw StorageError(.other, "the simulated process has ended")
        }
    }

    private static func failure(_ fault: Fault.Kind, _ action: String, _ path: String) -> StorageError {
        switch fault {
        case .diskFull: StorageError(.full, "cannot \(action) \(path): the disk is full (simulated)")
        case .timeout: StorageError(.other, "cannot \(action) \(path): no answer came (simulated)")
        default: StorageError(.other, "cannot \(action) \(path): input/output error (simulated)")
        }
    }
}
