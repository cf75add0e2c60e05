extension FunctionFamily {
    static let json = FunctionFamily(
        "JSON",
        "Over strings that hold JSON (RFC 8259). A path begins with `$`, then `.name`, `['name']`, `[0]`, and `[*]` or "
            + "`.*` for all members; names are compared as they are, escapes undone.",
        [.getJSONObject, .jsonArrayLength, .isValidJSON, .jsonTypeOf])
}

extension ScalarFunction {
    public static let getJSONObject = ScalarFunction(
        "get_json_object", [.json("text"), .string("path").constant], gives: "string",
        nullWhen: "the text is not JSON, nothing is at the path, or it is null",
        "What is at a path: a string without its quotes, anything else as its JSON; more than one as an array.",
        [
            "get_json_object('{\"a\":{\"b\":[1,\"x\"]}}', '$.a.b[1]')": "'x'",
            "get_json_object('{\"a\":[{\"b\":1},{\"b\":2}]}', '$.a[*].b')": "'[1,2]'",
            "get_json_object('{\"a\":null}', '$.a')": "null",
        ]
    ) { arguments throws(FunctionRefusal) in
        let path = try JSONPath(arguments.text(1))
        return BoundFunction(.string, canFail: true) { call in
            FunctionCall([call.operands[0]], .string, count: call.count).write { (text: Text, out: inout [UInt8]) in
                path.append(from: text, to: &out)
            }
        }
    }

    public static let jsonArrayLength = ScalarFunction(
        "json_array_length", [.json("text")], gives: .int32, nullWhen: "the text is not a JSON array",
        "The number of elements of the outermost array.",
        ["json_array_length('[1,[2,3],{}]')": "3", "json_array_length('{}')": "null"]
    ) { call in
        call.map { (text: Text) -> Int32? in
            var walk = JSONWalk(text)
            guard walk.isValid(), walk.first == UInt8(ascii: "[") else { return nil }
            var length: Int32 = 0
            walk.forEachElement { _, _ in length += 1 }
            return length
        }
    }

    public static let isValidJSON = ScalarFunction(
        "is_valid_json", [.json("text")], gives: .bool, "Whether the text is one JSON value.",
        ["is_valid_json('{\"a\":1}')": "true", "is_valid_json('{a:1}')": "false"]
    ) { call in
        call.map { (text: Text) -> Bool? in
            var walk = JSONWalk(text)
            return walk.isValid()
        }
    }

    public static let jsonTypeOf = ScalarFunction(
        "json_typeof", [.json("text")], gives: .string, nullWhen: "the text is not JSON",
        "`object`, `array`, `string`, `number`, `boolean` or `null`.", ["json_typeof('[1]')": "'array'"]
    ) { call in
        call.write { (text: Text, out: inout [UInt8]) in
            var walk = JSONWalk(text)
            guard walk.isValid() else { return false }
            let name =
                switch walk.first {
                case UInt8(ascii: "{"): "object"
                case UInt8(ascii: "["): "array"
                case UInt8(ascii: "\""): "string"
                case UInt8(ascii: "t"), UInt8(ascii: "f"): "boolean"
                case UInt8(ascii: "n"): "null"
                default: "number"
                }
            out.append(contentsOf: name.utf8)
            return true
        }
    }
}
