/// The values of one column for the rows of a batch.
public struct ColumnVector: Hashable, Sendable {
    /// Values by physical type; a null row holds an arbitrary value (zero, or no bytes).
    public enum Values: Hashable, Sendable {
        case bool([Bool])
        /// `.int32` and `.date`.
        case int32([Int32])
        /// `.int64` and `.timestamp`.
        case int64([Int64])
        case double([Double])
        /// Unscaled; the scale is in the data type.
        case decimal([Int128])
        /// `.string`, `.bytes` and `.json`.
        case binary(BinaryValues)
        /// `.list` with a column of elements, and `.map` with a column of keys and one of values.
        case list(ListValues)
        /// `.struct` with a column for each field.
        case `struct`(StructValues)
    }

    public let type: DataType
    public var values: Values
    /// A one for each row that is not null; nil when no row is.
    public var validity: Bitmap?

    /// - Precondition: `values` is of the physical kind that `type` uses, and `validity` has as many rows.
    public init(_ type: DataType, _ values: Values, validity: Bitmap? = nil) {
        self.type = type
        self.values = values
        self.validity = validity
        precondition(Self.matches(type, values), "values of another physical type than \(type)")
        precondition(validity.map { $0.count == count } ?? true, "validity of another length than the values")
    }

    /// The number of rows.
    public var count: Int {
        switch values {
        case .bool(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .double(let values): values.count
        case .decimal(let values): values.count
        case .binary(let values): values.count
        case .list(let values): values.count
        case .struct(let values): values.count
        }
    }

    /// Whether `row` is null. For tests and rare paths: kernels read `validity` by the word.
    public func isNull(_ row: Int) -> Bool { validity.map { !$0[row] } ?? false }

    private static func matches(_ type: DataType, _ values: Values) -> Bool {
        switch (type, values) {
        case (.bool, .bool), (.int32, .int32), (.date, .int32), (.int64, .int64), (.timestamp, .int64),
            (.double, .double), (.decimal, .decimal), (.string, .binary), (.bytes, .binary), (.json, .binary):
            true
        case (.struct(let fields), .struct(let values)): fields.map(\.type) == values.children.map(\.type)
        case (.list(let element, _), .list(let values)): values.children.map(\.type) == [element]
        case (.map(let key, let value, _), .list(let values)): values.children.map(\.type) == [key, value]
        default: false
        }
    }
}

extension ColumnVector {
    /// The rows at the given positions, in that order.
    public func taking(_ rows: [Int32]) -> ColumnVector {
        let taken: Values =
            switch values {
            case .bool(let values): .bool(gather(values, rows))
            case .int32(let values): .int32(gather(values, rows))
            case .int64(let values): .int64(gather(values, rows))
            case .double(let values): .double(gather(values, rows))
            case .decimal(let values): .decimal(gather(values, rows))
            case .binary(let values): .binary(values.taking(rows))
            case .list(let values): .list(values.taking(rows))
            case .struct(let values): .struct(values.taking(rows))
            }
        return ColumnVector(type, taken, validity: validity?.taking(rows))
    }

    /// The rows of a range, copied.
    public func rows(_ range: Range<Int>) -> ColumnVector {
        let part: Values =
            switch values {
            case .bool(let values): .bool(Array(values[range]))
            case .int32(let values): .int32(Array(values[range]))
            case .int64(let values): .int64(Array(values[range]))
            case .double(let values): .double(Array(values[range]))
            case .decimal(let values): .decimal(Array(values[range]))
            case .binary(let values): .binary(values.rows(range))
            case .list(let values): .list(values.taking(range.map { Int32($0) }))
            case .struct(let values): .struct(values.taking(range.map { Int32($0) }))
            }
        return ColumnVector(type, part, validity: validity?.rows(range))
    }

    /// The rows of all parts, one after the other.
    /// - Precondition: there is at least one part, and all have the same type.
    public static func concatenating(_ parts: [ColumnVector]) -> ColumnVector {
        var result = parts[0]
        for part in parts.dropFirst() { result.append(contentsOf: part) }
        return result
    }

    /// Adds the rows of `other` at the end.
    /// - Precondition: both have the same type.
    public mutating func append(contentsOf other: ColumnVector) {
        precondition(type == other.type, "columns of \(type) and \(other.type) put together")
        if validity != nil || other.validity != nil {
            if validity == nil { validity = Bitmap(repeating: true, count: count) }
            validity?.append(contentsOf: other.validity ?? Bitmap(repeating: true, count: other.count))
        }
        appendValues(other.values)
    }

    private mutating func appendValues(_ other: Values) {
        // Each is bound, then put out of `values`, so that its array is unique and grows in place.
        switch values {
        case .bool(var left):
            guard case .bool(let right) = other else { break }
            values = .bool([])
            left.append(contentsOf: right)
            values = .bool(left)
            return
        case .int32(var left):
            guard case .int32(let right) = other else { break }
            values = .bool([])
            left.append(contentsOf: right)
            values = .int32(left)
            return
        case .int64(var left):
            guard case .int64(let right) = other else { break }
            values = .bool([])
            left.append(contentsOf: right)
            values = .int64(left)
            return
        case .double(var left):
            guard case .double(let right) = other else { break }
            values = .bool([])
            left.append(contentsOf: right)
            values = .double(left)
            return
        case .decimal(var left):
            guard case .decimal(let right) = other else { break }
            values = .bool([])
            left.append(contentsOf: right)
            values = .decimal(left)
            return
        case .binary(var left):
            guard case .binary(let right) = other else { break }
            values = .bool([])
            let base = Int32(left.bytes.count)
            left.bytes.append(contentsOf: right.bytes)
            for offset in right.offsets.dropFirst() { left.offsets.append(base + offset) }
            values = .binary(left)
            return
        case .list(var left):
            guard case .list(let right) = other else { break }
            values = .bool([])
            left.append(contentsOf: right)
            values = .list(left)
            return
        case .struct(var left):
            guard case .struct(let right) = other else { break }
            values = .bool([])
            left.append(contentsOf: right)
            values = .struct(left)
            return
        }
        preconditionFailure("columns of different physical types put together")
    }
}

func gather<Value>(_ values: [Value], _ rows: [Int32]) -> [Value] {
    [Value](unsafeUninitializedCapacity: rows.count) { buffer, initialized in
        for index in 0..<rows.count { (buffer.baseAddress! + index).initialize(to: values[Int(rows[index])]) }
        initialized = rows.count
    }
}
