import Streams
import TidemarkTesting

/// A topology with every operator that has state.
struct EveryState: Topology {
    static var name: String { "every-state" }

    struct Reading: Schema {
        let id = Column<Int64>("id")
        let key = Column<String>("key")
        let at = Column<Timestamp>("at", timestamps: .epochSeconds)
        let value = Column<Int64>("value")
    }

    struct Limit: Schema {
        let key = Column<String>("key")
        let from = Column<Timestamp>("from", timestamps: .epochSeconds)
        let limit = Column<Int64>("limit")
        let isGone = Column<Bool>("is_gone")
    }

    struct Label: Schema {
        let key = Column<String>("key")
        let label = Column<String>("label")
    }

    struct Total: Schema {
        let key = Column<String>("key")
        let start = Column<Timestamp>("start")
        let end = Column<Timestamp>("end")
        let count = Column<Int64>("count")
        let total = Column<Int64?>("total")
        let last = Column<Int64?>("last")
        let distinct = Column<Int64>("distinct")
    }

    struct Sum: Schema {
        let key = Column<String>("key")
        let count = Column<Int64>("count")
        let total = Column<Int64?>("total")
    }

    struct Ranked: Schema {
        let key = Column<String>("key")
        let rank = Column<Int64>("rank")
        let value = Column<Int64?>("value")
    }

    struct Pair: Schema {
        let id = Column<Int64?>("id")
        let key = Column<String?>("key")
        let limit = Column<Int64?>("limit")
    }

    struct Labelled: Schema {
        let id = Column<Int64>("id")
        let label = Column<String?>("label")
    }

    func build(_ topology: TopologyBuilder) {
        let readings = topology.read(
            .kafka(topic: "readings"), as: .json(Reading.self), invalid: .deadLetter(topic: "dead")
        ).withWatermark(\.at, delay: .seconds(10))
        let limits = topology.read(.kafka(topic: "limits"), as: .json(Limit.self), invalid: .deadLetter(topic: "dead"))
            .withWatermark(\.from, delay: .seconds(10))
        readings.dropDuplicates(by: \.id).append(to: "t.unique")
        readings.dropDuplicates(by: \.key, keeping: .last).append(to: "t.last")
        readings.dropDuplicates(by: \.key, keeping: .lastWithUpdates).merge(into: "t.latest", on: \.key)
        windows(readings)
        rankings(readings)
        joins(readings, limits)
        readings.process(with: Silence()).append(to: "t.silent")
        readings.enrich(
            with: .table("silver.labels", as: Label.self), on: .equal(\.key, \.key), into: Labelled.self
        ) { reading, label, row in
            row.id.set(to: reading.id)
            row.label.set(to: label.label)
        }
        .append(to: "t.labelled")
    }

    private func windows(_ readings: EventTimeStream<Reading>) {
        let kinds: [(String, Window)] = [
            ("t.closed", .hopping(.seconds(40), every: .seconds(20))),
            ("t.updated", .tumbling(.seconds(30), allowedLateness: .seconds(20), emitting: .updates)),
            ("t.early", .tumbling(.seconds(30), emitting: .early())),
            ("t.sessions", .session(gap: .seconds(8), allowedLateness: .seconds(10), emitting: .updates)),
        ]
        for (table, window) in kinds {
            readings.window(window).groupBy(\.key).aggregate(into: Total.self) { reading, window, row in
                row.key.set(to: reading.key)
                row.start.set(to: window.start)
                row.end.set(to: window.end)
                row.count.set(to: .count)
                row.total.set(to: .sum(reading.value))
                row.last.set(to: .last(reading.value))
                row.distinct.set(to: .countDistinct(reading.value))
            }
            .merge(into: table, on: \.key, \.start, \.end)
        }
    }

    private func rankings(_ readings: EventTimeStream<Reading>) {
        readings.window(.tumbling(.seconds(20))).groupBy(\.key)
            .top(2, by: .descending(\.value), into: Ranked.self) { reading, _, rank, row in
                row.key.set(to: reading.key)
                row.rank.set(to: rank)
                row.value.set(to: reading.value)
            }
            .append(to: "t.best")
        let totals = readings.overAllTime().groupBy(\.key).aggregate(into: Sum.self) { reading, _, row in
            row.key.set(to: reading.key)
            row.count.set(to: .count)
            row.total.set(to: .sum(reading.value))
        }
        totals.merge(into: "t.totals", on: \.key)
        totals.overAllTime().groupBy()
            .top(2, by: .descending(\.total), identifiedBy: \.key, into: Ranked.self) { total, _, rank, row in
                row.key.set(to: total.key)
                row.rank.set(to: rank)
                row.value.set(to: total.total)
            }
            .merge(into: "t.leaders", on: \.rank)
    }

    private func joins(_ readings: EventTimeStream<Reading>, _ limits: EventTimeStream<Limit>) {
        func pair(_ reading: Row<Reading>, _ limit: Row<Limit>, _ row: SelectedRow<Pair>) {
            row.id.set(to: reading.id)
            row.key.set(to: limit.key)
            row.limit.set(to: limit.limit)
        }
        readings.join(
            limits, on: { $0.key == $1.key && $0.value > $1.limit }, within: .between(.seconds(-10), .seconds(20)),
            joinKind: .full, into: Pair.self, pair
        ).append(to: "t.near")
        readings.window(.tumbling(.seconds(20)))
            .join(limits, on: { $0.key == $1.key }, joinKind: .full, into: Pair.self) { reading, limit, _, row in
                pair(reading, limit, row)
            }
            .append(to: "t.together")
        readings.join(
            asOf: limits, on: { $0.key == $1.key }, deletedWhere: { $0.isGone }, joinKind: .left, into: Pair.self, pair
        ).append(to: "t.limited")
    }

    struct KeyOnly: Schema { let key = Column<String>("key") }

    /// Tells of keys that are silent for fifteen seconds, with the number of their readings.
    struct Silence: KeyedProcessor {
        typealias Input = Reading
        typealias Output = Sum
        typealias Key = KeyOnly
        struct State: Schema {
            let readings = Column<Int64>("readings")
            let due = Column<Timestamp?>("due")
        }
        let name = "silence"

        func process(_ reading: RowReader<Reading>, _ context: ProcessorContext<Self>) throws {
            if let due = context.state.due { context.deleteTimer(at: due) }
            context.state.readings += 1
            let due = reading.at.adding(.seconds(15))
            context.state.due = due
            context.setTimer(at: due)
        }

        func onTimer(_ timer: ProcessorTimer, _ context: ProcessorContext<Self>) {
            context.emit { row in
                row.key = context.key.key
                row.count = context.state.readings
                row.total = timer.time.microseconds
            }
            context.clearState()
        }
    }
}

extension EveryState {
    /// Random records of both topics, in two partitions each, keyed by partition; some are late, some are duplicates.
    static func input(_ range: Range<Int>, keys: Int = 6) -> TopologyInput {
        var input = TopologyInput()
        for index in range {
            var state = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 &+ 11
            func random(_ count: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % count
            }
            let key = random(keys)
            let at = index / 2 - random(6) - (random(9) == 0 ? random(40) : 0)
            let partition = Int32(key % 2)
            if random(4) == 0 {
                let limit =
                    #"{"key":"k\#(key)","from":\#(at),"limit":\#(random(12)),"is_gone":\#(random(5) == 0)}"#
                input.feed([limit], topic: "limits", partition: partition)
            } else {
                // Duplicates share a key, and so a partition.
                let id = index / 12 * 10 + key
                let reading = #"{"id":\#(id),"key":"k\#(key)","at":\#(at),"value":\#(random(20) - 5)}"#
                input.feed([reading], topic: "readings", partition: partition)
            }
        }
        return input
    }

    static let labels = (0..<4).map { #"{"key":"k\#($0)","label":"L\#($0)"}"# }
}
