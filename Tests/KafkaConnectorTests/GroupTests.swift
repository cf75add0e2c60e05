import Dataflow
import Foundation
import KafkaConnector
import Testing

@Suite struct GroupTests {
    /// A member of a group as a runtime would drive it: what it read is committed when partitions are taken away.
    private final class Member {
        let source: KafkaSource
        var records: [Record] = []
        var decisions: [KafkaRebalance] = []
        /// Records of partitions that the member does not have.
        var foreign = 0
        private var owned: Set<Int32> = []
        /// While true, decisions wait for their answer.
        var isBusy = false
        private let commitsWhenRevoked: Bool

        init(_ source: KafkaSource, commitsWhenRevoked: Bool = true) {
            self.source = source
            self.commitsWhenRevoked = commitsWhenRevoked
        }

        func step() throws {
            for batch in try source.poll(limit: 50, timeoutMilliseconds: 20) {
                records += batch.all
                if !owned.contains(batch.partition) { foreign += 1 }
            }
            guard let decision = source.rebalance, !isBusy else { return }
            decisions.append(decision)
            switch decision.kind {
            case .assigned: owned.formUnion(decision.partitions)
            case .revoked:
                if commitsWhenRevoked { try commit(decision.partitions) }
                owned.subtract(decision.partitions)
            case .lost: owned.subtract(decision.partitions)
            }
            try source.release()
        }

        func commit(_ partitions: [Int32]) throws {
            let positions = source.partitions.filter { partitions.contains($0.number) }
            try source.commit(Dictionary(uniqueKeysWithValues: positions.map { ($0.number, $0.position ?? 0) }))
        }
    }

    private func wait(seconds: Double = 30, _ members: [Member], until isDone: () -> Bool) throws -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while !isDone() && Date() < deadline { for member in members { try member.step() } }
        return isDone()
    }

    private static let quick = ["session.timeout.ms": "6000", "heartbeat.interval.ms": "200"]

    @Test(arguments: ["cooperative-sticky", "range"])
    func partitionsMoveWithoutLossOrRepetition(strategy: String) throws {
        let cluster = try TestCluster(partitions: 4)
        let properties = Self.quick.merging(["partition.assignment.strategy": strategy]) { $1 }
        try cluster.fill(0..<400, partitions: 4)
        // The development cluster refuses commits while an eager group divides its partitions anew.
        let commitsWhenRevoked = TestCluster.realBrokers != nil || strategy != "range"
        let first = Member(
            try cluster.source(mode: .group, properties), commitsWhenRevoked: commitsWhenRevoked)
        #expect(try wait([first]) { first.records.count == 400 })
        if !commitsWhenRevoked { try first.commit([0, 1, 2, 3]) }
        #expect(first.decisions.first == KafkaRebalance(kind: .assigned, partitions: [0, 1, 2, 3]))

        // The second member gets nothing until the first one has let go.
        first.isBusy = true
        let second = Member(
            try cluster.source(mode: .group, properties), commitsWhenRevoked: commitsWhenRevoked)
        #expect(try wait([first, second]) { first.source.rebalance?.kind == .revoked })
        try cluster.fill(400..<800, partitions: 4)
        _ = try wait(seconds: 1, [first, second]) { false }
        #expect(second.source.partitions.isEmpty)
        let taken = try #require(first.source.rebalance).partitions
        #expect(strategy == "range" ? taken == [0, 1, 2, 3] : taken.count == 2)
        let kept = Set([0, 1, 2, 3]).subtracting(taken)
        #expect(first.records.dropFirst(400).allSatisfy { kept.contains($0.partition) })

        first.isBusy = false
        #expect(try wait([first, second]) { first.records.count + second.records.count == 800 })
        #expect(first.source.partitions.count == 2 && second.source.partitions.count == 2)
        let values = (first.records + second.records).map(\.value)
        #expect(values.count == 800)
        #expect(Set(values) == Set((0..<800).map { "value \($0)" }))
        #expect(first.foreign == 0 && second.foreign == 0)

        // One leaves, the other has everything again.
        try second.commit(second.source.partitions.map(\.number))
        if !commitsWhenRevoked { try first.commit(first.source.partitions.map(\.number)) }
        second.source.close()
        #expect(try wait([first]) { first.source.partitions.count == 4 })
        try cluster.fill(800..<900, partitions: 4)
        let before = second.records.count
        #expect(try wait([first]) { first.records.count + before == 900 })
        #expect(Set((first.records + second.records).map(\.value)).count == 900)
    }

    @Test func theCallerSaysWhereToBegin() throws {
        let cluster = try TestCluster(partitions: 2)
        try cluster.fill(0..<20, partitions: 2)
        let source = try cluster.source(mode: .group, Self.quick)
        let deadline = Date().addingTimeInterval(20)
        while source.rebalance == nil && Date() < deadline {
            #expect(try source.poll(limit: 10, timeoutMilliseconds: 100).isEmpty)
        }
        #expect(source.rebalance == KafkaRebalance(kind: .assigned, partitions: [0, 1]))
        // Nothing comes before the answer.
        #expect(try source.poll(limit: 10, timeoutMilliseconds: 500).isEmpty)
        try source.seek(partition: 0, to: 7)
        try source.seek(partition: 1, to: 9)
        try source.release()
        #expect(source.rebalance == nil)
        #expect(source.partitions.map(\.position) == [7, 9])
        let records = try source.readAll()
        #expect(records.filter { $0.partition == 0 }.map(\.offset) == [7, 8, 9])
        #expect(records.filter { $0.partition == 1 }.map(\.offset) == [9])
    }

    @Test(.enabled(if: TestCluster.realBrokers != nil, "\(TestCluster.needsRealKafka)"))
    func aMemberCommitsInATransaction() throws {
        let cluster = try TestCluster()
        try cluster.fill(0..<4)
        let member = Member(try cluster.source(mode: .group, Self.quick))
        #expect(try wait([member]) { member.records.count == 4 })
        let producer = try KafkaProducer(configuration: cluster.configuration(), transactionalID: cluster.group)
        try producer.initTransactions()
        try producer.begin()
        try producer.sendOffsets([0: 4], topic: cluster.topic, group: member.source.groupMetadata())
        try producer.commit()
        #expect(try member.source.committed() == [0: 4])
    }
}
