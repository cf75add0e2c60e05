import Columnar

/// Splits CSV into records (RFC 4180): fields in quotes may hold separators, quotes (doubled) and line ends. Fed in
/// pieces; keeps what a piece leaves unfinished.
public struct CSVRecords {
    /// One field, and whether it stood in quotes.
    public struct Field: Hashable, Sendable {
        public var text: String
        public var isQuoted: Bool
    }

    /// A record with the number of its first line, from 1.
    public struct Record: Hashable, Sendable {
        public var line: Int
        public var fields: [Field]
    }

    private enum Place {
        /// Before the first byte of a field.
        case start
        case plain, quoted, afterQuote
        /// Behind a carriage return outside of quotes, which only a line end may follow.
        case lineEnd
    }

    private var place = Place.start
    private var field: [UInt8] = []
    private var isQuoted = false
    private var fields: [Field] = []
    private var line = 1
    private var firstLine = 1

    public init() {}

    /// Takes the next piece and gives the records that end in it.
    /// - Throws: `CSVError` for text after a closing quote, and for a carriage return within a line.
    public mutating func take(_ bytes: some Sequence<UInt8>) throws(CSVError) -> [Record] {
        var records: [Record] = []
        for byte in bytes {
            if byte == 0x0A { line += 1 }
            switch (place, byte) {
            case (.quoted, UInt8(ascii: "\"")): place = .afterQuote
            case (.quoted, _): field.append(byte)
            case (.afterQuote, UInt8(ascii: "\"")):
                field.append(byte)
                place = .quoted
            case (.start, UInt8(ascii: "\"")):
                isQuoted = true
                place = .quoted
            case (.lineEnd, 0x0A):
                place = .start
                firstLine = line
            case (.lineEnd, 0x0D): break
            case (.lineEnd, _):
                throw CSVError(
                    "line \(line): a carriage return within the line; a field that holds one stands in quotes")
            case (_, UInt8(ascii: ",")): endField()
            case (_, 0x0A): endRecord(&records)
            case (_, 0x0D):
                endRecord(&records)
                place = .lineEnd
            case (.afterQuote, _): throw CSVError("line \(line): text after a closing quote")
            default:
                field.append(byte)
                place = .plain
            }
        }
        return records
    }

    /// Ends the input and gives its last record, when that has no line end.
    /// - Throws: `CSVError` for a quote that is never closed.
    public mutating func finish() throws(CSVError) -> [Record] {
        guard place != .quoted else { throw CSVError("line \(firstLine): a quote is never closed") }
        var records: [Record] = []
        if place != .lineEnd { endRecord(&records) }
        return records
    }

    private mutating func endField() {
        fields.append(Field(text: String(decoding: field, as: UTF8.self), isQuoted: isQuoted))
        field.removeAll(keepingCapacity: true)
        isQuoted = false
        place = .start
    }

    /// An empty line is no record.
    private mutating func endRecord(_ records: inout [Record]) {
        defer { firstLine = line }
        if place == .start && fields.isEmpty { return }
        endField()
        records.append(Record(line: firstLine, fields: fields))
        fields = []
    }
}

/// Where bytes are not CSV.
public struct CSVError: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension CSVRecords.Record {
    /// The record as a JSON object with the header's names: fields outside of quotes that are JSON numbers, `true` or
    /// `false` stand as such, empty ones as null, all others as strings.
    public func json(header: [String]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (index, name) in header.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(name.utf8, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            let field = index < fields.count ? fields[index] : CSVRecords.Field(text: "", isQuoted: false)
            if !field.isQuoted && field.text.isEmpty {
                bytes += Array("null".utf8)
            } else if !field.isQuoted && (Self.isNumber(field.text) || field.text == "true" || field.text == "false") {
                bytes += Array(field.text.utf8)
            } else {
                JSONText.append(field.text.utf8, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Whether text is a number as RFC 8259 writes it; `007` is not.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        func digits() -> Int {
            let count = rest.prefix { $0 &- 0x30 < 10 }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let leadsWithZero = rest.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole == 1 || whole > 1 && !leadsWithZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
