import Columnar
import Dataflow

/// Values in every form that JSON and the contract allow, each checked against the column.
extension JSONColumn {
    /// Takes a boolean.
    func take(_ value: Bool, _ row: Int) throws(ContractMismatch) {
        guard type == .bool else { throw ContractMismatch(message: "is a boolean, not \(type)") }
        set(whole: value ? 1 : 0, row)
    }

    /// Takes a number as it stands in the record.
    func take(number digits: UnsafeBufferPointer<UInt8>, isInteger: Bool, _ row: Int) throws(ContractMismatch) {
        switch type {
        case .int32, .int64: set(whole: try integer(digits, isInteger: isInteger), row)
        case .double:
            guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else {
                throw ContractMismatch(message: "is out of the range of double")
            }
            set(double: value, row)
        case .decimal(let precision, let scale):
            set(decimal: try DecimalText.parse(digits, precision: precision, scale: scale), row)
        case .timestamp where timestampFormat != .iso8601:
            let (time, overflow) = try integer(digits, isInteger: isInteger).multipliedReportingOverflow(by: epochUnit)
            guard !overflow else { throw ContractMismatch(message: "is out of the range of \(type)") }
            set(whole: time, row)
        default: throw ContractMismatch(message: "is a number, not \(type)")
        }
    }

    /// Takes the content of a string that is no text column's own.
    func take(text: UnsafeBufferPointer<UInt8>, _ row: Int) throws(ContractMismatch) {
        switch type {
        case .timestamp where timestampFormat == .iso8601:
            guard let time = ISO8601.timestamp(text) else {
                throw ContractMismatch(message: "is not an ISO 8601 time with an offset")
            }
            set(whole: time, row)
        case .date:
            guard let days = ISO8601.date(text) else { throw ContractMismatch(message: "is not an ISO 8601 date") }
            set(whole: days, row)
        case .decimal(let precision, let scale):
            set(decimal: try DecimalText.parse(text, precision: precision, scale: scale), row)
        default: throw ContractMismatch(message: "is a string, not \(type)")
        }
    }

    /// Takes all of the value that the scanner is at: JSON of any form, or a nested value.
    /// - Throws: `NestedMismatch` or `JSONSyntaxError`, with the scanner anywhere.
    func take(whole scanner: inout JSONScanner, _ row: Int) throws {
        let byte = try scanner.peek()
        if let nested {
            if nested.count > row { nested.truncate(to: row) }
            nested.pad(to: row)
            try nested.append(&scanner, depth: depth)
            // Its own nulls are in the builder.
            states[row] = State.value
        } else if byte == UInt8(ascii: "n") {
            let position = scanner.position
            try scanner.literal("null")
            do throws(ContractMismatch) { try setNull(row) } catch {
                throw NestedMismatch(position: position, message: error.message)
            }
        } else {
            let start = scanner.position
            try scanner.skipValue(depth: depth)
            set(textAt: start, scanner.position - start, row)
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
}
