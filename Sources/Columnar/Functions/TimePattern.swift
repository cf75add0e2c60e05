/// A pattern of times as in Java's `DateTimeFormatter`, read once.
struct TimePattern: Sendable {
    private enum Item {
        case literal([UInt8])
        case field(UInt8, Int)
    }

    private let items: [Item]
    private static let letters = Set("yuMLdDHhaKkmsSEQqXxZVn".utf8)

    init(_ text: String) throws(FunctionRefusal) {
        var items: [Item] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "'") {
                let (literal, next) = try Self.quoted(bytes, index)
                items.append(.literal(literal))
                index = next
            } else if (byte | 0x20) &- 0x61 < 26 {
                var end = index
                while end < bytes.count, bytes[end] == byte { end += 1 }
                try Self.check(byte, end - index)
                items.append(.field(byte == UInt8(ascii: "u") ? UInt8(ascii: "y") : byte, end - index))
                index = end
            } else if "[]{}#".utf8.contains(byte) {
                throw FunctionRefusal("has a pattern with '\(Character(Unicode.Scalar(byte)))', which is not supported")
            } else {
                items.append(.literal([byte]))
                index += 1
            }
        }
        self.items = items
    }

    private static func check(_ letter: UInt8, _ count: Int) throws(FunctionRefusal) {
        let most: Int =
            switch letter {
            case UInt8(ascii: "y"), UInt8(ascii: "u"), UInt8(ascii: "M"), UInt8(ascii: "L"), UInt8(ascii: "E"): 4
            case UInt8(ascii: "D"), UInt8(ascii: "X"), UInt8(ascii: "x"), UInt8(ascii: "Z"): 3
            case UInt8(ascii: "S"): 6
            case UInt8(ascii: "a"), UInt8(ascii: "Q"), UInt8(ascii: "q"): 1
            default: 2
            }
        guard letters.contains(letter), letter != UInt8(ascii: "n"), count <= most,
            letter != UInt8(ascii: "V") || count == 2
        else {
            let name = String(repeating: Character(Unicode.Scalar(letter)), count: count)
            throw FunctionRefusal("has a pattern with '\(name)', which is not supported")
        }
    }

    private static func quoted(_ bytes: [UInt8], _ start: Int) throws(FunctionRefusal) -> ([UInt8], Int) {
        var literal: [UInt8] = []
        var index = start + 1
        while index < bytes.count {
            if bytes[index] != UInt8(ascii: "'") {
                literal.append(bytes[index])
                index += 1
            } else if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "'") {
                literal.append(bytes[index])
                index += 2
            } else {
                // Two quotes with nothing between them are one.
                return (literal.isEmpty ? [UInt8(ascii: "'")] : literal, index + 1)
            }
        }
        throw FunctionRefusal("has a pattern with a quote that does not end")
    }

    /// Appends a local time; always true.
    func append(day: Int64, rest: Int64, offset: Int64, zone: String, to out: inout [UInt8]) -> Bool {
        let date = CivilDate(days: day)
        let second = rest / 1_000_000
        for item in items {
            guard case .field(let letter, let count) = item else {
                if case .literal(let bytes) = item { out.append(contentsOf: bytes) }
                continue
            }
            switch letter {
            case UInt8(ascii: "y"): out.appendYear(date.year, count)
            case UInt8(ascii: "M"), UInt8(ascii: "L"):
                if count < 3 {
                    out.appendPadded(date.month, count)
                } else {
                    let name = CalendarNames.months[Int(date.month) - 1].utf8
                    out.append(contentsOf: count == 3 ? name.prefix(3) : name[...])
                }
            case UInt8(ascii: "d"): out.appendPadded(date.day, count)
            case UInt8(ascii: "D"):
                out.appendPadded(day - CivilDate.days(year: date.year, month: 1, day: 1) + 1, count)
            case UInt8(ascii: "E"):
                let name = CalendarNames.days[Int((day + 3).floorRemainder(by: 7))].utf8
                out.append(contentsOf: count < 4 ? name.prefix(3) : name[...])
            case UInt8(ascii: "Q"), UInt8(ascii: "q"): out.appendPadded((date.month + 2) / 3, count)
            case UInt8(ascii: "H"): out.appendPadded(second / 3600, count)
            case UInt8(ascii: "k"): out.appendPadded(second / 3600 == 0 ? 24 : second / 3600, count)
            case UInt8(ascii: "K"): out.appendPadded(second / 3600 % 12, count)
            case UInt8(ascii: "h"): out.appendPadded((second / 3600 + 11) % 12 + 1, count)
            case UInt8(ascii: "a"): out.append(contentsOf: (second < 43_200 ? "AM" : "PM").utf8)
            case UInt8(ascii: "m"): out.appendPadded(second / 60 % 60, count)
            case UInt8(ascii: "s"): out.appendPadded(second % 60, count)
            case UInt8(ascii: "S"):
                var digits: [UInt8] = []
                digits.appendPadded(rest % 1_000_000, 6)
                out.append(contentsOf: digits.prefix(count))
            case UInt8(ascii: "V"): out.append(contentsOf: zone.utf8)
            default: out.appendOffset(offset / 1_000_000, letter, count)
            }
        }
        return true
    }

    /// What a text says that is all of the pattern; nil for any other text.
    func parse(_ text: Text) -> TimeFields? {
        var fields = TimeFields()
        var position = 0
        for (index, item) in items.enumerated() {
            switch item {
            case .literal(let bytes):
                guard position + bytes.count <= text.count,
                    bytes.indices.allSatisfy({ text[position + $0] == bytes[$0] })
                else { return nil }
                position += bytes.count
            case .field(let letter, let count):
                // Digits that follow without a literal between are of another field.
                var isAdjacent = false
                if index + 1 < items.count, case .field(let next, _) = items[index + 1] {
                    isAdjacent = !"aEXxZV".utf8.contains(next)
                }
                guard fields.read(letter, count, isAdjacent, text, &position) else { return nil }
            }
        }
        return position == text.count ? fields : nil
    }
}

extension [UInt8] {
    /// A number with zeros before it.
    mutating func appendPadded(_ value: Int64, _ width: Int) {
        append(contentsOf: TimestampText.padded(value, width).utf8)
    }

    fileprivate mutating func appendYear(_ year: Int64, _ count: Int) {
        if count == 2 {
            appendPadded(year.floorRemainder(by: 100), 2)
        } else {
            // As in Java, a year of more than four digits has a sign.
            if count == 4, year > 9999 { append(UInt8(ascii: "+")) }
            appendPadded(year, count)
        }
    }

    /// `Z`, `+02:00`, `+0200`, `+02`.
    fileprivate mutating func appendOffset(_ seconds: Int64, _ letter: UInt8, _ count: Int) {
        if letter == UInt8(ascii: "X"), seconds == 0 {
            append(UInt8(ascii: "Z"))
            return
        }
        append(UInt8(ascii: seconds < 0 ? "-" : "+"))
        let minutes = Int64(seconds.magnitude) / 60
        appendPadded(minutes / 60, 2)
        let isShort = count == 1 && letter != UInt8(ascii: "Z") && minutes % 60 == 0
        guard !isShort else { return }
        if count == 3, letter != UInt8(ascii: "Z") { append(UInt8(ascii: ":")) }
        appendPadded(minutes % 60, 2)
    }
}
