extension FunctionFamily {
    static let nulls = FunctionFamily(
        "Nulls", "Arguments that are null have a meaning here.",
        [.coalesce, .nullif, .nvl2, .equalNull])
}

extension ScalarFunction {
    public static let coalesce = ScalarFunction(
        "coalesce", [.common("value").repeated], gives: "what the types have in common", nulls: "null when all are",
        "The first argument that is not null; `nvl` and `ifnull` of two.", ["coalesce(null::int, 1, 2)": "1"]
    ) { arguments throws(FunctionRefusal) in
        BoundFunction(arguments.types[0], isNullable: !arguments.isNullable.contains(false)) { call in
            Kernels.coalesce(call.operands, call.type, count: call.count)
        }
    }

    public static let nullif = ScalarFunction(
        "nullif", [.common("value"), .common("other")], gives: "what the types have in common",
        nulls: "null when the value is; another null is equal to nothing",
        "Null when both are equal, otherwise the value.", ["nullif(2, 2)": "null", "nullif(2, null::int)": "2"]
    ) { arguments throws(FunctionRefusal) in
        BoundFunction(arguments.types[0], isNullable: true) { call in
            let equal = Kernels.comparison(.equal, call.operands[0], call.operands[1], count: call.count)
            guard case .bool(let isEqual) = equal.values else { preconditionFailure("a comparison of \(equal.type)") }
            let source = (0..<call.count).map { row -> Int32 in isEqual[row] && !equal.isNull(row) ? -1 : 0 }
            return Kernels.chosen([call.operands[0]], source, call.type)
        }
    }

    public static let nvl2 = ScalarFunction(
        "nvl2", [.any("value"), .common("present"), .common("missing")], gives: "what both types have in common",
        nulls: "null when the one that counts is", "The second where the first is not null, otherwise the third.",
        ["nvl2(null::int, 2, 1)": "1", "nvl2('x', 2, 1)": "2"]
    ) { arguments throws(FunctionRefusal) in
        let isNullable = arguments.isNullable[1] || arguments.isNullable[2]
        return BoundFunction(arguments.types[1], isNullable: isNullable) { call in
            let source = (0..<call.count).map { row -> Int32 in call.operands[0].isValid(row) ? 0 : 1 }
            return Kernels.chosen(Array(call.operands[1...]), source, call.type)
        }
    }

    public static let equalNull = ScalarFunction(
        "equal_null", [.common("left"), .common("right")], gives: "boolean", nulls: "null equals null; never null",
        "Whether both are equal or both null: `<=>`, or SQL's `is not distinct from`.",
        ["equal_null(null::int, null::int)": "true", "equal_null(1, null::int)": "false"]
    ) { _ throws(FunctionRefusal) in
        BoundFunction(.bool, isNullable: false) { call in
            let (left, right) = (call.operands[0], call.operands[1])
            let equal = Kernels.comparison(.equal, left, right, count: call.count)
            guard case .bool(let isEqual) = equal.values else { preconditionFailure("a comparison of \(equal.type)") }
            let values = (0..<call.count).map { row in
                left.isValid(row) ? right.isValid(row) && isEqual[row] : !right.isValid(row)
            }
            return ColumnVector(.bool, .bool(values))
        }
    }
}
