import Dataflow
import Foundation
import ObjectStorage
import Synchronization

/// The files of state that is larger than memory, in `spill` in the state directory. A file is there while an operator holds
/// it, and while one of the newest checkpoints names it; those checkpoints are the truth about it, so it is made durable
/// before they are written.
package final class StateFiles: SpillStore {
    private let path: String
    private let state: Mutex<State>

    private struct State {
        var next: Int
        /// Files that operators hold, by number.
        var held: [Int: Int] = [:]
        /// Files that checkpoints name, the oldest checkpoint first, and the one that is being written.
        var named: [Set<Int>]
        /// Files that are durable.
        var durable: Set<Int>
    }

    /// As many checkpoints as are kept.
    private static let checkpoints = 2

    /// Opens or makes the directory. What is in it may belong to either of the checkpoints that are there.
    init(_ path: String) throws {
        self.path = path
        let found = Set(try LocalDirectory(path).list(prefix: "").compactMap { Self.number($0.path) })
        state = Mutex(
            State(
                next: (found.max() ?? 0) + 1, named: [found], durable: found))
    }

    private static let suffix = ".run"

    private static func number(_ name: String) -> Int? {
        name.hasSuffix(suffix) ? Int(name.dropLast(suffix.count)) : nil
    }

    private func file(_ number: Int) -> String { "\(path)/\(number)\(Self.suffix)" }

    package func create() throws -> any SpillFile {
        let number = state.withLock { state in
            defer { state.next += 1 }
            state.held[state.next, default: 0] += 1
            return state.next
        }
        do {
            return StateFile(try LocalFile(creating: file(number)), number, size: 0, of: self)
        } catch {
            release(number)
            throw error
        }
    }

    package func open(_ name: String) throws -> any SpillFile {
        guard let number = Int(name) else { throw RuntimeError("\(path): there is no file of state \(name)") }
        do {
            let local = try LocalFile(reading: file(number))
            let size = try local.size()
            state.withLock { $0.held[number, default: 0] += 1 }
            return StateFile(local, number, size: size, of: self)
        } catch {
            throw RuntimeError(
                "a file that the newest checkpoint needs is not there: \(error). Restore the state directory from a "
                    + "backup, or start anew with --reset-state")
        }
    }

    fileprivate func release(_ number: Int) {
        let isGone = state.withLock { state in
            state.held[number, default: 1] -= 1
            if state.held[number] ?? 0 > 0 { return false }
            state.held[number] = nil
            return !state.named.contains { $0.contains(number) }
        }
        if isGone { unlink(file(number)) }
    }

    /// A checkpoint that names these files is about to be written: they stay.
    func hold(_ names: [String]) {
        state.withLock { $0.named.append(Set(names.compactMap { Int($0) })) }
    }

    /// Makes files durable, before a checkpoint that names them is written.
    func synchronise(_ names: [String]) throws {
        let missing = state.withLock { state in Set(names.compactMap { Int($0) }).subtracting(state.durable) }
        for number in missing { try LocalFile(reading: file(number)).synchronise() }
        guard !missing.isEmpty else { return }
        try LocalFile(reading: path).synchronise()
        state.withLock { $0.durable.formUnion(missing) }
    }

    /// A checkpoint was written: what only older ones named, and nobody holds, goes.
    func checkpointed() {
        let gone = state.withLock { state -> Set<Int> in
            var gone: Set<Int> = []
            while state.named.count > Self.checkpoints { gone.formUnion(state.named.removeFirst()) }
            gone = gone.filter { number in
                state.held[number] == nil && !state.named.contains { $0.contains(number) }
            }
            state.durable.subtract(gone)
            return gone
        }
        for number in gone { unlink(file(number)) }
    }

    /// Removes all files.
    func reset() throws {
        for object in try LocalDirectory(path).list(prefix: "") { try LocalDirectory(path).delete(object.path) }
        state.withLock { state in
            state.named = []
            state.durable = []
        }
    }
}

private final class StateFile: SpillFile {
    private let local: LocalFile
    private let number: Int
    private let length: Mutex<Int>
    private let files: StateFiles
    var name: String { "\(number)" }
    var size: Int { length.withLock { $0 } }

    init(_ local: LocalFile, _ number: Int, size: Int, of files: StateFiles) {
        (self.local, self.number, self.files) = (local, number, files)
        length = Mutex(size)
    }

    deinit { files.release(number) }

    func append(_ bytes: [UInt8]) throws {
        try local.append(bytes)
        length.withLock { $0 += bytes.count }
    }

    func read(at offset: Int, count: Int) throws -> [UInt8] { try local.read(at: offset, count: count) }
}
