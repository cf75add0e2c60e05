import Columnar
import Dataflow
import Foundation
import Testing

@testable import Formats

@Suite struct JSONRecordDecoderTests {
    static let contract = ContractDescription(
        name: "Order",
        columns: [
            .init(Field("id", .int64)), .init(Field("amount", .decimal(precision: 10, scale: 2), isNullable: true)),
            .init(Field("name", .string, isNullable: true)), .init(Field("paid", .bool, isNullable: true)),
            .init(Field("ratio", .double, isNullable: true)),
            .init(Field("city", .string, isNullable: true), path: ["customer", "address", "city"]),
            .init(Field("at", .timestamp, isNullable: true)),
            .init(Field("seen", .timestamp, isNullable: true), timestampFormat: .epochMilliseconds),
            .init(Field("day", .date, isNullable: true)), .init(Field("small", .int32, isNullable: true)),
        ])

    static func decode(_ records: [String]) -> DecodedRecords {
        var raw = RawRecords(partition: 3)
        for (index, record) in records.enumerated() {
            raw.append(value: Array(record.utf8), offset: Int64(100 + index))
        }
        return decode(raw)
    }

    /// By a decoder that has seen nothing yet.
    static func decode(_ raw: RawRecords) -> DecodedRecords {
        var decoder = JSONRecordDecoder(contract: contract)
        return decoder.decode(raw)
    }

    static func value(_ column: String, _ json: String) -> Scalar? {
        let decoded = decode([#"{"id":1,\#(json)}"#])
        return decoded.batch.count == 1 ? decoded.batch.column(column)?.scalar(at: 0) : nil
    }

    @Test func valuesOfEveryType() {
        let cases: [(String, String, Scalar?)] = [
            ("name", #""name":"a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00é😀""#, .string("a\"\\/\u{8}\u{c}\n\r\tAé😀é😀")),
            ("name", #""na\u006de":"x""#, .string("x")), ("name", #""name":null"#, .null), ("name", #""name":7"#, nil),
            ("name", #""name":"a","name":"b""#, .string("b")),
            ("amount", #""amount":12.5"#, .decimal(1250, scale: 2)),
            ("amount", #""amount":"-0.05""#, .decimal(-5, scale: 2)),
            ("amount", #""amount":1.10e3"#, .decimal(110_000, scale: 2)),
            ("amount", #""amount":12.500"#, .decimal(1250, scale: 2)),
            ("amount", #""amount":0.1"#, .decimal(10, scale: 2)), ("amount", #""amount":12.345"#, nil),
            ("amount", #""amount":99999999.99"#, .decimal(9_999_999_999, scale: 2)),
            ("amount", #""amount":100000000"#, nil),
            ("amount", #""amount":0e99999999999"#, .decimal(0, scale: 2)),
            ("amount", #""amount":0e9999"#, .decimal(0, scale: 2)),
            ("id", #""id":-9223372036854775808"#, .int64(.min)), ("id", #""id":9223372036854775807"#, .int64(.max)),
            ("id", #""id":9223372036854775808"#, nil), ("id", #""id":1.0"#, nil), ("id", #""id":null"#, nil),
            ("small", #""small":-2147483648"#, .int32(.min)), ("small", #""small":2147483648"#, nil),
            ("ratio", #""ratio":0.1"#, .double(0.1)), ("ratio", #""ratio":1e999"#, nil),
            ("ratio", #""ratio":5e-324"#, .double(.leastNonzeroMagnitude)),
            ("paid", #""paid":true"#, .bool(true)), ("paid", #""paid":"true""#, nil),
            ("city", #""customer":{"x":[{}],"address":{"zip":1,"city":"Oslo"}}"#, .string("Oslo")),
            ("city", #""customer":null"#, .null), ("city", #""customer":{"address":[]}"#, .null),
            ("at", #""at":"2026-01-31T23:59:59.1234567+01:30""#, .timestamp(1_769_898_599_123_456)),
            ("at", #""at":"1969-12-31T23:59:59Z""#, .timestamp(-1_000_000)),
            ("at", #""at":"2026-02-29T00:00:00Z""#, nil),
            ("at", #""at":"2026-01-31T23:59:59""#, nil), ("seen", #""seen":1500"#, .timestamp(1_500_000)),
            ("day", #""day":"2000-02-29""#, .date(11_016)), ("day", #""day":"1900-02-29""#, nil),
        ]
        for (column, json, expected) in cases {
            #expect(Self.value(column, json) == expected, "\(json)")
        }
    }

    @Test func aRejectedRecordLeavesItsNeighboursUntouched() {
        let decoded = Self.decode([
            #"{"id":1,"name":"a"}"#, #"{"name":"lost","id":"x"}"#, #"{"id":2,"name":"b","amount":1,}"#,
            #"{"name":"c"}"#,
            #"{"id":3,"name":"d"}"#,
        ])
        #expect(decoded.batch.column("id")?.values == .int64([1, 3]))
        #expect((0..<2).map { decoded.batch.column("name")?.scalar(at: $0) } == [.string("a"), .string("d")])
        #expect(decoded.batch.origin == RowOrigins(partitions: [3, 3], offsets: [100, 104]))
        #expect(
            decoded.rejected == [
                RejectedRecord(
                    row: 1, reason: .contractViolation, field: "id", position: 20, message: "is a string, not bigint"),
                RejectedRecord(row: 2, reason: .malformed, position: 30, message: "expected a name in quotes"),
                RejectedRecord(row: 3, reason: .contractViolation, field: "id", message: "is null or missing"),
            ])
    }

    /// Every production of the grammar, as the value of a field that the contract does not name.
    static let accepted = [
        "0", "-0", "10", "0.5", "-1.25e+10", "1E-3", "1e5", "true", "false", "null", "\"\"", "\" \"", "[]", "[ ]",
        "[1]",
        "[1,2]", "[[],{}]", "{}", "{ }", "{\"\":0}", "{\"a\":1,\"a\":2}", "\"\\u0000\"", "\"\u{7f}\"", "\"é€😀\"",
        "\"\\uD834\\uDD1E\"", " \t\r\n1 \t\r\n", "\"/\"", "123456789012345678901234567890",
    ]
    static let refused = [
        "", "01", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "0x1", "NaN", "Infinity", "tru", "True", "nul", "'a'",
        "\"",
        "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\t\"", "\"\n\"", "\"\\uD800\"", "\"\\uDC00\"",
        "\"\\uD800\\u0041\"",
        "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "{", "{a:1}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}",
        "1 2", "1}", "//x\n1", "\u{FEFF}1", "-01", "--1", "1e5.5",
    ]

    @Test func theGrammarOfRFC8259() {
        for text in Self.accepted { #expect(Self.value("id", #""x":\#(text)"#) == .int64(1), "\(text)") }
        for text in Self.refused {
            let decoded = Self.decode([#"{"id":1,"x":\#(text)}"#])
            #expect(decoded.rejected.first?.reason == .malformed, "\(text)")
        }
        for bytes in [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80], [0xFF]]
            as [[UInt8]]
        {
            var raw = RawRecords(partition: 0)
            raw.append(value: Array(#"{"id":1,"x":""#.utf8) + bytes + Array("\"}".utf8), offset: 0)
            #expect(Self.decode(raw).rejected.first?.message == "not UTF-8")
        }
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(Self.decode([#"{"id":1,"x":\#(deep)}"#]).rejected.first?.reason == .malformed)
        for text in ["1", "[]", "\"a\"", "", "{\"id\":1}{", "{\"id\":1"] {
            #expect(Self.decode([text]).rejected.first?.reason == .malformed, "\(text)")
        }
    }

    @Test func aTombstoneIsMalformed() {
        var raw = RawRecords(partition: 0)
        raw.append(value: nil, key: [1], offset: 7)
        let rejected = Self.decode(raw).rejected
        #expect(rejected == [RejectedRecord(row: 0, reason: .malformed, message: "has no value")])
    }

    /// Cuts and changes valid records at every byte: what another parser takes as an object, ours must not call
    /// malformed, and the other way round.
    @Test func agreesWithAnotherParserOnDamagedRecords() {
        let record = Array(#"{"id": 12, "name": "a\u00e9b", "x": [1.5e3, {"y": null}, true], "ratio": -0.25}"#.utf8)
        let replacements: [UInt8] = Array("{}[]\",:\\0e-.n \u{7f}".utf8) + [0x00, 0x1F, 0x80, 0xC3]
        var damaged = (0..<record.count).map { Array(record[..<$0]) }
        for index in record.indices {
            for byte in replacements {
                var copy = record
                copy[index] = byte
                damaged.append(copy)
            }
        }
        for bytes in damaged {
            // Foundation takes a comma before a closing brace, which the grammar does not have.
            if String(decoding: bytes, as: UTF8.self).contains(",}") { continue }
            var raw = RawRecords(partition: 0)
            raw.append(value: bytes, offset: 0)
            let ours = Self.decode(raw).rejected.first?.reason != .malformed
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any]
            #expect(ours == theirs, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
