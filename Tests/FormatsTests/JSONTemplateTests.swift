import Columnar
import Dataflow
import Foundation
import Testing

@testable import Formats

/// A decoder that has learned the shape of records against one that has seen none: for every record both must say the
/// same.
@Suite struct JSONTemplateTests {
    static let record =
        #"{"id":12,"amount":12.50,"name":"café","paid":true,"ratio":-0.25,"x":"y","customer":"#
        + #"{"address":{"city":"Oslo","zip":"0150"},"since":2001},"at":"2026-01-31T23:59:59.123Z","seen":1500,"#
        + #""day":"2000-02-29","small":-7}"#

    /// What became of one record: its row, or why there is none.
    struct Outcome: Equatable {
        var row: [Scalar]?
        var rejected: RejectedRecord?
    }

    static func outcome(of record: [UInt8], by decoder: inout JSONRecordDecoder) -> Outcome {
        var raw = RawRecords(partition: 0)
        raw.append(value: record, offset: 0)
        let decoded = decoder.decode(raw)
        return Outcome(
            row: decoded.batch.count == 1 ? decoded.batch.columns.map { $0.scalar(at: 0) } : nil,
            rejected: decoded.rejected.first)
    }

    static func check(_ records: [[UInt8]]) {
        for record in records {
            var learned = JSONRecordDecoder(contract: JSONRecordDecoderTests.contract)
            _ = outcome(of: Array(Self.record.utf8), by: &learned)
            var fresh = JSONRecordDecoder(contract: JSONRecordDecoderTests.contract)
            let expected = outcome(of: record, by: &fresh)
            #expect(outcome(of: record, by: &learned) == expected, "\(String(decoding: record, as: UTF8.self))")
            // What it learned from this record must be right too.
            #expect(outcome(of: record, by: &learned) == expected, "again: \(String(decoding: record, as: UTF8.self))")
        }
    }

    @Test func damagedAtEveryByte() {
        let record = Array(Self.record.utf8)
        let replacements: [UInt8] = Array("{}[]\",:\\0159e-+.nt \u{7f}".utf8) + [0x00, 0x1F, 0x80, 0xC3]
        Self.check((0...record.count).map { Array(record[..<$0]) })
        Self.check(record.indices.map { Array(record[..<$0] + record[($0 + 1)...]) })
        Self.check(
            record.indices.flatMap { index in
                replacements.map { byte in
                    var copy = record
                    copy[index] = byte
                    return copy
                }
            })
    }

    @Test func everyFormOfEveryValue() {
        let values = [
            "0", "-0", "00", "7", "-7", "1.0", "1.5", "-0.0", "0.00", "0.10", "12.345", "1e2", "1E-2", "99999999.99",
            "100000000", "123456789012345678", "1234567890123456789", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "-9223372036854775809", "2147483647", "2147483648", "0.1", "9007199254740993",
            "9007199254740993.5", "0.30000000000000004", "1234567.890123456789", "1.", ".5", "-", "true", "false",
            "null", "nul", "\"\"", "\"a\\u00e9\"", "\"é\"", "\"2026-02-28T10:00:00Z\"", "\"2026-02-30T10:00:00Z\"",
            "\"2026-01-31T23:59:59+01:00\"", "\"2026-01-31\"", "\"12.50\"", "[]", "{}", "{\"address\":1}", " 1", "1 ",
            "\"\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000T00:00:00Z\"",
        ]
        let old = [
            "12", "12.50", "\"café\"", "true", "-0.25", "\"y\"", "\"Oslo\"", "\"2026-01-31T23:59:59.123Z\"", "1500",
            "\"2000-02-29\"", "-7",
        ]
        for part in old {
            Self.check(values.map { Array(Self.record.replacing(":" + part, with: ":" + $0, maxReplacements: 1).utf8) })
        }
    }

    @Test func recordsOfManyShapesInOneBatch() {
        let names = ["amount", "name", "paid", "ratio", "small"]
        let values = ["3.25", "\"n\"", "false", "0.5", "4"]
        var random = SystemRandomNumberGenerator()
        var decoder = JSONRecordDecoder(contract: JSONRecordDecoderTests.contract)
        for _ in 0..<20 {
            var raw = RawRecords(partition: 0)
            var expected: [[Scalar]] = []
            for offset in 0..<200 {
                var fields = names.indices.shuffled(using: &random).prefix(Int.random(in: 0...5, using: &random)).map {
                    "\"\(names[$0])\":\(values[$0])"
                }
                fields.insert("\"id\":\(offset)", at: Int.random(in: 0...fields.count, using: &random))
                let record = Array("{\(fields.joined(separator: ","))}".utf8)
                raw.append(value: record, offset: Int64(offset))
                var fresh = JSONRecordDecoder(contract: JSONRecordDecoderTests.contract)
                expected.append(Self.outcome(of: record, by: &fresh).row ?? [])
            }
            let batch = decoder.decode(raw).batch
            let rows = (0..<batch.count).map { row in batch.columns.map { $0.scalar(at: row) } }
            #expect(rows == expected)
        }
    }
}
