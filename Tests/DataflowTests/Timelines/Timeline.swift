import Columnar

@testable import Dataflow

/// An example as a line of text: what comes, and what is given for it. Steps are divided by `;`, each is a round:
///
///     a1; b3 a9; 10 → [0,10)a=2 [0,10)b=1; a8 → late; end → [10,20)a=1
///
/// A record is a key (a letter, `a` when left out) and its time: seconds since 1970, an ISO 8601 time in UTC, or `MIN` or
/// `MAX` for the ends of 64 bits. `@1` after it is its partition. `@1 idle` says that the partition has nothing to read
/// until its next record, `@1 new` that it is there from now on, `clock 5` that the time of day is 5 s, `end` that the
/// input is over. What is given: a window's row with its count, `!` after one that is final, `-` before one that is taken
/// away; `late` and `duplicate` for records; a record that passes.
struct Timeline {
    struct Record: Hashable {
        var key: Character
        /// µs since 1970 UTC.
        var time: Int64
        var partition: Int32 = 0
    }

    enum Input: Hashable {
        case records([Record])
        case idle(Int32)
        case new(Int32)
        /// µs since 1970 UTC.
        case clock(Int64)
        case end
    }

    struct Step {
        var input: Input
        var outputs: [String]
    }

    var steps: [Step]

    init(_ text: String) throws {
        steps = try text.split(separator: ";").map { step in
            let sides = step.split(separator: "→", omittingEmptySubsequences: false)
            let words = sides[0].split(separator: " ").map(String.init)
            let outputs = sides.dropFirst().flatMap { $0.split(separator: " ").map(String.init) }
            return Step(input: try Self.input(words), outputs: outputs)
        }
    }

    private static func input(_ words: [String]) throws -> Input {
        if words == ["end"] { return .end }
        if words.count == 2, words[0] == "clock" { return .clock(try time(words[1])) }
        if words.count == 2, words[0].hasPrefix("@"), let partition = Int32(words[0].dropFirst()) {
            if words[1] == "idle" { return .idle(partition) }
            if words[1] == "new" { return .new(partition) }
        }
        return .records(try words.map(record))
    }

    private static func record(_ word: String) throws -> Record {
        let parts = word.split(separator: "@")
        guard let first = parts.first?.first, parts.count < 3, let partition = Int32(parts.count == 2 ? parts[1] : "0")
        else { throw TimelineError("'\(word)' is no record") }
        let hasKey = first.isLowercase
        return Record(
            key: hasKey ? first : "a", time: try time(String(hasKey ? parts[0].dropFirst() : parts[0])),
            partition: partition)
    }

    /// µs since 1970 UTC.
    private static func time(_ text: String) throws -> Int64 {
        if text == "MIN" { return .min }
        if text == "MAX" { return .max }
        if let seconds = Double(text) { return Int64((seconds * 1e6).rounded()) }
        let isShort = text.count == 17
        guard let time = TimestampText.microseconds(isShort ? text.dropLast() + ":00Z" : text) else {
            throw TimelineError("'\(text)' is no time")
        }
        return time
    }

    /// A time as the timelines write it: whole seconds near 1970, ISO 8601 further away.
    static func text(_ time: Int64) -> String {
        if time == .min { return "MIN" }
        if time == .max { return "MAX" }
        if abs(time) < 1_000_000_000_000 {
            return time % 1_000_000 == 0 ? "\(time / 1_000_000)" : "\(Double(time) / 1e6)"
        }
        return TimestampText.iso8601(time).replacing(":00Z", with: "Z")
    }

    /// The partitions that are there from the beginning.
    var partitions: Set<Int32> {
        var all: Set<Int32> = []
        var added: Set<Int32> = []
        for step in steps {
            switch step.input {
            case .records(let records): all.formUnion(records.map(\.partition))
            case .idle(let partition): all.insert(partition)
            case .new(let partition): added.insert(partition)
            case .clock, .end: break
            }
        }
        return all.subtracting(added)
    }
}
