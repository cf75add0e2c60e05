import Columnar
import Dataflow
import Formats
import Foundation
import Testing

@testable import KafkaConnector

@Suite struct TopicSinkTests {
    private static let schema = RecordSchema([Field("name", .string), Field("count", .int64)])

    private func batch(_ rows: [(name: String, count: Int64?)], offset: Int64 = 0) -> RecordBatch {
        var deletions = Bitmap(count: rows.count)
        for (index, row) in rows.enumerated() where row.count == nil { deletions[index] = true }
        return RecordBatch(
            schema: Self.schema,
            columns: [
                ColumnVector(.string, scalars: rows.map { .string($0.name) }),
                ColumnVector(.int64, scalars: rows.map { .int64($0.count ?? 0) }),
            ], count: rows.count,
            origin: RowOrigins(
                partitions: rows.map { _ in 3 }, offsets: rows.indices.map { offset + Int64($0) }), deletions: deletions
        )
    }

    private let encoder = JSONRecordEncoder(schema: Self.schema, keys: ["name"])

    private func direct(_ cluster: TestCluster, topic: String? = nil) throws -> DirectTopicSink {
        try DirectTopicSink(
            configuration: cluster.configuration(), topic: topic ?? cluster.topic, encoder: encoder, isKeyed: true,
            source: "orders", application: "app/4")
    }

    private func transactional(
        _ cluster: TestCluster, application: String = "app/4/state", _ properties: [String: String] = [:]
    ) throws -> TransactionalTopicSink {
        try TransactionalTopicSink(
            configuration: cluster.configuration(properties), topic: cluster.topic, encoder: encoder, isKeyed: true,
            sources: [0: cluster.topic], transactionalID: "\(cluster.group)-4", application: application)
    }

    private func texts(_ records: [Record]) -> [String] {
        records.map { "\($0.key ?? "-")=\($0.value ?? "-")" }.sorted()
    }

    @Test func rowsAreSentAtOnceWithTheirPlace() throws {
        let cluster = try TestCluster(partitions: 3)
        let sink = try direct(cluster)
        try sink.stage(batch([("a", 1), ("b", 2), ("a", nil), ("", 4)], offset: 40))
        // No epoch has ended yet.
        let records = try cluster.source().read(4)
        #expect(
            texts(records) == [
                #"={"name":"","count":4}"#, "a=-", #"a={"name":"a","count":1}"#, #"b={"name":"b","count":2}"#,
            ])
        let ids = records.flatMap(\.headers)
        #expect(ids.allSatisfy { $0.name == "tidemark.id" })
        #expect(Set(ids.map { text($0.value) }) == Set((40...43).map { "app/4/orders-3-\($0)" }))
        #expect(records.filter { $0.key == "a" }.map(\.value).last == .some(nil))
        #expect(sink.prepare(epoch: 1).isEmpty)
        try sink.settle(epoch: 1)
    }

    @Test func recordsOfAKeyShareAPartitionAlsoWhenItIsEmpty() throws {
        let cluster = try TestCluster(partitions: 5)
        let sink = try direct(cluster)
        for round in 0..<40 {
            try sink.stage(batch((0..<7).map { ($0 == 0 ? "" : "key \($0)", Int64(round)) }))
            // A new batch each time: records without a key go to one partition for as long as a batch lasts.
            _ = sink.prepare(epoch: Int64(round))
            try sink.settle(epoch: Int64(round))
        }
        let records = try cluster.source().read(280)
        for (key, mine) in Dictionary(grouping: records, by: \.key) {
            #expect(Set(mine.map(\.partition)).count == 1, "\(key ?? "-")")
            #expect(mine.map(\.value) == (0..<40).map { #"{"name":"\#(key ?? "")","count":\#($0)}"# })
        }
    }

    @Test func settlingWaitsForTheEndedEpochAlone() throws {
        let cluster = try TestCluster()
        let sink = try direct(cluster)
        try sink.stage(batch((0..<5000).map { ("k\($0)", 1) }))
        _ = sink.prepare(epoch: 1)
        try sink.stage(batch([("next", 2)]))
        try sink.settle(epoch: 1)
        #expect(try cluster.source().endOffsets()[0] ?? 0 >= 5000)
    }

    @Test func aRecordThatIsRefusedStopsTheSink() throws {
        let cluster = try TestCluster()
        let sink = try direct(cluster)
        cluster.refuseNextBatch()
        let error = try #require(
            #expect(throws: KafkaError.self) {
                // A real broker refuses it for its size.
                try sink.stage(batch([("large", 1)]))
                try sink.stage(batch([(String(repeating: "x", count: 900_000), 1)]))
                _ = sink.prepare(epoch: 1)
                try sink.settle(epoch: 1)
            })
        #expect(error.topic == cluster.topic)
        #expect(error.mend == "Raise message.max.bytes here and on the topic.", "\(error)")
    }

    @Test func anEpochIsProducedOnceWhoeverCommitsIt() throws {
        let cluster = try TestCluster()
        let first = try transactional(cluster)
        #expect(try first.lastCommittedEpoch() == nil)
        first.stage(batch([("a", 1), ("b", nil)]))
        let one = first.prepare(epoch: 1)
        first.stage(batch([("c", 3)]))
        let two = first.prepare(epoch: 2)
        #expect(!one.isEmpty && first.prepare(epoch: 3).isEmpty)
        try first.commit(epoch: 1, prepared: one, positions: [0: [0: 5]])
        try first.commit(epoch: 1, prepared: one, positions: [0: [0: 5]])
        // A new process has only the checkpoint, which may be of the epoch that is committed or of the next.
        let second = try transactional(cluster)
        #expect(try second.lastCommittedEpoch() == 1)
        try second.commit(epoch: 1, prepared: one, positions: [:])
        try second.commit(epoch: 2, prepared: two, positions: [:])
        try second.commit(epoch: 3, prepared: [], positions: [:])
        #expect(try transactional(cluster).lastCommittedEpoch() == 2)
        #expect(
            texts(try cluster.source().readAll()) == [
                #"a={"name":"a","count":1}"#, "b=-", #"c={"name":"c","count":3}"#,
            ])
        // Another state begins with epoch 1 again.
        let anew = try transactional(cluster, application: "app/4/other")
        #expect(try anew.lastCommittedEpoch() == nil)
        try anew.commit(epoch: 1, prepared: two, positions: [:])
        #expect(try transactional(cluster).lastCommittedEpoch() == 2)
        #expect(try cluster.source().readAll().count == 4)
    }

    @Test func aFailedTransactionIsProducedAgain() throws {
        let cluster = try TestCluster()
        let sink = try transactional(cluster)
        sink.stage(batch([("a", 1)]))
        let prepared = sink.prepare(epoch: 1)
        cluster.refuseNextBatch()
        try sink.commit(epoch: 1, prepared: prepared, positions: [:])
        #expect(try cluster.source().readAll().map(\.key) == ["a"])
        #expect(try transactional(cluster).lastCommittedEpoch() == 1)
    }

    @Test func asSoonAsAnotherProcessTookOverItSaysSo() throws {
        let cluster = try TestCluster()
        let older = try transactional(cluster)
        let newer = try transactional(cluster)
        older.stage(batch([("a", 1)]))
        let prepared = older.prepare(epoch: 1)
        cluster.fenceNextTransaction()
        let error = try #require(
            #expect(throws: KafkaError.self) { try older.commit(epoch: 1, prepared: prepared, positions: [:]) })
        #expect(error.kind == .fenced)
        #expect(
            error.description.contains(", topic \(cluster.topic): ")
                && error.description.hasSuffix(
                    "Another process of this topology and group has taken over; let only one of them run, or give them "
                        + "different --group names."),
            "\(error)")
        withExtendedLifetime(newer) {}
    }

    @Test func aStageThatIsFullEndsTheEpoch() throws {
        let cluster = try TestCluster()
        let sink = try transactional(cluster)
        sink.stageLimit = 10_000
        var rows = 0
        while !sink.isFull && rows < 1000 {
            // About 100 bytes with its key.
            sink.stage(batch([("\(rows)" + String(repeating: "x", count: 38), 1)]))
            rows += 1
        }
        #expect((90...110).contains(rows))
        _ = sink.prepare(epoch: 1)
        #expect(!sink.isFull)
    }

    @Test(.enabled(if: TestCluster.realBrokers != nil, "\(TestCluster.needsRealKafka)"))
    func whatACrashLeftOpenIsAbortedAndProducedAgain() throws {
        let cluster = try TestCluster()
        let first = try transactional(cluster)
        first.stage(batch([("a", 1)]))
        let prepared = first.prepare(epoch: 1)
        // As far as a process gets that is killed before it commits.
        let crashed = try KafkaProducer(
            configuration: cluster.configuration(), transactionalID: "\(cluster.group)-4")
        try crashed.initTransactions()
        try crashed.begin()
        try crashed.produce(topic: cluster.topic, value: bytes("open"))
        try crashed.flush()
        let second = try transactional(cluster)
        #expect(try second.lastCommittedEpoch() == nil)
        try second.commit(epoch: 1, prepared: prepared, positions: [0: [0: 5]])
        let source = try cluster.source()
        #expect(try source.readAll().map(\.key) == ["a"])
        // Epoch and positions came with it.
        #expect(try transactional(cluster).lastCommittedEpoch() == 1)
        #expect(try source.committed() == [0: 5])
    }
}
