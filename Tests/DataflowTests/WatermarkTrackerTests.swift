import Testing

@testable import Dataflow

@Suite struct WatermarkTrackerTests {
    /// Partitions, with a `-` before those that are idle.
    static func partitions(_ numbers: Int32...) -> [(number: Int32, isIdle: Bool)] {
        numbers.map { ($0 < 0 ? -$0 : $0, $0 < 0) }
    }

    @Test func theSlowestThatHasSomethingToReadHolds() {
        var tracker = WatermarkTracker(delay: 10)
        tracker.update(maxima: [1: 100], partitions: Self.partitions(1, 2))
        #expect(tracker.current == .none && tracker.holdingPartition == 2)
        tracker.update(maxima: [1: 100, 2: 50], partitions: Self.partitions(1, 2))
        #expect(tracker.current == .time(40) && tracker.holdingPartition == 2)
        tracker.update(maxima: [1: 100, 2: 50], partitions: Self.partitions(1, -2))
        #expect(tracker.current == .time(90) && tracker.holdingPartition == 1)
        tracker.update(maxima: [1: 100, 2: 120], partitions: Self.partitions(-1, -2))
        #expect(tracker.current == .time(110) && tracker.holdingPartition == nil)
    }

    @Test func itNeverFalls() {
        var tracker = WatermarkTracker(delay: 0, current: .time(100))
        // Comes back, is new, has fallen back.
        for maxima in [[1: 50], [:], [1: 100, 2: 10]] as [[Int32: Int64]] {
            tracker.update(maxima: maxima, partitions: Self.partitions(1, 2))
            #expect(tracker.current == .time(100))
        }
        tracker.update(maxima: [:], partitions: [])
        #expect(tracker.current == .time(100) && tracker.holdingPartition == nil)
    }

    @Test func theEndsOfTheRangeAreSafe() {
        var tracker = WatermarkTracker(delay: 10)
        tracker.update(maxima: [1: .min], partitions: Self.partitions(1))
        #expect(tracker.current == .time(.min))
        tracker.update(maxima: [1: .max], partitions: Self.partitions(1))
        #expect(tracker.current == .time(.max - 10))
        tracker.advance(by: 100, at: 0)
        #expect(tracker.current == .time(.max))
    }

    @Test func itSaysSinceWhenItStands() {
        var tracker = WatermarkTracker(delay: 0)
        tracker.update(maxima: [1: 5, 2: 9], partitions: Self.partitions(1, 2), at: 1)
        #expect(tracker.standingSince == 1)
        tracker.update(maxima: [1: 5, 2: 19], partitions: Self.partitions(1, 2), at: 2)
        #expect(tracker.standingSince == 1 && tracker.holdingPartition == 1, "the other went on")
        tracker.update(maxima: [1: 7, 2: 19], partitions: Self.partitions(1, 2), at: 3)
        #expect(tracker.standingSince == 3, "it moved")
        tracker.update(maxima: [1: 19, 2: 19], partitions: Self.partitions(-1, 2), at: 4)
        tracker.update(maxima: [1: 19, 2: 19], partitions: Self.partitions(1, -2), at: 5)
        #expect(tracker.current == .time(19) && tracker.standingSince == 5, "another holds it")
    }

    @Test func quietTimeNeedsAFirstEvent() {
        var tracker = WatermarkTracker(delay: 10)
        tracker.advance(by: 100, at: 0)
        #expect(tracker.current == .none)
        tracker.update(maxima: [1: 50], partitions: Self.partitions(-1))
        tracker.advance(by: 100, at: 0)
        #expect(tracker.current == .time(140))
        tracker.update(maxima: [1: 120], partitions: Self.partitions(1))
        #expect(tracker.current == .time(140), "an older record does not take it back")
    }
}
