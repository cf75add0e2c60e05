import Columnar
import Testing

@testable import Dataflow

/// A join as a line of text: what comes, each in a round of its own, and what is given for it, a pair as `left+right`.
///
///     L10 R15 → 10+15; R16; L16 → 10+16
///
/// Steps are divided by `;`. A record is its side and its time in seconds, which is its value too; `a` or `b` after it is
/// its key (`a` when left out), `?` a null one, `@1` its partition. `late` stands for a record that is. `@L1 idle`: the
/// partition has nothing to read until its next record. `end`: the input is over. `-` in a pair is a row that is missing.
private struct JoinScript {
    var steps:
        [(records: [(source: Int, event: Event)], idle: (source: Int, partition: Int32)?, isEnd: Bool, given: [String])] =
            []

    init(_ text: String) {
        for part in text.split(separator: ";") {
            let sides = part.split(separator: "→", omittingEmptySubsequences: false)
            let words = sides[0].split(separator: " ").map(String.init)
            let given = sides.dropFirst().flatMap { $0.split(separator: " ").map(String.init) }.sorted()
            if words == ["end"] {
                steps.append(([], nil, true, given))
            } else if words.last == "idle" {
                let name = words[0].dropFirst()
                steps.append(([], (name.first == "L" ? 0 : 1, Int32(name.dropFirst())!), false, given))
            } else {
                steps.append((words.map(Self.record), nil, false, given))
            }
        }
    }

    private static func record(_ word: String) -> (source: Int, event: Event) {
        let parts = word.split(separator: "@")
        var text = parts[0].dropFirst()
        var key: Int64 = 0
        if let last = text.last, let index = ["a", "b", "c", "d", "e", "?"].firstIndex(of: last) {
            key = Int64(index)
            text = text.dropLast()
        }
        let second = Int64(text)!
        let partition = parts.count > 1 ? Int32(parts[1])! : 0
        return (word.first == "L" ? 0 : 1, Event(partition: partition, second: second, key: key, value: second))
    }

    var partitions: [[Int32]] {
        var all: [Set<Int32>] = [[0], [0]]
        for step in steps {
            for record in step.records { all[record.source].insert(record.event.partition) }
            if let idle = step.idle { all[idle.source].insert(idle.partition) }
        }
        return all.map { $0.sorted() }
    }

    /// What a plan gives for each step, against what the script says.
    func check(_ plan: LogicalPlan, _ delivery: Delivery) throws {
        var run = try StreamsRun(plan, partitions: partitions, delivery)
        var offsets = [0, 0]
        var lateCount = 0
        for (number, step) in steps.enumerated() {
            if let idle = step.idle { run.idle.append((idle.source, idle.partition)) }
            for record in step.records {
                run.idle.removeAll { $0.source == record.source && $0.partition == record.event.partition }
                try run.feed([(record.source, offsets[record.source], record.event)])
                offsets[record.source] += 1
            }
            if step.records.isEmpty { try run.feed([], endOfInput: step.isEnd) }
            let result = run.finished()
            let late = result.late.joined().count
            let given = run.takeRows().map { row in
                [row[1], row[3]].map { $0.map(String.init) ?? "-" }.joined(separator: "+")
            }
            let all = (given + [String](repeating: "late", count: late - lateCount)).sorted()
            #expect(all == step.given, "step \(number + 1), \(delivery)")
            #expect(result.counts.allSatisfy { $0.isBalanced })
            lateCount = late
        }
    }
}

@Suite struct JoinTableTests {
    static let ways = [
        Delivery(batch: 1, restarts: false, parallelism: [1]),
        Delivery(batch: 1, restarts: true, parallelism: [1, 3, 2]),
    ]

    func check(
        _ kind: JoinSpecification.Kind, _ match: JoinSpecification.Match, delay: Int64 = 0, _ scripts: [String]
    ) throws {
        for script in scripts {
            for delivery in Self.ways {
                try JoinScript(script).check(JoinOracle(kind: kind, delay: delay).plan(match), delivery)
            }
        }
    }

    static let deletion = Expression.binary(
        .equal, .binary(.remainder, .column("value"), .literal(.int64(5), .int64)), .literal(.int64(0), .int64))

    static let interval = JoinSpecification.Match.interval(lower: -2_000_000, upper: 5_000_000)

    @Test func innerInterval() throws {
        try check(
            .inner, Self.interval,
            [
                // On both bounds and a second beyond them, the left first and the right first.
                "L10; R8 → 10+8; R15 → 10+15; R16", "R10; L5 → 5+10; L12 → 12+10; L13", "L10; R7", "R10; L4",
                // Another key, null keys, negative times.
                "L10a; R10b; L10b → 10+10", "L10?; R10?; end", "L-7; R-9 → -7+-9; R-2 → -7+-2; R-1; end",
                // Rows of one time and key meet all of the other side.
                "L10; L10; R10 → 10+10 10+10; R10 → 10+10 10+10",
                // A row that is on time in its own partition is not too old for the other side, however far that is.
                "L100; L101; R1; L102; R100 → 100+100 101+100 102+100",
                // Late by the watermark of its own partition, whether or not a match is there.
                "L10; R20; R10 → late; L20 → 20+20; L15 → late",
                "L10@1; L20; R15 → 10+15; L9@1 → late; L16@1 → 16+15",
                // One side is empty.
                "L10; L100; L200; end", "R10; R100; end",
            ])
        // Within the delay.
        try check(.inner, Self.interval, delay: 10, ["R20; R10; L12 → 12+10; L5 → 5+10; R9 → late; L2"])
        // Only in the past, and at one instant only.
        try check(
            .inner, .interval(lower: -9_000_000, upper: -5_000_000),
            ["L20; R11 → 20+11; R15 → 20+15; R16; L21 → 21+15 21+16"])
        try check(.inner, .interval(lower: 0, upper: 0), ["L20; R20 → 20+20; R21; L21 → 21+21; end"])
    }

    @Test func outerInterval() throws {
        try check(
            .left, Self.interval,
            [
                // Given when event time is past all that it could match: after 10 + 5, in both streams.
                "L10; R15b; L16; R16b → 10+-; end → 16+-", "L10; L16; R15b; R16b → 10+-; end → 16+-",
                // A match on the last instant; a null key, which is given at once.
                "L10; L20; R15 → 10+15; R30b; end → 20+-", "L10? → 10+-; R50; L50? → 50+-; end",
                // Matched rows are not given again; other rows of the key are.
                "L10; L11; R9 → 10+9 11+9; L40; R40 → 40+40; end",
                "L10; L14; R16 → 14+16; L30 → 10+-; R30 → 30+30; end",
                // Nothing on the right at all, and nothing on the left.
                "L10; L100; end → 10+- 100+-", "R10; R20; end",
            ])
        try check(
            .right, Self.interval,
            [
                // A right row at 10 can match the left until 12.
                "R10; L12b; R13; L13b → -+10; end → -+13", "R10; L12 → 12+10; L13; R14 → 12+14 13+14; end",
                "R10? → -+10; end",
            ])
        try check(
            .full, Self.interval,
            [
                "L10a; R10b; L20b; R20a → 10+- -+10; end → 20+- -+20", "L10; R10 → 10+10; end", "end",
                "L1; end → 1+-",
            ])
        // Far in the future: what is left at the end is given, and sums of times do not overflow.
        try check(
            .full, .interval(lower: -2_000_000, upper: 500_000_000_000_000_000),
            [
                "L9223372036854; R9223372036853 → 9223372036854+9223372036853; end",
                "L9223372036854a; R9223372036854b; end → 9223372036854+- -+9223372036854",
            ])
    }

    @Test func idlePartitionsHoldNothingBack() throws {
        try check(
            .left, Self.interval,
            [
                // The right has a second partition that is behind, then one that has nothing to read.
                "L10; R0@1; R16b; L16; @R1 idle → 10+-; end → 16+-",
                // It comes back for what event time has passed: late, though on time in its own partition.
                "L10; R0@1; @R1 idle; R20b; L20 → 10+-; R12@1 → late; R20@1 → 20+20; end",
            ])
    }

    @Test func windows() throws {
        try check(
            .inner, .window(WindowSpecification(size: 10_000_000, slide: 10_000_000)),
            [
                // Given when the window closes: at its end in both streams, not before.
                "L0; R9; L10; R10 → 0+9; L19; end → 10+10 19+10",
                "L1; R1; L9; R9; R12; L10 → 1+1 1+9 9+1 9+9; end → 10+12",
                // A row belongs to the window that it begins, not to the one that it ends.
                "L9; R10; L10; end → 10+10", "L-1; R-10; L0; R0 → -1+-10; end → 0+0", "L1?; R1?; end", "L5; end", "end",
                // Late when the window was closed by the watermark of the row's partition.
                "L5; L9; L10; L9 → late; R3; R11 → 5+3 9+3; end → 10+11",
            ])
        try check(
            .full, .window(WindowSpecification(size: 10_000_000, slide: 10_000_000)),
            [
                "L1a; R2b; L10; R10 → 1+- -+2; end → 10+10", "L1?; R2?; L11; R12 → 1+- -+2; end → 11+12",
                "L5; end → 5+-",
            ])
        try check(
            .left, .window(WindowSpecification(size: 10_000_000, slide: 5_000_000)),
            [
                // In two windows: matched in one, alone in the other.
                "L7; R12; L30 → 7+-; R30 → 7+12; end → 30+30 30+30",
                // Too late for the first of its windows, not for the second.
                "R7; R11; L12; L7; L30; R30 → 12+7 12+11 7+7 7+11 12+11; end → 30+30 30+30",
            ])
        try check(
            .left, .window(WindowSpecification(size: 10_000_000, slide: 10_000_000, allowedLateness: 3_000_000)),
            ["L5; R11; L12; R9; R13; L6; L13 → 5+9 6+9; end → 12+11 12+13 13+11 13+13"])
    }

    @Test func versions() throws {
        try check(
            .left, .version(deletedWhere: nil),
            [
                // Valid from its own instant on; given when event time has passed the row.
                "R10; L10; R11; L11 → 10+10; L20; R21 → 11+11; L22 → 20+11; end → 22+21",
                // Before the first version; a version of another key; a null key.
                "L5; R6; L7 → 5+-; end → 7+6", "R5b; L6a; R8; L8 → 6+-; end → 8+8", "R5?; L6? → 6+-; end",
                // Nothing on the right, nothing on the left.
                "L5; L6; end → 5+- 6+-", "R5; R6; end",
                // An older version that comes later does not replace the newer one.
                "R5@1; R9; L9; R10@1; L10; R10 → 9+9; L11; end → 10+10 11+10", "R9; R5@1; L10; end → 10+9",
                // What is late.
                "R10; R9 → late; L12; L11 → late; end → 12+10",
            ])
        try check(
            .inner, .version(deletedWhere: nil), delay: 10,
            ["R20; R15; L17; L21; R40; L40 → 17+15 21+20; R19 → late; end → 40+40"])
        try check(
            .left, .version(deletedWhere: Self.deletion),
            [
                "R1; R5; R7; L4; L5 → 4+1; L6 → 5+-; L7 → 6+-; L8; R9 → 7+7; end → 8+7", "R5; L6; end → 6+-",
                "R1; R5; L9; R9; end → 9+9",
            ])
    }

    @Test func whatCannotBeIsRefused() throws {
        func problem(_ kind: JoinSpecification.Kind, _ match: JoinSpecification.Match) throws -> String {
            let plan = JoinOracle(kind: kind).plan(match)
            do {
                _ = try Execution(plan, decoders: [:])
                return ""
            } catch { return "\(error)" }
        }
        #expect(try problem(.inner, .interval(lower: 5, upper: 4)).contains("ends before it begins"))
        #expect(try problem(.inner, .interval(lower: .min, upper: 4)).contains("longer than time"))
        #expect(try problem(.right, .version(deletedWhere: nil)).contains("an inner or a left join, not a right one"))
        #expect(try problem(.inner, .version(deletedWhere: .column("value"))).contains("must be a condition"))
        #expect(
            try problem(.inner, .window(WindowSpecification(.global, emission: .early(every: 0)))).contains("all time"))
        #expect(try problem(.inner, .window(WindowSpecification(.session(gap: 5)))).contains("session windows"))
        let updates = WindowSpecification(size: 5, slide: 5, allowedLateness: 5, emission: .updates)
        #expect(try problem(.inner, .window(updates)).contains("emit on close"))
    }

    @Test func thePlanAsText() throws {
        let plan = JoinOracle(kind: .left, hasCondition: true).plan(Self.interval)
        #expect(plan.text.contains("left join on left.key = right.key, right from -2 s to 5 s after left, where "))
        #expect(
            plan.text.hasSuffix("append to t <- 6")
                && plan.text.contains("within the interval of the watermark, sharded] <- 2, 5"))
    }
}
