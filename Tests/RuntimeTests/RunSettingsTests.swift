import Foundation
import TestSupport
import Testing

@testable import Runtime

@Suite struct RunSettingsTests {
    /// Settings with a file of this text.
    private static func settings(
        flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil, kafka: [String] = []
    ) throws -> RunSettings {
        let directory = try TemporaryDirectory()
        let path = file.map { _ in directory.path + "/settings.json" }
        if let path, let file { try Data(file.utf8).write(to: URL(fileURLWithPath: path)) }
        var settings = try RunSettings(flags: flags, environment: environment, file: path)
        try settings.addKafkaProperties(kafka)
        return settings
    }

    /// The sentence with which settings are refused.
    private static func refusal(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    /// A setting by its name and its variable, three values, and where to find it.
    private struct Setting: Sendable {
        var name, variable: String
        var values = ["1", "2", "3"]
        var value: @Sendable (RunSettings) -> String?
    }

    private static let settings: [Setting] = [
        Setting(name: "kafka.brokers", variable: "TIDEMARK_KAFKA_BROKERS", value: { $0.brokers }),
        Setting(name: "kafka.group", variable: "TIDEMARK_KAFKA_GROUP", value: { $0.group }),
        Setting(name: "warehouse", variable: "TIDEMARK_WAREHOUSE", value: { $0.warehouse }),
        Setting(name: "state", variable: "TIDEMARK_STATE", value: { $0.state }),
        Setting(name: "threads", variable: "TIDEMARK_THREADS", value: { "\($0.threads)" }),
        Setting(name: "epoch.ms", variable: "TIDEMARK_EPOCH_MS", value: { "\($0.epochMilliseconds)" }),
        Setting(name: "epoch.records", variable: "TIDEMARK_EPOCH_RECORDS", value: { "\($0.epochRecords)" }),
        Setting(
            name: "alignment.ms", variable: "TIDEMARK_ALIGNMENT_MS", value: { "\($0.alignmentMilliseconds)" }),
        Setting(name: "quiet.ms", variable: "TIDEMARK_QUIET_MS", value: { "\($0.quietMilliseconds)" }),
        Setting(
            name: "memory.budget", variable: "TIDEMARK_MEMORY_BUDGET", value: { $0.memoryBudget.map { "\($0)" } }),
    ]

    @Test func aFlagComesBeforeTheEnvironmentAndThatBeforeTheFile() throws {
        let defaults = RunSettings()
        for setting in Self.settings {
            for given in 0..<8 {
                let flags = given & 1 != 0 ? [setting.name: setting.values[0]] : [:]
                let environment = given & 2 != 0 ? [setting.variable: setting.values[1]] : [:]
                let file = given & 4 != 0 ? #"{"\#(setting.name)":\#(setting.values[2])}"# : nil
                let settings = try Self.settings(flags: flags, environment: environment, file: file)
                let expected = [flags.values.first, environment.values.first, given & 4 != 0 ? setting.values[2] : nil]
                    .compactMap { $0 }.first
                #expect(setting.value(settings) == expected ?? setting.value(defaults), "\(setting.name), \(given)")
                // Nothing else has changed.
                for other in Self.settings where other.name != setting.name {
                    #expect(other.value(settings) == other.value(defaults), "\(setting.name) sets \(other.name)")
                }
                #expect(settings.kafkaProperties.isEmpty)
            }
        }
    }

    @Test func theFileMayNestNamesOrNot() throws {
        let nested = #"{"kafka":{"brokers":"a:1","client.rack":"r"},"epoch":{"ms":5,"records":6},"threads":"2"}"#
        let settings = try Self.settings(file: nested)
        #expect(settings.brokers == "a:1" && settings.kafkaProperties == ["client.rack": "r"])
        #expect(settings.epochMilliseconds == 5 && settings.epochRecords == 6 && settings.threads == 2)
    }

    @Test func aPropertyComesFromItsFlagTheEnvironmentOrTheFile() throws {
        let file =
            #"{"kafka":{"sasl.username":"c","sasl.mechanism":"c","client.rack":"c","check.crcs":true,"linger.ms":5}}"#
        let settings = try Self.settings(
            environment: [
                "TIDEMARK_KAFKA_SASL_USERNAME": "b", "TIDEMARK_KAFKA_SASL_MECHANISM": "b",
                "TIDEMARK_KAFKA_SECURITY_PROTOCOL": "b", "KAFKA_OTHER": "x", "TIDEMARK_PYTHON": "x",
            ],
            file: file, kafka: ["sasl.username=a", "ssl.ca.location=/a=b"])
        #expect(
            settings.kafkaProperties == [
                "sasl.username": "a", "ssl.ca.location": "/a=b", "sasl.mechanism": "b", "security.protocol": "b",
                // librdkafka takes 1 for true.
                "client.rack": "c", "check.crcs": "1", "linger.ms": "5",
            ])
    }

    @Test(arguments: [
        (
            #"{"thread":4}"#,
            "there is no setting thread; there are alignment.ms, epoch.ms, epoch.records, kafka.brokers"
        ),
        (
            #"{"kafka":{"sasl":{"password":"s3cret"}}}"#,
            "there is no setting kafka.sasl.password; there are alignment.ms"
        ),
        (#"{"threads":["s3cret"]}"#, "the setting threads is neither text nor a number"),
        (#"{"threads":null}"#, "the setting threads is neither text nor a number"),
        (#"{"threads":"s3cret"}"#, "the setting threads is not a whole number"),
        (#"{"threads":1.5}"#, "the setting threads is not a whole number"), ("[]", "is not a JSON object"),
        ("s3cret", "is not a JSON object"),
    ])
    func aFileThatIsWrong(file: String, message: String) {
        let refusal = Self.refusal { _ = try Self.settings(file: file) }
        #expect(refusal.contains(message) && !refusal.contains("s3cret"), "\(refusal)")
    }

    @Test func aFileThatIsNotThere() {
        let refusal = Self.refusal { _ = try RunSettings(flags: [:], environment: [:], file: "/nowhere/a.json") }
        #expect(refusal == "the settings file /nowhere/a.json cannot be read: check --config")
    }

    @Test func valuesThatCannotWork() throws {
        let cases: [([String: String], String)] = [
            ([:], "no Kafka broker is named"), (["kafka.brokers": ""], "no Kafka broker is named"),
            (["threads": "0"], "--threads 0: it must be 1 to 128"),
            (["threads": "129"], "--threads 129: it must be 1 to 128"),
            (["epoch.ms": "0"], "--epoch-ms 0: it must be 1 or more"),
            (["epoch.records": "-1"], "--epoch-records -1: it must be 1 or more"),
            (["alignment.ms": "-1"], "--alignment-ms -1: it must be 0 to"),
            (["quiet.ms": "31556952000001"], "--quiet-ms 31556952000001: it must be 0 to"),
            (["memory.budget": "10kB"], "--memory-budget 10000: it must be 1 MB or more"),
            (["warehouse": ""], "the warehouse has no name"), (["state": ""], "the state directory has no name"),
        ]
        for (flags, message) in cases {
            let flags =
                flags.keys.contains("kafka.brokers") || flags.isEmpty
                ? flags : flags.merging(["kafka.brokers": "a:1"]) { $1 }
            let settings = try Self.settings(flags: flags)
            let refusal = Self.refusal { try settings.validate() }
            #expect(refusal.contains(message), "\(flags): \(refusal)")
        }
        for threads in ["1", "128"] {
            try Self.settings(flags: ["kafka.brokers": "a:1", "threads": threads]).validate()
        }
    }

    @Test func aSecretComesFromAFile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/secret"
        try Data("s3cret=@x \n".utf8).write(to: URL(fileURLWithPath: path))
        let given: [RunSettings] = [
            try Self.settings(kafka: ["sasl.password=@\(path)"]),
            try Self.settings(environment: ["TIDEMARK_KAFKA_SASL_PASSWORD": "@\(path)"]),
            try Self.settings(file: #"{"kafka":{"sasl.password":"@\#(path)"}}"#),
        ]
        for settings in given {
            #expect(settings.kafkaProperties == ["sasl.password": "@\(path)"])
            #expect(try settings.resolvedKafkaProperties() == ["sasl.password": "s3cret=@x "])
        }
        let missing = try Self.settings(kafka: ["sasl.password=@/nowhere/secret"])
        #expect(
            Self.refusal { _ = try missing.resolvedKafkaProperties() }
                == "the Kafka property sasl.password names the file /nowhere/secret, which cannot be read")
    }

    @Test(arguments: ["sasl.password", "ssl.key.password", "sasl.oauthbearer.client.secret", "ssl.key.pem"])
    func aSecretIsNotShown(property: String) throws {
        let settings = try Self.settings(
            environment: ["TIDEMARK_KAFKA_SASL_PASSWORD": "s3cret"], kafka: ["\(property)=s3cret", "client.rack=r1"])
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            #expect(!text.contains("s3cret") && text.contains("\(property)=***") && text.contains("client.rack=r1"))
        }
        for wrong in ["s3cret", "=s3cret"] {
            let refusal = Self.refusal { _ = try Self.settings(kafka: [wrong]) }
            #expect(refusal == "--kafka takes NAME=VALUE; one of them has no '=' or no name")
        }
    }
}
