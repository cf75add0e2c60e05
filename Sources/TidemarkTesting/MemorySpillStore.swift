import Dataflow
import Synchronization

/// Files of state in memory, by number; a run that goes on finds those of the run before.
final class MemorySpillStore: SpillStore {
    private let files = Mutex<[MemorySpillFile]>([])

    func create() -> any SpillFile {
        files.withLock { files in
            let file = MemorySpillFile(name: "\(files.count)")
            files.append(file)
            return file
        }
    }

    func open(_ name: String) throws -> any SpillFile {
        guard let file = files.withLock({ $0.first { $0.name == name } }) else {
            throw PlanError("there is no file of state \(name)")
        }
        return file
    }
}

private final class MemorySpillFile: SpillFile {
    let name: String
    private let bytes = Mutex<[UInt8]>([])

    init(name: String) { self.name = name }

    var size: Int { bytes.withLock { $0.count } }

    func append(_ added: [UInt8]) { bytes.withLock { $0 += added } }

    func read(at offset: Int, count: Int) throws -> [UInt8] {
        try bytes.withLock { bytes in
            guard offset >= 0, count >= 0, offset + count <= bytes.count else {
                throw PlanError("the file of state \(name) ends too early")
            }
            return Array(bytes[offset..<offset + count])
        }
    }
}
