import Dataflow
import Foundation
import KafkaConnector
import Testing

@Suite struct TransactionTests {
    private func producer(_ cluster: TestCluster, _ name: String = "a") throws -> KafkaProducer {
        let producer = try KafkaProducer(
            configuration: cluster.configuration(["message.max.bytes": "4000000"]),
            transactionalID: "\(cluster.group)-\(name)")
        try producer.initTransactions()
        return producer
    }

    @Test func committedRecordsAndPositionsAppearTogether() throws {
        let cluster = try TestCluster(partitions: 2)
        let output = try cluster.addTopic()
        try cluster.fill(0..<20, partitions: 2)
        let source = try cluster.source()
        let producer = try producer(cluster)
        for epoch in 0..<2 {
            try producer.begin()
            for record in try source.read(10) {
                try producer.produce(topic: output, value: bytes("\(epoch): \(record.value ?? "")"))
            }
            let positions = Dictionary(uniqueKeysWithValues: source.partitions.map { ($0.number, $0.position ?? 0) })
            try producer.sendOffsets(positions, topic: cluster.topic, group: source.groupMetadata())
            try producer.commit()
        }
        let result = try cluster.source(topic: output)
        let values = try result.read(20).map { $0.value?.dropFirst(3) }
        #expect(Set(values) == Set((0..<20).map { "value \($0)" }))
        #expect(values.count == 20)
        // The position passes what the transactions left behind the last record.
        _ = try result.readAll()
        #expect(result.partitions[0].isIdle)
    }

    @Test(.enabled(if: TestCluster.realBrokers != nil, "\(TestCluster.needsRealKafka)"))
    func positionsAreCommittedWithTheTransaction() throws {
        let cluster = try TestCluster(partitions: 2)
        try cluster.fill(0..<20, partitions: 2)
        let source = try cluster.source()
        _ = try source.readAll()
        let producer = try producer(cluster)
        try producer.begin()
        try producer.sendOffsets([0: 7, 1: 8], topic: cluster.topic, group: source.groupMetadata())
        try producer.abort()
        #expect(try source.committed() == [:])
        try producer.begin()
        try producer.sendOffsets([0: 3, 1: 4], topic: cluster.topic, group: source.groupMetadata())
        try producer.commit()
        #expect(try source.committed() == [0: 3, 1: 4])
        try producer.begin()
        let group = KafkaGroupMetadata(groupID: cluster.group)
        try producer.sendOffsets([0: 5], topic: cluster.topic, group: group)
        try producer.commit()
        #expect(try source.committed() == [0: 5, 1: 4])
    }

    @Test func recordsOutsideATransactionAreRefused() throws {
        let cluster = try TestCluster()
        let producer = try producer(cluster)
        let error = #expect(throws: KafkaError.self) { try producer.produce(topic: cluster.topic, value: bytes("v")) }
        #expect(error?.kind == .abortable)
        #expect(throws: KafkaError.self) { try producer.commit() }
        try producer.begin()
        try producer.produce(topic: cluster.topic, value: bytes("v"))
        try producer.commit()
        #expect(try cluster.source().read(1).count == 1)
    }

    @Test func anOlderProducerIsFenced() throws {
        let cluster = try TestCluster()
        let older = try producer(cluster)
        try older.begin()
        try older.produce(topic: cluster.topic, value: bytes("old"))
        try older.flush()
        let newer = try producer(cluster)
        cluster.fenceNextTransaction()
        let error = try #require(
            #expect(throws: KafkaError.self) {
                try older.produce(topic: cluster.topic, value: bytes("too late"))
                try older.commit()
            })
        #expect(error.kind == .fenced, "\(error)")
        #expect(!error.isRetriable)
        try newer.begin()
        try newer.produce(topic: cluster.topic, value: bytes("new"))
        try newer.commit()
    }

    @Test func aFailedTransactionIsAbortedAndDoneAgain() throws {
        let cluster = try TestCluster()
        let producer = try producer(cluster)
        try producer.begin()
        cluster.refuseNextBatch()
        // Noise, so that compression does not make it small.
        var generator = SystemRandomNumberGenerator()
        let large = (0..<375_000).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
        let error = try #require(
            #expect(throws: KafkaError.self) {
                try producer.produce(topic: cluster.topic, value: large)
                try producer.flush()
                try producer.commit()
            })
        #expect(error.kind == .abortable, "\(error)")
        try producer.abort()
        // librdkafka may need a second attempt to get over the gap in its sequence numbers.
        var attempts = 0
        var isCommitted = false
        while !isCommitted && attempts < 3 {
            attempts += 1
            try producer.begin()
            do {
                try producer.produce(topic: cluster.topic, value: bytes("again"))
                try producer.commit()
                isCommitted = true
            } catch let error as KafkaError where error.kind == .abortable {
                try producer.abort()
            }
        }
        #expect(isCommitted)
        #expect(try cluster.source().readAll().map(\.value) == ["again"])
    }

    @Test(.enabled(if: TestCluster.realBrokers != nil, "\(TestCluster.needsRealKafka)"))
    func abortedRecordsAreInvisible() throws {
        let cluster = try TestCluster()
        let producer = try producer(cluster)
        for number in 0..<6 {
            try producer.begin()
            try producer.produce(topic: cluster.topic, value: bytes("\(number)"))
            try producer.flush()
            if number % 2 == 0 { try producer.commit() } else { try producer.abort() }
        }
        let committed = try cluster.source()
        #expect(try committed.readAll().map(\.value) == ["0", "2", "4"])
        #expect(committed.partitions[0].isIdle)
        let all = try cluster.source(["isolation.level": "read_uncommitted"])
        #expect(try all.readAll().map(\.value) == ["0", "1", "2", "3", "4", "5"])
    }

    @Test(.enabled(if: TestCluster.realBrokers != nil, "\(TestCluster.needsRealKafka)"))
    func anOpenTransactionHoldsThePartitionBack() throws {
        let cluster = try TestCluster()
        let producer = try producer(cluster)
        try producer.begin()
        try producer.produce(topic: cluster.topic, value: bytes("open"))
        try producer.flush()
        let source = try cluster.source()
        #expect(try source.read(1, seconds: 2).isEmpty)
        #expect(!source.partitions[0].isIdle)
        #expect(try source.endOffsets() == [0: 0])
        try producer.commit()
        #expect(try source.read(1).map(\.value) == ["open"])
    }
}
