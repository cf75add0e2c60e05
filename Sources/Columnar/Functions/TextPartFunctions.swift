/// Functions that take texts apart and fill them up.
extension ScalarFunction {
    public static let trim = trimming(
        "trim", ["trim('  x ')": "'x'", "trim('xxhixx', 'x')": "'hi'"], start: true, end: true)
    public static let ltrim = trimming("ltrim", ["ltrim('  x ')": "'x '"], start: true, end: false)
    public static let rtrim = trimming("rtrim", ["rtrim('12.500', '0')": "'12.5'"], start: false, end: true)

    private static func trimming(
        _ name: String, _ examples: KeyValuePairs<String, String>, start: Bool, end: Bool
    ) -> ScalarFunction {
        let place = start && end ? "at both ends" : start ? "at the beginning" : "at the end"
        return ScalarFunction(
            name, [.string("text"), .string("characters").or(.string(" "))], gives: .string,
            "Without those of the characters that stand \(place); spaces unless others are named.", examples
        ) { call in
            call.write { (text: Text, characters: Text, out: inout [UInt8]) in
                var range = 0..<text.count
                while start, !range.isEmpty {
                    let next = text.position(after: 1, from: range.lowerBound)
                    guard characters.firstPosition(of: text.part(range.lowerBound..<next)) != nil else { break }
                    range = next..<range.upperBound
                }
                while end, !range.isEmpty {
                    let last = range.lowerBound + text.part(range).position(beforeEnd: 1)
                    guard characters.firstPosition(of: text.part(last..<range.upperBound)) != nil else { break }
                    range = range.lowerBound..<last
                }
                out.append(text.part(range))
                return true
            }
        }
    }

    public static let substring = ScalarFunction(
        "substring", [.string("text"), .bigint("start"), .bigint("length").or(.int64(.max))], gives: .string,
        "Up to `length` scalars from `start`, which counts from 1, or from the end when it is negative; 0 is as 1 "
            + "(PostgreSQL counts positions before 1).",
        [
            "substring('Spark SQL', 5, 1)": "'k'", "substring('Spark SQL', -3)": "'SQL'",
            "substring('abc', 0, 2)": "'ab'",
        ]
    ) { call in
        call.write { (text: Text, start: Int64, length: Int64, out: inout [UInt8]) in
            var from = 0
            var wanted = length
            if start > 1 {
                from = text.position(after: start - 1)
            } else if start < 0 {
                let skipped = Int64(text.scalarCount) + start
                from = text.position(after: skipped)
                // Positions before the first are counted, but hold nothing.
                if skipped < 0 { wanted = max(length, 0) + skipped }
            }
            out.append(text.part(from..<text.position(after: wanted, from: from)))
            return true
        }
    }

    public static let left = ScalarFunction(
        "left", [.string("text"), .bigint("length")], gives: .string,
        "The first scalars; nothing when the length is negative (PostgreSQL: all but so many of the last).",
        ["left('Zürich', 2)": "'Zü'", "left('abc', -1)": "''"]
    ) { call in
        call.write { (text: Text, length: Int64, out: inout [UInt8]) in
            out.append(text.part(0..<text.position(after: length)))
            return true
        }
    }

    public static let right = ScalarFunction(
        "right", [.string("text"), .bigint("length")], gives: .string,
        "The last scalars; nothing when the length is negative (PostgreSQL: all but so many of the first).",
        ["right('Zürich', 2)": "'ch'", "right('abc', 9)": "'abc'"]
    ) { call in
        call.write { (text: Text, length: Int64, out: inout [UInt8]) in
            out.append(text.part(text.position(beforeEnd: length)..<text.count))
            return true
        }
    }

    public static let lpad = padding("lpad", "before", ["lpad('hi', 5, '??')": "'???hi'", "lpad('hi', 1)": "'h'"])
    public static let rpad = padding("rpad", "behind", ["rpad('hi', 5, '-+')": "'hi-+-'"])

    private static func padding(
        _ name: String, _ place: String, _ examples: KeyValuePairs<String, String>
    ) -> ScalarFunction {
        let isLeft = place == "before"
        return ScalarFunction(
            name, [.string("text"), .bigint("length"), .string("fill").or(.string(" "))], gives: .string,
            nullWhen: "the result is longer than 64 KiB",
            "The text with `length` scalars: filled up \(place) it, or cut off at its end.", examples
        ) { call in
            call.write { (text: Text, length: Int64, fill: Text, out: inout [UInt8]) in
                let missing = length - Int64(text.scalarCount)
                guard missing > 0, !fill.isEmpty else {
                    out.append(text.part(0..<text.position(after: length)))
                    return true
                }
                guard missing <= longestRepetition else { return false }
                if !isLeft { out.append(text) }
                let (whole, rest) = missing.quotientAndRemainder(dividingBy: Int64(fill.scalarCount))
                guard Int(whole) * fill.count + text.count <= longestRepetition else { return false }
                for _ in 0..<whole { out.append(fill) }
                out.append(fill.part(0..<fill.position(after: rest)))
                if isLeft { out.append(text) }
                return true
            }
        }
    }

    public static let repeated = ScalarFunction(
        "repeat", [.string("text"), .bigint("times")], gives: .string, nullWhen: "the result is longer than 64 KiB",
        "The text so many times; nothing when the number is negative.",
        ["repeat('ab', 3)": "'ababab'", "repeat('x', -1)": "''"]
    ) { call in
        call.write { (text: Text, times: Int64, out: inout [UInt8]) in
            guard !text.isEmpty, times > 0 else { return true }
            guard times <= longestRepetition / text.count else { return false }
            for _ in 0..<times { out.append(text) }
            return true
        }
    }

    public static let space = ScalarFunction(
        "space", [.bigint("times")], gives: .string, nullWhen: "the result is longer than 64 KiB", "So many spaces.",
        ["space(3)": "'   '"]
    ) { call in
        call.write { (times: Int64, out: inout [UInt8]) in
            guard times <= longestRepetition else { return false }
            for _ in 0..<max(times, 0) { out.append(0x20) }
            return true
        }
    }

    public static let overlay = ScalarFunction(
        "overlay", [.string("text"), .string("replacement"), .bigint("start"), .bigint("length").or(.int64(-1))],
        gives: .string,
        "The text with a replacement for `length` scalars from `start` (from 1); as many as the replacement has when the "
            + "length is negative or left out.",
        ["overlay('Spark SQL', '_', 6)": "'Spark_SQL'", "overlay('Spark SQL', 'tructured', 2, 4)": "'Structured SQL'"]
    ) { call in
        Int64.withReader(call.operands[3]) { lengths in
            Int64.withReader(call.operands[2]) { starts in
                Text.withReader(call.operands[1]) { replacements in
                    Text.withReader(call.operands[0]) { texts in
                        call.writeRows { row, out in
                            let (text, replacement) = (texts[row], replacements[row])
                            let before = max(starts[row], 1) - 1
                            let length = lengths[row] < 0 ? Int64(replacement.scalarCount) : lengths[row]
                            let start = text.position(after: before)
                            out.append(text.part(0..<start))
                            out.append(replacement)
                            out.append(text.part(text.position(after: length, from: start)..<text.count))
                            return true
                        }
                    }
                }
            }
        }
    }

    public static let splitPart = ScalarFunction(
        "split_part", [.string("text"), .string("delimiter"), .bigint("number")], gives: .string,
        nullWhen: "the number is 0",
        "The part with that number, from 1, or from the last when it is negative; empty when there are fewer. An empty "
            + "delimiter divides nothing.",
        [
            "split_part('11.12.13', '.', 3)": "'13'", "split_part('a,b', ',', -2)": "'a'",
            "split_part('a', ',', 2)": "''",
        ]
    ) { call in
        call.write { (text: Text, delimiter: Text, number: Int64, out: inout [UInt8]) in
            guard number != 0 else { return false }
            if let range = text.partRange(delimiter, number) { out.append(text.part(range)) }
            return true
        }
    }

    public static let substringIndex = ScalarFunction(
        "substring_index", [.string("text"), .string("delimiter"), .bigint("count")], gives: .string,
        "What stands before the delimiter's occurrence of that number, or behind it, counted from the end, when the number "
            + "is negative; the whole text when there are fewer.",
        ["substring_index('www.apache.org', '.', 2)": "'www.apache'", "substring_index('a.b.c', '.', -1)": "'c'"]
    ) { call in
        call.write { (text: Text, delimiter: Text, count: Int64, out: inout [UInt8]) in
            guard !delimiter.isEmpty, count != 0 else { return true }
            if count > 0 {
                var end: Int?
                for _ in 0..<min(count, Int64(text.count) + 1) {
                    end = text.firstPosition(of: delimiter, from: end.map { $0 + 1 } ?? 0)
                    if end == nil { break }
                }
                out.append(text.part(0..<(end ?? text.count)))
            } else {
                var start: Int?
                for _ in 0..<min(count.magnitude, UInt64(text.count) + 1) {
                    start = text.lastPosition(
                        of: delimiter, endingAt: start.map { $0 + delimiter.count - 1 } ?? text.count)
                    if start == nil { break }
                }
                out.append(text.part((start.map { $0 + delimiter.count } ?? 0)..<text.count))
            }
            return true
        }
    }
}

extension Text {
    /// The part between delimiters with a number, from 1 or, negative, from the last; nil when there are fewer.
    fileprivate func partRange(_ delimiter: Text, _ number: Int64) -> Range<Int>? {
        guard !delimiter.isEmpty else { return number == 1 || number == -1 ? 0..<count : nil }
        var wanted = number
        if number < 0 {
            var parts: Int64 = 1
            var start = 0
            while let next = firstPosition(of: delimiter, from: start) {
                parts += 1
                start = next + delimiter.count
            }
            wanted = parts.addingReportingOverflow(number + 1).partialValue
            guard wanted > 0 else { return nil }
        }
        var start = 0
        while wanted > 1, let next = firstPosition(of: delimiter, from: start) {
            start = next + delimiter.count
            wanted -= 1
        }
        guard wanted == 1 else { return nil }
        return start..<(firstPosition(of: delimiter, from: start) ?? count)
    }
}
