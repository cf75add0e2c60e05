import Foundation
import TestSupport
import Testing

@testable import Formats

@Suite struct CSVRecordsTests {
    /// The records of a text that is fed in pieces; nil where it is not CSV.
    static func records(_ pieces: [ArraySlice<UInt8>]) -> [CSVRecords.Record]? {
        var csv = CSVRecords()
        do {
            return try pieces.reduce(into: []) { $0 += try csv.take($1) } + csv.finish()
        } catch {
            return nil
        }
    }

    static func records(_ text: String) -> [CSVRecords.Record]? { records([Array(text.utf8)[...]]) }

    /// Texts of the bytes that decide, in random order: most are CSV, many are nearly so.
    static func texts(_ count: Int) -> [String] {
        let parts = ["a", "1.5", "é", " ", ",", ",", ",", "\"", "\"\"", "\"x\"", "\",\"", "\n", "\r\n", "\r", "\"\n\""]
        var random = SplitMix(state: 180_4180)
        return (0..<count).map { _ in
            (0..<Int.random(in: 0...12, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
        }
    }

    /// A record as the other program prints it: the line of its first byte and the texts of its fields.
    private struct Expected: Decodable, Equatable {
        var line: Int
        var fields: [String]

        init(_ record: CSVRecords.Record) {
            line = record.line
            fields = record.fields.map(\.text)
        }

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            line = try values.decode(Int.self)
            fields = try values.decode([String].self)
        }
    }

    @Test(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
    func theSameRecordsAsInPython() throws {
        let texts = Self.texts(20_000)
        let input = String(decoding: try JSONEncoder().encode(texts), as: UTF8.self)
        let output = try Python.run("csv_records.py", [], input: input)
        let expected = try JSONDecoder().decode([[Expected]?].self, from: Data(output.utf8))
        try #require(expected.count == texts.count)
        // Both kinds are among them, or nothing would be compared.
        #expect(expected.filter { $0 == nil }.count > 1_000 && expected.filter { ($0?.count ?? 0) > 1 }.count > 1_000)
        for (text, expected) in zip(texts, expected) {
            let actual = Self.records(text).map { $0.map(Expected.init) }
            #expect(actual == expected, "\(text.debugDescription)")
        }
    }

    @Test func piecesCutAnywhereGiveTheSame() {
        for text in Self.texts(300) {
            let bytes = Array(text.utf8)
            let whole = Self.records(text)
            for cut in 0...bytes.count {
                #expect(
                    Self.records([bytes[..<cut], bytes[cut...]]) == whole, "\(text.debugDescription) cut at \(cut)")
            }
            #expect(Self.records(bytes.indices.map { bytes[$0...$0] }) == whole, "\(text.debugDescription)")
        }
    }

    @Test func whatIsNotCSVIsSaidWithItsLine() {
        let cases: [(String, String)] = [
            ("a\n\"b\"c\n", "line 2: text after a closing quote"),
            ("a\nb,\"c\nd\ne", "line 2: a quote is never closed"),
            ("a,b\rc\n", "line 1: a carriage return within the line; a field that holds one stands in quotes"),
        ]
        for (text, message) in cases {
            #expect(throws: CSVError(message)) {
                var csv = CSVRecords()
                _ = try csv.take(text.utf8)
                _ = try csv.finish()
            }
        }
    }

    @Test(arguments: [
        ("1", "1"), ("-0.5e+3", "-0.5e+3"), ("12345678901234567890.10", "12345678901234567890.10"), ("true", "true"),
        ("false", "false"), ("", "null"), ("\"\"", "\"\""), ("\"1\"", "\"1\""), ("\"true\"", "\"true\""),
        ("007", "\"007\""), ("+1", "\"+1\""), ("1.", "\"1.\""), (".5", "\".5\""), ("1e", "\"1e\""), ("-", "\"-\""),
        ("0x1F", "\"0x1F\""), ("NaN", "\"NaN\""), ("null", "\"null\""), ("True", "\"True\""), (" 1", "\" 1\""),
        ("٣", "\"٣\""), ("a\\b", "\"a\\\\b\""), ("\"a\"\"b\nc\"", "\"a\\\"b\\nc\""),
    ])
    func fieldsAsJSON(field: String, json: String) {
        let records = Self.records("\(field),end\n")
        let bytes = records?.first?.json(header: ["a \"name\"", "b"]) ?? []
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"a \"name\"":\#(json),"b":"end"}"#)
    }

    @Test func fieldsThatAreMissingAreNull() {
        let record = Self.records("1\n")?.first
        #expect(String(decoding: record?.json(header: ["a", "b"]) ?? [], as: UTF8.self) == #"{"a":1,"b":null}"#)
    }
}
