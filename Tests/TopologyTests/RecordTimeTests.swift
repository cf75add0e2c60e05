import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Topologies whose records bring no event time of their own.
@Suite struct RecordTimeTests {
    struct Click: Schema {
        let page = Column<String>("page")
    }

    struct Clicks: Schema {
        let page = Column<String>("page")
        let start = Column<Timestamp>("start")
        let count = Column<Int64>("count")
    }

    private static func count(_ stream: EventTimeStream<Click>) {
        stream.window(.tumbling(.seconds(10))).groupBy(\.page).aggregate(into: Clicks.self) { click, window, row in
            row.page.set(to: click.page)
            row.start.set(to: window.start)
            row.count.set(to: .count)
        }.merge(into: "gold.clicks", on: \.page, \.start)
    }

    private static func read(_ topology: TopologyBuilder) -> Stream<Click> {
        topology.read(.kafka(topic: "clicks"), as: .json(Click.self), invalid: .deadLetter(topic: "dead"))
    }

    struct ByIngestion: Topology {
        func build(_ topology: TopologyBuilder) {
            count(read(topology).filter { $0.page != "b" }.withIngestionTime(delay: .seconds(2)))
        }
    }

    struct ByClock: Topology {
        func build(_ topology: TopologyBuilder) { count(read(topology).withProcessingTime()) }
    }

    struct ByBoth: Topology {
        func build(_ topology: TopologyBuilder) {
            let clicks = read(topology)
            count(clicks.withProcessingTime())
            count(clicks.withIngestionTime())
        }
    }

    private static func clicks(_ pages: String) -> [String] { pages.map { #"{"page":"\#($0)"}"# } }

    @Test func ingestionTimeIsThatOfTheTopicAndAgreesInEveryReplay() throws {
        var input = TopologyInput()
        input.feed(Self.clicks("aab"), topic: "clicks", partition: 0, timestamps: [1_000, 9_999, 10_000])
        input.feed(["{", "{}"] + Self.clicks("a"), topic: "clicks", partition: 1, timestamps: [1, 2, 10_000])
        // Within the delay, at its end, and late by the partition's own watermark; one of which the topic knows no time.
        input.feed(Self.clicks("aaaa"), topic: "clicks", partition: 0, timestamps: [12_000, 9_998, 8_000, -1])
        input.feed(Self.clicks("a"), topic: "clicks", partition: 1, timestamps: [30_000])
        input.endInput()
        let outcome = try HostileHarness(ByIngestion.self).run(input)
        #expect(
            outcome.rows(of: "gold.clicks") == [
                "page=a start=0 count=2", "page=a start=10000000 count=2", "page=a start=30000000 count=1",
            ])
        #expect(
            outcome.deadLetters.filter { $0.contains("no timestamp") && $0.contains("contract_violation") }.count == 1)
        #expect(outcome.deadLetters.filter { $0.contains(" late ") }.count == 2)
        #expect(outcome.reconciliation.malformed == 3 && outcome.reconciliation.filtered == 1)
    }

    @Test func processingTimeIsTheClock() throws {
        var input = TopologyInput()
        input.feed(Self.clicks("ab"), topic: "clicks")
        input.advance(processingTime: 9_000_000)
        input.feed(Self.clicks("a"), topic: "clicks")
        input.advance(processingTime: 10_000_000)
        input.feed(Self.clicks("a"), topic: "clicks")
        input.endInput()
        // A replay reads everything at one time.
        let outcome = try HostileHarness(ByClock.self, ways: HostileHarness.Way.inOrder).run(input)
        #expect(
            outcome.rows(of: "gold.clicks") == [
                "page=a start=0 count=2", "page=a start=10000000 count=1", "page=b start=0 count=1",
            ])
        let driver = try TopologyDriver(ByClock.self)
        try driver.feed(Self.clicks("a"), topic: "clicks")
        #expect(driver.rows(of: "gold.clicks").isEmpty)
        try driver.advance(processingTime: 10_000_000)
        #expect(driver.rows(of: "gold.clicks") == ["page=a start=0 count=1"], "no record is needed to close a window")
    }

    @Test func oneSourceHasOneClock() {
        #expect { try HostileHarness(ByBoth.self).run(TopologyInput()) } throws: {
            "\($0)".contains("takes processing time and ingestion time, delay 0 µs from one source")
        }
    }
}
