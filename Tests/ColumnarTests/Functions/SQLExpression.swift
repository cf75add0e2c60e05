import Columnar

/// Reads a little SQL as an expression, so that cases stand as they are given to other engines: calls, names, numbers,
/// `1.5e0`, `'text'`, `x'00ff'`, `null`, `date '…'`, `timestamp '…'`, `cast(… as …)`, `…::type`.
struct SQLExpression {
    private let characters: [Unicode.Scalar]
    private var index = 0

    static func parse(_ text: String) throws -> Expression {
        var parser = SQLExpression(characters: Array(text.unicodeScalars))
        let expression = try parser.expression()
        parser.skipSpaces()
        guard parser.index == parser.characters.count else { throw parser.mistake() }
        return expression
    }

    /// The value of an expression without names.
    static func value(_ text: String) throws -> Scalar {
        let bound = try parse(text).bound(to: RecordSchema([]))
        return bound.evaluate(RecordBatch(schema: RecordSchema([]), columns: [], count: 1)).scalar(at: 0)
    }

    private init(characters: [Unicode.Scalar]) { self.characters = characters }

    struct Mistake: Error, CustomStringConvertible { let description: String }

    private func mistake() -> Mistake { Mistake(description: "at \(index) of \(text(characters[...]))") }

    private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(scalars)) }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }

    private mutating func skipSpaces() { while index < characters.count, characters[index] == " " { index += 1 } }

    private mutating func take(_ text: String) -> Bool {
        skipSpaces()
        guard characters[index...].starts(with: Array(text.unicodeScalars)) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    private mutating func expression() throws -> Expression {
        var result = try primary()
        while take("::") { result = try Self.cast(result, type()) }
        return result
    }

    private mutating func primary() throws -> Expression {
        skipSpaces()
        guard index < characters.count else { throw mistake() }
        let character = characters[index]
        if character == "'" { return .literal(.string(try quoted()), .string) }
        if Self.isDigit(character) || character == "-" { return try number() }
        let word = word()
        guard !word.isEmpty else { throw mistake() }
        if index < characters.count, characters[index] == "'", word == "x" { return try bytes() }
        switch word {
        case "true": return .literal(.bool(true), .bool)
        case "false": return .literal(.bool(false), .bool)
        case "null": return .literal(.null, .string)
        case "date", "timestamp":
            let save = index
            skipSpaces()
            if index < characters.count, characters[index] == "'" {
                return try Self.cast(.literal(.string(try quoted()), .string), word == "date" ? .date : .timestamp)
            }
            index = save
        default: break
        }
        guard take("(") else { return .column(word) }
        if word == "cast" {
            let operand = try expression()
            guard take("as"), case let type = try type(), take(")") else { throw mistake() }
            return .cast(operand, to: type)
        }
        var arguments: [Expression] = []
        if take(")") { return try Self.call(word, []) }
        repeat { arguments.append(try expression()) } while take(",")
        guard take(")") else { throw mistake() }
        return try Self.call(word, arguments)
    }

    private static func call(_ name: String, _ arguments: [Expression]) throws -> Expression {
        guard let function = ScalarFunction.named(name) else { throw Mistake(description: "no function \(name)") }
        return .function(function, arguments)
    }

    private mutating func word() -> String {
        let start = index
        while index < characters.count,
            characters[index].properties.isAlphabetic || Self.isDigit(characters[index]) || characters[index] == "_"
        {
            index += 1
        }
        return text(characters[start..<index])
    }

    private mutating func quoted() throws -> String {
        index += 1
        var text = String.UnicodeScalarView()
        while index < characters.count {
            if characters[index] != "'" {
                text.append(characters[index])
                index += 1
            } else if index + 1 < characters.count, characters[index + 1] == "'" {
                text.append("'")
                index += 2
            } else {
                index += 1
                return String(text)
            }
        }
        throw mistake()
    }

    private mutating func bytes() throws -> Expression {
        let digits = Array(try quoted())
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
        return .literal(.bytes(bytes), .bytes)
    }

    private mutating func number() throws -> Expression {
        let start = index
        if characters[index] == "-" { index += 1 }
        while index < characters.count {
            let character = characters[index]
            let isExponent = index > start && "eE".unicodeScalars.contains(characters[index - 1])
            let isPart = Self.isDigit(character) || ".eE".unicodeScalars.contains(character)
            guard isPart || isExponent && "+-".unicodeScalars.contains(character) else { break }
            index += 1
        }
        let text = text(characters[start..<index])
        if text.contains(where: { "eE".contains($0) }) {
            guard let value = Double(text) else { throw mistake() }
            return .literal(.double(value), .double)
        }
        if let point = text.firstIndex(of: ".") {
            let scale = text[point...].count - 1
            guard let unscaled = Int128(text.filter { $0 != "." }) else { throw mistake() }
            let scalar = Scalar.decimal(unscaled, scale: scale)
            return .literal(scalar, scalar.literalType!)
        }
        if let value = Int32(text) { return .literal(.int32(value), .int32) }
        guard let value = Int64(text) else { throw mistake() }
        return .literal(.int64(value), .int64)
    }

    private mutating func type() throws -> DataType {
        skipSpaces()
        switch word() {
        case "boolean": return .bool
        case "int": return .int32
        case "bigint": return .int64
        case "double": return .double
        case "string": return .string
        case "binary": return .bytes
        case "date": return .date
        case "timestamp": return .timestamp
        case "decimal":
            guard take("("), let precision = Int(word()), take(","), case let scale = Int(word()), let scale, take(")")
            else { throw mistake() }
            return .decimal(precision: precision, scale: scale)
        default: throw mistake()
        }
    }

    /// Literals become literals of the type, by Scalar's own text; the rest is cast.
    private static func cast(_ operand: Expression, _ type: DataType) throws -> Expression {
        guard case .literal(let scalar, let own) = operand else { return .cast(operand, to: type) }
        if scalar == .null { return .literal(.null, type) }
        if own == type { return operand }
        guard let text = scalar.text else { throw Mistake(description: "\(scalar) as \(type)") }
        if type == .double, let value = Double(text) { return .literal(.double(value), type) }
        guard let value = Scalar(text: text, type: type) else { return .cast(operand, to: type) }
        return .literal(value, type)
    }
}
