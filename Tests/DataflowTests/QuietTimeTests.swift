import Testing

@testable import Dataflow

@Suite struct QuietTimeTests {
    static let second: Int64 = 1_000_000

    @Test func eventTimeGoesOnWithTheClock() {
        var quiet = QuietTime(after: 5 * Self.second)
        #expect(quiet.due(isAtRest: false, at: 100 * Self.second) == nil)
        #expect(quiet.due(isAtRest: true, at: 101 * Self.second) == nil)
        #expect(quiet.due(isAtRest: true, at: 106 * Self.second - 1) == nil)
        #expect(quiet.due(isAtRest: true, at: 106 * Self.second) == 5 * Self.second)
        quiet.grant(5 * Self.second)
        #expect(quiet.due(isAtRest: true, at: 107 * Self.second - 1) == nil, "a second at a time")
        #expect(quiet.due(isAtRest: true, at: 107 * Self.second) == Self.second)
    }

    @Test func whatIsNotConfirmedIsAskedForAgain() {
        var quiet = QuietTime(after: 5 * Self.second)
        _ = quiet.due(isAtRest: true, at: 0)
        #expect(quiet.due(isAtRest: true, at: 5 * Self.second) == 5 * Self.second)
        #expect(quiet.due(isAtRest: true, at: 5 * Self.second + 50_000) == nil, "not in every round")
        #expect(quiet.due(isAtRest: true, at: 6 * Self.second) == 6 * Self.second)
    }

    @Test func aRecordBeginsAnew() {
        var quiet = QuietTime(after: 5 * Self.second)
        _ = quiet.due(isAtRest: true, at: 0)
        _ = quiet.due(isAtRest: true, at: 5 * Self.second)
        quiet.grant(5 * Self.second)
        #expect(quiet.due(isAtRest: false, at: 6 * Self.second) == nil)
        #expect(quiet.due(isAtRest: true, at: 7 * Self.second) == nil)
        #expect(quiet.due(isAtRest: true, at: 11 * Self.second) == nil)
        #expect(quiet.due(isAtRest: true, at: 12 * Self.second) == 5 * Self.second)
    }

    @Test func aClockThatIsPutBackBeginsAnew() {
        var quiet = QuietTime(after: 5 * Self.second)
        _ = quiet.due(isAtRest: true, at: 100 * Self.second)
        #expect(quiet.due(isAtRest: true, at: 50 * Self.second) == nil)
        #expect(quiet.due(isAtRest: true, at: 54 * Self.second) == nil)
        #expect(quiet.due(isAtRest: true, at: 55 * Self.second) == 5 * Self.second)
    }

    @Test func stepsOfAShortQuietTimeAreAsShort() {
        var quiet = QuietTime(after: 10_000)
        _ = quiet.due(isAtRest: true, at: 0)
        #expect(quiet.due(isAtRest: true, at: 10_000) == 10_000)
        quiet.grant(10_000)
        #expect(quiet.due(isAtRest: true, at: 20_000) == 10_000)
    }
}
