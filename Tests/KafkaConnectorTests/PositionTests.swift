import Dataflow
import Foundation
import KafkaConnector
import Testing

@Suite struct PositionTests {
    @Test func readingGoesOnWhereItStopped() throws {
        let cluster = try TestCluster(partitions: 2)
        try cluster.fill(0..<100, partitions: 2)
        let first = try cluster.source()
        var values = try first.read(37).map(\.value)
        let positions = first.partitions
        first.close()

        let second = try cluster.source()
        for partition in positions {
            try second.seek(partition: partition.number, to: try #require(partition.position))
        }
        values += try second.readAll().map(\.value)
        #expect(Set(values) == Set((0..<100).map { "value \($0)" }))
        #expect(values.count == 100)
    }

    @Test func seekMovesARunningPartitionBothWays() throws {
        let cluster = try TestCluster(partitions: 2)
        try cluster.fill(0..<200, partitions: 2)
        let source = try cluster.source()
        _ = try source.readAll()
        for target in [Int64(10), 90, 0, 99] {
            try source.seek(partition: 1, to: target)
            #expect(source.partitions[1].position == target)
            let again = try source.readAll()
            #expect(again.map(\.offset) == Array(target..<100))
            #expect(again.allSatisfy { $0.partition == 1 })
        }
    }

    @Test func committedPositionsAreTheGroups() throws {
        let cluster = try TestCluster(partitions: 3)
        try cluster.fill(0..<30, partitions: 3)
        let first = try cluster.source()
        #expect(try first.committed() == [:])
        try first.commit([0: 4, 2: 10])
        #expect(try first.committed() == [0: 4, 2: 10])
        first.close()

        // Without a seek a source begins at the group's positions, and at the beginning where there is none.
        let second = try cluster.source()
        #expect(try second.committed() == [0: 4, 2: 10])
        let records = try second.readAll()
        #expect(records.filter { $0.partition == 0 }.map(\.offset) == Array(4..<10))
        #expect(records.filter { $0.partition == 1 }.map(\.offset) == Array(0..<10))
        #expect(records.filter { $0.partition == 2 }.isEmpty)
    }

    @Test func latestBeginsAtTheEnd() throws {
        let cluster = try TestCluster()
        try cluster.fill(0..<5)
        let source = try cluster.source(["auto.offset.reset": "latest"])
        #expect(try source.readAll().isEmpty)
        #expect(source.partitions[0].position == 5)
        try cluster.fill(5..<7)
        #expect(try source.read(2).map(\.value) == ["value 5", "value 6"])
    }

    @Test func anEmptyPartitionIsIdleAndARecordEndsThat() throws {
        let cluster = try TestCluster(partitions: 2)
        let source = try cluster.source()
        #expect(source.partitions.allSatisfy { !$0.isIdle })
        #expect(try source.readAll().isEmpty)
        #expect(source.partitions.map(\.position) == [0, 0])
        #expect(source.partitions.allSatisfy { $0.isIdle })
        try cluster.fill(0..<1)
        #expect(try source.read(1).count == 1)
        #expect(source.partitions.map(\.position) == [1, 0])
    }

    @Test func aPausedPartitionWaitsAndLosesNothing() throws {
        let cluster = try TestCluster(partitions: 2)
        try cluster.fill(0..<100, partitions: 2)
        let source = try cluster.source()
        var early = try source.read(10)
        source.pause([0])
        early += try source.read(1000, seconds: 2)
        let paused = early.filter { $0.partition == 0 }.count
        #expect(paused < 50)
        #expect(early.filter { $0.partition == 1 }.count == 50)
        #expect(!source.partitions[0].isIdle)
        try cluster.fill(100..<200, partitions: 2)
        source.resume([0])
        let late = try source.read(200 - early.count)
        #expect((early + late).filter { $0.partition == 0 }.map(\.offset) == Array(0..<100))
        #expect((early + late).filter { $0.partition == 1 }.map(\.offset) == Array(0..<100))
    }

    @Test func fetchedRecordsInMemoryAreBounded() throws {
        let cluster = try TestCluster(partitions: 2)
        // About 8 MB that compress to little.
        let producer = try KafkaProducer(configuration: cluster.configuration())
        let value = [UInt8](repeating: 7, count: 1000)
        for number in 0..<8000 {
            try producer.produce(topic: cluster.topic, partition: Int32(number % 2), value: value)
        }
        try producer.flush()
        var configuration = cluster.configuration(["fetch.message.max.bytes": "20000"])
        configuration.bufferedBytes = 1 << 20
        configuration.pollBytes = 100_000
        let source = try KafkaSource(configuration: configuration, topic: cluster.topic)
        var count = 0
        var largest = 0
        while count < 8000 {
            let batches = try source.poll(limit: 100_000, timeoutMilliseconds: 5000)
            if batches.isEmpty { break }
            count += batches.reduce(0) { $0 + $1.count }
            largest = max(largest, batches.reduce(0) { $0 + $1.arena.count })
        }
        #expect(count == 8000)
        // A poll ends with the batch that crosses the limit, and no more than the bound was waiting.
        #expect(largest < 4 << 20)
    }

    @Test func aPositionThatDoesNotExistIsAnErrorAndNotSkipped() throws {
        let cluster = try TestCluster()
        try cluster.fill(0..<10)
        let source = try cluster.source()
        try source.seek(partition: 0, to: 50)
        let error = #expect(throws: KafkaError.self) { try source.read(1) }
        #expect(error?.partition == 0)
        #expect(error?.description.contains("offset 50 is not in the topic") == true)
        // Set by hand, the property decides.
        let lenient = try cluster.source(["auto.offset.reset": "earliest"])
        try lenient.seek(partition: 0, to: 50)
        #expect(try lenient.read(10).map(\.offset) == Array(0..<10))
    }
}
