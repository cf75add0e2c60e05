import Columnar
import Testing

/// `case` and `coalesce` on whole columns against the definition, row by row, with constants and nulls everywhere.
@Suite struct ChoiceTests {
    static let types: [(DataType, @Sendable () -> Scalar)] = [
        (.bool, { .bool(.random()) }), (.int32, { .int32(.random(in: -3...3)) }),
        (.date, { .date(.random(in: -3...3)) }),
        (.int64, { .int64(.random(in: -3...3)) }), (.timestamp, { .timestamp(.random(in: -3...3)) }),
        (.double, { .double(.random(in: -3...3)) }),
        (.decimal(precision: 9, scale: 2), { .decimal(Int128(Int.random(in: -3...3)), scale: 2) }),
        (.string, { .string(["", "a", "é", "long text"].randomElement() ?? "") }),
        (.bytes, { .bytes([[], [0], [255, 1]].randomElement() ?? []) }),
    ]

    @Test(arguments: types.indices)
    func columnsEqualRows(type: Int) throws {
        let (type, random) = Self.types[type]
        let schema = RecordSchema(
            ["p", "q"].map { Field($0, .bool, isNullable: true) }
                + ["x", "y", "z"].map { Field($0, type, isNullable: true) })
        for (count, nulls) in [(0, 0.0), (1, 0.5), (200, 0.0), (200, 0.3), (70, 1.0)] {
            func column(_ type: DataType, _ value: () -> Scalar) -> ColumnVector {
                ColumnVector(type, scalars: (0..<count).map { _ in .random(in: 0..<1) < nulls ? .null : value() })
            }
            let columns =
                (0..<2).map { _ in column(.bool) { .bool(.random()) } } + (0..<3).map { _ in column(type, random) }
            let batch = RecordBatch(schema: schema, columns: columns, count: count)
            // Each bit makes a constant of one of the three values; the last case makes it null.
            for constants in 0..<9 {
                let literals: [Scalar?] = (0..<3).map {
                    constants == 8 ? .null : constants >> $0 & 1 == 1 ? random() : nil
                }
                let values = literals.enumerated().map { index, literal -> Expression in
                    literal.map { .literal($0, type) } ?? .column(schema.fields[2 + index].name)
                }
                func value(_ index: Int, _ row: Int) -> Scalar { literals[index] ?? columns[2 + index].scalar(at: row) }
                func chosen(_ row: Int, otherwise: Scalar) -> Scalar {
                    let isTrue = (0..<2).map { columns[$0].scalar(at: row) == .bool(true) }
                    return isTrue[0] ? value(0, row) : isTrue[1] ? value(1, row) : otherwise
                }
                func rows(_ expression: Expression) throws -> [Scalar] {
                    let column = try expression.bound(to: schema).evaluate(batch)
                    #expect(column.type == type && column.count == count)
                    return (0..<count).map { column.scalar(at: $0) }
                }
                let branches = [
                    Expression.CaseBranch(when: .column("p"), then: values[0]),
                    .init(when: .column("q"), then: values[1]),
                ]
                #expect(
                    try rows(.caseWhen(branches, otherwise: values[2]))
                        == (0..<count).map { chosen($0, otherwise: value(2, $0)) })
                #expect(
                    try rows(.caseWhen(branches, otherwise: nil)) == (0..<count).map { chosen($0, otherwise: .null) })
                #expect(
                    try rows(.coalesce(values))
                        == (0..<count).map { row in
                            (0..<3).map { value($0, row) }.first { $0 != .null } ?? .null
                        })
            }
        }
    }
}
