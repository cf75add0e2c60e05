/// Values as JSON.
extension ColumnVector {
    /// Appends one value: decimals as strings, dates and instants as ISO 8601 in UTC, bytes as base64, doubles that JSON
    /// cannot hold as the strings `NaN`, `Infinity` and `-Infinity`. Structs and maps are objects, the keys of a map
    /// their text; lists are arrays; JSON columns stand as they are.
    public func appendJSON(_ row: Int, to bytes: inout [UInt8]) {
        if isNull(row) {
            bytes += Array("null".utf8)
            return
        }
        switch (type, values) {
        case (.string, .binary(let values)): JSONText.append(values[row], to: &bytes)
        case (.bytes, .binary(let values)): JSONText.append(Base64.text(values[row]).utf8, to: &bytes)
        case (_, .double(let values)) where !values[row].isFinite:
            let value = values[row]
            JSONText.append((value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity").utf8, to: &bytes)
        case (.decimal, _), (.date, _), (.timestamp, _): JSONText.append((scalar(at: row).text ?? "").utf8, to: &bytes)
        case (.json, .binary(let values)): bytes += values[row]
        case (.map, .list(let values)):
            bytes.append(UInt8(ascii: "{"))
            for (index, entry) in values.range(row).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONText.append((values.children[0].scalar(at: entry).text ?? "null").utf8, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                values.children[1].appendJSON(entry, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case (_, .list(let values)):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in values.range(row).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                values.children[0].appendJSON(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case (.struct(let fields), .struct(let values)):
            bytes.append(UInt8(ascii: "{"))
            for (index, field) in fields.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONText.append(field.name.utf8, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                values.children[index].appendJSON(row, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        default: bytes += Array((scalar(at: row).text ?? "null").utf8)
        }
    }
}

/// Text in JSON.
public enum JSONText {
    /// Appends a string with its quotes, escaping what RFC 8259 says must be escaped.
    public static func append(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case 0x0D: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case 0x09: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += Array("\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Bytes as text (RFC 4648, section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: some Collection<UInt8>) -> String {
        var result: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let first = iterator.next() {
            let second = iterator.next()
            let third = iterator.next()
            let group = UInt32(first) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
            result.append(alphabet[Int(group >> 18)])
            result.append(alphabet[Int(group >> 12 & 63)])
            result.append(second == nil ? UInt8(ascii: "=") : alphabet[Int(group >> 6 & 63)])
            result.append(third == nil ? UInt8(ascii: "=") : alphabet[Int(group & 63)])
        }
        return String(decoding: result, as: UTF8.self)
    }
}
