extension FunctionFamily {
    static let hashes = FunctionFamily(
        "Hashes", "Digests are given as lower-case hexadecimal digits, those of a string over its UTF-8.",
        [.md5, .sha1, .sha2, .crc32, .hash, .xxhash64])
}

extension ScalarFunction {
    public static let md5 = digest(
        "md5", "MD5", "The MD5 digest: not for what must be safe from forgery.", "0cc175b9c0f1b6a831c399e269772661")
    public static let sha1 = digest(
        "sha1", "SHA1", "The SHA-1 digest: not for what must be safe from forgery.",
        "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8")

    private static func digest(_ name: String, _ algorithm: String, _ summary: String, _ example: String)
        -> ScalarFunction
    {
        ScalarFunction(
            name, [.stringOrBinary("value")], gives: "string", summary, ["\(name)('a')": "'\(example)'"]
        ) { _ throws(FunctionRefusal) in
            let digest = try MessageDigest(algorithm)
            return BoundFunction(.string) { call in
                call.write { (value: Text, out: inout [UInt8]) in digest.appendHex(value, to: &out) }
            }
        }
    }

    public static let sha2 = ScalarFunction(
        "sha2", [.stringOrBinary("value"), .bigint("bits").constant], gives: "string",
        "The SHA-2 digest of 224, 256, 384 or 512 bits; 0 is 256.",
        ["sha2('a', 256)": "'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'"]
    ) { arguments throws(FunctionRefusal) in
        let bits = try arguments.number(1)
        guard [0, 224, 256, 384, 512].contains(bits) else {
            throw FunctionRefusal("gives 224, 256, 384 or 512 bits, not \(bits)")
        }
        let digest = try MessageDigest("SHA\(bits == 0 ? 256 : bits)")
        return BoundFunction(.string) { call in
            call.write { (value: Text, out: inout [UInt8]) in digest.appendHex(value, to: &out) }
        }
    }

    public static let crc32 = ScalarFunction(
        "crc32", [.stringOrBinary("value")], gives: .int64, "The checksum of zip and gzip (CRC-32).",
        ["crc32('Spark')": "1557323817"]
    ) { call in
        call.map { (value: Text) -> Int64? in
            var sum: UInt32 = ~0
            for byte in value.bytes { sum = sum >> 8 ^ crcTable[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
            return Int64(~sum)
        }
    }

    public static let hash = ScalarFunction(
        "hash", [.any("value").repeated], gives: "int", nulls: "change nothing; never null",
        "Spark's hash of 32 bits (Murmur3, seed 42) over all arguments, type by type as Spark hashes them.",
        ["hash('ABC')": "-757602832", "hash(1)": "-559580957"]
    ) { arguments throws(FunctionRefusal) in
        try check(arguments)
        return BoundFunction(.int32, isNullable: false) { call in
            ColumnVector(.int32, .int32(SparkHash.rows(call, Murmur3.self, seed: 42).map { Int32(bitPattern: $0) }))
        }
    }

    public static let xxhash64 = ScalarFunction(
        "xxhash64", [.any("value").repeated], gives: "bigint", nulls: "change nothing; never null",
        "Spark's hash of 64 bits (xxHash, seed 42) over all arguments, type by type as Spark hashes them.",
        ["xxhash64(null::int)": "42"]
    ) { arguments throws(FunctionRefusal) in
        try check(arguments)
        return BoundFunction(.int64, isNullable: false) { call in
            ColumnVector(.int64, .int64(SparkHash.rows(call, XXHash64.self, seed: 42).map { Int64(bitPattern: $0) }))
        }
    }

    private static func check(_ arguments: FunctionArguments) throws(FunctionRefusal) {
        for type in arguments.types where !SparkHash.canHash(type) {
            throw FunctionRefusal("takes plain values, not \(type)")
        }
    }
}

private let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
}
