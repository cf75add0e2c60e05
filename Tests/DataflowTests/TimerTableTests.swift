import TestSupport
import Testing

@testable import Dataflow

/// Timers against a set that is searched.
@Suite struct TimerTableTests {
    private struct Timer: Hashable {
        var group: Int32
        var time: Int64
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func equalsASetThatIsSearched(seed: UInt64) {
        var random = SplitMix(state: seed)
        var table = TimerTable()
        table.grow(to: 20)
        var timers: Set<Timer> = []
        for step in 0..<6000 {
            let timer = Timer(
                group: Int32.random(in: 0..<20, using: &random), time: Int64.random(in: -50..<50, using: &random))
            switch Int.random(in: 0..<10, using: &random) {
            case 0...4:
                table.set(timer.group, timer.time)
                timers.insert(timer)
            case 5:
                #expect(table.delete(timer.group, timer.time) == (timers.remove(timer) != nil))
            case 6:
                let least = timers.filter { $0.group == timer.group && $0.time <= timer.time }.map(\.time).min()
                #expect(table.take(of: timer.group, until: timer.time) == least)
                if let least { timers.remove(Timer(group: timer.group, time: least)) }
            case 7:
                let least = timers.filter { $0.time <= timer.time - 40 }.min {
                    ($0.time, $0.group) < ($1.time, $1.group)
                }
                let taken = table.take(until: timer.time - 40).map { Timer(group: $0.group, time: $0.time) }
                #expect(taken == least)
                if let taken { timers.remove(taken) }
            case 8 where step % 50 == 0:
                table.deleteAll(of: timer.group)
                timers = timers.filter { $0.group != timer.group }
            default: break
            }
            if step % 500 == 0 {
                // The keys are numbered anew, from the last to the first.
                table.renumber((0..<20).map { 19 - $0 }, count: 20)
                timers = Set(timers.map { Timer(group: 19 - $0.group, time: $0.time) })
            }
            #expect(table.count == timers.count)
            #expect(table.hasTimers(timer.group) == timers.contains { $0.group == timer.group })
        }
        let sorted = timers.sorted { ($0.time, $0.group) < ($1.time, $1.group) }
        #expect(table.entries.map { Timer(group: $0.group, time: $0.time) } == sorted && !sorted.isEmpty)
    }
}
