import Columnar
import Dataflow
import KafkaConnector
import Testing

@testable import Simulation

/// The simulated Kafka, beside what Kafka's documentation says of transactions.
@Suite struct SimulatedClusterTests {
    private let world = World(seed: 1, trace: Trace())
    private let cluster: SimulatedCluster

    init() {
        cluster = SimulatedCluster(world)
        cluster.makeTopic("t", partitions: 1)
    }

    private func producer(_ id: String = "p") throws -> SimulatedProducer {
        let producer = SimulatedProducer(cluster, transactionalID: id, epochTopic: "epochs")
        try producer.initTransactions()
        return producer
    }

    private func send(_ text: String, _ producer: SimulatedProducer) throws {
        try producer.send(topic: "t", partition: 0, key: [], value: Array(text.utf8))
    }

    private var committed: [String] {
        cluster.committed("t")[0].map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }

    @Test func readersSeeWhatIsCommittedUpToTheFirstOpenTransaction() throws {
        let (first, second) = (try producer("first"), try producer("second"))
        try first.begin()
        try send("a", first)
        try second.begin()
        try send("b", second)
        try second.commit()
        #expect(committed.isEmpty && cluster.lastStableOffset("t", 0) == 0)
        try first.commit()
        #expect(committed == ["a", "b"])
        try first.begin()
        try send("c", first)
        try first.abort()
        try second.begin()
        try send("d", second)
        try second.commit()
        #expect(committed == ["a", "b", "d"])
        // Four records and a marker for each transaction.
        #expect(cluster.lastStableOffset("t", 0) == 8)
    }

    @Test func aNewProducerFencesTheOldOneOff() throws {
        let old = try producer()
        try old.begin()
        try send("a", old)
        let new = try producer()
        #expect(throws: KafkaError.self) { try send("b", old) }
        let error = #expect(throws: KafkaError.self) { try old.commit() }
        #expect(error?.kind == .fenced)
        try new.begin()
        try send("c", new)
        try new.commit()
        #expect(committed == ["c"])
    }

    @Test func aLostAnswerSaysNothingOfTheEffect() throws {
        let producer = try producer()
        try producer.begin()
        try send("a", producer)
        try producer.sendOffsets([0: 17], topic: "source", group: "g")
        #expect(cluster.groupPositions["g"] == nil)
        world.begin(Fault(.timeout, at: 0))
        #expect(throws: KafkaError.self) { try producer.commit() }
        #expect(committed == ["a"])
        #expect(cluster.groupPositions["g"]?["source"] == [0: 17])
    }

    @Test func aSourceGivesEveryVisibleRecordOnceAndEndsAtTheEnd() throws {
        for number in 0..<40 {
            cluster.append(
                .init(value: [UInt8(number)], timestamp: 0, isMarker: number % 7 == 0), topic: "t", partition: 0)
        }
        let source = SimulatedSource(cluster, topic: "t", group: "g")
        try source.seekToBeginning(of: 0)
        var offsets: [Int64] = []
        for _ in 0..<200 where !(source.partitions[0].isIdle) {
            offsets += try source.poll(limit: 4, timeoutMilliseconds: 1).flatMap(\.offsets)
        }
        #expect(offsets == (0..<40).filter { $0 % 7 != 0 })
        #expect(source.partitions[0].position == 40 && source.confirmsEnd(timeoutMilliseconds: 1))
    }
}
