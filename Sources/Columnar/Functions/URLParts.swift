/// The parts of a URL, by their names in SQL.
public enum URLPart: String, CaseIterable, Sendable {
    case scheme = "PROTOCOL"
    case authority = "AUTHORITY"
    case userInfo = "USERINFO"
    case host = "HOST"
    case path = "PATH"
    /// Path and query.
    case file = "FILE"
    case query = "QUERY"
    case fragment = "REF"
}

/// Where the parts of a URL stand (RFC 3986, appendix B).
struct URLParts {
    private let url: Text
    private var scheme: Range<Int>?
    private var authority: Range<Int>?
    private var path: Range<Int>
    private var query: Range<Int>?
    private var fragment: Range<Int>?

    /// Nil for text with white space or control characters, which no URL has.
    init?(_ url: Text) {
        guard url.bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        self.url = url
        func first(_ wanted: [UInt8], _ range: Range<Int>) -> Int? { range.first { wanted.contains(url[$0]) } }
        var rest = 0..<url.count
        if let hash = first([UInt8(ascii: "#")], rest) {
            fragment = hash + 1..<rest.upperBound
            rest = rest.lowerBound..<hash
        }
        if let end = first([UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "?")], rest), end > 0,
            url[end] == UInt8(ascii: ":")
        {
            scheme = 0..<end
            rest = end + 1..<rest.upperBound
        }
        if let mark = first([UInt8(ascii: "?")], rest) {
            query = mark + 1..<rest.upperBound
            rest = rest.lowerBound..<mark
        }
        if rest.count >= 2, url[rest.lowerBound] == UInt8(ascii: "/"), url[rest.lowerBound + 1] == UInt8(ascii: "/") {
            let begin = rest.lowerBound + 2
            let end = first([UInt8(ascii: "/")], begin..<rest.upperBound) ?? rest.upperBound
            authority = begin..<end
            rest = end..<rest.upperBound
        }
        path = rest
    }

    /// The bytes of a part; nil when the URL does not have it.
    func range(_ part: URLPart) -> Range<Int>? {
        switch part {
        case .scheme: scheme
        case .authority: authority
        case .userInfo: atSign.map { authority!.lowerBound..<$0 }
        case .host: host
        case .path: path
        case .file: path.lowerBound..<(query?.upperBound ?? path.upperBound)
        case .query: query
        case .fragment: fragment
        }
    }

    private var atSign: Int? { authority?.last { url[$0] == UInt8(ascii: "@") } }

    private var host: Range<Int>? {
        guard let authority else { return nil }
        let start = atSign.map { $0 + 1 } ?? authority.lowerBound
        let bracket = (start..<authority.upperBound).last { url[$0] == UInt8(ascii: "]") }
        // A colon within the brackets of an address is part of the host.
        let colon = ((bracket ?? start)..<authority.upperBound).first { url[$0] == UInt8(ascii: ":") }
        let end = colon ?? authority.upperBound
        return start < end ? start..<end : nil
    }

    /// The value of a key in a query.
    static func value(of key: Text, in query: Text) -> Range<Int>? {
        var start = 0
        while start <= query.count {
            let end = (start..<query.count).first { query[$0] == UInt8(ascii: "&") } ?? query.count
            if end - start > key.count, query.hasBytes(of: key, at: start),
                query[start + key.count] == UInt8(ascii: "=")
            {
                return start + key.count + 1..<end
            }
            start = end + 1
        }
        return nil
    }
}
