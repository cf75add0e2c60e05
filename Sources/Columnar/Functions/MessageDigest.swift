import CCrypto

/// A digest of OpenSSL, fetched once and read by all threads.
final class MessageDigest: @unchecked Sendable {
    private let algorithm: OpaquePointer

    init(_ name: String) throws(FunctionRefusal) {
        guard let algorithm = EVP_MD_fetch(nil, name, nil) else {
            throw FunctionRefusal("is not offered by this system's OpenSSL (\(name)): see its configuration")
        }
        self.algorithm = algorithm
    }

    deinit { EVP_MD_free(algorithm) }

    /// Appends the digest as lower-case hexadecimal digits; always true.
    func appendHex(_ value: Text, to out: inout [UInt8]) -> Bool {
        let isDone = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(EVP_MAX_MD_SIZE)) { digest in
            var length: UInt32 = 0
            guard EVP_Digest(value.bytes.baseAddress, value.count, digest.baseAddress, &length, algorithm, nil) == 1
            else {
                return false
            }
            for byte in digest[..<Int(length)] {
                out.append(Self.digits[Int(byte >> 4)])
                out.append(Self.digits[Int(byte & 15)])
            }
            return true
        }
        precondition(isDone, "OpenSSL gave no digest")
        return true
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
