/// One value of a column: a literal in an expression, or a cell in a test or on a screen.
public enum Scalar: Hashable, Sendable {
    case null
    case bool(Bool)
    case int32(Int32)
    case int64(Int64)
    case double(Double)
    /// Unscaled value and scale.
    case decimal(Int128, scale: Int)
    case string(String)
    case bytes([UInt8])
    /// Days since 1970-01-01.
    case date(Int32)
    /// Microseconds since 1970-01-01T00:00:00Z.
    case timestamp(Int64)
    case list([Scalar])
    /// The fields' values in their order.
    case `struct`([Scalar])
    case map([MapEntry])

    /// A key of a map and its value.
    public struct MapEntry: Hashable, Sendable {
        public var key: Scalar
        public var value: Scalar

        public init(_ key: Scalar, _ value: Scalar) {
            self.key = key
            self.value = value
        }
    }
}

extension ColumnVector {
    /// The value at `row`. For tests and rare paths.
    public func scalar(at row: Int) -> Scalar {
        if isNull(row) { return .null }
        switch (type, values) {
        case (.date, .int32(let values)): return .date(values[row])
        case (.timestamp, .int64(let values)): return .timestamp(values[row])
        case (.decimal(_, let scale), .decimal(let values)): return .decimal(values[row], scale: scale)
        case (.bytes, .binary(let values)): return .bytes(Array(values[row]))
        case (_, .bool(let values)): return .bool(values[row])
        case (_, .int32(let values)): return .int32(values[row])
        case (_, .int64(let values)): return .int64(values[row])
        case (_, .double(let values)): return .double(values[row])
        case (_, .binary(let values)): return .string(values.string(row))
        case (.map, .list(let values)):
            return .map(
                values.range(row).map { .init(values.children[0].scalar(at: $0), values.children[1].scalar(at: $0)) })
        case (_, .list(let values)): return .list(values.range(row).map { values.children[0].scalar(at: $0) })
        case (_, .struct(let values)): return .struct(values.children.map { $0.scalar(at: row) })
        case (_, .decimal): preconditionFailure("decimal values in a column of \(type)")
        }
    }

    /// A column of the given values; `.null` becomes a null. For literals, tests and rare paths.
    /// - Precondition: every scalar is null or of the column's type (decimals: of its scale).
    public init(_ type: DataType, scalars: [Scalar]) {
        let hasNulls = scalars.contains(.null)
        var validity = Bitmap(repeating: true, count: scalars.count)
        for (row, scalar) in scalars.enumerated() where scalar == .null { validity[row] = false }
        func mapped<Value>(_ zero: Value, _ value: (Scalar) -> Value?) -> [Value] {
            scalars.map { scalar in
                if scalar == .null { return zero }
                guard let value = value(scalar) else { preconditionFailure("\(scalar) in a column of \(type)") }
                return value
            }
        }
        let values: Values =
            switch type {
            case .bool: .bool(mapped(false) { if case .bool(let value) = $0 { value } else { nil } })
            case .int32: .int32(mapped(0) { if case .int32(let value) = $0 { value } else { nil } })
            case .date: .int32(mapped(0) { if case .date(let value) = $0 { value } else { nil } })
            case .int64: .int64(mapped(0) { if case .int64(let value) = $0 { value } else { nil } })
            case .timestamp: .int64(mapped(0) { if case .timestamp(let value) = $0 { value } else { nil } })
            case .double: .double(mapped(0) { if case .double(let value) = $0 { value } else { nil } })
            case .decimal(_, let scale):
                .decimal(mapped(0) { if case .decimal(let value, scale) = $0 { value } else { nil } })
            case .string, .json:
                .binary(BinaryValues(mapped("") { if case .string(let value) = $0 { value } else { nil } }))
            case .bytes:
                .binary(
                    mapped([UInt8]()) { if case .bytes(let value) = $0 { value } else { nil } }
                        .reduce(into: BinaryValues()) { $0.append($1) })
            case .list(let element, _):
                .list(
                    ListValues(
                        lists: mapped([Scalar]()) { if case .list(let value) = $0 { value } else { nil } }, element))
            case .map(let key, let value, _):
                .list(
                    ListValues(
                        maps: mapped([Scalar.MapEntry]()) { if case .map(let value) = $0 { value } else { nil } }, key,
                        value))
            case .struct(let fields):
                .struct(
                    StructValues(
                        rows: mapped(fields.map { _ in Scalar.null }) {
                            if case .struct(let value) = $0 { value } else { nil }
                        }, fields))
            }
        self.init(type, values, validity: hasNulls ? validity : nil)
    }
}
