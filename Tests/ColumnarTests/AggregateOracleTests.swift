import Columnar
import Foundation
import TestSupport
import Testing

/// Every exact aggregate against DuckDB, on random rows with nulls.
@Suite(.enabled(if: Python.path != nil, "make setup makes the Python environment")) struct AggregateOracleTests {
    /// SQL, and the same here: the function and the names of its arguments.
    static let pairs: [(String, AggregateFunction, [String])] = [
        ("count(*)", .count, []), ("count(i)", .count, ["i"]), ("count(s)", .count, ["s"]),
        ("sum(i)", .sum, ["i"]), ("sum(n)", .sum, ["n"]), ("sum(d)", .sum, ["d"]), ("sum(x)", .sum, ["x"]),
        ("avg(i)", .average, ["i"]), ("avg(n)", .average, ["n"]), ("avg(d)", .average, ["d"]),
        ("avg(x)", .average, ["x"]),
        ("min(i)", .min, ["i"]), ("max(i)", .max, ["i"]), ("min(d)", .min, ["d"]), ("max(d)", .max, ["d"]),
        ("min(x)", .min, ["x"]), ("max(x)", .max, ["x"]), ("min(s)", .min, ["s"]), ("max(s)", .max, ["s"]),
        ("min(n)", .min, ["n"]), ("bool_and(b)", .all, ["b"]), ("bool_or(b)", .any, ["b"]),
        ("bit_and(i)", .bitAnd, ["i"]), ("bit_or(i)", .bitOr, ["i"]), ("bit_xor(i)", .bitXor, ["i"]),
        ("bit_and(n)", .bitAnd, ["n"]), ("bit_or(n)", .bitOr, ["n"]), ("bit_xor(n)", .bitXor, ["n"]),
        ("var_pop(x)", .variancePopulation, ["x"]), ("var_samp(x)", .varianceSample, ["x"]),
        ("stddev_pop(x)", .standardDeviationPopulation, ["x"]), ("stddev_samp(x)", .standardDeviationSample, ["x"]),
        ("var_samp(i)", .varianceSample, ["i"]), ("var_samp(d)", .varianceSample, ["d"]),
        ("count(DISTINCT i)", .countDistinct, ["i"]), ("count(DISTINCT s)", .countDistinct, ["s"]),
        ("count(DISTINCT x)", .countDistinct, ["x"]), ("count(DISTINCT d)", .countDistinct, ["d"]),
        ("count(DISTINCT b)", .countDistinct, ["b"]), ("count(DISTINCT s)", .approximateCountDistinct, ["s"]),
        ("arg_min(s, row(t, p, o))", .first, ["s"]), ("arg_max(s, row(t, p, o))", .last, ["s"]),
        ("arg_min(d, row(t, p, o))", .first, ["d"]), ("arg_max(b, row(t, p, o))", .last, ["b"]),
        ("arg_min(s, row(i, t, p, o)) FILTER (WHERE i IS NOT NULL)", .minBy, ["s", "i"]),
        ("arg_min(s, row(-i, t, p, o)) FILTER (WHERE i IS NOT NULL)", .maxBy, ["s", "i"]),
        ("arg_min(i, row(s, t, p, o)) FILTER (WHERE s IS NOT NULL)", .minBy, ["i", "s"]),
        ("arg_min(n, row(NOT b, t, p, o)) FILTER (WHERE b IS NOT NULL)", .maxBy, ["n", "b"]),
        ("(list(s ORDER BY t, p, o) FILTER (WHERE s IS NOT NULL))[1:3]::JSON", .collectJSON(limit: 3), ["s"]),
        ("(list(i ORDER BY t, p, o) FILTER (WHERE i IS NOT NULL))::JSON", .collectJSON(limit: 9999), ["i"]),
    ]

    /// Columns by name; groups of one row, of many, and one where most is null.
    static func rows(seed: UInt64) -> (groups: [Int32], columns: [String: ColumnVector]) {
        var random = ApproximateAggregateTests.Random(state: seed)
        let count = 3000
        let groups = (0..<count).map { row in Int32(row < 5 ? row : 5 + Int(random.next() % 30)) }
        func column(_ type: DataType, nulls: Bool = true, _ value: (Int) -> Scalar) -> ColumnVector {
            let scalars = (0..<count).map { row -> Scalar in
                let isNull = nulls && random.next() % (groups[row] == 7 ? 2 : groups[row] < 2 ? 1 : 9) == 0
                return isNull ? .null : value(row)
            }
            return ColumnVector(type, scalars: scalars)
        }
        var values = ApproximateAggregateTests.Random(state: seed + 1)
        func number(_ bound: UInt64) -> Int64 { Int64(values.next() % (2 * bound)) - Int64(bound) }
        return (
            groups,
            [
                "i": column(.int64) { _ in .int64(number(50)) },
                "n": column(.int32) { _ in .int32(Int32(number(1 << 31))) },
                "d": column(.decimal(precision: 12, scale: 2)) { _ in .decimal(Int128(number(500)), scale: 2) },
                "x": column(.double) { _ in .double(Double(number(1_000_000)) / 1000 + 1e6) },
                "s": column(.string) { _ in .string("ü\(number(40))\"") },
                "b": column(.bool) { _ in .bool(number(2) > -2) },
                "t": column(.timestamp, nulls: false) { _ in .timestamp(number(20)) },
                "p": column(.int32, nulls: false) { .int32(Int32($0 % 3)) },
                "o": column(.int64, nulls: false) { .int64(Int64($0 / 3)) },
            ]
        )
    }

    static func write(_ groups: [Int32], _ columns: [String: ColumnVector], to path: String) throws {
        var bytes: [UInt8] = []
        for (row, group) in groups.enumerated() {
            bytes += Array("{\"g\":\(group)".utf8)
            for (name, column) in columns {
                bytes += Array(",\"\(name)\":".utf8)
                switch column.scalar(at: row) {
                case .timestamp(let value): bytes += Array("\(value)".utf8)
                case .double(let value): bytes += Array("\(value)".utf8)
                default: column.appendJSON(row, to: &bytes)
                }
            }
            bytes += Array("}\n".utf8)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test(arguments: [1, 2] as [UInt64]) func asDuckDBComputes(seed: UInt64) throws {
        let (groups, columns) = Self.rows(seed: seed)
        let directory = try TemporaryDirectory()
        let path = directory.path + "/rows.json"
        try Self.write(groups, columns, to: path)
        let output = try Python.run("aggregates.py", [path] + Self.pairs.map(\.0))
        let lines = output.split(separator: "\n").map { $0.components(separatedBy: "\t") }
        try #require(lines.count == 35)
        for (index, (sql, function, names)) in Self.pairs.enumerated() {
            let arguments = (names + (function.definition.isOrdered ? ["t", "p", "o"] : [])).map { columns[$0]! }
            var accumulator = try Accumulator(function, arguments: arguments.prefix(names.count).map(\.type))
            for start in stride(from: 0, to: groups.count, by: 700) {
                let rows = (start..<min(start + 700, groups.count)).map { Int32($0) }
                accumulator.update(
                    groups: rows.map { groups[Int($0)] }, groupCount: 35, columns: arguments.map { $0.taking(rows) })
            }
            let result = accumulator.finish()
            for (group, line) in lines.enumerated() {
                let value = result.scalar(at: group)
                #expect(Self.isSame(value, line[index]), "\(sql) of group \(group): \(value), DuckDB \(line[index])")
            }
        }
    }

    private static func isSame(_ value: Scalar, _ text: String) -> Bool {
        switch value {
        case .null: return text == "\\N"
        case .double(let value):
            return Double(text).map { abs($0 - value) <= 1e-9 * max(abs($0), abs(value)) } ?? false
        // DuckDB's mean of decimals is a double; here it has four more digits.
        case .decimal(_, scale: 6):
            guard let mean = value.text.flatMap({ Double($0) }), let expected = Double(text) else { return false }
            return abs(mean - expected) < 1e-6
        case .bool(let value): return text == (value ? "True" : "False")
        default: return value.text == text
        }
    }
}
