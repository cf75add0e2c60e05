import Foundation
import TestSupport
import Testing

@testable import Columnar

/// Time zones against Python's zoneinfo.
@Suite struct TimeZoneTests {
    static let zones = [
        "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
        "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Gaza", "Antarctica/Troll", "America/Nuuk", "Pacific/Chatham", "Etc/GMT+5",
    ]

    @Test(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
    func areThoseOfPython() throws {
        var random = SystemRandomNumberGenerator()
        var questions: [(zone: String, second: Int64)] = []
        for zone in Self.zones {
            for _ in 0..<400 {
                // From 1890 to 2300, with as many within the next years.
                let far = Int64.random(in: -2_500_000_000..<10_400_000_000, using: &random)
                let near = Int64.random(in: 1_600_000_000..<2_200_000_000, using: &random)
                questions += [(zone, far), (zone, near)]
            }
            questions += Self.aroundChanges(of: zone)
        }
        let input = questions.map { "\($0.zone) \($0.second)" }.joined(separator: "\n")
        let answers = try Python.run("time_zones.py", [], input: input).split(separator: "\n")
        #expect(answers.count == questions.count)
        let rules = try Dictionary(
            uniqueKeysWithValues: Self.zones.map { ($0, try TimeZoneRules(identifier: $0)) })
        for (question, answer) in zip(questions, answers) {
            let zone = try #require(rules[question.zone])
            let time = question.second * 1_000_000
            let found = "\(zone.offset(atUTC: time)) \(zone.utc(fromLocal: time) / 1_000_000)"
            #expect(found == answer, "\(question.second) in \(question.zone)")
        }
    }

    /// The seconds about every change of the clocks in the next years.
    static func aroundChanges(of name: String) -> [(zone: String, second: Int64)] {
        guard let zone = TimeZone(identifier: name) else { return [] }
        var seconds: [Int64] = []
        var moment = Date(timeIntervalSince1970: 1_600_000_000)
        for _ in 0..<12 {
            guard let next = zone.nextDaylightSavingTimeTransition(after: moment) else { break }
            let change = Int64(next.timeIntervalSince1970)
            let offset = Int64(zone.secondsFromGMT(for: next))
            for near in [change, change + offset] {
                seconds += [-7200, -3601, -3600, -1801, -1, 0, 1, 1799, 3599, 3600, 7200].map { near + $0 }
            }
            moment = next.addingTimeInterval(1)
        }
        return seconds.map { (name, $0) }
    }

    @Test func theEndsOfTimeAreSafe() throws {
        for name in Self.zones {
            let zone = try TimeZoneRules(identifier: name)
            for time in [Int64.min, .min + 1, .max - 1, .max] {
                #expect(abs(zone.offset(atUTC: time)) < 86_400)
                _ = zone.utc(fromLocal: time)
            }
        }
    }

    @Test(arguments: ["Europe/Berlim", "", "../../etc/passwd", "Europe"])
    func anUnknownZoneIsNamed(_ name: String) {
        #expect { try TimeZoneRules(identifier: name) } throws: { "\($0)".contains("'\(name)'") }
    }
}
