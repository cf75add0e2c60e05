import Foundation
import TestSupport
import Testing

/// The topology as a real process, killed at random moments.
@Suite(.serialized, .enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct CrashTests {
    /// Small epochs, so that there are many moments between two of them.
    static let epochs = ["--epoch-ms", "10", "--epoch-records", "400"]

    @Test func theTableIsThatOfABatchComputation() throws {
        let flights = try Flights(count: 20_000)
        let run = try Program.run("flight-delays", flights.arguments(["--threads", "2"]))
        #expect(run.status == 0, "\(run.errors)")
        let compared = try flights.oracle(summary: run.output)
        #expect(compared.status == 0, "\(compared.output)\(compared.errors)")
        // Every dead letter once, with an identity of its own.
        let summary = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        let letters = try flights.deadLetters()
        #expect(letters.count == (summary?["late"] as? Int ?? 0) + (summary?["malformed"] as? Int ?? 0))
        #expect(letters.values.allSatisfy { $0 == 1 } && letters.count > 100)
    }

    @Test func killedThirtyTimes() throws {
        let undisturbed = try Flights(count: 20_000)
        let began = Date()
        #expect(try Program.run("flight-delays", undisturbed.arguments(Self.epochs)).status == 0)
        let length = Date().timeIntervalSince(began)
        let flights = try Flights(count: 20_000)
        var kills = 0
        var moments: [Double] = []
        var finished: Program.Result?
        while kills < 30 {
            let program = try Program("flight-delays", flights.arguments(Self.epochs))
            // Long enough to get somewhere, short enough to be killed thirty times on the way.
            let moment = Double.random(in: 0...max(0.1, length / 6))
            moments.append(moment)
            Thread.sleep(forTimeInterval: moment)
            program.kill()
            let result = try program.wait()
            if result.wasKilled { kills += 1 } else { finished = result }
            #expect(result.wasKilled || result.status == 0, "\(result.errors) at \(moments)")
            // Runs that come to the end before they are killed would leave nothing to disturb.
            if finished != nil && kills < 30 { break }
        }
        let last = try Program.run("flight-delays", flights.arguments(Self.epochs))
        #expect(last.status == 0, "\(last.errors) at \(moments)")
        #expect(kills >= 30, "only \(kills) kills in \(moments)")
        #expect(try flights.rows() == undisturbed.rows(), "moments \(moments)")
        let compared = try flights.oracle(summary: last.output)
        #expect(compared.status == 0, "\(compared.output)\(compared.errors) at \(moments)")
        let expected = try undisturbed.deadLetters()
        let letters = try flights.deadLetters()
        #expect(Set(letters.keys) == Set(expected.keys), "moments \(moments)")
    }
}
