import Foundation
import TestSupport
import Testing

/// Four topologies as real processes that are killed, stopped, and left without disk or brokers, round by round, with new
/// records and another number of threads each time. In the end tables and topics are those of a batch computation, and of
/// a run that nothing disturbed.
///
/// `make crash` runs 200 rounds; `TIDEMARK_CRASH_SEED` repeats those of a failure.
@Suite(.serialized, .enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct CrashRoundsTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let rounds = environment["TIDEMARK_CRASH_ROUNDS"].flatMap(Int.init) ?? 28
    private static let seed =
        environment["TIDEMARK_CRASH_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)

    /// Every fault as often as any other; each topology begins with another one.
    private static func schedule(_ topology: CrashTopology) -> [CrashFault] {
        var random = SplitMix(state: seed)
        let order = CrashFault.all.shuffled(using: &random)
        let number = CrashTopology.allCases.firstIndex(of: topology) ?? 0
        let count = rounds / CrashTopology.allCases.count
        return (0..<count).map { order[(number * max(count, order.count / 4) + $0) % order.count] }
    }

    private static func tell(_ text: String) { FileHandle.standardError.write(Data("crash rounds: \(text)\n".utf8)) }

    @Test(arguments: CrashTopology.allCases)
    func theResultIsThatOfABatchComputation(_ topology: CrashTopology) throws {
        let seed = Self.seed &+ UInt64(topology.sources[0].count)
        let setting = try CrashSetting(topology)
        let rounds = try CrashRounds(setting, seed: seed)
        let schedule = Self.schedule(topology)
        for (number, fault) in schedule.enumerated() {
            let began = Date()
            do { try rounds.run(fault) } catch {
                Issue.record("\(topology), round \(number + 1), \(fault), seed \(Self.seed): \(error)")
                return
            }
            let seconds = (Date().timeIntervalSince(began) * 10).rounded() / 10
            Self.tell("seed \(Self.seed), \(topology) \(number + 1)/\(schedule.count): \(fault), \(seconds) s")
        }
        try rounds.produce()
        let last = try setting.start(["--until-end"]).wait(seconds: 120)
        #expect(last.status == 0, "\(topology), seed \(Self.seed): \(last.errors)")
        let compared = try setting.oracle(summary: last.output)
        #expect(compared.status == 0, "\(topology), seed \(Self.seed): \(compared.output)\(compared.errors)")
        try expectSameAsUndisturbed(setting)
        let (committed, aborted) = setting.gate.transactions
        Self.tell(
            "\(topology): \(schedule.count) rounds, \(rounds.missed.count) of them without their moment, \(committed) "
                + "transactions and \(aborted) that were aborted; \(compared.output)")
        // On a machine that is busy a short run may miss moments.
        if Self.rounds >= 100 { #expect(rounds.missed.count <= schedule.count / 4, "\(rounds.missed)") }
    }

    /// The same records, processed in one go: the table, and whatever the topics hold but for the order of keys among
    /// each other and, of the changelog, for what was replaced.
    private func expectSameAsUndisturbed(_ setting: CrashSetting) throws {
        let undisturbed = try CrashSetting(setting.topology)
        try undisturbed.produce(setting.produced)
        let run = try undisturbed.start(["--until-end"]).wait(seconds: 120)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try setting.rows() == undisturbed.rows())
        for topic in setting.topology.results where topic != "accounts.now" {
            let values = try [setting, undisturbed].map { try $0.records(topic).map { $0.value ?? "" }.sorted() }
            #expect(values[0] == values[1], "\(topic)")
        }
        for topic in setting.topology.sources {
            let letters = try [setting, undisturbed].map { Set(try $0.records(topic + ".dlq").compactMap(\.id)) }
            #expect(letters[0] == letters[1], "\(topic)")
        }
    }
}
