import Dataflow
import Foundation
import KafkaConnector
import Testing

@Suite struct RoundTripTests {
    @Test func keysValuesHeadersAndTimestampsComeBack() throws {
        let cluster = try TestCluster(partitions: 3)
        let headers = [RecordHeader("reason", bytes("late")), RecordHeader("empty", []), RecordHeader("none", nil)]
        // Everything that may be missing or empty, in several partitions.
        let sent: [Record] = [
            Record(partition: 0, offset: 0, key: "k", value: "v", timestamp: 1_700_000_000_000, headers: []),
            Record(partition: 0, offset: 1, key: nil, value: "no key", timestamp: 1, headers: headers),
            Record(partition: 0, offset: 2, key: "tombstone", value: nil, timestamp: 2, headers: []),
            Record(partition: 0, offset: 3, key: "", value: "", timestamp: 3, headers: []),
            Record(partition: 2, offset: 0, key: nil, value: "ünïcode ✓", timestamp: 4, headers: []),
            Record(
                partition: 2, offset: 1, key: nil, value: nil, timestamp: 5, headers: [RecordHeader("h", [0, 255])]),
        ]
        let producer = try KafkaProducer(configuration: cluster.configuration())
        for record in sent {
            try producer.produce(
                topic: cluster.topic, partition: record.partition, key: record.key.map(bytes),
                value: record.value.map(bytes), headers: record.headers, timestamp: record.timestamp)
        }
        try producer.flush()
        #expect(producer.outstanding == 0)

        let source = try cluster.source()
        let received = try source.readAll().sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
        #expect(received == sent)
        #expect(source.partitions.map(\.name) == (0..<3).map { "\(cluster.topic)-\($0)" })
        #expect(source.partitions.map(\.position) == [4, 0, 2])
        #expect(source.partitions.map(\.endOffset) == [4, 0, 2])
        #expect(try source.endOffsets() == [0: 4, 1: 0, 2: 2])
    }

    @Test func aRecordWithoutTimestampGetsTheTimeOfDay() throws {
        let cluster = try TestCluster()
        let before = Int64(Date().timeIntervalSince1970 * 1000)
        try cluster.fill(0..<1)
        let record = try #require(try cluster.source().read(1).first)
        #expect((before...(before + 60_000)).contains(record.timestamp))
    }

    @Test func orderHoldsWithinEveryPartitionWhateverTheBatches() throws {
        let cluster = try TestCluster(partitions: 4)
        try cluster.fill(0..<5000, partitions: 4)
        for limit in [1, 7, 5000] {
            let source = try cluster.source()
            let count = limit == 1 ? 200 : 5000
            let received = try source.read(count, limit: limit)
            #expect(received.count == count)
            for partition in 0..<4 {
                let values = received.filter { $0.partition == partition }.map(\.value)
                #expect(values == values.indices.map { "value \($0 * 4 + partition)" })
                #expect(values.count == 1250 || limit == 1)
            }
        }
    }

    @Test func pollNeverExceedsItsLimit() throws {
        let cluster = try TestCluster(partitions: 3)
        try cluster.fill(0..<3000, partitions: 3)
        let source = try cluster.source()
        var sizes: [Int] = []
        while sizes.reduce(0, +) < 3000 {
            let size = try source.poll(limit: 100, timeoutMilliseconds: 5000).reduce(0) { $0 + $1.count }
            if size == 0 { break }
            sizes.append(size)
        }
        #expect(sizes.reduce(0, +) == 3000)
        #expect(sizes.allSatisfy { $0 <= 100 })
    }

    @Test func pollWaitsNoLongerThanAsked() throws {
        let cluster = try TestCluster()
        let source = try cluster.source()
        _ = try source.poll(limit: 10, timeoutMilliseconds: 1000)
        let start = ContinuousClock.now
        #expect(try source.poll(limit: 10, timeoutMilliseconds: 300).isEmpty)
        let waited = ContinuousClock.now - start
        #expect(waited >= .milliseconds(290) && waited < .seconds(3))
    }

    @Test func idempotentProducerDeliversEachOfManyRecordsOnce() throws {
        let cluster = try TestCluster(partitions: 4)
        let count = 100_000
        for codec in ["zstd", "lz4"] {
            let topic = try cluster.addTopic(partitions: 4)
            let producer = try KafkaProducer(configuration: cluster.configuration(["compression.codec": codec]))
            for number in 0..<count {
                try producer.produce(topic: topic, key: bytes("\(number)"), value: bytes("n\(number)"))
            }
            try producer.flush()
            var seen = [Bool](repeating: false, count: count)
            var doubles = 0
            let source = try cluster.source(topic: topic)
            var perPartition: [Int32: Int] = [:]
            for record in try source.readAll(seconds: 60) {
                let number = try #require(record.value.flatMap { Int($0.dropFirst()) })
                #expect(record.key == "\(number)")
                if seen[number] { doubles += 1 }
                seen[number] = true
                perPartition[record.partition, default: 0] += 1
            }
            #expect(doubles == 0)
            #expect(seen.allSatisfy { $0 })
            // Keys spread the records.
            #expect(perPartition.count == 4)
        }
    }
}
