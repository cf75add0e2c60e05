import Columnar
import Foundation
import TestSupport
import Testing

/// One line of a table of cases: `call => value`, and behind `;;` who else computes it: SQL for DuckDB, `python: …`, or
/// `stated: …`, where no engine shares the meaning. Without `;;` DuckDB computes the call as it stands.
struct FunctionCase {
    let call: String
    let value: String
    let oracle: Oracle

    enum Oracle {
        case duckDB(String)
        case python(String)
        case stated
    }

    static func table(_ text: String) -> [FunctionCase] {
        text.split(separator: "\n").compactMap { line in
            if line.hasPrefix("#") { return nil }
            let parts = line.components(separatedBy: " ;; ")
            let sides = parts[0].components(separatedBy: " => ")
            precondition(sides.count == 2, "not a case: \(line)")
            let (call, value) = (sides[0], sides[1].trimmingCharacters(in: .whitespaces))
            guard parts.count > 1 else { return FunctionCase(call: call, value: value, oracle: .duckDB(call)) }
            let other = parts[1]
            let oracle: Oracle =
                other.hasPrefix("stated")
                ? .stated
                : other.hasPrefix("python: ") ? .python(String(other.dropFirst(8))) : .duckDB(other)
            return FunctionCase(call: call, value: value, oracle: oracle)
        }
    }

    /// Whether both are the same but for the last bits of doubles.
    static func isSame(_ value: Scalar, _ expected: Scalar) -> Bool {
        if case .double(let left) = value, case .double(let right) = expected {
            if left.isNaN || right.isNaN { return left.isNaN && right.isNaN }
            if left == right { return left.sign == right.sign }
            return Swift.abs(left - right) <= 1e-14 * max(Swift.abs(left), Swift.abs(right))
        }
        return value.text == expected.text
    }

    /// Whether a value is what another engine printed; nil is its null.
    static func isSame(_ value: Scalar, printed text: String?) -> Bool {
        guard let text, let own = value.text else { return (text == nil) == (value.text == nil) }
        if own == text { return true }
        switch value {
        case .int32, .int64, .double, .decimal:
            guard let left = Double(own), let right = Double(text) else { return false }
            if left.isNaN || right.isNaN { return left.isNaN && right.isNaN }
            return left == right || Swift.abs(left - right) <= 1e-12 * max(Swift.abs(left), Swift.abs(right))
        default: return false
        }
    }
}

/// Turns the literals of an expression into columns of a batch.
struct Columns {
    private(set) var fields: [Field] = []
    private(set) var values: [Scalar] = []
    private var chosen: ((Int) -> Bool)?
    private var literals = 0

    /// - Parameter chosen: which literals, by number, become columns; all by default. Those that must be literals stay.
    static func of(_ expression: Columnar.Expression, chosen: ((Int) -> Bool)? = nil) -> (Columnar.Expression, Columns)
    {
        var columns = Columns()
        columns.chosen = chosen
        return (columns.replaced(expression, false), columns)
    }

    private mutating func replaced(_ expression: Columnar.Expression, _ isConstant: Bool) -> Columnar.Expression {
        switch expression {
        case .literal(let scalar, let type):
            defer { literals += 1 }
            if isConstant || !(chosen?(literals) ?? true) { return expression }
            fields.append(Field("c\(fields.count)", type, isNullable: true))
            values.append(scalar)
            return .column("c\(fields.count - 1)")
        case .function(let function, let arguments):
            return .function(
                function, arguments.enumerated().map { replaced($1, function.mustBeLiteral($0)) })
        case .cast(let operand, let type): return .cast(replaced(operand, false), to: type)
        default: return expression
        }
    }
}
