extension FunctionFamily {
    static let text = FunctionFamily(
        "Strings",
        "Positions and lengths count Unicode scalars (code points), as Spark and PostgreSQL do: `é` as one scalar is 1, as "
            + "`e` and a combining accent 2; an emoji made of several scalars counts them all.",
        [
            .length, .octetLength, .bitLength, .lower, .upper, .initcap, .trim, .ltrim, .rtrim, .concat,
            .concatWithSeparator,
            .substring, .left, .right, .lpad, .rpad, .overlay, .replace, .translate, .reverse, .repeated, .space,
            .splitPart, .substringIndex, .ascii, .chr, .formatNumber, .levenshtein, .soundex,
        ])
}

extension ScalarFunction {
    public static let length = ScalarFunction(
        "length", [.stringOrBinary("value")], gives: "int",
        "The number of Unicode scalars of a string, of bytes of binary.",
        ["length('Zürich 😀')": "8", "length(x'00ff')": "2"]
    ) { arguments throws(FunctionRefusal) in
        let isText = arguments.types[0] == .string
        return BoundFunction(.int32) { call in
            isText
                ? call.map { (text: Text) in Int32(text.scalarCount) } : call.map { (text: Text) in Int32(text.count) }
        }
    }

    public static let octetLength = ScalarFunction(
        "octet_length", [.stringOrBinary("value")], gives: .int32, "The number of bytes, of a string in UTF-8.",
        ["octet_length('é')": "2"]
    ) { call in call.map { (text: Text) in Int32(text.count) } }

    public static let bitLength = ScalarFunction(
        "bit_length", [.stringOrBinary("value")], gives: .int64, "The number of bits, of a string in UTF-8.",
        ["bit_length('é')": "16"]
    ) { call in call.map { (text: Text) in Int64(text.count) * 8 } }

    public static let lower = ScalarFunction(
        "lower", [.string("text")], gives: .string,
        "In lower case, by the default mapping of Unicode, which depends on no locale.", ["lower('ÀB😀')": "'àb😀'"]
    ) { call in LetterCase.lower.column(call) }

    public static let upper = ScalarFunction(
        "upper", [.string("text")], gives: .string,
        "In upper case, by the default mapping of Unicode, which depends on no locale.",
        ["upper('àb')": "'ÀB'", "upper('ß')": "'SS'"]
    ) { call in LetterCase.upper.column(call) }

    public static let initcap = ScalarFunction(
        "initcap", [.string("text")], gives: .string,
        "The first letter of each word in upper case, the others in lower case; words are what stands between spaces "
            + "(PostgreSQL: between what is neither letter nor digit).",
        ["initcap('sPark sql')": "'Spark Sql'", "initcap('o''neil-smith')": "'O''neil-smith'"]
    ) { call in
        call.write { (text: Text, out: inout [UInt8]) in
            var start = 0
            while start < text.count {
                let first = text.part(start..<text.position(after: 1, from: start))
                LetterCase.title.append(first, to: &out)
                let end = text.bytes[start...].firstIndex(of: 0x20).map { $0 + 1 } ?? text.count
                if end > start + first.count {
                    LetterCase.lower.append(text.part(start + first.count..<end), to: &out)
                }
                start = max(end, start + first.count)
            }
            return true
        }
    }

    public static let concat = ScalarFunction(
        "concat", [.string("text").repeated], gives: .string,
        "The texts, one after the other; null when one is null (PostgreSQL leaves nulls out).",
        ["concat('a', 'b', 'c')": "'abc'", "concat('a', null::string)": "null"]
    ) { call in
        let parts = call.operands.map { (text: Kernels.texts($0.column), step: $0.isConstant ? 0 : 1) }
        return call.writeRows { row, out in
            for part in parts { out.append(contentsOf: part.text[row * part.step]) }
            return true
        }
    }

    public static let concatWithSeparator = ScalarFunction(
        "concat_ws", [.string("separator"), .string("text").repeated], gives: "string",
        nulls: "null texts are left out; null when the separator is",
        "The texts that are not null, with the separator between them.",
        ["concat_ws('-', 'a', null::string, 'b')": "'a-b'", "concat_ws(',', null::string)": "''"]
    ) { arguments throws(FunctionRefusal) in
        BoundFunction(.string, isNullable: arguments.isNullable[0]) { call in
            let parts = call.operands.map { (text: Kernels.texts($0.column), known: $0) }
            let separator = FunctionCall([call.operands[0]], .string, count: call.count)
            return separator.writeRows { row, out in
                var isFirst = true
                for part in parts.dropFirst() where part.known.isValid(row) {
                    if !isFirst { out.append(contentsOf: parts[0].text[parts[0].known.isConstant ? 0 : row]) }
                    out.append(contentsOf: part.text[part.known.isConstant ? 0 : row])
                    isFirst = false
                }
                return true
            }
        }
    }

    public static let reverse = ScalarFunction(
        "reverse", [.string("text")], gives: .string, "The Unicode scalars in the opposite order.",
        ["reverse('abc')": "'cba'", "reverse('a😀')": "'😀a'"]
    ) { call in
        call.write { (text: Text, out: inout [UInt8]) in
            var end = text.count
            while end > 0 {
                let start = text.part(0..<end).position(beforeEnd: 1)
                out.append(text.part(start..<end))
                end = start
            }
            return true
        }
    }

    public static let ascii = ScalarFunction(
        "ascii", [.string("text")], gives: .int32, "The code point of the first Unicode scalar; 0 of an empty text.",
        ["ascii('A')": "65", "ascii('€uro')": "8364", "ascii('')": "0"]
    ) { call in call.map { (text: Text) in text.isEmpty ? 0 : Int32(text.scalar(at: 0).value) } }

    public static let chr = ScalarFunction(
        "chr", [.bigint("code")], gives: .string, nullWhen: "the number is no Unicode scalar",
        "The Unicode scalar with that code point, as in PostgreSQL (Spark takes the code modulo 256).",
        ["chr(65)": "'A'", "chr(128512)": "'😀'", "chr(-1)": "null"]
    ) { call in
        call.write { (code: Int64, out: inout [UInt8]) in
            guard let value = UInt32(exactly: code), let scalar = Unicode.Scalar(value) else { return false }
            out.append(scalar: scalar.value)
            return true
        }
    }

    public static let formatNumber = ScalarFunction(
        "format_number", [.number("number"), .bigint("digits").constant], gives: "string",
        nullWhen: "the number of digits is negative",
        "The number with commas between thousands and that many digits after the point; doubles half to even, decimals "
            + "half away from zero.",
        ["format_number(12332.123456, 4)": "'12,332.1235'", "format_number(-1234567, 0)": "'-1,234,567'"]
    ) { arguments throws(FunctionRefusal) in
        let digits = try arguments.number(1)
        guard digits <= 38 else { throw FunctionRefusal("takes 0 to 38 digits, not \(digits)") }
        return BoundFunction(.string, canFail: digits < 0) { call in
            guard digits >= 0 else { return call.writeRows { _, _ in false } }
            return NumberText.grouped(call, digits: Int(digits))
        }
    }
}
