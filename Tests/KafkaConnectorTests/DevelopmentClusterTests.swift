import Dataflow
import KafkaConnector
import TestSupport
import Testing

@Suite struct DevelopmentClusterTests {
    /// A port that nobody listens on, as of now.
    private func freePort() throws -> UInt16 {
        let listener = try LoopbackListener()
        listener.close()
        return listener.port
    }

    @Test func aPortOfOnesOwnServesProducersAndReaders() throws {
        let port = try freePort()
        let cluster = try DevelopmentCluster(topics: [("orders", 2)], port: port)
        defer { cluster.close() }
        #expect(cluster.bootstrapServers == "127.0.0.1:\(port)")
        let configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "readers")
        let producer = try KafkaProducer(configuration: configuration)
        for number in 0..<1_000 { try producer.produce(topic: "orders", value: bytes("order \(number)")) }
        try producer.flush()
        let source = try KafkaSource(configuration: configuration, topic: "orders")
        var count = 0
        while !source.partitions.allSatisfy(\.isIdle) {
            count += try source.poll(limit: 10_000, timeoutMilliseconds: 500).reduce(0) { $0 + $1.count }
        }
        #expect(count == 1_000)
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let port = try freePort()
        let first = try DevelopmentCluster(topics: [], port: port)
        let error = #expect(throws: KafkaError.self) { try DevelopmentCluster(topics: [], port: port) }
        #expect(
            error?.description
                == "Kafka: port \(port) of 127.0.0.1 is in use by another program. Stop that program, or name another port."
        )
        first.close()
        // Connections that have just ended do not keep it.
        try DevelopmentCluster(topics: [], port: port).close()
    }
}
