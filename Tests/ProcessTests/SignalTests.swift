import Foundation
import TestSupport
import Testing

/// The topology as a real process that is told to stop.
@Suite(.serialized, .enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct SignalTests {
    private func started(_ arguments: [String], environment: [String: String] = [:]) throws -> Program {
        let program = try Program("flight-delays", arguments, environment: environment)
        program.wait(seconds: 20) { program.errorText.contains("reading flights") }
        return program
    }

    @Test func aSignalEndsTheEpochAndNothingIsLost() throws {
        let flights = try Flights(count: 20_000)
        for number in [SIGINT, SIGTERM] {
            let program = try started(flights.endless(CrashTests.epochs))
            usleep(200_000)
            program.signal(number)
            let result = try program.wait(seconds: 5)
            #expect(result.status == 0 && !result.wasKilled, "\(result.errors)")
            #expect(result.output.contains("\"balanced\":true"))
        }
        let last = try Program.run("flight-delays", flights.arguments())
        let compared = try flights.oracle(summary: last.output)
        #expect(compared.status == 0, "\(last.errors)\(compared.output)\(compared.errors)")
    }

    @Test func aSignalStopsARunThatHasNothingToDo() throws {
        let flights = try Flights(count: 1_000)
        #expect(try Program.run("flight-delays", flights.arguments()).status == 0)
        for number in [SIGINT, SIGTERM] {
            for microseconds: UInt32 in [0, 1_000_000] {
                let program = try started(flights.endless())
                usleep(microseconds)
                program.signal(number)
                let result = try program.wait(seconds: 5)
                #expect(result.status == 0 && !result.wasKilled, "\(number) after \(microseconds) µs: \(result)")
            }
        }
    }

    @Test func aSecondSignalExitsAtOnce() throws {
        let flights = try Flights(count: 1_000)
        let program = try started(flights.endless())
        // Both are there before the program can look at either.
        for number in [SIGSTOP, SIGINT, SIGTERM, SIGCONT] { program.signal(number) }
        let result = try program.wait(seconds: 5)
        #expect([128 + SIGINT, 128 + SIGTERM].contains(result.status) && !result.wasKilled, "\(result)")
        #expect(result.output.isEmpty)
        let last = try Program.run("flight-delays", flights.arguments())
        #expect(try flights.oracle(summary: last.output).status == 0, "\(last.errors)")
    }
}
