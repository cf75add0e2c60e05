import ObjectStorage

/// A directory of a simulated disk, written to as `LocalDirectory` does: under another name, synchronised, given its name in
/// one step, and the directory synchronised.
struct SimulatedDirectory: ObjectStore {
    let disk: SimulatedDisk
    let location: String

    private func full(_ path: String) -> String { "\(location)/\(path)" }

    func get(_ path: String) throws(StorageError) -> [UInt8] { try disk.read(full(path)) }

    func put(_ path: String, _ bytes: [UInt8]) throws(StorageError) {
        let name = full(path)
        let temporary = try disk.writeTemporary(bytes, beside: name)
        try disk.rename(temporary, to: name)
        try disk.synchronise(directoryOf: name)
    }

    func putIfAbsent(_ path: String, _ bytes: [UInt8]) throws(StorageError) -> Bool {
        let name = full(path)
        if try disk.exists(name) { return false }
        let temporary = try disk.writeTemporary(bytes, beside: name)
        defer { try? disk.unlink(temporary) }
        guard try disk.link(temporary, to: name) else { return false }
        try disk.synchronise(directoryOf: name)
        return true
    }

    func list(prefix: String) throws(StorageError) -> [ObjectInfo] {
        try disk.list(location).filter { $0.path.hasPrefix(prefix) }
    }

    func delete(_ path: String) throws(StorageError) { try disk.unlink(full(path)) }

    var now: Int64 { disk.world.time / 1000 }

    func makeUniqueName() -> String { disk.world.makeName() }
}
