import TestSupport
import Testing

@testable import Dataflow

/// Which partitions wait for which, and that something is always read.
@Suite struct SourceAlignmentTests {
    typealias Name = SourceAlignment.Name

    static func progress(_ source: Int, _ partition: Int32, _ watermark: Int64?, _ backlog: Int64?)
        -> SourceAlignment.Progress
    {
        SourceAlignment.Progress(
            Name(source: source, partition: partition), watermark: watermark, backlog: backlog)
    }

    @Test func aPartitionAheadOfTheSlowestWaitsUntilItIsNear() {
        var alignment = SourceAlignment(bound: 10, roundRecords: 5)
        #expect(alignment.update([Self.progress(0, 0, 0, 100), Self.progress(0, 1, 10, 100)]) == .init())
        #expect(
            alignment.update([Self.progress(0, 0, 0, 100), Self.progress(0, 1, 11, 100)])
                == .init(pause: [0: [1]], resume: [:]))
        #expect(alignment.slowest == Name(source: 0, partition: 0))
        #expect(alignment.update([Self.progress(0, 0, 0, 99), Self.progress(0, 1, 11, 100)]) == .init(), "said once")
        #expect(
            alignment.update([Self.progress(0, 0, 1, 90), Self.progress(0, 1, 11, 100)])
                == .init(pause: [:], resume: [0: [1]]))
    }

    @Test func aFastSourceWaitsForASlowOne() {
        var alignment = SourceAlignment(bound: 10, roundRecords: 5)
        let change = alignment.update([
            Self.progress(0, 0, 0, 100), Self.progress(3, 0, 50, 100), Self.progress(3, 1, 60, 100),
        ])
        #expect(change == .init(pause: [3: [0, 1]], resume: [:]))
    }

    /// Backlog of the slow partition, and whether the fast one waits.
    @Test(arguments: [(100, true), (6, true), (5, false), (0, false), (nil, true)] as [(Int64?, Bool)])
    func onlyOneWithMuchToReadHoldsOthers(backlog: Int64?, waits: Bool) {
        var alignment = SourceAlignment(bound: 10, roundRecords: 5)
        _ = alignment.update([Self.progress(0, 0, 0, backlog), Self.progress(0, 1, 100, 100)])
        #expect(alignment.paused.isEmpty != waits)
    }

    @Test func oneWithoutEventTimeYetIsTheSlowest() {
        var alignment = SourceAlignment(bound: 10, roundRecords: 5)
        let change = alignment.update([Self.progress(0, 0, nil, 100), Self.progress(0, 1, -1_000, 100)])
        #expect(change == .init(pause: [0: [1]], resume: [:]))
    }

    @Test func aPartitionThatIsGoneIsForgotten() {
        var alignment = SourceAlignment(bound: 10, roundRecords: 5)
        _ = alignment.update([Self.progress(0, 0, 0, 100), Self.progress(0, 1, 100, 100)])
        #expect(alignment.update([Self.progress(0, 0, 0, 100)]) == .init())
        #expect(alignment.paused.isEmpty)
    }

    @Test func farTimesAreSafe() {
        var alignment = SourceAlignment(bound: .max, roundRecords: 0)
        _ = alignment.update([Self.progress(0, 0, .max - 1, 9), Self.progress(0, 1, .max, 9)])
        #expect(alignment.paused.isEmpty)
    }

    /// Random partitions are read to their ends in random portions: there is always one to read, all come to their ends,
    /// and none is further ahead than the bound and what one portion brings.
    @Test func somethingIsAlwaysRead() {
        for seed in 0..<50 as Range<UInt64> {
            var random = SplitMix(state: seed)
            let (bound, round) = (Int64.random(in: 0...30, using: &random), Int64.random(in: 0...4, using: &random))
            var alignment = SourceAlignment(bound: bound, roundRecords: round)
            let pace = (0..<4).map { _ in Int64.random(in: 1...9, using: &random) }
            var left = (0..<4).map { _ in Int64.random(in: 0...60, using: &random) }
            var times = [Int64?](repeating: nil, count: 4)
            var rounds = 0
            while left.contains(where: { $0 > 0 }) {
                let open = left.indices.filter {
                    left[$0] > 0 && !alignment.paused.contains(Name(source: $0 / 2, partition: Int32($0)))
                }
                guard let chosen = open.randomElement(using: &random) else {
                    Issue.record("seed \(seed): nobody reads, left \(left), times \(times)")
                    return
                }
                let count = min(left[chosen], Int64.random(in: 1...3, using: &random))
                left[chosen] -= count
                times[chosen] = (times[chosen] ?? 0) + count * pace[chosen]
                _ = alignment.update(left.indices.map { Self.progress($0 / 2, Int32($0), times[$0], left[$0]) })
                let behind = left.indices.filter { left[$0] > round }.map { times[$0] ?? 0 }.min() ?? .max
                for index in left.indices where left[index] > 0 && behind < .max && times.allSatisfy({ $0 != nil }) {
                    #expect(times[index]! <= behind + bound + 27 + 1, "seed \(seed)")
                }
                rounds += 1
            }
            #expect(rounds <= 240)
        }
    }

    @Test func sourcesMeetInTheStepsThatTakeBoth() {
        func source(_ topic: String) -> PlanStep.Kind {
            .read(SourceDescription(topic: topic, contract: EventDecoder.contract))
        }
        var plan = LogicalPlan(name: "meeting")
        let first = plan.add(source("a"))
        let second = plan.add(source("b"))
        let third = plan.add(source("c"))
        let filter = PlanStep.Kind.filter(.literal(.bool(true), .bool))
        let filtered = plan.add(filter, after: [third])
        // Any step with two inputs.
        _ = plan.add(filter, after: [first, filtered])
        _ = plan.add(filter, after: [second])
        #expect(plan.sourcesByMeeting == [[first, third], [second]])
    }
}
