import Dataflow
import Foundation
import ObjectStorage

/// The directory of a topology's state, held by one process at a time.
final class StateDirectory {
    let path: String
    let checkpoints: CheckpointStore
    let files: StateFiles
    private let lock: Int32

    /// Opens or makes the directory and locks it.
    /// - Throws: `RuntimeError` when it cannot be made or another process holds it.
    init(_ path: String) throws {
        self.path = path
        let store = try LocalDirectory(path + "/checkpoints")
        lock = open(path + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw RuntimeError("cannot open \(path)/lock: \(String(cString: strerror(errno)))") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw RuntimeError("the state directory \(path) is in use by another process: stop it, or name another")
        }
        // The lock is held: nobody writes them any more.
        try store.removeUnfinished()
        try store.synchronise()
        checkpoints = CheckpointStore(store, path: path + "/checkpoints")
        files = try StateFiles(path + "/spill")
    }

    /// Removes all state, so that the topology starts anew.
    func reset() throws {
        let store = try LocalDirectory(path + "/checkpoints")
        for object in try store.list(prefix: "") { try store.delete(object.path) }
        try files.reset()
    }

    /// The newest checkpoint that is whole, without taking the directory; nil where there is none.
    static func newestCheckpoint(_ path: String) throws -> Checkpoint? {
        let path = path + "/checkpoints"
        guard LocalDirectory.exists(path) else { return nil }
        return try CheckpointStore(LocalDirectory(path), path: path).newest().checkpoint
    }

    deinit { close(lock) }
}
