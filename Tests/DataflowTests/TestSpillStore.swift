import Synchronization

@testable import Dataflow

/// Files of state in memory, which can be full, and damaged.
final class TestSpillStore: SpillStore {
    struct Full: Error {}

    fileprivate struct State {
        var files: [[UInt8]] = []
        var limit = Int.max
    }

    fileprivate let state = Mutex(State())

    /// Bytes that all files together may have.
    var limit: Int {
        get { state.withLock { $0.limit } }
        set { state.withLock { $0.limit = newValue } }
    }

    var size: Int { state.withLock { $0.files.reduce(0) { $0 + $1.count } } }
    var fileCount: Int { state.withLock { $0.files.count } }

    /// Changes one bit in each file.
    func damage() {
        state.withLock { state in
            for index in state.files.indices where state.files[index].count > 40 { state.files[index][40] ^= 16 }
        }
    }

    func create() -> any SpillFile {
        state.withLock { state in
            state.files.append([])
            return TestSpillFile(number: state.files.count - 1, of: self)
        }
    }

    func open(_ name: String) throws -> any SpillFile {
        guard let number = Int(name), number < fileCount else { throw PlanError("no file \(name)") }
        return TestSpillFile(number: number, of: self)
    }
}

private final class TestSpillFile: SpillFile {
    private let number: Int
    private let store: TestSpillStore

    init(number: Int, of store: TestSpillStore) { (self.number, self.store) = (number, store) }

    var name: String { "\(number)" }
    var size: Int { store.state.withLock { $0.files[number].count } }

    func append(_ bytes: [UInt8]) throws {
        try store.state.withLock { state in
            guard state.files.reduce(bytes.count, { $0 + $1.count }) <= state.limit else { throw TestSpillStore.Full() }
            state.files[number] += bytes
        }
    }

    func read(at offset: Int, count: Int) throws -> [UInt8] {
        try store.state.withLock { state in
            guard offset + count <= state.files[number].count else { throw PlanError("cut short") }
            return Array(state.files[number][offset..<offset + count])
        }
    }
}
