import Columnar
import Dataflow
import Foundation
import TestSupport
import Testing

@testable import Formats

@Suite struct NestedJSONTests {
    static let line = DataType.struct([
        Field("sku", .string), Field("amount", .decimal(precision: 10, scale: 2)),
        Field("tags", .list(.string, containsNull: false), isNullable: true),
        Field("at", .timestamp, isNullable: true),
    ])
    static let contract = ContractDescription(
        name: "Order",
        columns: [
            .init(Field("id", .int64)),
            .init(
                Field("lines", .list(line, containsNull: false)),
                nestedTimestampFormats: [["at"]: .epochMilliseconds]),
            .init(
                Field(
                    "customer",
                    .struct([
                        Field("name", .string),
                        Field("address", .struct([Field("city", .string, isNullable: true)]), isNullable: true),
                    ]), isNullable: true)),
            .init(Field("city", .string, isNullable: true), path: ["customer", "address", "city"]),
            .init(Field("stock", .map(key: .string, value: .int32, valueContainsNull: true), isNullable: true)),
            .init(Field("byDay", .map(key: .date, value: .bool, valueContainsNull: false), isNullable: true)),
            .init(Field("extra", .json, isNullable: true)), .init(Field("note", .string, isNullable: true)),
        ])

    static func decode(_ records: [String], _ contract: ContractDescription = contract) -> DecodedRecords {
        var decoder = JSONRecordDecoder(contract: contract)
        var raw = RawRecords(partition: 0)
        for (index, record) in records.enumerated() { raw.append(value: Array(record.utf8), offset: Int64(index)) }
        return decoder.decode(raw)
    }

    @Test func valuesOfEveryForm() {
        let cases: [(String, String, Scalar)] = [
            ("lines", #""lines":[]"#, .list([])),
            (
                "lines",
                #""lines":[ {"amount":"1.5","sku":"a\u0041","x":[{}],"at":1500} , {"tags":["t",""],"sku":"b","amount":2} ]"#,
                .list([
                    .struct([.string("aA"), .decimal(150, scale: 2), .null, .timestamp(1_500_000)]),
                    .struct([
                        .string("b"), .decimal(200, scale: 2), .list([.string("t"), .string("")]), .null,
                    ]),
                ])
            ),
            // Of a name that stands twice the last counts, also in what is nested.
            (
                "lines",
                #""lines":[{"sku":"old","amount":1,"tags":["y"]},{"sku":"c","amount":2}],"lines":[{"sku":"a","amount":1,"sku":"b","tags":["x"],"tags":null}]"#,
                .list([.struct([.string("b"), .decimal(100, scale: 2), .null, .null])])
            ),
            (
                "stock", #""lines":[],"stock":{"a":1,"b":null,"a":3}"#,
                .map([.init(.string("b"), .null), .init(.string("a"), .int32(3))])
            ),
            ("stock", #""lines":[],"stock":{}"#, .map([])), ("stock", #""lines":[],"stock":null"#, .null),
            ("byDay", #""lines":[],"byDay":{"2026-01-01":true}"#, .map([.init(.date(20454), .bool(true))])),
            ("customer", #""lines":[],"customer":{"name":"x","address":null}"#, .struct([.string("x"), .null])),
            (
                "customer", #""lines":[],"customer":{"address":{"city":"Oslo"},"name":"x"}"#,
                .struct([.string("x"), .struct([.string("Oslo")])])
            ),
            ("city", #""lines":[],"customer":{"address":{"city":"Oslo"},"name":"x"}"#, .string("Oslo")),
            ("extra", #""lines":[],"extra": {"a" : [1, 2.50]} "#, .string(#"{"a" : [1, 2.50]}"#)),
            ("extra", #""lines":[],"extra":"text""#, .string(#""text""#)),
            ("extra", #""lines":[],"extra":null"#, .null),
            ("extra", #""lines":[]"#, .null),
        ]
        for (column, json, expected) in cases {
            let decoded = Self.decode([#"{"id":1,\#(json)}"#])
            #expect(decoded.rejected.isEmpty, "\(json)")
            #expect(decoded.batch.column(column).map { $0.count == 1 ? $0.scalar(at: 0) : nil } == expected, "\(json)")
        }
    }

    @Test func whatDoesNotFitIsNamedAndItsNeighboursStay() {
        let good = #"{"id":1,"lines":[{"sku":"a","amount":1,"tags":["x","y"]}],"stock":{"k":1},"extra":[1]}"#
        let cases: [(String, String?, String, String?)] = [
            (
                #"{"id":2,"lines":[{"sku":"a","amount":1},{"sku":"b","amount":1},{"sku":"c","amount":1.234}]}"#,
                "lines[2].amount", "has more than 2 digits after the point", "1.234"
            ),
            (
                #"{"id":2,"lines":[{"sku":"a","amount":1,"tags":["x",null]}]}"#, "lines[0].tags[1]",
                "is null or missing", "null"
            ),
            (#"{"id":2,"lines":[{"sku":"a"}]}"#, "lines[0].amount", "is null or missing", nil),
            (#"{"id":2,"lines":[{"sku":"a","amount":1},7]}"#, "lines[1]", "is not an object", "7"),
            (#"{"id":2,"lines":{"sku":"a"}}"#, "lines", "is not an array", #"{"sku":"a"}}"#),
            (#"{"id":2,"lines":null}"#, "lines", "is null or missing", "null"),
            (#"{"id":2}"#, "lines", "is null or missing", nil),
            (#"{"id":2,"lines":[],"stock":{"a":1,"b":"x"}}"#, "stock{1}", "is a string, not int", #""x""#),
            (#"{"id":2,"lines":[],"byDay":{"soon":true}}"#, "byDay{0}", "has a key that is not date", #""soon""#),
            (
                #"{"id":2,"lines":[],"customer":{"name":{"first":"x"}}}"#, "customer.name",
                "is an object or an array, not string", #"{"first""#
            ),
            // What is no JSON at all is told as that, also behind a mismatch.
            (#"{"id":2,"lines":[{"sku":7}],"extra":[1,]}"#, nil, "not a JSON value", "]}"),
            (#"{"id":2,"lines":[{"sku":"a","amount":1]}"#, nil, "expected ',' or '}'", "]}"),
            (#"{"id":2,"lines":[],"extra":{"a":01}}"#, nil, "a number with a leading zero", "1}}"),
        ]
        for (record, field, message, place) in cases {
            for prefix in [[good], [good, good, good], []] {
                let decoded = Self.decode(prefix + [record, good])
                #expect(decoded.batch.count == prefix.count + 1)
                let expected = Self.decode([good]).batch
                for row in 0..<decoded.batch.count {
                    #expect(NestedData.rows(decoded.batch)[row] == NestedData.rows(expected)[0], "\(record)")
                }
                guard let rejected = decoded.rejected.first else {
                    Issue.record("taken: \(record)")
                    continue
                }
                #expect(rejected.field == field && rejected.message == message, "\(record): \(rejected)")
                #expect(rejected.reason == (field == nil ? .malformed : .contractViolation))
                let position = place.flatMap { record.range(of: $0, options: .backwards) }.map {
                    record.utf8.distance(from: record.startIndex, to: $0.lowerBound)
                }
                #expect(rejected.position == position, "\(record): \(rejected)")
            }
        }
    }

    /// A decoder that has learned shapes says the same as one that has seen nothing, for records damaged at every byte.
    @Test func shapesDoNotChangeWhatIsSaid() {
        let record =
            #"{"id":1,"lines":[{"sku":"a","amount":1,"tags":["x"]}],"customer":{"name":"n","address":{}},"stock":{"k":1,"k":2},"extra":{"a":[1]},"note":"é"}"#
        let other = #"{"id":5,"lines":[],"note":"z"}"#
        let bytes = Array(record.utf8)
        var records = (0...bytes.count).map { Array(bytes[..<$0]) }
        for index in bytes.indices {
            records.append(Array(bytes[..<index] + bytes[(index + 1)...]))
            for byte in Array("{}[]\",:0n".utf8) + [0x80] {
                var copy = bytes
                copy[index] = byte
                records.append(copy)
            }
        }
        // One decoder for all, which keeps what it learned, against a new one for each.
        for contract in [Self.contract, Self.contract.without(["city"])] {
            var learned = JSONRecordDecoder(contract: contract)
            for damaged in records {
                var raw = RawRecords(partition: 0)
                for (offset, value) in [Array(other.utf8), bytes, damaged, bytes].enumerated() {
                    raw.append(value: value, offset: Int64(offset))
                }
                let actual = learned.decode(raw)
                var rows: [[Scalar]] = []
                for value in [Array(other.utf8), bytes, damaged, bytes] {
                    var one = RawRecords(partition: 0)
                    one.append(value: value, offset: 0)
                    var fresh = JSONRecordDecoder(contract: contract)
                    let decoded = fresh.decode(one)
                    rows += NestedData.rows(decoded.batch)
                    if var rejected = decoded.rejected.first {
                        rejected.row = 2
                        #expect(actual.rejected == [rejected])
                    }
                }
                #expect(NestedData.rows(actual.batch) == rows, "\(String(decoding: damaged, as: UTF8.self))")
            }
        }
    }

    /// What the encoder writes is read as the same, whatever the nesting.
    @Test func everyNestingComesBack() throws {
        for seed in 0..<60 as Range<UInt64> {
            var data = NestedData(seed: seed)
            data.hasBytes = false
            let schema = data.schema(columns: 4, depth: 6)
            let rows = data.rows(schema, count: 50)
            let text = JSONRowEncoder(schema: schema).encode(NestedData.batch(schema, rows))
            let records = text.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
            let contract = ContractDescription(name: "Row", columns: schema.fields.map { .init($0) })
            let decoded = Self.decode(records, contract)
            #expect(decoded.rejected.isEmpty, "seed \(seed): \(decoded.rejected.first?.message ?? "")")
            #expect(NestedData.rows(decoded.batch) == rows, "seed \(seed)")
        }
    }

    @Test func depthHasALimit() {
        let contract = ContractDescription(name: "Deep", columns: [.init(Field("extra", .json))])
        func nested(_ depth: Int) -> String {
            #"{"extra":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(Self.decode([nested(100)], contract).batch.count == 1)
        let decoded = Self.decode([nested(100), nested(200), nested(100_000)], contract)
        #expect(decoded.batch.count == 1 && decoded.rejected.map(\.reason) == [.malformed, .malformed])
        var type = DataType.int32
        for _ in 1..<DataType.maximumDepth { type = .list(type, containsNull: false) }
        let deepest = ContractDescription(name: "Deep", columns: [.init(Field("extra", type))])
        func value(_ depth: Int) -> String {
            #"{"extra":"# + String(repeating: "[", count: depth) + "7" + String(repeating: "]", count: depth) + "}"
        }
        #expect(Self.decode([value(DataType.maximumDepth - 1)], deepest).batch.count == 1)
        #expect(Self.decode([value(DataType.maximumDepth)], deepest).rejected.count == 1)
    }
}

extension ContractDescription {
    fileprivate func without(_ names: Set<String>) -> ContractDescription {
        ContractDescription(name: name, columns: columns.filter { !names.contains($0.field.name) })
    }
}
