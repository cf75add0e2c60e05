import Columnar
import Foundation
import TestSupport
import Testing

/// Every function: its examples and its table of cases, worked out as literals, as columns of one row and of many.
@Suite struct FunctionCaseTests {
    static let examples = ScalarFunction.all.flatMap { function in
        function.examples.map { FunctionCase(call: $0.call, value: $0.value, oracle: .stated) }
    }
    static let cases = FunctionTables.all.flatMap(FunctionCase.table)

    @Test func everyFunctionHasExamplesAndCases() throws {
        // Maps cannot be written as literals: FunctionMapTests has these.
        for function in ScalarFunction.all where !function.name.hasPrefix("map_") {
            #expect(!function.examples.isEmpty, "\(function.name)")
            let own = Self.cases.filter { $0.call.contains("\(function.name)(") }
            #expect(own.count >= 2, "\(function.name) has \(own.count) cases")
            #expect(own.contains { $0.value == "null" || $0.call.contains("null") }, "\(function.name) and null")
        }
    }

    @Test func literals() throws {
        for test in Self.examples + Self.cases {
            let bound = try SQLExpression.parse(test.call).bound(to: RecordSchema([]))
            let value = bound.evaluate(RecordBatch(schema: RecordSchema([]), columns: [], count: 2)).scalar(at: 1)
            let expected = try SQLExpression.value(test.value)
            #expect(FunctionCase.isSame(value, expected), "\(test.call) is \(value), not \(expected)")
            if value == .null { #expect(bound.isNullable, "\(test.call)") }
        }
    }

    /// All cases of one shape in one batch with null rows between, and each in a batch of its own.
    @Test func columns() throws {
        var shapes: [String: [(FunctionCase, Columnar.Expression, Columns)]] = [:]
        for test in Self.examples + Self.cases {
            let (expression, columns) = Columns.of(try SQLExpression.parse(test.call))
            let shape = "\(expression) \(columns.fields.map(\.type))"
            shapes[shape, default: []].append((test, expression, columns))
        }
        for (shape, group) in shapes {
            let schema = RecordSchema(group[0].2.fields)
            let bound = try group[0].1.bound(to: schema)
            let nulls = schema.fields.map { _ in Scalar.null }
            let rows = group.flatMap { [nulls, $0.2.values] } + [nulls]
            let whole = bound.evaluate(Self.batch(schema, rows))
            #expect(whole.count == rows.count && whole.type == bound.type)
            for (index, (test, _, columns)) in group.enumerated() {
                let expected = try SQLExpression.value(test.value)
                let value = whole.scalar(at: 2 * index + 1)
                #expect(FunctionCase.isSame(value, expected), "\(test.call) in a column is \(value), not \(expected)")
                let alone = bound.evaluate(Self.batch(schema, [columns.values])).scalar(at: 0)
                #expect(FunctionCase.isSame(alone, expected), "\(test.call) alone is \(alone)")
                let isNull = value == .null || whole.scalar(at: 2 * index) == .null
                #expect(!isNull || bound.isNullable, "\(shape) gives null")
            }
        }
    }

    /// Each literal in turn a column, the others constants.
    @Test func columnsAndConstantsMixed() throws {
        for test in Self.examples + Self.cases {
            let expected = try SQLExpression.value(test.value)
            for chosen in 0..<4 {
                let (expression, columns) = Columns.of(try SQLExpression.parse(test.call)) { $0 == chosen }
                guard !columns.fields.isEmpty else { continue }
                let schema = RecordSchema(columns.fields)
                let value = try expression.bound(to: schema)
                    .evaluate(Self.batch(schema, [columns.values, [Scalar.null], columns.values])).scalar(at: 2)
                #expect(FunctionCase.isSame(value, expected), "\(test.call), literal \(chosen) a column: \(value)")
            }
        }
    }

    /// A function of columns that are never null says rightly whether it can be null.
    @Test func nullability() throws {
        for test in Self.examples + Self.cases {
            let (expression, columns) = Columns.of(try SQLExpression.parse(test.call))
            guard !columns.values.contains(.null) else { continue }
            let schema = RecordSchema(columns.fields.map { Field($0.name, $0.type, isNullable: false) })
            let bound = try expression.bound(to: schema)
            let value = bound.evaluate(Self.batch(schema, [columns.values])).scalar(at: 0)
            #expect(value != .null || bound.isNullable, "\(test.call) is null, but said never to be")
        }
    }

    static func batch(_ schema: RecordSchema, _ rows: [[Scalar]]) -> RecordBatch {
        RecordBatch(
            schema: schema,
            columns: schema.fields.indices.map { index in
                ColumnVector(schema.fields[index].type, scalars: rows.map { $0[index] })
            }, count: rows.count)
    }
}

/// The tables of cases against DuckDB and Python.
@Suite(.enabled(if: Python.path != nil, "make setup makes the Python environment")) struct FunctionOracleTests {
    @Test func asOthersCompute() throws {
        var asked: [(FunctionCase, [String: String])] = []
        for test in FunctionCaseTests.cases {
            switch test.oracle {
            case .duckDB(let sql): asked.append((test, ["sql": sql]))
            case .python(let code): asked.append((test, ["python": code]))
            case .stated: break
            }
        }
        let input = String(decoding: try JSONEncoder().encode(asked.map(\.1)), as: UTF8.self)
        let output = try Python.run("functions.py", [], input: input)
        let answers = try JSONDecoder().decode([[String?]].self, from: Data(output.utf8))
        try #require(answers.count == asked.count)
        for ((test, question), answer) in zip(asked, answers) {
            let value = try SQLExpression.value(test.call)
            #expect(
                FunctionCase.isSame(value, printed: answer[0]),
                "\(test.call) is \(value.text ?? "null"); \(question) is \(answer[0] ?? "null")")
        }
    }

    /// Random rows: every line is an expression here, and the same in DuckDB.
    @Test(arguments: [1, 2] as [UInt64]) func onRandomRows(seed: UInt64) throws {
        let batch = RandomRows.batch(seed: seed, count: 400)
        let directory = try TemporaryDirectory()
        let path = directory.path + "/rows.json"
        try RandomRows.write(batch, to: path)
        let lines = FunctionTables.random.split(separator: "\n").map(String.init)
        let pairs = lines.map { line -> (String, String) in
            let parts = line.components(separatedBy: " ;; ")
            return (parts[0], parts.count > 1 ? parts[1] : parts[0])
        }
        let input = String(decoding: try JSONEncoder().encode(pairs.map { ["sql": $0.1] }), as: UTF8.self)
        let answers = try JSONDecoder().decode(
            [[String?]].self, from: Data(try Python.run("functions.py", [path], input: input).utf8))
        try #require(answers.count == pairs.count)
        for ((call, sql), answer) in zip(pairs, answers) {
            let bound = try SQLExpression.parse(call).bound(to: batch.schema)
            let whole = bound.evaluate(batch)
            try #require(answer.count == batch.count, "\(sql): \(answer.first.flatMap { $0 } ?? "nothing")")
            let wrong = (0..<batch.count).filter { !FunctionCase.isSame(whole.scalar(at: $0), printed: answer[$0]) }
            let row = wrong.first ?? 0
            #expect(
                wrong.isEmpty,
                "\(call) of \(batch.columns.map { $0.scalar(at: row).text ?? "null" }): \(whole.scalar(at: row)), DuckDB \(answer[row] ?? "null")"
            )
            for row in stride(from: 0, to: batch.count, by: 23) {
                let alone = bound.evaluate(batch.taking([Int32(row)])).scalar(at: 0)
                #expect(FunctionCase.isSame(alone, whole.scalar(at: row)), "\(call) of one row")
            }
        }
    }
}
