import Columnar
import Testing

/// Casts between numbers on whole columns against a naive computation of one value.
@Suite struct NumericCastTests {
    static let types: [DataType] = [
        .int32, .int64, .double, .decimal(precision: 3, scale: 0), .decimal(precision: 12, scale: 2),
        .decimal(precision: 38, scale: 10), .decimal(precision: 38, scale: 38), .decimal(precision: 19, scale: 0),
    ]

    static func values(_ type: DataType) -> [Scalar] {
        switch type {
        case .int32: return [0, 1, -1, 999, -1000, .max, .min].map(Scalar.int32)
        case .int64: return [0, 7, -8, 999, 1000, 1 << 31, -1 << 31, -1 << 31 - 1, .max, .min].map(Scalar.int64)
        case .double:
            let edges: [Double] = [.nan, .infinity, -.infinity, 0x1p63, -0x1p63, 0x1p31, -0x1p31, 1e38, 1e39]
            return ([0, 0.5, -0.5, 1.005, 2.675, -999.4, 999.5, 1e-20] + edges).map(Scalar.double)
        case .decimal(let precision, let scale):
            let largest = Decimal128.powerOfTen(precision) - 1
            let numbers: [Int128] = [
                0, 1, -1, 49, 50, -50, 149, 150, 99_999, largest, -largest, largest / 10, largest / 1000,
            ]
            return numbers.filter { abs($0) <= largest }.map { .decimal($0, scale: scale) }
        default: return []
        }
    }

    /// The exact value as a fraction of integers.
    static func naive(_ value: Scalar, _ target: DataType) -> Scalar {
        switch value {
        case .int32(let number): return exact(Int128(number), 0, target)
        case .int64(let number): return exact(Int128(number), 0, target)
        case .decimal(let number, let scale): return exact(number, scale, target)
        case .double(let number):
            switch target {
            case .int32: return Int32(exactly: number.rounded(.towardZero)).map(Scalar.int32) ?? .null
            case .int64: return Int64(exactly: number.rounded(.towardZero)).map(Scalar.int64) ?? .null
            case .decimal(let precision, let scale):
                let scaled = (number * Double(Decimal128.powerOfTen(scale))).rounded(.toNearestOrAwayFromZero)
                guard let whole = Int128(exactly: scaled), fits(whole, precision) else { return .null }
                return .decimal(whole, scale: scale)
            default: return value
            }
        default: return .null
        }
    }

    private static func fits(_ value: Int128, _ precision: Int) -> Bool {
        value.magnitude < Decimal128.powerOfTen(precision).magnitude
    }

    private static func exact(_ value: Int128, _ scale: Int, _ target: DataType) -> Scalar {
        let whole = value / Decimal128.powerOfTen(scale)
        switch target {
        case .int32: return Int32(exactly: whole).map(Scalar.int32) ?? .null
        case .int64: return Int64(exactly: whole).map(Scalar.int64) ?? .null
        case .decimal(let precision, let wanted):
            guard let scaled = Decimal128.rescale(value, from: scale, to: wanted), fits(scaled, precision) else {
                return .null
            }
            return .decimal(scaled, scale: wanted)
        default: return .double(Double(value) / Double(Decimal128.powerOfTen(scale)))
        }
    }

    @Test(arguments: types)
    func columnsEqualRows(from: DataType) throws {
        for target in Self.types {
            var values = Self.values(from)
            for round in 0..<2 {
                let schema = RecordSchema([Field("x", from, isNullable: true)])
                let batch = RecordBatch(
                    schema: schema, columns: [ColumnVector(from, scalars: values)], count: values.count)
                let bound = try Expression.cast(.column("x"), to: target).bound(to: schema)
                let column = bound.evaluate(batch)
                let found = values.indices.map { column.scalar(at: $0) }
                let expected = values.map { $0 == .null ? .null : Self.naive($0, target) }
                // As text, so that NaN equals NaN.
                #expect(found.map { "\($0)" } == expected.map { "\($0)" }, "\(from) to \(target), round \(round)")
                // The second round has nulls between the values.
                values = values.flatMap { [$0, .null] }
            }
        }
    }

    /// A cast that is said to give no nulls gives none.
    @Test(arguments: types)
    func whatAlwaysFitsIsNeverNull(from: DataType) throws {
        for target in Self.types {
            let schema = RecordSchema([Field("x", from)])
            let bound = try Expression.cast(.column("x"), to: target).bound(to: schema)
            let values = Self.values(from)
            let batch = RecordBatch(schema: schema, columns: [ColumnVector(from, scalars: values)], count: values.count)
            if !bound.isNullable { #expect(bound.evaluate(batch).validity == nil, "\(from) to \(target)") }
        }
    }
}
