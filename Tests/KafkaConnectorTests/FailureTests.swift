import Dataflow
import Foundation
import KafkaConnector
import TestSupport
import Testing

@Suite struct FailureTests {
    private func failure(_ body: () throws -> Void) -> KafkaError? { #expect(throws: KafkaError.self) { try body() } }

    @Test func anUnknownTopicIsNamed() throws {
        let cluster = try TestCluster()
        let start = ContinuousClock.now
        let error = try #require(failure { _ = try cluster.source(topic: "no-such-topic") })
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(error.kind == .unknownTopic)
        #expect(error.topic == "no-such-topic")
        #expect(error.description.contains("no-such-topic"))
        #expect(error.description.contains(cluster.bootstrapServers))
        // Asking did not create it.
        #expect(failure { _ = try cluster.source(topic: "no-such-topic") }?.kind == .unknownTopic)
    }

    @Test func aMissingBrokerIsNamedInTime() throws {
        var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", groupID: "nobody")
        #expect(configuration.timeoutMilliseconds == 10_000)
        configuration.timeoutMilliseconds = 1500
        let start = ContinuousClock.now
        let error = try #require(failure { _ = try KafkaSource(configuration: configuration, topic: "t") })
        let waited = ContinuousClock.now - start
        #expect(waited >= .milliseconds(1400) && waited < .seconds(5))
        #expect(error.kind == .unreachable)
        #expect(error.isRetriable)
        #expect(error.description.contains("127.0.0.1:1"))
        #expect(error.description.contains("refused"))

        let producer = try KafkaProducer(configuration: configuration)
        try producer.produce(topic: "t", value: bytes("v"))
        let late = try #require(failure { try producer.flush(timeoutMilliseconds: 300) })
        #expect(late.kind == .unreachable)
        #expect(late.description.contains("1 records"))
    }

    @Test func anUnknownHostIsNamed() throws {
        var configuration = KafkaConfiguration(bootstrapServers: "no-such-host.invalid:9092", groupID: "nobody")
        configuration.timeoutMilliseconds = 1000
        let error = try #require(failure { _ = try KafkaSource(configuration: configuration, topic: "t") })
        #expect(error.kind == .unreachable)
        #expect(error.description.contains("no-such-host.invalid:9092"))
    }

    @Test func aBadPropertyIsNamedAndASecretIsNot() throws {
        let secret = "hunter2-and-more"
        let cases: [(properties: [String: String], name: String)] = [
            (["no.such.property": "1"], "no.such.property"),
            (["linger.ms": "a week"], "linger.ms"),
            (["fetch.min.bytes": "-5"], "fetch.min.bytes"),
            (["enable.partition.eof": "false"], "enable.partition.eof"),
            (["sasl.pasword": secret], "sasl.pasword"),
            (["ssl.key.pem": secret, "security.protocol": "ssl"], "ssl.key.pem"),
        ]
        for (properties, name) in cases {
            var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", groupID: "nobody")
            configuration.properties = properties
            configuration.timeoutMilliseconds = 500
            let error = try #require(failure { _ = try KafkaSource(configuration: configuration, topic: "t") })
            #expect(error.kind == .configuration, "\(error)")
            #expect(error.description.contains(name), "\(error)")
            #expect(!error.description.contains(secret))
        }
        #expect(
            failure { _ = try KafkaProducer(configuration: .init(bootstrapServers: "", groupID: "g")) }?.kind
                == .configuration)
    }

    @Test func descriptionsHideSecrets() {
        var configuration = KafkaConfiguration(bootstrapServers: "broker:9092", groupID: "group")
        configuration.properties = ["sasl.password": "hunter2", "sasl.username": "alice"]
        var dumped = ""
        dump(configuration, to: &dumped)
        for shown in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!shown.contains("hunter2"))
            #expect(shown.contains("alice"))
        }
    }

    @Test func refusedCredentialsAreToldApart() throws {
        let broker = try RefusingBroker()
        var configuration = KafkaConfiguration(bootstrapServers: broker.address, groupID: "group")
        configuration.properties = [
            "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "alice",
            "sasl.password": "hunter2",
        ]
        let start = ContinuousClock.now
        let error = try #require(failure { _ = try KafkaSource(configuration: configuration, topic: "t") })
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(error.kind == .authentication)
        #expect(error.description.contains(broker.address))
        #expect(error.description.contains("wrong password"))
        #expect(!error.description.contains("hunter2"))
        #expect(broker.sawPassword)
    }

    @Test func aRecordThatCannotBeDeliveredIsAnError() throws {
        let cluster = try TestCluster()
        let producer = try KafkaProducer(configuration: cluster.configuration(["message.max.bytes": "2000"]))
        let tooLarge = try #require(
            failure { try producer.produce(topic: cluster.topic, value: [UInt8](repeating: 1, count: 5000)) })
        #expect(tooLarge.description.contains("message.max.bytes"))

        // A delivery that fails later is told by the next call, once.
        let hasty = try KafkaProducer(
            configuration: {
                var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", groupID: "nobody")
                configuration.properties = ["message.timeout.ms": "200"]
                return configuration
            }())
        for _ in 0..<3 { try hasty.produce(topic: "t", value: bytes("v")) }
        let error = try #require(failure { try hasty.flush(timeoutMilliseconds: 10_000) })
        #expect(error.topic == "t")
        #expect(error.description.contains("the first of 3"))
        try hasty.flush(timeoutMilliseconds: 1000)
    }
}
