import Columnar
import Testing

/// The functions on whole columns against a naive computation of one value, over random rows with nulls; every argument
/// once as a column and once as a constant.
@Suite struct FunctionKernelTests {
    static let schema = RecordSchema([
        Field("a", .string, isNullable: true), Field("b", .string, isNullable: true),
        Field("from", .int64, isNullable: true), Field("length", .int64, isNullable: true),
        Field("t", .timestamp, isNullable: true), Field("day", .date, isNullable: true),
        Field("l", .int64, isNullable: true), Field("i", .int32, isNullable: true),
        Field("d", .double, isNullable: true), Field("m", .decimal(precision: 12, scale: 2), isNullable: true),
    ])
    static let letters = ["a", "A", "z", "Z", " ", "é", "É", "😀", "{", "@", "[", "`", "0"]

    static func text(_ longest: Int) -> Scalar {
        .string((0..<Int.random(in: 0...longest)).map { _ in letters.randomElement() ?? "" }.joined())
    }

    static func rows(_ count: Int, nulls: Double) -> RecordBatch {
        func column(_ name: String, _ value: () -> Scalar) -> ColumnVector {
            let type = schema.fields[schema.index(of: name) ?? 0].type
            return ColumnVector(type, scalars: (0..<count).map { _ in .random(in: 0..<1) < nulls ? .null : value() })
        }
        let columns = [
            column("a") { text(12) }, column("b") { text(2) }, column("from") { .int64(.random(in: -2...14)) },
            column("length") { .int64(.random(in: -1...6)) },
            column("t") { .timestamp(.random(in: -3_000_000_000_000_000...3_000_000_000_000_000)) },
            column("day") { .date(.random(in: -800_000...800_000)) },
            column("l") { .int64([.min, .random(in: -9...9)].randomElement() ?? 0) },
            column("i") { .int32([.min, .random(in: -9...9)].randomElement() ?? 0) },
            column("d") { .double(.random(in: -9...9)) },
            column("m") { .decimal(Int128(Int.random(in: -9...9)), scale: 2) },
        ]
        return RecordBatch(schema: schema, columns: columns, count: count)
    }

    /// What a function gives for one row, by the standard library.
    static func naive(_ function: ScalarFunction, _ arguments: [Scalar]) -> Scalar {
        if arguments.contains(.null) { return .null }
        let texts = arguments.map { if case .string(let text) = $0 { text } else { "" } }
        let scalars = Array(texts[0].unicodeScalars)
        switch (function, arguments[0]) {
        case (.length, _): return .int32(Int32(scalars.count))
        case (.lower, _): return .string(scalars.map(\.properties.lowercaseMapping).joined())
        case (.upper, _): return .string(scalars.map(\.properties.uppercaseMapping).joined())
        case (.trim, _):
            let kept = scalars.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            return .string(String(String.UnicodeScalarView(kept)))
        case (.concat, _): return .string(texts.joined())
        case (.startsWith, _): return .bool(Array(texts[0].utf8).starts(with: Array(texts[1].utf8)))
        case (.endsWith, _): return .bool(Array(texts[0].utf8.reversed()).starts(with: Array(texts[1].utf8.reversed())))
        case (.contains, _):
            return .bool(texts[1].isEmpty || Array(texts[0].utf8).firstRange(of: Array(texts[1].utf8)) != nil)
        case (.substring, _):
            guard case .int64(let from) = arguments[1], case .int64(let length) = arguments[2] else { return .null }
            let start = from > 0 ? Int(from) - 1 : from < 0 ? scalars.count + Int(from) : 0
            let kept = scalars.indices.filter { $0 >= start && $0 < start + Int(max(length, 0)) }.map { scalars[$0] }
            return .string(String(String.UnicodeScalarView(kept)))
        case (.abs, .int64(let value)): return value == .min ? .null : .int64(abs(value))
        case (.abs, .int32(let value)): return value == .min ? .null : .int32(abs(value))
        case (.abs, .double(let value)): return .double(abs(value))
        case (.abs, .decimal(let value, let scale)): return .decimal(abs(value), scale: scale)
        case (_, .date(let day)): return part(function, Int64(day), 0)
        case (_, .timestamp(let time)):
            let second = (time - (time % 1_000_000 + 1_000_000) % 1_000_000) / 1_000_000
            let day = (second - (second % 86_400 + 86_400) % 86_400) / 86_400
            return part(function, day, second - day * 86_400)
        default: return .null
        }
    }

    private static func part(_ function: ScalarFunction, _ day: Int64, _ second: Int64) -> Scalar {
        let date = CivilDate(days: day)
        switch function {
        case .year: return .int32(Int32(date.year))
        case .month: return .int32(Int32(date.month))
        case .day: return .int32(Int32(date.day))
        case .dayOfWeek: return .int32(Int32(((day + 3) % 7 + 7) % 7 + 1))
        case .hour: return .int32(Int32(second / 3600))
        case .minute: return .int32(Int32(second / 60 % 60))
        case .second: return .int32(Int32(second % 60))
        default: return .date(Int32(day))
        }
    }

    static let calls: [(ScalarFunction, [String])] = [
        (.length, ["a"]), (.lower, ["a"]), (.upper, ["a"]), (.trim, ["a"]), (.concat, ["a", "b"]),
        (.concat, ["b", "a", "b"]), (.concat, ["a"]), (.startsWith, ["a", "b"]), (.endsWith, ["a", "b"]),
        (.contains, ["a", "b"]), (.substring, ["a", "from", "length"]), (.abs, ["l"]), (.abs, ["i"]), (.abs, ["d"]),
        (.abs, ["m"]), (.toDate, ["t"]), (.hour, ["t"]), (.minute, ["t"]), (.second, ["t"]), (.year, ["t"]),
        (.month, ["t"]), (.day, ["t"]), (.dayOfWeek, ["t"]), (.year, ["day"]), (.month, ["day"]), (.day, ["day"]),
        (.dayOfWeek, ["day"]),
    ]

    @Test(arguments: calls.indices)
    func columnsEqualRows(call: Int) throws {
        let (function, names) = Self.calls[call]
        for (count, nulls) in [(0, 0.0), (1, 0.5), (300, 0.0), (300, 0.3), (70, 1.0)] {
            let batch = Self.rows(count, nulls: nulls)
            // Each bit chooses a constant, of the first row, for one argument.
            for constants in 0..<(1 << names.count) where count > 0 || constants == 0 {
                let columns = names.map { batch.column($0) ?? batch.columns[0] }
                let isConstant = names.indices.map { constants >> $0 & 1 == 1 }
                let arguments = names.indices.map { index -> Expression in
                    isConstant[index]
                        ? .literal(columns[index].scalar(at: 0), columns[index].type) : .column(names[index])
                }
                let result = try Expression.function(function, arguments).bound(to: Self.schema).evaluate(batch)
                let values = (0..<count).map { row in
                    names.indices.map { columns[$0].scalar(at: isConstant[$0] ? 0 : row) }
                }
                let expected = values.map { Self.naive(function, $0) }
                #expect((0..<count).map { result.scalar(at: $0) } == expected, "\(function.name) \(constants)")
                #expect(result.count == count)
            }
        }
    }
}
