import Columnar
import Dataflow
import Foundation
import Testing

@testable import Formats

@Suite struct JSONRecordEncoderTests {
    private static let schema = RecordSchema([
        Field("name", .string, isNullable: true), Field("id", .int64, isNullable: true),
        Field("amount", .decimal(precision: 10, scale: 2)), Field("at", .timestamp), Field("day", .date),
        Field("ratio", .double), Field("raw", .bytes), Field("tags", .list(.string, containsNull: false)),
    ])

    private static func batch() -> RecordBatch {
        let rows: [[Scalar]] = [
            [
                .string("a \"b\""), .int64(-7), .decimal(1250, scale: 2), .timestamp(1_500_000), .date(1), .double(0.5),
                .bytes([0, 255]), .list([.string("x\"")]),
            ],
            [
                .null, .null, .decimal(-5, scale: 2), .timestamp(-1), .date(-1), .double(.nan), .bytes([]), .list([]),
            ],
            [
                .string(""), .int64(0), .decimal(0, scale: 2), .timestamp(0), .date(0), .double(-0.0), .bytes([34]),
                .list([.string("y")]),
            ],
        ]
        var deletions = Bitmap(count: 3)
        deletions[2] = true
        return RecordBatch(
            schema: schema,
            columns: schema.fields.indices.map { column in
                ColumnVector(schema.fields[column].type, scalars: rows.map { $0[column] })
            }, count: 3, times: RowTimes(eventTimes: [1_999_999, -1, 0], watermarks: [0, 0, 0]), deletions: deletions)
    }

    private static func texts(_ column: ColumnVector) -> [[UInt8]?] {
        guard case .binary(let values) = column.values else { return [] }
        return (0..<column.count).map { column.isNull($0) ? nil : Array(values[$0]) }
    }

    private static func text(_ text: String?) -> [UInt8]? { text.map { Array($0.utf8) } }

    /// Keys of one column are its text, and of several a JSON object.
    @Test(arguments: [
        ([], [nil, nil, nil]),
        (["name"], ["a \"b\"", nil, ""]),
        (["id"], ["-7", nil, "0"]),
        (["amount"], ["12.50", "-0.05", "0.00"]),
        (["at"], ["1970-01-01T00:00:01.5Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z"]),
        (["day"], ["1970-01-02", "1969-12-31", "1970-01-01"]),
        (["ratio"], ["0.5", "NaN", "-0.0"]),
        (["tags"], ["[\"x\\\"\"]", "[]", "[\"y\"]"]),
        (
            ["id", "name"],
            [#"{"id":-7,"name":"a \"b\""}"#, #"{"id":null,"name":null}"#, #"{"id":0,"name":""}"#]
        ),
        (
            ["at", "amount"],
            [
                #"{"at":"1970-01-01T00:00:01.5Z","amount":"12.50"}"#,
                #"{"at":"1969-12-31T23:59:59.999999Z","amount":"-0.05"}"#,
                #"{"at":"1970-01-01T00:00:00Z","amount":"0.00"}"#,
            ]
        ),
    ])
    func keys(_ columns: [String], _ expected: [String?]) {
        let records = JSONRecordEncoder(schema: Self.schema, keys: columns).encode(Self.batch())
        #expect(Self.texts(records.keys) == expected.map(Self.text))
    }

    @Test func aKeyOfBytesIsTheBytes() {
        let records = JSONRecordEncoder(schema: Self.schema, keys: ["raw"]).encode(Self.batch())
        #expect(Self.texts(records.keys) == [[0, 255], [], [34]])
    }

    /// Values are the rows' JSON, deletions have none, and times are those of the events, after 1970.
    @Test func valuesAndTimes() throws {
        let records = JSONRecordEncoder(schema: Self.schema, keys: ["id"]).encode(Self.batch())
        let lines = JSONRowEncoder(schema: Self.schema).encode(Self.batch()).split(separator: UInt8(ascii: "\n"))
        #expect(Self.texts(records.values) == [Array(lines[0]), Array(lines[1]), nil])
        let object = try JSONSerialization.jsonObject(with: Data(lines[0])) as? [String: Any]
        #expect(object?.count == Self.schema.fields.count && object?["name"] as? String == "a \"b\"")
        #expect(records.timestamps == [1999, 0, 0])
    }

    /// What a checkpoint stores is what was encoded.
    @Test func recordsComeBackFromACheckpoint() throws {
        var records = JSONRecordEncoder(schema: Self.schema, keys: ["name"]).encode(Self.batch())
        records.append(contentsOf: records)
        var bytes: [UInt8] = []
        BatchCodec.encode([records.batch], into: &bytes)
        #expect(try EncodedRecords(BatchCodec.decode(bytes)[0]) == records)
        #expect(records.count == 6 && records.byteCount > 0)
        #expect(EncodedRecords(Self.batch()) == nil)
    }
}
