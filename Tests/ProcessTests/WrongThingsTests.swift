import Foundation
import KafkaConnector
import TestSupport
import Testing

/// What is wrong is said in one clear sentence, with an exit code that is not 0.
@Suite struct WrongThingsTests {
    /// The sentence with which a program refuses.
    static func refusal(_ result: Program.Result) -> String {
        #expect(result.status == 1 && !result.wasKilled, "\(result)")
        #expect(result.output.isEmpty)
        let lines = result.errors.split(separator: "\n")
        let refusals = lines.filter { $0.hasPrefix("error: ") }
        #expect(refusals.count == 1 && refusals.first == lines.last, "\(result.errors)")
        for dump in ["UserInfo", "Domain=", "Fatal error", "0x", "KafkaError("] {
            #expect(!result.errors.contains(dump), "\(result.errors)")
        }
        return refusals.first.map(String.init) ?? ""
    }

    private static func refusal(
        _ name: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> String {
        refusal(try Program.run(name, arguments, environment: environment))
    }

    @Test func noBroker() throws {
        let brokers = ["--brokers", "127.0.0.1:1"]
        let file = try TemporaryDirectory().path + ".jsonl"
        try Data("{}\n".utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        // Side by side: each waits ten seconds for an answer.
        let programs = [
            try Program("flight-delays", ["run"] + brokers), try Program("flight-delays", ["validate"] + brokers),
            try Program("tidemark", ["produce", "--topic", "flights", "--from", file] + brokers),
        ]
        for program in programs {
            let text = Self.refusal(try program.wait(seconds: 60))
            #expect(text.hasPrefix("error: Kafka at 127.0.0.1:1, topic flights: no answer within 10.0 s"))
            #expect(
                text.contains("Connection refused") && text.hasSuffix("the broker runs and can be reached from here."))
        }
        let text = try Self.refusal("flight-delays", ["run"])
        #expect(
            text.hasPrefix("error: no Kafka broker is named: give --brokers HOST:PORT or set TIDEMARK_KAFKA_BROKERS"))
    }

    @Test func anUnknownTopic() throws {
        let cluster = try DevelopmentCluster(topics: [("flight", 1)])
        defer { cluster.close() }
        for command in ["run", "validate"] {
            #expect(
                try Self.refusal("flight-delays", [command, "--brokers", cluster.bootstrapServers])
                    == "error: Kafka at \(cluster.bootstrapServers), topic flights: there is no such topic. Create the "
                    + "topic, or correct its name.")
        }
    }

    @Test func aWrongPassword() throws {
        let broker = try RefusingBroker()
        let directory = try TemporaryDirectory()
        let file = directory.path + "/settings.json"
        let settings = #"{"kafka":{"sasl.username":"alice","security.protocol":"SASL_PLAINTEXT"},"state":"s"}"#
        try Data(settings.utf8).write(to: URL(fileURLWithPath: file))
        let secret = directory.path + "/secret"
        try Data("hunter2\n".utf8).write(to: URL(fileURLWithPath: secret))
        let common = ["--brokers", broker.address, "--config", file, "--kafka", "sasl.mechanism=PLAIN"]
        let ways: [([String], [String: String])] = [
            (["--kafka", "sasl.password=hunter2"], [:]), (["--kafka", "sasl.password=@" + secret], [:]),
            ([], ["TIDEMARK_KAFKA_SASL_PASSWORD": "hunter2"]),
        ]
        for (arguments, environment) in ways {
            for command in ["run", "validate"] {
                let text = try Self.refusal(
                    "flight-delays", [command] + common + arguments, environment: environment)
                #expect(text.contains(broker.address) && text.contains("wrong password"), "\(text)")
                #expect(text.hasSuffix("Check user, password, mechanism and the rights of this user."), "\(text)")
                #expect(!text.contains("hunter2"))
            }
        }
        #expect(broker.sawPassword)
    }

    @Test func aPasswordAmongArgumentsThatAreNotUnderstood() throws {
        for program in ["flight-delays", "tidemark"] {
            let command = program == "tidemark" ? ["produce", "--topic", "t", "--from", "f"] : ["run"]
            let arguments = ["--kafka", "sasl.username=alice", "sasl.password=hunter2"]
            let result = try Program.run(program, command + arguments)
            #expect(result.status == 64)
            #expect(result.errors.contains("Unexpected argument 'sasl.password=***'"), "\(result.errors)")
            #expect(!result.errors.contains("hunter2"))
        }
    }

    @Test func aPortThatIsTaken() throws {
        let listener = try LoopbackListener()
        defer { listener.close() }
        #expect(
            try Self.refusal("tidemark", ["dev", "--port", "\(listener.port)"])
                == "error: Kafka: port \(listener.port) of 127.0.0.1 is in use by another program. Stop that program, or "
                + "name another port.")
    }

    @Test func placesThatCannotBeWritten() throws {
        #expect(
            try Self.refusal("tidemark", ["dev", "--address-file", "/proc/nowhere/address"])
                == "error: cannot make the directory /proc/nowhere: it does not exist")
        let place = "/dev/null/state"
        #expect(
            try Self.refusal("flight-delays", ["run", "--brokers", "127.0.0.1:1", "--state", place])
                == "error: /dev/null is a file where a directory is needed: name another place")
    }

    @Test(.enabled(if: SmallDisk.isPossible, "skipped: only root can mount a file system"))
    func aWarehouseThatIsReadOnly() throws {
        let disk = try SmallDisk()
        #expect(disk.makeReadOnly())
        let arguments = ["--brokers", "127.0.0.1:1", "--warehouse", disk.path + "/tables"]
        #expect(
            try Self.refusal("flight-delays", ["validate"] + arguments)
                == "error: cannot write \(disk.path): Read-only file system. Check its owner and permissions")
        #expect(
            try Self.refusal("flight-delays", ["run"] + arguments)
                == "error: cannot make the directory \(disk.path)/tables: Read-only file system. Check its owner and "
                + "permissions")
    }

    @Test func aTableWithAnotherSchema() throws {
        let cluster = try DevelopmentCluster(topics: [("flights", 1)])
        defer { cluster.close() }
        let directory = try TemporaryDirectory()
        let log = directory.path + "/gold/departure_delays/_delta_log"
        try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: true)
        // As any other writer leaves it: the hour is a date, and a column is missing.
        let fields = [("carrier", "string"), ("origin", "string"), ("window_start", "date"), ("departures", "long")]
            .map { #"{\"name\":\"\#($0)\",\"type\":\"\#($1)\",\"nullable\":true,\"metadata\":{}}"# }
        let lines = [
            #"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#,
            #"{"metaData":{"id":"a","format":{"provider":"parquet","options":{}},"schemaString":"#
                + #""{\"type\":\"struct\",\"fields\":[\#(fields.joined(separator: ","))]}","partitionColumns":[],"#
                + #""configuration":{}}}"#,
        ]
        let version = log + "/00000000000000000000.json"
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: version))
        for command in ["run", "validate"] {
            let arguments = [command, "--brokers", cluster.bootstrapServers, "--warehouse", directory.path]
            #expect(
                try Self.refusal("flight-delays", arguments)
                    == "error: table \(directory.path)/gold/departure_delays has another schema: column 'window_start' is "
                    + "date in the table and timestamp in the topology. Change the topology's output, or write to "
                    + "another table")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: log) == ["00000000000000000000.json"])
    }
}
