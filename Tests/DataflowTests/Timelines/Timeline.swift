import Columnar

@testable import Dataflow

/// An example as a line of text: what comes, and what is given for it. Steps are divided by `;`, each is a round:
///
///     a1; b3 a9; 10 → [0,10)a=2 [0,10)b=1; a8 → late; end → [10,20)a=1
///
/// A record is a key (a letter, `a` when left out) and its time: seconds since 1970, an ISO 8601 time in UTC, or `MIN` or
/// `MAX` for the ends of 64 bits. `@1` after it is its partition. `@1 idle` says that the partition has nothing to read
/// until its next record, `@1 new` that it is there from now on; a `'` at the end makes it the second stream's; `clock 5` that the time of day is 5 s, `end` that the
/// input is over. What is given: a window's row with its count, `!` after one that is final, `-` before one that is taken
/// away; `late` and `duplicate` for records; a record that passes; the pair of a join, `a1+a3'`, with `∅` for no match.
struct Timeline {
    struct Record: Hashable {
        var key: Character
        /// µs since 1970 UTC.
        var time: Int64
        var place = Place()
    }

    /// A partition of the first or the second stream.
    struct Place: Hashable, Comparable {
        var stream = 0
        var partition: Int32 = 0

        static func < (left: Place, right: Place) -> Bool {
            (left.stream, left.partition) < (right.stream, right.partition)
        }
    }

    enum Input: Hashable {
        case records([Record])
        case idle(Place)
        case new(Place)
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
        if words.count == 2, words[0].hasPrefix("@") {
            let place = try place(words[0].dropFirst())
            if words[1] == "idle" { return .idle(place) }
            if words[1] == "new" { return .new(place) }
        }
        return .records(try words.map(record))
    }

    /// `1`, and `1'` for the second stream.
    private static func place(_ text: Substring) throws -> Place {
        let isSecond = text.hasSuffix("'")
        let number = isSecond ? text.dropLast() : text
        guard let partition = Int32(number.isEmpty ? "0" : number) else { throw TimelineError("no partition: \(text)") }
        return Place(stream: isSecond ? 1 : 0, partition: partition)
    }

    private static func record(_ word: String) throws -> Record {
        let parts = word.split(separator: "@")
        guard let first = parts.first?.first, parts.count < 3 else { throw TimelineError("'\(word)' is no record") }
        let hasKey = first.isLowercase
        var text = hasKey ? parts[0].dropFirst() : parts[0]
        var place = try place(parts.count == 2 ? parts[1] : text.hasSuffix("'") ? "'" : "")
        if text.hasSuffix("'") { text = text.dropLast() }
        if parts.count == 2, parts[0].hasSuffix("'") { place.stream = 1 }
        return Record(key: hasKey ? first : "a", time: try time(String(text)), place: place)
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
    var partitions: Set<Place> {
        var all: Set<Place> = []
        var added: Set<Place> = []
        for step in steps {
            switch step.input {
            case .records(let records): all.formUnion(records.map(\.place))
            case .idle(let place): all.insert(place)
            case .new(let place): added.insert(place)
            case .clock, .end: break
            }
        }
        return all.subtracting(added)
    }
}
