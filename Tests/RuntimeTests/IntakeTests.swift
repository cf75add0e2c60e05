import Dataflow
import Foundation
import Synchronization
import Testing

@testable import Runtime

/// Sources that are read ahead on threads of their own.
@Suite struct IntakeTests {
    /// A partition with so many records, which it gives ten at a time.
    final class CountingSource: Source, Sendable {
        struct State {
            var left: Int
            var given: Int64 = 0
            var isPaused = false
            var failure: StringError?
        }
        struct StringError: Error, Equatable { let text: String }

        let state: Mutex<State>

        init(records: Int) { state = Mutex(State(left: records)) }

        var given: Int64 { state.withLock { $0.given } }

        var partitions: [SourcePartition] {
            state.withLock { state in
                [
                    SourcePartition(
                        number: 0, name: "t-0", position: state.given, endOffset: state.given + Int64(state.left))
                ]
            }
        }

        func poll(limit: Int, timeoutMilliseconds: Int) throws -> [RawRecords] {
            let records = try state.withLock { state -> RawRecords? in
                if let failure = state.failure { throw failure }
                let count = state.isPaused ? 0 : min(10, limit, state.left)
                guard count > 0 else { return nil }
                var records = RawRecords(partition: 0)
                for _ in 0..<count {
                    records.append(value: [1], offset: state.given)
                    state.given += 1
                }
                state.left -= count
                return records
            }
            if let records { return [records] }
            Thread.sleep(forTimeInterval: 0.001)
            return []
        }

        func pause(_ partitions: [Int32]) { state.withLock { $0.isPaused = true } }
        func resume(_ partitions: [Int32]) { state.withLock { $0.isPaused = false } }
        func confirmsEnd(timeoutMilliseconds: Int) -> Bool { state.withLock { $0.left == 0 } }
        func seek(partition: Int32, to offset: Int64) {}
        func seekToBeginning(of partition: Int32) {}
        func commit(_ positions: [Int32: Int64]) {}
    }

    /// Takes until there are so many offsets.
    private static func offsets(_ count: Int, of intake: Intake) throws -> [Int64] {
        var offsets: [Int64] = []
        let deadline = ContinuousClock.now + .seconds(20)
        while offsets.count < count, ContinuousClock.now < deadline {
            offsets += try intake.take(waitingMilliseconds: 50)[0, default: []].flatMap(\.offsets)
        }
        return offsets
    }

    private static func wait(_ condition: () -> Bool) -> Bool {
        let deadline = ContinuousClock.now + .seconds(20)
        while !condition(), ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.002) }
        return condition()
    }

    @Test func allRecordsComeInOrderAndNoMoreIsReadAheadThanMayWait() throws {
        let source = CountingSource(records: 5_000)
        let intake = Intake([0: source], limit: 105)
        intake.start()
        defer { intake.stop() }
        #expect(Self.wait { source.given == 105 })
        Thread.sleep(forTimeInterval: 0.05)
        #expect(source.given == 105)
        let taken = try intake.take(waitingMilliseconds: 50)[0, default: []].flatMap(\.offsets)
        #expect(taken.count == 105)
        #expect(try taken + Self.offsets(4_895, of: intake) == (0..<5_000).map { Int64($0) })
        #expect(intake.partitions[0]?.first?.position == 5_000)
        #expect(intake.partitions[0]?.first?.isIdle == true)
    }

    @Test func theEndIsConfirmedOnlyWhenEverythingWasTaken() throws {
        let source = CountingSource(records: 30)
        let intake = Intake([0: source], limit: 100)
        intake.start()
        defer { intake.stop() }
        #expect(Self.wait { source.given == 30 })
        #expect(!intake.confirmsEnd(of: 0, timeoutMilliseconds: 10))
        #expect(try Self.offsets(30, of: intake).count == 30)
        #expect(intake.confirmsEnd(of: 0, timeoutMilliseconds: 10))
        source.state.withLock { $0.left = 1_000 }
        #expect(!intake.confirmsEnd(of: 0, timeoutMilliseconds: 10))
    }

    @Test func pausedPartitionsAreNotRead() throws {
        let source = CountingSource(records: 0)
        let intake = Intake([0: source], limit: 100)
        intake.start()
        defer { intake.stop() }
        intake.pause([0], of: 0)
        #expect(Self.wait { source.state.withLock { $0.isPaused } })
        source.state.withLock { $0.left = 20 }
        Thread.sleep(forTimeInterval: 0.02)
        #expect(source.given == 0)
        intake.resume([0], of: 0)
        #expect(try Self.offsets(20, of: intake).count == 20)
    }

    @Test func whatASourceThrowsReachesWhoeverTakes() {
        let source = CountingSource(records: 10)
        let intake = Intake([0: source], limit: 100)
        intake.start()
        defer { intake.stop() }
        source.state.withLock { $0.failure = .init(text: "no broker") }
        #expect(throws: CountingSource.StringError(text: "no broker")) {
            for _ in 0..<1_000 { _ = try intake.take(waitingMilliseconds: 20) }
        }
        #expect(!intake.confirmsEnd(of: 0, timeoutMilliseconds: 10))
    }
}
