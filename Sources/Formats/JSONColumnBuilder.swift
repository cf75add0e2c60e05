import Columnar
import Dataflow

/// Why a value does not fit its column: one clause, without the value.
struct ContractMismatch: Error {
    let message: String
}

/// Collects the values of one column. A record that fails is rolled back by `truncate`.
struct JSONColumnBuilder {
    let column: ContractDescription.Column
    private var integers: [Int64] = []
    private var doubles: [Double] = []
    private var decimals: [Int128] = []
    private var binary = BinaryValues()
    private var validity = Bitmap(count: 0)

    init(_ column: ContractDescription.Column) { self.column = column }

    var count: Int { validity.count }
    private var type: DataType { column.field.type }

    mutating func appendNull() throws(ContractMismatch) {
        guard column.field.isNullable else { throw ContractMismatch(message: "is null or missing") }
        appendStorage(valid: false)
    }

    /// Forgets the rows from `count` on.
    mutating func truncate(to count: Int) {
        guard self.count > count else { return }
        var kept = Bitmap(count: 0)
        for row in 0..<count { kept.append(validity[row]) }
        validity = kept
        switch type {
        case .double: doubles.removeLast(doubles.count - count)
        case .decimal: decimals.removeLast(decimals.count - count)
        case .string, .bytes:
            binary.offsets.removeLast(binary.offsets.count - count - 1)
            binary.bytes.removeLast(binary.bytes.count - Int(binary.offsets[count]))
        default: integers.removeLast(integers.count - count)
        }
    }

    private mutating func appendStorage(valid: Bool) {
        validity.append(valid)
        switch type {
        case .double: doubles.append(0)
        case .decimal: decimals.append(0)
        case .string, .bytes: binary.append([])
        default: integers.append(0)
        }
    }

    private mutating func append(_ value: Int64) {
        validity.append(true)
        integers.append(value)
    }

    /// Takes a boolean.
    mutating func append(_ value: Bool) throws(ContractMismatch) {
        guard type == .bool else { throw ContractMismatch(message: "is a boolean, not \(type)") }
        append(value ? 1 : 0)
    }

    /// Takes a number as it stands in the record.
    mutating func appendNumber(_ digits: UnsafeBufferPointer<UInt8>, isInteger: Bool) throws(ContractMismatch) {
        switch type {
        case .int32, .int64: append(try integer(digits, isInteger: isInteger))
        case .double:
            guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else {
                throw ContractMismatch(message: "is out of the range of double")
            }
            validity.append(true)
            doubles.append(value)
        case .decimal(let precision, let scale):
            decimals.append(try DecimalText.parse(digits, precision: precision, scale: scale))
            validity.append(true)
        case .timestamp where column.timestampFormat != .iso8601: append(try epoch(digits, isInteger: isInteger))
        default: throw ContractMismatch(message: "is a number, not \(type)")
        }
    }

    /// Takes the content of a string.
    mutating func appendText(_ text: UnsafeBufferPointer<UInt8>) throws(ContractMismatch) {
        switch type {
        case .string:
            binary.append(text)
            validity.append(true)
        case .timestamp where column.timestampFormat == .iso8601:
            guard let time = ISO8601.timestamp(text) else {
                throw ContractMismatch(message: "is not an ISO 8601 time with an offset")
            }
            append(time)
        case .date:
            guard let days = ISO8601.date(text) else { throw ContractMismatch(message: "is not an ISO 8601 date") }
            append(days)
        case .decimal(let precision, let scale):
            decimals.append(try DecimalText.parse(text, precision: precision, scale: scale))
            validity.append(true)
        default: throw ContractMismatch(message: "is a string, not \(type)")
        }
    }

    private func integer(_ digits: UnsafeBufferPointer<UInt8>, isInteger: Bool) throws(ContractMismatch) -> Int64 {
        guard isInteger else { throw ContractMismatch(message: "is not an integer") }
        var value: Int64 = 0
        let isNegative = digits[0] == UInt8(ascii: "-")
        for index in (isNegative ? 1 : 0)..<digits.count {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = tens.subtractingReportingOverflow(Int64(digits[index] &- 0x30))
            // Counts down, so that the least integer is in range.
            guard !overflow, !overflow2 else { throw ContractMismatch(message: "is out of the range of \(type)") }
            value = sum
        }
        guard isNegative || value != .min else { throw ContractMismatch(message: "is out of the range of \(type)") }
        value = isNegative ? value : -value
        guard type != .int32 || Int32(exactly: value) != nil else {
            throw ContractMismatch(message: "is out of the range of \(type)")
        }
        return value
    }

    private func epoch(_ digits: UnsafeBufferPointer<UInt8>, isInteger: Bool) throws(ContractMismatch) -> Int64 {
        let factor: Int64 =
            switch column.timestampFormat {
            case .epochSeconds: 1_000_000
            case .epochMilliseconds: 1_000
            case .epochMicroseconds, .iso8601: 1
            }
        let (time, overflow) = try integer(digits, isInteger: isInteger).multipliedReportingOverflow(by: factor)
        guard !overflow else { throw ContractMismatch(message: "is out of the range of \(type)") }
        return time
    }

    /// The column of what was taken.
    func finish() -> ColumnVector {
        let values: ColumnVector.Values =
            switch type {
            case .bool: .bool(integers.map { $0 != 0 })
            case .int32, .date: .int32(integers.map { Int32(truncatingIfNeeded: $0) })
            case .int64, .timestamp: .int64(integers)
            case .double: .double(doubles)
            case .decimal: .decimal(decimals)
            case .string, .bytes: .binary(binary)
            }
        return ColumnVector(type, values, validity: validity.popCount == count ? nil : validity)
    }
}
