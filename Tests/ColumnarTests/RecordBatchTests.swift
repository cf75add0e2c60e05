import Columnar
import Testing

@Suite struct RecordBatchTests {
    static let schema = RecordSchema([Field("id", .int64), Field("name", .string, isNullable: true)])

    static func batch(_ ids: [Int64], _ names: [String?]) -> RecordBatch {
        RecordBatch(
            schema: schema,
            columns: [
                ColumnVector(.int64, .int64(ids)),
                ColumnVector(.string, scalars: names.map { $0.map(Scalar.string) ?? .null }),
            ], count: ids.count)
    }

    @Test func takingKeepsNullsAndOrder() {
        let taken = Self.batch([1, 2, 3], ["a", nil, "c"]).taking([2, 1, 2])
        #expect(taken == Self.batch([3, 2, 3], ["c", nil, "c"]))
    }

    @Test func concatenatingJoinsValidityAcrossWordBounds() {
        let names = (0..<70).map { $0 % 3 == 0 ? nil : "n\($0)" }
        let ids = (0..<70).map(Int64.init)
        let parts = [0..<1, 1..<64, 64..<70].map { Self.batch(Array(ids[$0]), Array(names[$0])) }
        let whole = RecordBatch.concatenating(parts)
        #expect(whole.column("name")!.validity == Self.batch(ids, names).column("name")!.validity)
        for row in 0..<70 { #expect(whole.columns[1].scalar(at: row) == names[row].map(Scalar.string) ?? .null) }
    }
}
