import Dataflow
import Streams
import Testing
import TidemarkTesting

/// `dropDuplicates` that keeps the last row of a key, against its definition over lists, in every way that must not
/// matter.
@Suite struct KeepLastTests {
    struct Status: Schema {
        let id = Column<String>("id")
        let at = Column<Timestamp>("at", timestamps: .epochSeconds)
        let value = Column<Int64>("value")
    }

    struct Final: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "status"), as: .json(Status.self), invalid: .deadLetter(topic: "dead"))
                .withWatermark(\.at, delay: .seconds(10))
                .dropDuplicates(by: \.id, keeping: .last)
                .append(to: "t.status")
        }
    }

    struct Updates: Topology {
        func build(_ topology: TopologyBuilder) {
            topology
                .read(
                    .kafka(topic: "status"), as: .json(Status.self),
                    invalid: .deadLetter(topic: "dead", duplicates: true)
                )
                .withWatermark(\.at, delay: .seconds(10))
                .dropDuplicates(by: \.id, keeping: .lastWithUpdates)
                .filter { $0.value != 3 }
                .merge(into: "t.status", on: \.id)
        }
    }

    struct PerMinute: Topology {
        struct Count: Schema {
            let start = Column<Timestamp>("start")
            let statuses = Column<Int64>("statuses")
            let total = Column<Int64>("total")
        }

        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "status"), as: .json(Status.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(10))
                .dropDuplicates(by: \.id, keeping: .last)
                .window(.tumbling(.minutes(1)))
                .groupBy()
                .aggregate(into: Count.self) { status, window, row in
                    row.start.set(to: window.start)
                    row.statuses.set(to: .count)
                    row.total.set(to: .sum(status.value))
                }
                .merge(into: "t.counts", on: \.start)
        }
    }

    struct Row {
        var id: Int
        var at: Int
        var value: Int
        var json: String { #"{"id":"key-\#(id)","at":\#(at),"value":\#(value)}"# }
        var text: String { "id=key-\(id) at=\(at * 1_000_000) value=\(value)" }
    }

    /// Out of order within ten seconds mostly; some are late, and some of one time.
    static func rows(_ seed: UInt64) -> [Row] {
        var state = seed
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        return (0..<160).map { index in
            Row(id: random(8), at: index - random(8) - (random(12) == 0 ? random(30) : 0), value: random(6))
        }
    }

    /// What the definition makes of the rows of one partition.
    struct Expected {
        var final: [Row] = []
        /// The newest row of each key, for the updates.
        var newest: [Int: Row] = [:]
        var late = 0
        var superseded = 0
        /// Rows that are older than one of their key that was read before.
        var outdated = 0
    }

    static func expected(_ rows: [Row]) -> Expected {
        var result = Expected()
        var largest: Int?
        var waiting: [Int: Row] = [:]
        for row in rows {
            let watermark = largest.map { $0 - 10 } ?? .min
            largest = max(largest ?? .min, row.at)
            if row.at < watermark {
                result.late += 1
                continue
            }
            if let newest = result.newest[row.id], newest.at > row.at {
                result.outdated += 1
            } else {
                result.newest[row.id] = row
            }
            guard let last = waiting[row.id] else {
                waiting[row.id] = row
                continue
            }
            if last.at < watermark {
                result.final.append(last)
                waiting[row.id] = row
            } else {
                result.superseded += 1
                // Of rows of one time the one with the larger offset is later.
                if row.at >= last.at { waiting[row.id] = row }
            }
        }
        result.final += waiting.values
        return result
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theLastRowIsGivenWhenItIsFinal(seed: UInt64) throws {
        let rows = Self.rows(seed)
        let expected = Self.expected(rows)
        let outcome = try HostileHarness(Final.self).run(TopologyInput(rows.map(\.json), topic: "status"))
        #expect(outcome.rows(of: "t.status") == expected.final.map(\.text).sorted())
        let counts = outcome.reconciliation
        #expect([counts.late, counts.duplicate] == [expected.late, expected.superseded])
        #expect(counts.processed == expected.final.count)
        #expect(expected.late > 0 && expected.superseded > 10 && expected.final.count > 10)
    }

    @Test(arguments: [2, 3] as [UInt64])
    func updatesReplaceTheRowBefore(seed: UInt64) throws {
        let rows = Self.rows(seed)
        let expected = Self.expected(rows)
        let outcome = try HostileHarness(Updates.self).run(TopologyInput(rows.map(\.json), topic: "status"))
        // A key whose newest row the filter does not take has none.
        let shown = expected.newest.values.filter { $0.value != 3 }
        #expect(outcome.rows(of: "t.status") == shown.map(\.text).sorted())
        #expect(outcome.reconciliation.duplicate == expected.outdated && outcome.reconciliation.late == expected.late)
        #expect(
            outcome.deadLetters.filter { $0.contains("a later record with the same key came") }.count
                == expected.outdated)
        #expect(shown.count < expected.newest.count && expected.outdated > 10)
    }

    @Test func windowsTakeFinalRows() throws {
        let rows = Self.rows(4)
        var totals: [Int: (Int, Int)] = [:]
        for row in Self.expected(rows).final {
            let start = row.at - (row.at % 60 + 60) % 60
            totals[start, default: (0, 0)].0 += 1
            totals[start, default: (0, 0)].1 += row.value
        }
        let outcome = try HostileHarness(PerMinute.self).run(TopologyInput(rows.map(\.json), topic: "status"))
        let texts = totals.map { "start=\($0.key * 1_000_000) statuses=\($0.value.0) total=\($0.value.1)" }
        #expect(outcome.rows(of: "t.counts") == texts.sorted())
    }

    /// Updates do not depend on how partitions interleave: the newest of all is kept.
    @Test func partitionsInterleaveAsTheyLike() throws {
        var input = TopologyInput()
        input.feed([Row(id: 1, at: 5, value: 1).json], topic: "status", partition: 1)
        input.feed([Row(id: 1, at: 5, value: 2).json, Row(id: 2, at: 9, value: 1).json], topic: "status", partition: 0)
        input.feed([Row(id: 2, at: 8, value: 2).json], topic: "status", partition: 1)
        input.endInput()
        let ways = HostileHarness.Way.inOrder
        let outcome = try HostileHarness(Updates.self, ways: ways).run(input)
        #expect(
            outcome.rows(of: "t.status") == [Row(id: 1, at: 5, value: 1).text, Row(id: 2, at: 9, value: 1).text],
            "of one time, the larger partition")
    }

    struct Refused: Topology {
        func build(_ topology: TopologyBuilder) {
            topology
                .read(
                    .kafka(topic: "status"), as: .json(Status.self),
                    invalid: .deadLetter(topic: "dead", duplicates: true)
                )
                .withWatermark(\.at, delay: .seconds(10))
                .dropDuplicates(by: \.id, keeping: .last)
                .append(to: "t.status")
        }
    }

    struct RefusedAppend: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "status"), as: .json(Status.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(10))
                .dropDuplicates(by: \.id, keeping: .lastWithUpdates)
                .append(to: "t.status")
        }
    }

    @Test func whatCannotBeIsRefused() {
        #expect { try TopologyDriver(Refused.self) } throws: { "\($0)".contains("leave 'duplicates: true' out") }
        #expect { try TopologyDriver(RefusedAppend.self) } throws: { "\($0)".contains("may be replaced") }
    }

    @Test func thePlan() throws {
        #expect(
            try Final.makePlan().text.contains(
                "2: keep the last row by id, when it is final [state: rows within the watermark, sharded] <- 1"))
        #expect(
            try Updates.makePlan().text.contains(
                "2: keep the last row by id, with updates [state: keys within the watermark, sharded] <- 1"))
    }
}
