import Columnar
import Dataflow

/// Sums over all rows of a result, which another engine can compute too: of numbers as they are, of times in µs since
/// 1970 UTC, of texts their bytes.
struct CheckSums {
    private(set) var rows = 0
    private var sums: [String: (sum: Int128, scale: Int)] = [:]

    /// By column.
    var texts: [String: String] { sums.mapValues { Scalar.decimal($0.sum, scale: $0.scale).text ?? "" } }

    mutating func add(_ output: Execution.RoundOutput) {
        for batch in output.rows.values.joined() {
            rows += batch.count
            for (field, column) in zip(batch.schema.fields, batch.columns) {
                let sum = Self.sum(column)
                sums[field.name] = (sum: (sums[field.name]?.sum ?? 0) + sum, scale: field.type.scale)
            }
        }
    }

    private static func sum(_ column: ColumnVector) -> Int128 {
        precondition(column.validity == nil, "check sums are of columns without nulls")
        return switch column.values {
        case .int32(let values): values.reduce(0) { $0 + Int128($1) }
        case .int64(let values): values.reduce(0) { $0 + Int128($1) }
        case .decimal(let values): values.reduce(0, +)
        case .binary(let values): Int128(values.bytes.count)
        case .list(let values): Int128(values.offsets[values.count])
        case .struct(let values): Int128(values.count)
        case .bool, .double: preconditionFailure("no check sum of \(column.type)")
        }
    }
}

extension DataType {
    fileprivate var scale: Int { if case .decimal(_, let scale) = self { scale } else { 0 } }
}
