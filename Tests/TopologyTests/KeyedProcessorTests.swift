import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Keyed processors with state and timers, in every way that must not matter.
@Suite struct KeyedProcessorTests {
    struct Reading: Schema {
        let machine = Column<String>("machine")
        let at = Column<Timestamp>("at", timestamps: .epochSeconds)
        let value = Column<Int64>("value")
    }

    struct Event: Schema {
        let machine = Column<String>("machine")
        let kind = Column<String>("kind")
        let at = Column<Timestamp>("at")
        let count = Column<Int64>("count")
        let note = Column<String?>("note")
    }

    struct MachineKey: Schema { let machine = Column<String>("machine") }

    /// Tells when a machine was silent for half a minute: how many readings it gave until then. A negative value fails; a
    /// zero ends the machine at once.
    struct Silence: KeyedProcessor {
        typealias Input = Reading
        typealias Output = Event
        typealias Key = MachineKey
        struct State: Schema {
            let readings = Column<Int64>("readings")
            let last = Column<Timestamp?>("last")
            let note = Column<String?>("note")
        }
        let name = "silence"
        let gap: Duration
        var parameters: [String] { ["\(gap)"] }

        func process(_ reading: RowReader<Reading>, _ context: ProcessorContext<Self>) throws {
            context.state.readings += 1
            if let last = context.state.last { context.deleteTimer(at: last.adding(gap)) }
            if reading.value < 0 {
                context.emit { $0.machine = "never given" }
                throw RowFailure("is negative")
            }
            if reading.value == 0 {
                emit("ended", context, at: reading.at)
                return context.clearState()
            }
            let latest = max(context.state.last?.microseconds ?? .min, reading.at.microseconds)
            context.state.last = Timestamp(microseconds: latest)
            context.state.note = (context.state.note ?? "") + "\(reading.value),"
            context.setTimer(at: Timestamp(microseconds: latest).adding(gap))
        }

        func onTimer(_ timer: ProcessorTimer, _ context: ProcessorContext<Self>) {
            emit("silent", context, at: timer.time)
            context.clearState()
        }

        private func emit(_ kind: String, _ context: ProcessorContext<Self>, at time: Timestamp) {
            context.emit { event in
                event.machine = context.key.machine
                event.kind = kind
                event.at = time
                event.count = context.state.readings
                event.note = context.state.note
            }
        }
    }

    struct Silences: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "readings"), as: .json(Reading.self), invalid: .deadLetter(topic: "dead"))
                .withWatermark(\.at, delay: .seconds(10))
                .process(with: Silence(gap: .seconds(30)))
                .append(to: "t.events")
        }
    }

    struct Row {
        var machine: Int
        var at: Int
        var value: Int
        var json: String { #"{"machine":"m\#(machine)","at":\#(at),"value":\#(value)}"# }
        /// The rows of a machine are in one partition.
        var partition: Int32 { Int32(machine % 2) }
    }

    static func rows(_ seed: UInt64) -> [Row] {
        var state = seed
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        return (0..<150).map { index in
            Row(
                machine: random(9), at: index * 4 - random(10) - (random(12) == 0 ? random(60) : 0),
                value: random(15) == 0 ? -1 : random(10))
        }
    }

    static func input(_ rows: [Row]) -> TopologyInput {
        var input = TopologyInput()
        for row in rows { input.feed([row.json], topic: "readings", partition: row.partition) }
        input.endInput()
        return input
    }

    /// The machines one by one: no batches, heaps or groups.
    static func expected(_ rows: [Row]) -> (events: [String], late: Int, failed: Int) {
        struct Machine {
            var readings = 0
            var last: Int?
            var note: String?
            var timers: Set<Int> = []
        }
        var machines: [Int: Machine] = [:]
        var largest: [Int32: Int] = [:]
        var events: [String] = []
        var (late, failed) = (0, 0)
        func give(_ kind: String, _ number: Int, _ at: Int) {
            let machine = machines[number] ?? Machine()
            events.append(
                "machine=m\(number) kind=\(kind) at=\(at * 1_000_000) count=\(machine.readings) note=\(machine.note ?? "null")"
            )
            machines[number] = Machine(timers: machine.timers)
        }
        func fire(_ number: Int, until time: Int) {
            while let due = machines[number]?.timers.filter({ $0 <= time }).min() {
                machines[number]?.timers.remove(due)
                give("silent", number, due)
            }
        }
        for row in rows {
            let watermark = largest[row.partition].map { $0 - 10 } ?? -1_000_000
            largest[row.partition] = max(largest[row.partition] ?? .min, row.at)
            if row.at < watermark {
                late += 1
                continue
            }
            fire(row.machine, until: watermark)
            if row.value < 0 {
                failed += 1
                continue
            }
            var machine = machines[row.machine] ?? Machine()
            machine.readings += 1
            if let last = machine.last { machine.timers.remove(last + 30) }
            if row.value == 0 {
                machines[row.machine] = machine
                give("ended", row.machine, row.at)
                continue
            }
            machine.last = max(machine.last ?? .min, row.at)
            machine.note = (machine.note ?? "") + "\(row.value),"
            machine.timers.insert(max(machine.last! + 30, watermark))
            machines[row.machine] = machine
        }
        for number in machines.keys.sorted() { fire(number, until: .max) }
        return (events.sorted(), late, failed)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func stateAndEventTimersAreAPropertyOfTheTopic(seed: UInt64) throws {
        let rows = Self.rows(seed)
        let expected = Self.expected(rows)
        let outcome = try HostileHarness(Silences.self).run(Self.input(rows))
        #expect(outcome.rows(of: "t.events") == expected.events)
        let counts = outcome.reconciliation
        #expect([counts.late, counts.malformed] == [expected.late, expected.failed])
        #expect(counts.processed == rows.count - expected.late - expected.failed)
        #expect(expected.late > 0 && expected.failed > 0)
        #expect(expected.events.contains { $0.contains("ended") } && expected.events.count > 20)
        #expect(
            outcome.deadLetters.filter { $0.hasSuffix("function_failed - - process 'silence': is negative") }.count
                == expected.failed)
    }

    /// Counts by window what a processor gives, so that its rows have event times that are not late.
    struct SilencesByMinute: Topology {
        struct Count: Schema {
            let start = Column<Timestamp>("start")
            let events = Column<Int64>("events")
        }

        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "readings"), as: .json(Reading.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(10))
                .process(with: Silence(gap: .seconds(30)))
                .window(.tumbling(.minutes(1)))
                .groupBy()
                .aggregate(into: Count.self) { _, window, row in
                    row.start.set(to: window.start)
                    row.events.set(to: .count)
                }
                .merge(into: "t.counts", on: \.start)
        }
    }

    @Test func itsRowsGoIntoWindows() throws {
        let rows = Self.rows(4)
        var counts: [Int: Int] = [:]
        for event in Self.expected(rows).events {
            let text = event.split(separator: " ").first { $0.hasPrefix("at=") }!.dropFirst(3)
            let at = Int(text)! / 1_000_000
            counts[at - (at % 60 + 60) % 60, default: 0] += 1
        }
        let outcome = try HostileHarness(SilencesByMinute.self).run(Self.input(rows))
        #expect(
            outcome.rows(of: "t.counts") == counts.map { "start=\($0.key * 1_000_000) events=\($0.value)" }.sorted())
    }

    /// Late rows, timers that are overdue or set anew, and what a row sees of its time.
    struct Watcher: KeyedProcessor {
        typealias Input = Reading
        typealias Output = Event
        typealias Key = MachineKey
        struct State: Schema { let ticks = Column<Int32>("ticks") }
        let name = "watcher"

        func process(_ reading: RowReader<Reading>, _ context: ProcessorContext<Self>) {
            give(context, context.isLate ? "late" : "row", reading.at, reading.value)
            if reading.value == 1 { context.setTimer(at: reading.at.adding(.seconds(5))) }
            if reading.value == 2 { context.setTimer(at: reading.at.adding(.seconds(-100))) }
            if reading.value == 3 { context.setProcessingTimer(after: .seconds(60)) }
            if reading.value == 4 { context.deleteProcessingTimers() }
        }

        func onTimer(_ timer: ProcessorTimer, _ context: ProcessorContext<Self>) {
            give(context, timer.isProcessingTime ? "clock" : "timer", timer.time, Int64(context.state.ticks))
            context.state.ticks += 1
            guard !timer.isProcessingTime, context.state.ticks < 4 else { return }
            context.setTimer(at: timer.time.adding(.seconds(5)))
            context.setTimer(at: timer.time)
        }

        private func give(_ context: ProcessorContext<Self>, _ kind: String, _ at: Timestamp, _ count: Int64) {
            context.emit { event in
                event.machine = context.key.machine
                event.kind = kind
                event.at = at
                event.count = count
                event.note = context.watermark.map { "\($0.microseconds / 1_000_000)" }
            }
        }
    }

    struct Watching: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "readings"), as: .json(Reading.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(10))
                .process(with: Watcher(), lateRows: .process)
                .append(to: "t.events")
        }
    }

    private static func events(_ outcome: TopologyOutcome) -> [String] {
        outcome.rows(of: "t.events").map { row in
            row.split(separator: " ").map { part in
                part.hasPrefix("at=") && part != "at=0" ? String(part.dropLast(6)) : String(part)
            }.joined(separator: " ")
        }
    }

    @Test func timersFireInOrderAndLateRowsAreTold() throws {
        let rows = [
            Row(machine: 1, at: 0, value: 1), Row(machine: 3, at: 12, value: 0), Row(machine: 1, at: 14, value: 0),
            Row(machine: 3, at: 17, value: 0), Row(machine: 1, at: 6, value: 0), Row(machine: 3, at: 100, value: 2),
            Row(machine: 1, at: 101, value: 0), Row(machine: 3, at: 102, value: 0),
        ]
        let outcome = try HostileHarness(Watching.self).run(Self.input(rows))
        // The timers of machine 1 fire at 5 (the watermark 7 before the late row), then 10, 15, 20 before its row at 101. The
        // timer of machine 3 is overdue: it counts as set for 7, the watermark when it is set.
        #expect(
            Self.events(outcome) == [
                "machine=m1 kind=late at=6 count=0 note=7", "machine=m1 kind=row at=0 count=1 note=null",
                "machine=m1 kind=row at=101 count=0 note=90", "machine=m1 kind=row at=14 count=0 note=2",
                "machine=m1 kind=timer at=10 count=1 note=10", "machine=m1 kind=timer at=15 count=2 note=15",
                "machine=m1 kind=timer at=20 count=3 note=20", "machine=m1 kind=timer at=5 count=0 note=5",
                "machine=m3 kind=row at=100 count=2 note=7", "machine=m3 kind=row at=102 count=0 note=91",
                "machine=m3 kind=row at=12 count=0 note=-10", "machine=m3 kind=row at=17 count=0 note=4",
                "machine=m3 kind=timer at=12 count=1 note=12", "machine=m3 kind=timer at=17 count=2 note=17",
                "machine=m3 kind=timer at=22 count=3 note=22", "machine=m3 kind=timer at=7 count=0 note=7",
            ])
        #expect(outcome.reconciliation.late == 0 && outcome.reconciliation.processed == 8)
    }

    @Test func timersOfProcessingTimeFireByTheClock() throws {
        var input = TopologyInput()
        input.feed([Row(machine: 1, at: 0, value: 3).json], topic: "readings")
        input.feed([Row(machine: 2, at: 50, value: 3).json], topic: "readings")
        input.advance(processingTime: 59_999_999)
        input.feed([Row(machine: 3, at: 60, value: 3).json], topic: "readings")
        input.feed([Row(machine: 2, at: 61, value: 4).json], topic: "readings")
        input.advance(processingTime: 60_000_000)
        input.advance(processingTime: 119_999_998)
        let outcome = try HostileHarness(Watching.self, ways: HostileHarness.Way.inOrder).run(input)
        #expect(
            Self.events(outcome).filter { $0.contains("clock") } == ["machine=m1 kind=clock at=60 count=0 note=51"])
        input.advance(processingTime: 119_999_999)
        let later = try HostileHarness(Watching.self, ways: HostileHarness.Way.inOrder).run(input)
        #expect(Self.events(later).filter { $0.contains("clock") }.count == 2)
    }

    struct Mismatched: KeyedProcessor {
        typealias Input = Reading
        typealias Output = Event
        struct Key: Schema {
            let machine = Column<Int64>("machine")
            let site = Column<String>("site")
        }
        struct State: Schema { let count = Column<Int64>("count") }
        let name = ""
        func process(_ row: RowReader<Reading>, _ context: ProcessorContext<Self>) {}
    }

    struct Mistaken: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "readings"), as: .json(Reading.self), invalid: .counted)
                .withWatermark(\.at, delay: .seconds(10))
                .process(with: Mismatched())
                .append(to: "t.events")
        }
    }

    @Test func whatDoesNotFitIsSaid() {
        #expect(
            throws: PlanError(
                """
                the key 'machine' of Mismatched is bigint, and Reading has it as string
                the key 'site' of Mismatched is string, and Reading has no such column
                Mismatched has no name: give it one, which stands in the plan for it
                """)
        ) { try Mistaken.makePlan() }
    }

    @Test func thePlan() throws {
        #expect(
            try Silences.makePlan().text.contains(
                "2: process 'silence'(30.0 seconds) per machine keeping (readings bigint not null, last timestamp, note "
                    + "string) -> machine string not null, kind string not null, at timestamp not null, count bigint not "
                    + "null, note string [state: keys until they are cleared, timers; sharded] <- 1"))
    }
}
