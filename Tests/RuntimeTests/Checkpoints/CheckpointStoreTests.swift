import Columnar
import Dataflow
import Foundation
import ObjectStorage
import Streams
import Synchronization
import TestSupport
import Testing

@testable import Runtime
@testable import TidemarkTesting

/// Checkpoints of changes in files, that stand on each other: written, read again by another process, put together, lost
/// and damaged. What is read is compared with the state that the operators had.
@Suite struct CheckpointStoreTests {
    /// Objects in memory.
    final class Objects: ObjectStore {
        let location = "memory"
        let objects = Mutex<[String: [UInt8]]>([:])

        func get(_ path: String) throws(StorageError) -> [UInt8] {
            guard let bytes = objects.withLock({ $0[path] }) else { throw StorageError(.notFound, "no \(path)") }
            return bytes
        }
        func put(_ path: String, _ bytes: [UInt8]) throws(StorageError) { objects.withLock { $0[path] = bytes } }
        func putIfAbsent(_ path: String, _ bytes: [UInt8]) throws(StorageError) -> Bool {
            objects.withLock { objects in
                if objects[path] != nil { return false }
                objects[path] = bytes
                return true
            }
        }
        func list(prefix: String) throws(StorageError) -> [ObjectInfo] {
            objects.withLock { objects in
                objects.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
                    .map { ObjectInfo(path: $0.key, size: $0.value.count, modified: 0) }
            }
        }
        func delete(_ path: String) throws(StorageError) { objects.withLock { $0[path] = nil } }

        /// Without zeros before and with the ending's first letter: `3c`, `2s`.
        var names: [String] {
            objects.withLock { $0.keys.sorted() }.map { name in
                String(name.drop { $0 == "0" }.prefix { $0 != "." }) + (name.hasSuffix(".state") ? "s" : "c")
            }
        }

        func change(_ name: String, _ change: (inout [UInt8]) -> Void) {
            objects.withLock { objects in
                let path = objects.keys.first { $0.hasSuffix("0" + name) }!
                change(&objects[path]!)
            }
        }
    }

    /// A topology with every kind of state that goes on from epoch to epoch, and a store of its checkpoints.
    final class Run {
        let objects: Objects
        let driver: TopologyDriver
        var store: CheckpointStore
        /// By epoch, as the operators had it.
        var states: [Int64: ExecutionState] = [:]
        private var epoch: Int64 = 0
        private let limits: CheckpointLimits

        init(_ objects: Objects = Objects(), limits: CheckpointLimits = .init(smallState: 0, layers: 64)) throws {
            self.objects = objects
            self.limits = limits
            driver = try TopologyDriver(
                EveryState.self, parallelism: [2], partitions: EveryState.input(0..<300).partitions)
            try driver.setTable("silver.labels", EveryState.labels)
            store = CheckpointStore(objects, path: "state", limits: limits)
        }

        /// Records, and a checkpoint behind them.
        func advance(_ count: Int = 1, records: Int = 10) throws {
            for _ in 0..<count {
                let first = Int(epoch) * 10
                try driver.feed(EveryState.input(first..<first + records))
                epoch += 1
                let below = store.foundation
                var checkpoint = driver.checkpoint(below.isEmpty ? .whole : .changes)
                checkpoint.epoch = epoch
                checkpoint.below = below
                try store.write(checkpoint)
                states[epoch] = driver.checkpoint(.whole).state
            }
        }

        /// What a new process finds.
        func restored() throws -> (checkpoint: Checkpoint?, damaged: [(epoch: Int64, problem: String)]) {
            try CheckpointStore(objects, path: "state", limits: limits).newest()
        }

        /// Reads the newest checkpoint as a new process does, and goes on from it.
        func restart(parallelism: Int) throws {
            store = CheckpointStore(objects, path: "state", limits: limits)
            let checkpoint = try #require(try store.newest().checkpoint)
            try expectState(checkpoint)
            try driver.resume(from: checkpoint, parallelism: parallelism)
        }

        func expectState(_ checkpoint: Checkpoint) throws {
            try StoredCheckpoints.compare(checkpoint.state, try #require(states[checkpoint.epoch]))
        }
    }

    @Test func aSmallStateIsWholeEachTime() throws {
        let run = try Run(limits: .init())
        try run.advance(4)
        #expect(run.objects.names == ["3c", "4c"])
        #expect(try run.restored().checkpoint?.below == [])
    }

    @Test func changesStandOnWhatWasBefore() throws {
        let run = try Run()
        try run.advance(5)
        #expect(run.objects.names == ["1c", "2c", "3c", "4c", "5c"])
        let checkpoint = try #require(try run.restored().checkpoint)
        #expect(checkpoint.below.map(\.epoch) == [1, 2, 3, 4])
        try run.expectState(checkpoint)
    }

    @Test func theStateIsThatOfTheOperatorsAfterEveryEpoch() throws {
        let run = try Run()
        for epoch in 1...40 {
            try run.advance()
            if epoch % 7 == 0 { try run.restart(parallelism: epoch % 3 + 1) }
            let checkpoint = try #require(try run.restored().checkpoint)
            #expect(checkpoint.epoch == Int64(epoch))
            try run.expectState(checkpoint)
            if epoch % 5 == 0, run.store.isCompactionDue { try run.store.compact() }
        }
        #expect(run.objects.names.count { $0.hasSuffix("s") } > 0)
    }

    @Test func layersArePutTogetherWhileCheckpointsGoOn() throws {
        let run = try Run(limits: .init(smallState: 0, layers: 3))
        try run.advance(4)
        #expect(run.store.isCompactionDue)
        try run.store.compact()
        #expect(!run.store.isCompactionDue)
        #expect(run.objects.names == ["1c", "2c", "3c", "4c", "4s"])
        try run.advance()
        #expect(try run.restored().checkpoint?.below.map(\.isCompacted) == [true])
        #expect(run.objects.names == ["1c", "2c", "3c", "4c", "4s", "5c"], "the one before stands on them")
        try run.advance()
        #expect(run.objects.names == ["4s", "5c", "6c"])
        try run.expectState(try #require(try run.restored().checkpoint))
    }

    @Test func aCheckpointThatComesMeanwhileStandsOnTheOldLayers() throws {
        let run = try Run(limits: .init(smallState: 0, layers: 3))
        try run.advance(4)
        let below = run.store.foundation
        try run.store.compact()
        try run.driver.feed(EveryState.input(40..<50))
        var checkpoint = run.driver.checkpoint(.changes)
        (checkpoint.epoch, checkpoint.below) = (5, below)
        try run.store.write(checkpoint)
        try StoredCheckpoints.compare(
            try #require(try run.restored().checkpoint).state, run.driver.checkpoint(.whole).state)
    }

    @Test func aProcessEndsWhileLayersArePutTogether() throws {
        let run = try Run(limits: .init(smallState: 0, layers: 3))
        try run.advance(4)
        run.store.stopCompaction()
        try run.store.compact()
        #expect(run.objects.names == ["1c", "2c", "3c", "4c"])
        try run.restart(parallelism: 1)
        #expect(run.store.isCompactionDue)
        // Put together by a process that ended before a checkpoint stood on it.
        try run.store.compact()
        try run.restart(parallelism: 3)
        try run.advance(2)
        try run.expectState(try #require(try run.restored().checkpoint))
        #expect(run.objects.names == ["1c", "2c", "3c", "4c", "5c", "6c"])
    }
}

extension CheckpointStoreTests {
    @Test(arguments: [-1, 8, 0]) func theNewestIsCutShort(length: Int) throws {
        let run = try Run()
        try run.advance(4)
        run.objects.change("4.checkpoint") { $0 = Array($0.prefix(length < 0 ? $0.count + length : length)) }
        let (checkpoint, damaged) = try run.restored()
        #expect(damaged.map(\.epoch) == [4] && damaged[0].problem.hasPrefix("it is cut short"))
        #expect(checkpoint?.epoch == 3)
        try run.expectState(try #require(checkpoint))
    }

    @Test func aFileBelowIsLost() throws {
        let run = try Run()
        try run.advance(5)
        try run.objects.delete("00000000000000000004.checkpoint")
        let (checkpoint, damaged) = try run.restored()
        #expect(damaged.map(\.problem) == ["it stands on 00000000000000000004.checkpoint: it is missing"])
        // Older files are there still, since newer ones stood on them: each is a checkpoint.
        #expect(checkpoint?.epoch == 3)
        try run.expectState(try #require(checkpoint))
    }

    @Test func theFileBelowAllIsDamaged() throws {
        let run = try Run()
        try run.advance(3)
        run.objects.change("1.checkpoint") { $0[$0.count / 2] ^= 4 }
        let error = #expect(throws: RuntimeError.self) { try run.restored() }
        #expect(
            error?.description.contains(
                "newest, epoch 3: it stands on 00000000000000000001.checkpoint: its checksum does not match") == true)
    }

    @Test func aFileOfAnotherRunIsNotTakenForOneBelow() throws {
        let run = try Run()
        let other = try Run()
        try run.advance(4)
        try other.advance(4, records: 7)
        let name = "00000000000000000002.checkpoint"
        try run.objects.put(name, try other.objects.get(name))
        let (checkpoint, damaged) = try run.restored()
        #expect(damaged.map(\.epoch) == [4, 3, 2], "it does not stand on this run's files either")
        #expect(damaged[0].problem == "it stands on \(name): it is of another history")
        #expect(checkpoint?.epoch == 1)
    }

    @Test func damageIsMendedWithTheStateOfTheOperators() throws {
        let run = try Run(limits: .init(smallState: 0, layers: 3))
        try run.advance(4)
        run.objects.change("2.checkpoint") { $0[$0.count / 2] ^= 4 }
        try run.store.compact()
        let problem = try #require(run.store.takeProblem())
        #expect(
            problem == "the newest checkpoint in state is damaged: it stands on 00000000000000000002.checkpoint: "
                + "its checksum does not match. The next one is whole again")
        #expect(run.store.takeProblem() == nil)
        try run.advance()
        let (checkpoint, damaged) = try run.restored()
        #expect(checkpoint?.below == [] && damaged.isEmpty)
        try run.expectState(try #require(checkpoint))
    }

    /// Whatever byte is wrong: the state that is read is that of the epoch that is named, or none is.
    @Test func noDamageGivesAnotherState() throws {
        let run = try Run(limits: .init(smallState: 0, layers: 3))
        try run.advance(4)
        try run.store.compact()
        try run.advance(2)
        var lost = 0
        for name in try run.objects.list(prefix: "").map(\.path) {
            let bytes = try run.objects.get(name)
            for place in stride(from: 0, to: bytes.count, by: max(bytes.count / 25, 1)) {
                var damaged = bytes
                damaged[place] ^= UInt8(1 << (place % 8))
                try run.objects.put(name, damaged)
                if let found = try? run.restored() {
                    #expect(!found.damaged.isEmpty || name.hasSuffix("5.checkpoint"), "\(name) at \(place)")
                    try run.expectState(try #require(found.checkpoint))
                } else {
                    lost += 1
                }
            }
            try run.objects.put(name, bytes)
        }
        #expect(lost > 0, "both checkpoints stand on the state below")
    }

    @Test func aDamagedFileGoesWithTheNextCheckpoint() throws {
        let run = try Run()
        try run.advance(4)
        run.objects.change("4.checkpoint") { $0.removeLast() }
        run.store = CheckpointStore(run.objects, path: "state", limits: .init(smallState: 0, layers: 64))
        let checkpoint = try #require(try run.store.newest().checkpoint)
        try run.driver.resume(from: checkpoint, parallelism: 1)
        var next = run.driver.checkpoint(.changes)
        (next.epoch, next.below) = (5, run.store.foundation)
        try run.store.write(next)
        #expect(run.objects.names == ["1c", "2c", "3c", "5c"])
        #expect(try run.restored().checkpoint?.epoch == 5)
    }
}
