import Columnar
@_exported import enum Columnar.URLPart

/// Encodings, digests and parts of URLs and JSON. What is not of the form is null.
extension Expr where Value.Base == String {
    /// The text's UTF-8 in base64.
    public func base64Encoded() -> Expr<String> { call(.base64) }

    /// The text whose UTF-8 this one writes in base64.
    public func base64Decoded() -> Expr<String> {
        Expr<String>(expression: .function(.decode, [.function(.unbase64, [expression])]))
    }

    /// The text's UTF-8 in upper-case hexadecimal digits.
    public func hexEncoded() -> Expr<String> { call(.hex) }

    /// The text whose UTF-8 this one writes in hexadecimal digits.
    public func hexDecoded() -> Expr<String> {
        Expr<String>(expression: .function(.decode, [.function(.unhex, [expression])]))
    }

    /// As a value in a form (application/x-www-form-urlencoded).
    public func urlEncoded() -> Expr<String> { call(.urlEncode) }

    /// The text that `urlEncoded` was given.
    public func urlDecoded() -> Expr<String> { call(.urlDecode) }

    /// A part of a URL.
    public func urlPart(_ part: URLPart) -> Expr<String> { call(.parseURL, part.rawValue.literal) }

    /// The value of a key in a URL's query.
    public func urlQueryValue(of key: some ExpressionArgument<String>) -> Expr<String> {
        call(.parseURL, URLPart.query.rawValue.literal, key.argument)
    }

    /// The MD5 digest in hexadecimal digits: not for what must be safe from forgery.
    public var md5: Expr<String> { call(.md5) }

    /// The SHA-1 digest in hexadecimal digits: not for what must be safe from forgery.
    public var sha1: Expr<String> { call(.sha1) }

    /// The SHA-2 digest in hexadecimal digits.
    public func sha2(_ bits: SHA2Bits = .bits256) -> Expr<String> { call(.sha2, bits.rawValue.literal) }

    /// The checksum of zip and gzip.
    public var crc32: Expr<Int64> { call(.crc32) }

    /// What is at a path such as `$.customer.tags[0]` in JSON text: a string without its quotes, anything else as JSON.
    public func jsonValue(at path: String) -> Expr<String> { call(.getJSONObject, path.literal) }

    /// The number of elements of the outermost JSON array.
    public var jsonArrayLength: Expr<Int32> { call(.jsonArrayLength) }

    /// Whether the text is one JSON value.
    public var isValidJSON: Expr<Bool> { call(.isValidJSON) }

    /// `object`, `array`, `string`, `number`, `boolean` or `null`.
    public var jsonType: Expr<String> { call(.jsonTypeOf) }
}

/// The lengths of SHA-2 digests.
public enum SHA2Bits: Int, Sendable {
    case bits224 = 224
    case bits256 = 256
    case bits384 = 384
    case bits512 = 512
}

/// Spark's hash of 32 bits over all values (Murmur3, seed 42); nulls change nothing.
public func hash(_ values: any ExpressionArgument...) -> Expr<Int32> {
    Expr(expression: .function(.hash, values.map(\.argument)))
}

/// Spark's hash of 64 bits over all values (xxHash, seed 42); nulls change nothing.
public func xxhash64(_ values: any ExpressionArgument...) -> Expr<Int64> {
    Expr(expression: .function(.xxhash64, values.map(\.argument)))
}
