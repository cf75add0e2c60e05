import Foundation
import TestSupport
import Testing

/// What goes wrong while a topology runs, and that nothing is lost by it: the table is in the end that of the batch
/// computation.
@Suite(.serialized, .enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct DamageTests {
    /// Ends a run that was begun in the middle of the topic, and compares its table.
    private func expectRightTable(_ flights: Flights, warning: String? = nil) throws {
        let last = try Program.run("flight-delays", flights.arguments())
        #expect(last.status == 0, "\(last.errors)")
        if let warning { #expect(last.errors.contains(warning), "\(last.errors)") }
        let compared = try flights.oracle(summary: last.output)
        #expect(compared.status == 0, "\(compared.output)\(compared.errors)")
    }

    /// Runs, in small epochs, until the table has a few versions, and stops.
    private func runSomeEpochs(_ flights: Flights, _ topology: String = "flight-delays") throws {
        let program = try Program(topology, flights.endless(CrashTests.epochs))
        let version = flights.table + "/_delta_log/00000000000000000012.json"
        program.wait(seconds: 60) { FileManager.default.fileExists(atPath: version) }
        program.signal(SIGINT)
        let result = try program.wait(seconds: 30)
        #expect(result.status == 0, "\(result.errors)")
    }

    private func checkpoints(_ flights: Flights) throws -> [String] {
        let directory = flights.state + "/checkpoints"
        return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            .filter { $0.hasSuffix(".checkpoint") }.map { directory + "/" + $0 }
    }

    private func truncate(_ file: String, to size: Int) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try handle.truncate(atOffset: UInt64(size))
    }

    @Test(arguments: [8, -1]) func theNewestCheckpointIsTruncated(size: Int) throws {
        let flights = try Flights(count: 20_000)
        try runSomeEpochs(flights)
        let files = try checkpoints(flights)
        #expect(files.count == 2)
        let whole = try Data(contentsOf: URL(fileURLWithPath: files[1])).count
        try truncate(files[1], to: size < 0 ? whole + size : size)
        try expectRightTable(flights, warning: "is damaged: ")
    }

    @Test func theNewestCheckpointIsLost() throws {
        let flights = try Flights(count: 20_000)
        try runSomeEpochs(flights)
        try FileManager.default.removeItem(atPath: try checkpoints(flights)[1])
        try expectRightTable(flights)
    }

    @Test func aByteOfTheNewestCheckpointIsWrong() throws {
        let flights = try Flights(count: 20_000)
        try runSomeEpochs(flights)
        let file = URL(fileURLWithPath: try checkpoints(flights)[1])
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 0x10
        try bytes.write(to: file)
        try expectRightTable(flights, warning: "is damaged: its checksum does not match")
    }

    @Test func everyCheckpointIsTruncated() throws {
        let flights = try Flights(count: 2_000)
        #expect(try Program.run("flight-delays", flights.arguments()).status == 0)
        for file in try checkpoints(flights) { try truncate(file, to: 100) }
        let text = WrongThingsTests.refusal(try Program.run("flight-delays", flights.arguments()))
        #expect(text.hasPrefix("error: every checkpoint in \(flights.state)/checkpoints is damaged (newest, epoch "))
        #expect(text.hasSuffix("Restore the directory from a backup, or start anew with --reset-state"))
        let anew = try Program.run("flight-delays", flights.arguments(["--reset-state"]))
        #expect(try flights.oracle(summary: anew.output).status == 0, "\(anew.errors)")
    }

    @Test func anAppendedTableIsNotGivenAnEpochTwice() throws {
        let flights = try Flights(count: 20_000, table: "silver/flights")
        try runSomeEpochs(flights, "flight-log")
        let rows = try flights.rows()
        try truncate(try checkpoints(flights)[1], to: 100)
        let text = WrongThingsTests.refusal(try Program.run("flight-log", flights.arguments()))
        #expect(text.hasPrefix("error: table silver.flights holds epoch ") && text.contains("would write rows twice"))
        #expect(try flights.rows() == rows)
    }

    @Test(
        .enabled(if: SmallDisk.isPossible, "skipped: only root can mount a file system"),
        arguments: ["warehouse", "state"])
    func theDiskIsFull(place: String) throws {
        let flights = try Flights(count: 20_000)
        let disk = try SmallDisk()
        if place == "state" { flights.state = disk.path + "/state" } else { flights.warehouse = disk.path + "/tables" }
        try disk.fill(leaving: place == "state" ? 20_000 : 150_000)
        // Again, as somebody does who has not seen the message.
        for _ in 0..<2 {
            let run = try Program.run("flight-delays", flights.arguments(CrashTests.epochs))
            let text = WrongThingsTests.refusal(run)
            #expect(text.hasPrefix("error: cannot write \(disk.path)/"), "\(text)")
            #expect(text.hasSuffix("the disk is full. Make room; nothing was changed"), "\(text)")
        }
        try disk.makeRoom()
        try expectRightTable(flights)
    }

    @Test func theStateOfAnotherTopology() throws {
        let flights = try Flights(count: 1_000)
        #expect(try Program.run("flight-delays", flights.arguments()).status == 0)
        for command in ["run", "validate"] {
            let arguments = [
                command, "--brokers", flights.cluster.bootstrapServers, "--state", flights.state, "--warehouse",
                flights.warehouse,
            ]
            #expect(
                WrongThingsTests.refusal(try Program.run("flight-log", arguments))
                    == "error: the state directory \(flights.state) belongs to the topology flight-delays, and this is "
                    + "flight-log: name another directory with --state")
        }
        try expectRightTable(flights)
    }

    @Test func twoProcessesOnOneState() throws {
        let flights = try Flights(count: 1_000)
        let first = try Program("flight-delays", flights.endless())
        first.wait(seconds: 20) { first.errorText.contains("reading flights") }
        #expect(
            WrongThingsTests.refusal(try Program.run("flight-delays", flights.endless()))
                == "error: the state directory \(flights.state) is in use by another process: stop it, or name another")
        first.signal(SIGTERM)
        #expect(try first.wait(seconds: 20).status == 0)
        try expectRightTable(flights)
    }

    @Test func anEventTimeOfTheFarFutureIsTold() throws {
        let flights = try Flights(count: 2_000)
        let file = flights.directory.path + "/future.jsonl"
        let line = try #require(flights.lines().first)
        try Data(line.replacing("\"2013-", with: "\"2099-").utf8).write(to: URL(fileURLWithPath: file))
        let brokers = ["--brokers", flights.cluster.bootstrapServers]
        #expect(try Program.run("tidemark", ["produce", "--topic", "flights", "--from", file] + brokers).status == 0)
        let program = try Program("flight-delays", flights.endless())
        program.wait(seconds: 60) { program.errorText.contains("2099-") }
        #expect(program.errorText.contains("is still to come: records behind it in this partition are late"))
        program.signal(SIGTERM)
        #expect(try program.wait(seconds: 30).status == 0)
    }

    @Test func theBrokerGoesAway() throws {
        let flights = try Flights(count: 2_000)
        let program = try Program("flight-delays", flights.endless())
        program.wait(seconds: 30) { (try? checkpoints(flights).isEmpty) == false }
        // The dead letters of that epoch are on their way; a stop would wait for them as long as Kafka may need.
        Thread.sleep(forTimeInterval: 5)
        flights.cluster.close()
        program.wait(seconds: 30) { program.errorText.contains("warning: Kafka at ") }
        #expect(program.isRunning, "\(program.errorText)")
        let asked = Date()
        program.signal(SIGINT)
        let result = try program.wait(seconds: 60)
        #expect(result.status == 0 && !result.wasKilled, "\(result.errors)")
        #expect(result.output.contains("\"balanced\":true"))
        #expect(Date().timeIntervalSince(asked) < 20)
        #expect(result.errors.contains("Trying again"), "\(result.errors)")
    }
}
