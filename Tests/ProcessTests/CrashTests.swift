import Foundation
import TestSupport
import Testing

/// Topologies as real processes, killed at random moments and at those that matter most.
@Suite(.serialized, .enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct CrashTests {
    /// Small epochs, so that there are many moments between two of them.
    static let epochs = ["--epoch-ms", "10", "--epoch-records", "400"]
    private static let kills = 35

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
        #expect(letters.values.allSatisfy { $0.count == 1 } && letters.count > 100)
    }

    /// Every dead letter at least once; those that came again have the same identity and the same record.
    private func expectSameLetters(_ flights: Flights, _ undisturbed: Flights, _ met: [KillMoment: Int]) throws {
        let expected = try undisturbed.deadLetters()
        let letters = try flights.deadLetters()
        #expect(Set(letters.keys) == Set(expected.keys), "\(met)")
        for (id, records) in letters { #expect(Set(records) == Set(expected[id] ?? []), "\(id)") }
    }

    private func expectEveryMoment(_ met: [KillMoment: Int]) {
        #expect(met.values.reduce(0, +) == Self.kills, "the topology came to its end too early: \(met)")
        for moment in KillMoment.allCases { #expect(met[moment, default: 0] >= 3, "\(moment): \(met)") }
    }

    /// Runs a topology undisturbed, and gives the seconds that it took.
    private func runUndisturbed(_ topology: String, _ flights: Flights) throws -> Double {
        let began = Date()
        let run = try Program.run(topology, flights.arguments(Self.epochs))
        #expect(run.status == 0, "\(run.errors)")
        return Date().timeIntervalSince(began)
    }

    @Test func aMergedTableSurvivesKills() throws {
        let undisturbed = try Flights(count: 40_000)
        let length = try runUndisturbed("flight-delays", undisturbed)
        let flights = try Flights(count: 40_000)
        let (met, last) = try flights.killed(
            "flight-delays", flights.arguments(Self.epochs), times: Self.kills, length: length / 8)
        expectEveryMoment(met)
        #expect(last.status == 0, "\(last.errors) after \(met)")
        #expect(try flights.rows() == undisturbed.rows(), "\(met)")
        let compared = try flights.oracle(summary: last.output)
        #expect(compared.status == 0, "\(compared.output)\(compared.errors) after \(met)")
        try expectSameLetters(flights, undisturbed, met)
    }

    @Test func anAppendedTableSurvivesKills() throws {
        let undisturbed = try Flights(count: 40_000, table: "silver/flights")
        let length = try runUndisturbed("flight-log", undisturbed)
        let flights = try Flights(count: 40_000, table: "silver/flights")
        let (met, last) = try flights.killed(
            "flight-log", flights.arguments(Self.epochs), times: Self.kills, length: length / 8)
        expectEveryMoment(met)
        #expect(last.status == 0, "\(last.errors) after \(met)")
        // Every flight that left stands there once: as the file that was produced says, not only as another run did.
        let rows = try flights.rows()
        #expect(rows.count == Set(rows).count, "\(met)")
        #expect(try rows == undisturbed.rows(), "\(met)")
        #expect(try Self.identities(rows) == Self.identities(flights.lines()), "\(met)")
        try expectSameLetters(flights, undisturbed, met)
    }

    /// What tells the flights that left from each other, sorted.
    private static func identities(_ lines: [String]) throws -> [String] {
        try lines.compactMap { line in
            let flight = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            guard flight["departure"] is String else { return nil }
            let time = flight["scheduled_departure"] as? String ?? ""
            let instant = try Date(time, strategy: .iso8601)
            return "\(flight["carrier"] ?? "") \(flight["flight"] ?? "") \(flight["origin"] ?? "") \(instant)"
        }.sorted()
    }
}
