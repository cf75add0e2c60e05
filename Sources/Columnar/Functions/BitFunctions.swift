extension FunctionFamily {
    static let bits = FunctionFamily(
        "Bits", "Of integers in two's complement. Shifts count modulo the number's bits, as in Java.",
        [.bitAnd, .bitOr, .bitXor, .bitNot, .bitCount, .shiftLeft, .shiftRight, .shiftRightUnsigned, .bin])
}

extension ScalarFunction {
    public static let bitAnd = bitwise("bitand", "The bits that are set in both.", ["bitand(5, 3)": "1"]) {
        $0.map { (x: Int32, y: Int32) in x & y }
    } _: {
        $0.map { (x: Int64, y: Int64) in x & y }
    }

    public static let bitOr = bitwise("bitor", "The bits that are set in one or both.", ["bitor(5, 3)": "7"]) {
        $0.map { (x: Int32, y: Int32) in x | y }
    } _: {
        $0.map { (x: Int64, y: Int64) in x | y }
    }

    public static let bitXor = bitwise("bitxor", "The bits that are set in one only.", ["bitxor(5, 3)": "6"]) {
        $0.map { (x: Int32, y: Int32) in x ^ y }
    } _: {
        $0.map { (x: Int64, y: Int64) in x ^ y }
    }

    private static func bitwise(
        _ name: String, _ summary: String, _ examples: KeyValuePairs<String, String>,
        _ narrow: @escaping @Sendable (FunctionCall) -> ColumnVector,
        _ wide: @escaping @Sendable (FunctionCall) -> ColumnVector
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.common("left"), .common("right")], gives: "int of two ints, otherwise bigint", summary, examples
        ) { arguments throws(FunctionRefusal) in
            try integer(arguments, narrow, wide)
        }
    }

    private static func integer(
        _ arguments: FunctionArguments, _ narrow: @escaping @Sendable (FunctionCall) -> ColumnVector,
        _ wide: @escaping @Sendable (FunctionCall) -> ColumnVector
    ) throws(FunctionRefusal) -> BoundFunction {
        switch arguments.types[0] {
        case .int32: return BoundFunction(.int32, narrow)
        case .int64: return BoundFunction(.int64, wide)
        default: throw FunctionRefusal("takes integers, not \(arguments.types[0])")
        }
    }

    public static let bitNot = ScalarFunction(
        "bitnot", [.integer("number")], gives: "the argument's type", "Every bit turned over.", ["bitnot(0)": "-1"]
    ) { arguments throws(FunctionRefusal) in
        try integer(arguments) {
            $0.map { (x: Int32) in ~x }
        } _: {
            $0.map { (x: Int64) in ~x }
        }
    }

    public static let bitCount = ScalarFunction(
        "bit_count", [.integer("number")], gives: "int", "The number of bits that are set.",
        ["bit_count(7)": "3", "bit_count(-1)": "32"]
    ) { arguments throws(FunctionRefusal) in
        let isNarrow = arguments.types[0] == .int32
        return BoundFunction(.int32) { call in
            isNarrow
                ? call.map { (x: Int32) in Int32(x.nonzeroBitCount) }
                : call.map { (x: Int64) in Int32(x.nonzeroBitCount) }
        }
    }

    public static let shiftLeft = shift("shiftleft", "Bits moved to higher places.", ["shiftleft(2, 1)": "4"]) {
        $0.map { (x: Int32, bits: Int64) in x &<< Int32(truncatingIfNeeded: bits) }
    } _: {
        $0.map { (x: Int64, bits: Int64) in x &<< bits }
    }

    public static let shiftRight = shift(
        "shiftright", "Bits moved to lower places; the sign stays.", ["shiftright(-4, 1)": "-2"]
    ) {
        $0.map { (x: Int32, bits: Int64) in x &>> Int32(truncatingIfNeeded: bits) }
    } _: {
        $0.map { (x: Int64, bits: Int64) in x &>> bits }
    }

    public static let shiftRightUnsigned = shift(
        "shiftrightunsigned", "Bits moved to lower places, zeros before them.", ["shiftrightunsigned(-1, 28)": "15"]
    ) {
        $0.map { (x: Int32, bits: Int64) in
            Int32(bitPattern: UInt32(bitPattern: x) &>> UInt32(truncatingIfNeeded: bits))
        }
    } _: {
        $0.map { (x: Int64, bits: Int64) in
            Int64(bitPattern: UInt64(bitPattern: x) &>> UInt64(truncatingIfNeeded: bits))
        }
    }

    private static func shift(
        _ name: String, _ summary: String, _ examples: KeyValuePairs<String, String>,
        _ narrow: @escaping @Sendable (FunctionCall) -> ColumnVector,
        _ wide: @escaping @Sendable (FunctionCall) -> ColumnVector
    ) -> ScalarFunction {
        ScalarFunction(
            name, [.integer("number"), .bigint("bits")], gives: "the number's type", summary, examples
        ) { arguments throws(FunctionRefusal) in
            try integer(arguments, narrow, wide)
        }
    }

    public static let bin = ScalarFunction(
        "bin", [.bigint("number")], gives: .string, "The number's 64 bits as binary digits, without zeros before them.",
        ["bin(13)": "'1101'", "bin(0)": "'0'"]
    ) { call in
        call.write { (x: Int64, out: inout [UInt8]) in
            out.append(contentsOf: String(UInt64(bitPattern: x), radix: 2).utf8)
            return true
        }
    }
}
