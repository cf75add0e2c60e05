/// Functions that replace in texts, and that measure how alike they are.
extension ScalarFunction {
    public static let replace = ScalarFunction(
        "replace", [.string("text"), .string("search"), .string("replacement").or(.string(""))], gives: .string,
        "Every occurrence of a text replaced, from the left; an empty one occurs nowhere.",
        [
            "replace('ABCabc', 'abc', 'DEF')": "'ABCDEF'", "replace('aaa', 'aa', 'b')": "'ba'",
            "replace('a-b', '-')": "'ab'",
        ]
    ) { call in
        call.write { (text: Text, search: Text, replacement: Text, out: inout [UInt8]) in
            var start = 0
            while !search.isEmpty, let next = text.firstPosition(of: search, from: start) {
                out.append(text.part(start..<next))
                out.append(replacement)
                start = next + search.count
            }
            out.append(text.part(start..<text.count))
            return true
        }
    }

    public static let translate = ScalarFunction(
        "translate", [.string("text"), .string("from"), .string("to")], gives: .string,
        "Each scalar that stands in `from` replaced by the one at its place in `to`, or removed where `to` is shorter.",
        ["translate('AaBbCc', 'abc', '123')": "'A1B2C3'", "translate('a-b_c', '-_', ' ')": "'a bc'"]
    ) { call in
        call.write { (text: Text, from: Text, to: Text, out: inout [UInt8]) in
            var position = 0
            while position < text.count {
                let next = text.position(after: 1, from: position)
                let scalar = text.part(position..<next)
                position = next
                if let found = from.firstPosition(of: scalar) {
                    let start = to.position(after: Int64(from.part(0..<found).scalarCount))
                    out.append(to.part(start..<to.position(after: 1, from: start)))
                } else {
                    out.append(scalar)
                }
            }
            return true
        }
    }

    public static let levenshtein = ScalarFunction(
        "levenshtein", [.string("left"), .string("right")], gives: .int32,
        nullWhen: "the product of both lengths in bytes is more than 2^26, so that no record takes seconds",
        "The least number of scalars to insert, remove or replace to make one text of the other.",
        ["levenshtein('kitten', 'sitting')": "3", "levenshtein('', 'ab')": "2"]
    ) { call in
        var row: [Int32] = []
        var scalars: [UInt32] = []
        return call.map { (left: Text, right: Text) -> Int32? in
            guard left.count * right.count <= 1 << 26 else { return nil }
            return editDistance(left, right, &scalars, &row)
        }
    }

    public static let soundex = ScalarFunction(
        "soundex", [.string("text")], gives: .string,
        "The Soundex code of an English name: a letter and three digits; a text that does not begin with a letter is "
            + "itself.",
        ["soundex('Miller')": "'M460'", "soundex('Tymczak')": "'T522'", "soundex('7up')": "'7up'"]
    ) { call in
        call.write { (text: Text, out: inout [UInt8]) in
            guard let first = text.bytes.first, let code = soundexCode(first) else {
                out.append(text)
                return true
            }
            let start = out.count
            out.append(first & 0xDF)
            var last = code
            for byte in text.bytes.dropFirst() where out.count < start + 4 {
                guard let code = soundexCode(byte) else {
                    // What is no letter parts two letters of one code.
                    last = UInt8(ascii: "0")
                    continue
                }
                if code == UInt8(ascii: "7") { continue }
                if code != UInt8(ascii: "0"), code != last { out.append(code) }
                last = code
            }
            while out.count < start + 4 { out.append(UInt8(ascii: "0")) }
            return true
        }
    }
}

/// The digit of a letter: 0 for vowels, 7 for `h` and `w`, which part nothing; nil for what is no ASCII letter.
private func soundexCode(_ byte: UInt8) -> UInt8? {
    let index = Int(byte | 0x20) - 0x61
    guard (0..<26).contains(index) else { return nil }
    return soundexDigits[index]
}

private let soundexDigits = Array("01230127022455012623017202".utf8)

/// The Levenshtein distance in Unicode scalars. `scalars` and `row` are room to work in.
private func editDistance(_ left: Text, _ right: Text, _ scalars: inout [UInt32], _ row: inout [Int32]) -> Int32 {
    scalars.removeAll(keepingCapacity: true)
    var position = 0
    while position < right.count {
        let (value, next) = right.scalar(at: position)
        scalars.append(value)
        position = next
    }
    row.removeAll(keepingCapacity: true)
    for column in 0...scalars.count { row.append(Int32(column)) }
    position = 0
    var line: Int32 = 0
    while position < left.count {
        let (value, next) = left.scalar(at: position)
        position = next
        var diagonal = row[0]
        line += 1
        row[0] = line
        for column in scalars.indices {
            let substitution = diagonal + (value == scalars[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
        }
    }
    return row[scalars.count]
}
