import Columnar
import Dataflow

/// Why a value does not fit its column: one clause, without the value.
struct ContractMismatch: Error {
    let message: String
}

/// The values of one column of a batch, by row. A record that fails leaves nothing behind but states, which are cleared;
/// the next record takes its row.
///
/// Plain memory, so that a value costs a store: `JSONColumns` owns it.
struct JSONColumn {
    /// What a row holds.
    enum State {
        static let unset: UInt8 = 0
        static let value: UInt8 = 1
        static let null: UInt8 = 2
    }

    /// What decides how a value is read, asked for every value: plain, unlike the type.
    enum Kind {
        case bool, int32, int64, double, string, bytes, date, timestamp
        case decimal(precision: Int, scale: Int)
        /// All of a value, of whatever form: JSON and nested types.
        case whole
    }

    let type: DataType
    let kind: Kind
    let isNullable: Bool
    /// The objects that a value stands in.
    let depth: Int
    /// The values of a nested type.
    let nested: NestedBuilder?
    let timestampFormat: ContractDescription.TimestampFormat
    /// µs of a unit of a timestamp in numbers; 0 for one in text.
    let epochUnit: Int64
    let states: UnsafeMutablePointer<UInt8>
    /// Integers, booleans, dates and timestamps.
    let integers: UnsafeMutablePointer<Int64>
    let doubles: UnsafeMutablePointer<Double>
    let decimals: UnsafeMutablePointer<Int128>
    /// Where a text stands among the records' bytes; from -1 downwards in `unescaped`.
    let starts: UnsafeMutablePointer<Int32>
    let lengths: UnsafeMutablePointer<Int32>
    /// Texts whose escapes were resolved.
    private var unescaped: [UInt8] = []
    var day = ISO8601.LastDay()

    init(_ column: ContractDescription.Column, capacity: Int) {
        type = column.field.type
        isNullable = column.field.isNullable
        depth = column.path.count
        nested = type.isNested ? NestedBuilder(column.field, path: [], column) : nil
        kind = Kind(type)
        timestampFormat = column.timestampFormat
        epochUnit =
            switch column.timestampFormat {
            case .iso8601: 0
            case .epochSeconds: 1_000_000
            case .epochMilliseconds: 1_000
            case .epochMicroseconds: 1
            }
        var (whole, floating, exact, text) = (0, 0, 0, 0)
        switch type {
        case .double: floating = capacity
        case .decimal: exact = capacity
        case .string, .bytes, .json: text = capacity
        case .struct, .list, .map: break
        case .bool, .int32, .int64, .date, .timestamp: whole = capacity
        }
        states = .allocate(capacity: capacity)
        states.initialize(repeating: State.unset, count: capacity)
        integers = .allocate(capacity: whole)
        doubles = .allocate(capacity: floating)
        decimals = .allocate(capacity: exact)
        starts = .allocate(capacity: text)
        lengths = .allocate(capacity: text)
    }

    func deallocate() {
        states.deallocate()
        integers.deallocate()
        doubles.deallocate()
        decimals.deallocate()
        starts.deallocate()
        lengths.deallocate()
    }

    @inline(__always)
    func set(whole value: Int64, _ row: Int) {
        integers[row] = value
        states[row] = State.value
    }

    @inline(__always)
    func set(double value: Double, _ row: Int) {
        doubles[row] = value
        states[row] = State.value
    }

    @inline(__always)
    func set(decimal value: Int128, _ row: Int) {
        decimals[row] = value
        states[row] = State.value
    }

    /// Takes a text that stands among the records' bytes.
    @inline(__always)
    func set(textAt start: Int, _ length: Int, _ row: Int) {
        starts[row] = Int32(truncatingIfNeeded: start)
        lengths[row] = Int32(truncatingIfNeeded: length)
        states[row] = State.value
    }

    /// Takes a text that does not stand there as it is.
    mutating func set(unescaped text: [UInt8], _ row: Int) {
        set(textAt: -1 - unescaped.count, text.count, row)
        unescaped += text
    }

    func setNull(_ row: Int) throws(ContractMismatch) {
        nested?.truncate(to: row)
        guard isNullable else { throw ContractMismatch(message: "is null or missing") }
        states[row] = State.null
    }

    /// The column of the first rows.
    /// - Parameter bytes: the records'.
    func finish(_ count: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> ColumnVector {
        let validity = validity(count)
        let values: ColumnVector.Values
        switch type {
        case .bool: values = .bool(wholes(count, zero: 0, validity) { $0 != 0 })
        case .int32, .date: values = .int32(wholes(count, zero: 0, validity) { Int32(truncatingIfNeeded: $0) })
        case .int64, .timestamp: values = .int64(wholes(count, zero: 0, validity) { $0 })
        case .double:
            for row in 0..<count where validity != nil && states[row] != State.value { doubles[row] = 0 }
            values = .double(Array(UnsafeBufferPointer(start: doubles, count: count)))
        case .decimal:
            for row in 0..<count where validity != nil && states[row] != State.value { decimals[row] = 0 }
            values = .decimal(Array(UnsafeBufferPointer(start: decimals, count: count)))
        case .string, .bytes, .json: values = .binary(texts(count, bytes))
        case .struct, .list, .map:
            guard let nested else { preconditionFailure("\(type) without its builder") }
            nested.truncate(to: count)
            nested.pad(to: count)
            return nested.finish()
        }
        return ColumnVector(type, values, validity: validity)
    }

    private func validity(_ count: Int) -> Bitmap? {
        var hasNulls = false
        for row in 0..<count where states[row] != State.value { hasNulls = true }
        guard hasNulls else { return nil }
        var validity = Bitmap(repeating: true, count: count)
        for row in 0..<count where states[row] != State.value { validity[row] = false }
        return validity
    }

    @inline(__always)
    private func wholes<Value>(
        _ count: Int, zero: Int64, _ validity: Bitmap?, _ value: (Int64) -> Value
    ) -> [Value] {
        if validity != nil { for row in 0..<count where states[row] != State.value { integers[row] = zero } }
        return [Value](unsafeUninitializedCapacity: count) { buffer, filled in
            for row in 0..<count { (buffer.baseAddress! + row).initialize(to: value(integers[row])) }
            filled = count
        }
    }

    /// Lays the texts end to end.
    private func texts(_ count: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> BinaryValues {
        var offsets = [Int32](repeating: 0, count: count + 1)
        var total = 0
        for row in 0..<count {
            if states[row] == State.value { total += Int(lengths[row]) }
            offsets[row + 1] = Int32(total)
        }
        let content = [UInt8](unsafeUninitializedCapacity: total) { buffer, filled in
            var end = 0
            unescaped.withUnsafeBufferPointer { unescaped in
                for row in 0..<count where states[row] == State.value && lengths[row] > 0 {
                    let start = Int(starts[row])
                    let source = start >= 0 ? bytes.baseAddress! + start : unescaped.baseAddress! + (-1 - start)
                    (buffer.baseAddress! + end).initialize(from: source, count: Int(lengths[row]))
                    end += Int(lengths[row])
                }
            }
            filled = total
        }
        return BinaryValues(offsets: offsets, bytes: content)
    }
}

extension JSONColumn.Kind {
    init(_ type: DataType) {
        self =
            switch type {
            case .bool: .bool
            case .int32: .int32
            case .int64: .int64
            case .double: .double
            case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
            case .string: .string
            case .bytes: .bytes
            case .date: .date
            case .timestamp: .timestamp
            case .json, .struct, .list, .map: .whole
            }
    }
}

/// The columns of a batch while it is decoded.
final class JSONColumns {
    let count: Int
    let all: UnsafeMutablePointer<JSONColumn>
    private let nested: [NestedBuilder]

    init(_ contract: ContractDescription, capacity: Int) {
        count = contract.columns.count
        all = .allocate(capacity: count)
        for (index, column) in contract.columns.enumerated() {
            (all + index).initialize(to: JSONColumn(column, capacity: capacity))
        }
        nested = (0..<count).compactMap { [all] in all[$0].nested }
    }

    /// Forgets what a record set before it failed.
    func clear(_ row: Int) {
        for index in 0..<count { all[index].states[row] = JSONColumn.State.unset }
        for builder in nested { builder.truncate(to: row) }
    }

    deinit {
        for index in 0..<count { all[index].deallocate() }
        all.deinitialize(count: count)
        all.deallocate()
    }
}
