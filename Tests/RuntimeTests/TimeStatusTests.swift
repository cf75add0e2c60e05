import Foundation
import TestSupport
import Testing

@testable import Runtime

/// What `explain --why` says of a topology that runs, hangs, or does not run.
@Suite struct TimeStatusTests {
    typealias Instant = TimeStatus.Instant
    typealias Partition = TimeStatus.Partition
    static let second: Int64 = 1_000_000
    /// 2026-03-02T09:15:00Z.
    static let morning: Int64 = 1_772_442_900 * second

    static func status(
        heldBy: String? = "invoices-1", followsClock: Bool = false, quietSeconds: Double? = nil,
        partitions: [Partition] = [
            Partition(
                name: "invoices-0", position: 90, end: 100, lastEventTime: Instant(morning + 900 * second),
                waitsFor: "invoices-1"),
            Partition(name: "invoices-1", position: 40, end: 52, lastEventTime: Instant(morning), waitsFor: nil),
        ]
    ) -> TimeStatus {
        TimeStatus(
            topology: "invoice-revenue", process: getpid(), time: Instant(morning + 60 * second), epoch: 7,
            eventTimes: [
                TimeStatus.EventTime(
                    step: 1, policy: "event time issued_at, delay 10 s", topic: "invoices",
                    watermark: Instant(morning - 10 * second), heldBy: heldBy,
                    since: Instant(morning + 48 * second), followsClock: followsClock, quietSeconds: quietSeconds,
                    partitions: partitions)
            ])
    }

    @Test func itNamesThePartitionThatHoldsAndThoseThatWait() {
        let text = Self.status().text(at: Self.morning + 61 * Self.second)
        #expect(
            text == """
                invoice-revenue runs as process \(getpid()). This is how it stood at 2026-03-02T09:16:00Z, 1 s ago.

                Step 1, event time issued_at, delay 10 s, of topic invoices: the watermark is 2026-03-02T09:14:50Z.
                invoices-1 holds it since 2026-03-02T09:15:48Z (12 s): its last event time is 2026-03-02T09:15:00Z, and it \
                has 12 records to read from offset 40.
                invoices-0 is not read for now (alignment): it is ahead of invoices-1, its last event time is \
                2026-03-02T09:30:00Z, and it has 10 records to read from offset 90.
                """)
    }

    @Test(arguments: [
        (Partition(name: "invoices-1", position: 40), "it has given no event time yet, it is read from offset 40, and"),
        (Partition(name: "invoices-1"), "it has given no event time yet, and where it is read from is not known yet"),
        (
            Partition(name: "invoices-1", position: 40, end: 41, lastEventTime: Instant(morning)),
            "and it has 1 record to read from offset 40."
        ),
    ])
    func itSaysWhatIsNotKnown(_ partition: Partition, _ words: String) {
        let text = Self.status(partitions: [partition]).text(at: Self.morning + 61 * Self.second)
        #expect(text.contains(words), "\(text)")
    }

    @Test func itSaysThatNothingHolds() {
        let now = Self.morning + 61 * Self.second
        let idle = Self.status(heldBy: nil).text(at: now)
        #expect(idle.contains("No partition holds it since 2026-03-02T09:15:48Z (12 s): all are read to their ends."))
        #expect(idle.contains("with the next record (--quiet-ms"))
        let quiet = Self.status(heldBy: nil, quietSeconds: 30).text(at: now)
        #expect(quiet.contains("and with the clock after 30.0 s without one."))
        #expect(Self.status(followsClock: true).text(at: now).contains("It follows the clock; no partition holds it."))
    }

    @Test func itSaysThatTheProcessIsBusyOrGone() {
        let late = Self.status().text(at: Self.morning + 3 * 3600 * Self.second)
        #expect(late.contains("2 h 59 min ago: since then it has been busy with one round"))
        var stored = Self.status()
        (stored.process, stored.time) = (nil, nil)
        let text = stored.text(at: Self.morning)
        #expect(text.hasPrefix("invoice-revenue does not run. This is how it stood at the end of epoch 7."))
        stored.eventTimes[0].heldBy = nil
        #expect(stored.text(at: 0).contains("The slowest partition was invoices-1: its last event time is"))
    }

    @Test func itsFileIsReadWhileTheProcessRunsOrItIsFresh() throws {
        let directory = try TemporaryDirectory()
        func write(_ status: TimeStatus) throws {
            try Data(status.json.utf8).write(to: URL(fileURLWithPath: directory.path + "/status.json"))
        }
        #expect(StatusFile.read(state: directory.path, at: Self.morning) == nil)
        var status = Self.status()
        try write(status)
        #expect(StatusFile.read(state: directory.path, at: Self.morning) == status)
        #expect(StatusFile.read(state: directory.path, at: Self.morning + 3600 * Self.second) == status)
        // No process has this number: the kernel's largest is 4,194,304.
        status.process = 2_000_000_000
        try write(status)
        let soon = Self.morning + 69 * Self.second
        #expect(StatusFile.read(state: directory.path, at: soon) == status, "another container's")
        #expect(StatusFile.read(state: directory.path, at: Self.morning + 3600 * Self.second) == nil)
        try Data("{".utf8).write(to: URL(fileURLWithPath: directory.path + "/status.json"))
        #expect(StatusFile.read(state: directory.path, at: Self.morning) == nil)
    }

    @Test(arguments: [
        (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7260, "2 h 1 min"), (180_000, "2 d 2 h"),
    ])
    func stretchesOfTimeAsText(_ seconds: Int64, _ text: String) {
        #expect(elapsed(seconds * Self.second) == text)
        #expect(elapsed(-1) == "0 s")
    }
}
