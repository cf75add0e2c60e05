import Columnar
import Testing

@testable import Dataflow

@Suite struct DropDuplicatesTests {
    static let delay: Int64 = 10

    @Test(arguments: Delivery.all)
    func keepsTheFirstOfEachKey(delivery: Delivery) throws {
        var plan = LogicalPlan(name: "dedup")
        let source = SourceDescription(
            topic: "events", contract: EventDecoder.contract, deadLetterTopic: "dead", deadLettersDuplicates: true)
        let read = plan.add(.read(source))
        let timed = plan.add(.withWatermark(column: "time", delayMicroseconds: Self.delay * 1_000_000), after: [read])
        let dedup = plan.add(.dropDuplicates(keys: ["key", "value"]), after: [timed])
        _ = plan.add(.write(SinkDescription(table: "t", mode: .append(partitionedBy: []))), after: [dedup])
        for seed in 0..<3 as Range<UInt64> {
            var events = randomEvents(400, partitions: 1, seed: seed)
            for index in events.indices where index % 5 == 4 {
                events[index].key = events[index - 1].key
                events[index].value = events[index - 1].value
            }
            var expected = PlanResult()
            var newest = Int64.min / 2
            var firstSeen: [[Int64]: Int64] = [:]
            for (index, event) in events.enumerated() {
                let watermark = newest - Self.delay
                newest = max(newest, event.second)
                let key = [event.key, event.value]
                if event.second < watermark {
                    expected.late.append(Int64(index))
                } else if let first = firstSeen[key], first >= watermark {
                    expected.duplicates.append(Int64(index))
                } else {
                    firstSeen[key] = event.second
                    expected.counts.processed += 1
                }
            }
            let actual = try run(plan, events, keyColumns: 3, delivery)
            #expect(actual.late == expected.late && actual.duplicates == expected.duplicates, "seed \(seed)")
            #expect(actual.counts.processed == expected.counts.processed && actual.counts.isBalanced)
            #expect(!expected.late.isEmpty && !expected.duplicates.isEmpty)
        }
    }
}
