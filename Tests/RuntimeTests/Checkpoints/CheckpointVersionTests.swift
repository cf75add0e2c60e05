import Dataflow
import Foundation
import ObjectStorage
import Streams
import TestSupport
import Testing

@testable import Runtime
@testable import TidemarkTesting

/// Checkpoints that older programs wrote. The files stand beside this one, as they were written; none is made anew.
@Suite struct CheckpointVersionTests {
    private func store(_ fixture: String) throws -> (CheckpointStore, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: fixture)
        try FileManager.default.copyItem(
            at: file, to: URL(fileURLWithPath: directory.path + "/00000000000000000000.checkpoint"))
        return (CheckpointStore(try LocalDirectory(directory.path), path: directory.path), directory)
    }

    /// `EveryState` after its first 300 records, by two lanes.
    @Test(arguments: [1, 2, 3]) func version1(parallelism: Int) throws {
        let input = EveryState.input(0..<300)
        var rest = EveryState.input(300..<500)
        rest.endInput()
        func driver(_ parallelism: Int) throws -> TopologyDriver {
            let driver = try TopologyDriver(
                EveryState.self, parallelism: [parallelism], partitions: input.partitions)
            try driver.setTable("silver.labels", EveryState.labels)
            try driver.feed(input)
            return driver
        }
        let (store, directory) = try store("version-1.checkpoint")
        let checkpoint = try #require(try store.newest().checkpoint)
        #expect(store.foundation.isEmpty, "the next one is whole")
        let restored = try driver(parallelism)
        try restored.resume(from: checkpoint, parallelism: parallelism)
        // It goes on through checkpoints of the newest version.
        var stored = StoredCheckpoints()
        for _ in 0..<2 {
            try restored.resume(from: try stored.store { restored.checkpoint($0) }, parallelism: parallelism % 3 + 1)
        }
        try restored.feed(rest)
        let expected = try driver(1)
        try expected.feed(rest)
        #expect(restored.outcome == expected.outcome, "\(restored.outcome.differences(from: expected.outcome))")
        withExtendedLifetime(directory) {}
    }
}
