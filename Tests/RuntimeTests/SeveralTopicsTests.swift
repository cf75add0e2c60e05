import Dataflow
import DeltaTables
import KafkaConnector
import ObjectStorage
import TestSupport
import Testing
import Workloads

@testable import Runtime

/// A topology of two topics over a development Kafka: a fast one and a slow one, stopped and gone on with.
@Suite struct SeveralTopicsTests {
    private let cluster: DevelopmentCluster
    private let directory: TemporaryDirectory

    init() throws {
        cluster = try DevelopmentCluster(topics: [("orders", 2), ("shipments", 1)])
        directory = try TemporaryDirectory()
    }

    private func produce(_ topic: String, partition: Int32, _ records: [String]) throws {
        let producer = try KafkaProducer(
            configuration: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "test"))
        for record in records { try producer.produce(topic: topic, partition: partition, value: Array(record.utf8)) }
        try producer.flush(timeoutMilliseconds: 20_000)
    }

    private func order(_ number: Int, second: Int) -> String {
        #"{"order":\#(number),"customer":1,"amount":2,"placedAt":"2026-01-01T00:00:\#(second)Z"}"#
    }

    private func shipment(_ number: Int, second: Int) -> String {
        #"{"order":\#(number),"carrier":"north","shippedAt":"2026-01-01T00:00:\#(second)Z"}"#
    }

    private func run() throws -> TopologyRunner.Summary {
        var settings = RunSettings()
        settings.brokers = cluster.bootstrapServers
        settings.warehouse = directory.path + "/warehouse"
        settings.state = directory.path + "/state"
        settings.untilEnd = true
        settings.epochRecords = 5_000
        let runner = TopologyRunner(
            plan: try Workload.w6.topology.makePlan(), settings: settings, clock: SystemClock())
        return try runner.run(shouldStop: { false })
    }

    private func rowCount() throws -> Int {
        try DeltaTable.open(LocalDirectory(directory.path + "/warehouse/orders/shipped")).rowCount()
    }

    @Test func aFastAndASlowTopicAndARestart() throws {
        for partition in [0, 1] as [Int32] {
            let numbers = stride(from: Int(partition), to: 20_000, by: 2)
            try produce("orders", partition: partition, numbers.map { order($0, second: 10 + $0 / 2000) })
        }
        try produce("shipments", partition: 0, [shipment(7, second: 15), shipment(19_999, second: 21)])
        let first = try run()
        #expect(first.reconciliations.map(\.topic) == ["orders", "shipments"])
        #expect(first.reconciliations.map(\.counts.read) == [20_000, 2])
        #expect(first.reconciliations.map(\.counts.processed) == [20_000, 2])
        #expect(try rowCount() == 2)
        #expect(first.text(json: false).contains("orders.shipped from shipments: 2 read = "))
        // What was read before is still there to be joined; the counts go on.
        try produce(
            "shipments", partition: 0, [shipment(19_998, second: 25), shipment(3, second: 20), shipment(5, second: 12)])
        let second = try run()
        #expect(second.reconciliations.map(\.counts.read) == [20_000, 5])
        #expect(second.reconciliations.map(\.counts.late) == [0, 1])
        #expect(try rowCount() == 4)
    }
}
