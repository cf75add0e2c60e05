extension FunctionFamily {
    static let encoding = FunctionFamily(
        "Encodings and URLs", "What is not of the form is null.",
        [.base64, .unbase64, .hex, .unhex, .encode, .decode, .urlEncode, .urlDecode, .parseURL])
}

extension ScalarFunction {
    public static let base64 = ScalarFunction(
        "base64", [.stringOrBinary("value")], gives: .string, "The bytes in base64 (RFC 4648), with padding.",
        ["base64('Spark SQL')": "'U3BhcmsgU1FM'"]
    ) { call in
        call.write { (value: Text, out: inout [UInt8]) in
            out.append(contentsOf: Base64.text(value).utf8)
            return true
        }
    }

    public static let unbase64 = ScalarFunction(
        "unbase64", [.string("text")], gives: .bytes, nullWhen: "the text is not base64",
        "The bytes that a text writes in base64.",
        ["unbase64('U3BhcmsgU1FM')": "x'537061726b2053514c'", "unbase64('a?')": "null"]
    ) { call in call.write { (text: Text, out: inout [UInt8]) in Base64.decode(text, into: &out) } }

    public static let hex = ScalarFunction(
        "hex", [.any("value")], gives: "string",
        "Upper-case hexadecimal digits: of bytes two each, of an integer (64 bits) without zeros before it.",
        ["hex(17)": "'11'", "hex('Spark')": "'537061726B'", "hex(-1)": "'FFFFFFFFFFFFFFFF'"]
    ) { arguments throws(FunctionRefusal) in
        switch arguments.types[0] {
        case .int32:
            return BoundFunction(.string) { $0.write { (x: Int32, out: inout [UInt8]) in hexDigits(Int64(x), &out) } }
        case .int64: return BoundFunction(.string) { $0.write { (x: Int64, out: inout [UInt8]) in hexDigits(x, &out) } }
        case .string, .bytes:
            return BoundFunction(.string) { call in
                call.write { (value: Text, out: inout [UInt8]) in
                    for byte in value.bytes { out += [upperHex[Int(byte >> 4)], upperHex[Int(byte & 15)]] }
                    return true
                }
            }
        default: throw FunctionRefusal("takes a string, binary or an integer, not \(arguments.types[0])")
        }
    }

    public static let unhex = ScalarFunction(
        "unhex", [.string("text")], gives: .bytes, nullWhen: "the text has other than hexadecimal digits",
        "The bytes that a text writes in hexadecimal digits; before an odd number of them a 0 is thought.",
        ["unhex('537061')": "x'537061'", "unhex('abc')": "x'0abc'", "unhex('xy')": "null"]
    ) { call in
        call.write { (text: Text, out: inout [UInt8]) in
            var high: UInt8? = text.count % 2 == 1 ? 0 : nil
            for byte in text.bytes {
                guard let digit = hexDigit(byte) else { return false }
                if let first = high {
                    out.append(first << 4 | digit)
                    high = nil
                } else {
                    high = digit
                }
            }
            return true
        }
    }

    public static let encode = ScalarFunction(
        "encode", [.string("text")], gives: .bytes, "The bytes of the text in UTF-8.", ["encode('é')": "x'c3a9'"]
    ) { call in call.column(call.full(0).values) }

    public static let decode = ScalarFunction(
        "decode", [.binary("bytes")], gives: .string, nullWhen: "the bytes are not UTF-8",
        "The text that the bytes are in UTF-8.", ["decode(x'c3a9')": "'é'", "decode(x'ff')": "null"]
    ) { call in
        call.write { (bytes: Text, out: inout [UInt8]) in
            guard String(validating: bytes.bytes, as: UTF8.self) != nil else { return false }
            out.append(bytes)
            return true
        }
    }

    public static let urlEncode = ScalarFunction(
        "url_encode", [.string("text")], gives: .string,
        "As a value in a form (application/x-www-form-urlencoded): a space becomes `+`.",
        ["url_encode('https://a b.de/?x=é')": "'https%3A%2F%2Fa+b.de%2F%3Fx%3D%C3%A9'"]
    ) { call in
        call.write { (text: Text, out: inout [UInt8]) in
            for byte in text.bytes {
                let isLetter = (byte | 0x20) &- 0x61 < 26
                if isLetter || byte &- 0x30 < 10 || [0x2D, 0x2E, 0x5F, 0x2A].contains(byte) {
                    out.append(byte)
                } else if byte == 0x20 {
                    out.append(UInt8(ascii: "+"))
                } else {
                    out += [UInt8(ascii: "%"), upperHex[Int(byte >> 4)], upperHex[Int(byte & 15)]]
                }
            }
            return true
        }
    }

    public static let urlDecode = ScalarFunction(
        "url_decode", [.string("text")], gives: .string,
        nullWhen: "a `%` has no two digits, or the bytes are not UTF-8",
        "The text that `url_encode` was given.", ["url_decode('a+b%C3%A9')": "'a bé'", "url_decode('50%')": "null"]
    ) { call in
        call.write { (text: Text, out: inout [UInt8]) in
            let start = out.count
            var index = 0
            while index < text.count {
                var byte = text[index]
                if byte == UInt8(ascii: "%") {
                    guard index + 2 < text.count, let high = hexDigit(text[index + 1]),
                        let low = hexDigit(text[index + 2])
                    else { return false }
                    byte = high << 4 | low
                    index += 2
                } else if byte == UInt8(ascii: "+") {
                    byte = 0x20
                }
                out.append(byte)
                index += 1
            }
            return out.withUnsafeBufferPointer { String(validating: $0[start...], as: UTF8.self) != nil }
        }
    }

    public static let parseURL = ScalarFunction(
        "parse_url", [.string("url"), .string("part").constant, .string("key").or(.string(""))], gives: "string",
        nullWhen: "the text is no URL, or has no such part",
        "A part of a URL: PROTOCOL, AUTHORITY, USERINFO, HOST, PATH, FILE (path and query), QUERY or REF; of QUERY also "
            + "the value of one key.",
        [
            "parse_url('http://u@spark.apache.org:80/path?query=1#top', 'HOST')": "'spark.apache.org'",
            "parse_url('http://spark.apache.org/path?query=1', 'QUERY', 'query')": "'1'",
            "parse_url('http://a.de/', 'QUERY')": "null",
        ]
    ) { arguments throws(FunctionRefusal) in
        let name = try arguments.text(1)
        guard let part = URLPart(rawValue: name) else {
            let known = URLPart.allCases.map(\.rawValue).joined(separator: ", ")
            throw FunctionRefusal("knows the parts \(known), not '\(name)'")
        }
        let hasKey = arguments.constants[2] != .string("")
        guard !hasKey || part == .query else { throw FunctionRefusal("takes a key only with QUERY") }
        return BoundFunction(.string, canFail: true) { call in
            call.write { (url: Text, _: Text, key: Text, out: inout [UInt8]) in
                guard let range = URLParts(url)?.range(part) else { return false }
                guard hasKey else {
                    out.append(url.part(range))
                    return true
                }
                guard let value = URLParts.value(of: key, in: url.part(range)) else { return false }
                out.append(url.part(range).part(value))
                return true
            }
        }
    }
}

private let upperHex = Array("0123456789ABCDEF".utf8)

func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

private func hexDigits(_ value: Int64, _ out: inout [UInt8]) -> Bool {
    out.append(contentsOf: String(UInt64(bitPattern: value), radix: 16, uppercase: true).utf8)
    return true
}

extension Base64 {
    /// Appends the bytes; false for what is not base64. White space is left out, padding may be missing.
    static func decode(_ text: Text, into out: inout [UInt8]) -> Bool {
        var bits: UInt32 = 0
        var digits = 0
        var padding = 0
        for byte in text.bytes {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                continue
            case 0x20, 0x0A, 0x0D, 0x09: continue
            default: return false
            }
            if padding > 0 { return false }
            bits = bits << 6 | UInt32(value)
            digits += 1
            if digits % 4 == 0 {
                out += [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
                bits = 0
            }
        }
        guard padding == 0 || (digits + padding) % 4 == 0 && padding < 3 else { return false }
        switch digits % 4 {
        case 0: return true
        case 2: out.append(UInt8(bits >> 4 & 0xFF))
        case 3: out += [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)]
        default: return false
        }
        return true
    }
}
