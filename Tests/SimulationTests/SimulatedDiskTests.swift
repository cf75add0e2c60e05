import ObjectStorage
import Testing

@testable import Simulation

/// What a loss of power leaves of the simulated disk.
@Suite struct SimulatedDiskTests {
    private static func store(_ seed: UInt64, skips: Bool = false) -> (SimulatedDisk, SimulatedDirectory) {
        let disk = SimulatedDisk(World(seed: seed, trace: Trace()), skipsSynchronisation: skips)
        return (disk, SimulatedDirectory(disk: disk, location: "data"))
    }

    @Test func whatWasPutIsThereAfterALossOfPower() throws {
        for seed in 0..<60 as Range<UInt64> {
            let (disk, store) = Self.store(seed)
            try store.put("a", [1, 2, 3])
            try store.put("a", [4, 5])
            #expect(try store.putIfAbsent("folder/b", [6]))
            #expect(try !store.putIfAbsent("folder/b", [7]))
            disk.recover()
            #expect(try store.get("a") == [4, 5])
            #expect(try store.get("folder/b") == [6])
            #expect(try store.list(prefix: "").map(\.path) == ["a", "folder/b"])
        }
    }

    @Test func anInterruptedPutLeavesTheOldOrTheNew() throws {
        var seen: Set<[UInt8]> = []
        for operation in 0..<12 {
            for seed in 0..<20 as Range<UInt64> {
                let (disk, store) = Self.store(seed)
                try store.put("a", [1, 2, 3])
                disk.world.begin(Fault(.powerLoss, at: operation))
                let isDone = (try? store.put("a", [4, 5])) != nil
                disk.recover()
                disk.world.begin(nil)
                let bytes = try store.get("a")
                #expect(bytes == [4, 5] || bytes == [1, 2, 3] && !isDone)
                seen.insert(bytes)
            }
        }
        #expect(seen.count == 2)
    }

    @Test func withoutSynchronisationFilesAreTorn() throws {
        let left = try (0..<60 as Range<UInt64>).map { seed -> [UInt8] in
            let (disk, store) = Self.store(seed, skips: true)
            try store.put("a", [1, 2, 3])
            disk.recover()
            return try store.get("a")
        }
        #expect(Set(left).count > 3, "empty ones, parts, parts with zeros, whole ones")
    }

    @Test func faultsHaveTheirKinds() throws {
        let (disk, store) = Self.store(1)
        for (fault, kind) in [(Fault.Kind.diskFull, StorageError.Kind.full), (.error, .other), (.timeout, .other)] {
            disk.world.begin(Fault(fault, at: 0))
            let error = #expect(throws: StorageError.self) { try store.put("x/\(fault)", [1]) }
            #expect(error?.kind == kind)
        }
        disk.world.begin(nil)
        #expect(try store.list(prefix: "x/").map(\.path) == ["x/timeout"], "that one had its effect")
        try store.put("1.checkpoint", [7, 7])
        disk.world.begin(Fault(.bitFlip, at: 0))
        #expect(try store.get("1.checkpoint") != [7, 7])
        #expect(try store.get("1.checkpoint") == [7, 7])
    }
}
