import Dataflow
import Foundation
import Testing

@testable import KafkaConnector

/// How polls are divided among partitions.
@Suite struct TurnTests {
    /// A source whose partitions have all been fetched, after a first poll that took one record.
    private func fetched(_ cluster: TestCluster, partitions: Int, records: Int) throws -> KafkaSource {
        try cluster.fill(0..<records * partitions, partitions: partitions)
        let source = try cluster.source()
        _ = try source.read(1)
        let deadline = Date().addingTimeInterval(20)
        while Date() < deadline, source.readers.contains(where: { $0.waiting < records - 1 }) { usleep(10_000) }
        return source
    }

    @Test func smallPollsTakeThePartitionsInTurn() throws {
        let source = try fetched(try TestCluster(partitions: 4), partitions: 4, records: 500)
        let turns = try (0..<12).map { _ in try source.poll(limit: 100, timeoutMilliseconds: 1000).map(\.partition) }
        #expect(turns.allSatisfy { $0.count == 1 })
        for round in 0..<3 { #expect(Set(turns[round * 4..<round * 4 + 4].joined()) == [0, 1, 2, 3]) }
    }

    @Test func aLargePollTakesAllOfThem() throws {
        let source = try fetched(try TestCluster(partitions: 3), partitions: 3, records: 300)
        #expect(Set(try source.poll(limit: 10_000, timeoutMilliseconds: 1000).map(\.partition)) == [0, 1, 2])
    }

    @Test func partitionsWithoutRecordsDoNotHoldTheOthersUp() throws {
        let cluster = try TestCluster(partitions: 8)
        try cluster.fill(0..<10)
        let source = try cluster.source()
        #expect(try source.read(10, seconds: 10).count == 10)
    }
}
