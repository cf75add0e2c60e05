#if canImport(Glibc)
    import Glibc
#endif

/// When the clocks of a place were put forward and back: the rules of one zone of the IANA time zone database, as the
/// system has them (TZif, RFC 8536). Times are µs since 1970 UTC; far times stop at the ends of `Int64`.
public struct TimeZoneRules: Hashable, Sendable {
    public let identifier: String
    /// The instants, in s since 1970 UTC, from which `offsets` hold; ascending.
    private let transitions: [Int64]
    /// Local time less UTC in s: before the first transition, then from each of them on.
    private let offsets: [Int64]
    /// What holds after the last transition; nil: the last offset.
    private let rule: RecurringRule?

    /// The zones that every system knows, whatever is installed.
    private static let universal: Set<String> = ["UTC", "Etc/UTC", "Z", "GMT", "Etc/GMT"]

    /// - Parameter identifier: `Europe/Berlin`.
    /// - Throws: `TimeZoneError` for a zone that this system does not know.
    public init(identifier: String) throws(TimeZoneError) {
        self.identifier = identifier
        if Self.universal.contains(identifier) {
            (transitions, offsets, rule) = ([], [0], nil)
            return
        }
        var file = try TimeZoneFile(try Self.read(identifier), identifier)
        (transitions, offsets, rule) = try file.rules()
    }

    /// Local time less UTC at an instant, in s.
    /// - Parameter time: µs since 1970 UTC.
    public func offset(atUTC time: Int64) -> Int64 {
        let second = time.floorDivided(by: 1_000_000)
        if let rule, second >= transitions.last ?? .min { return rule.offset(atUTC: second) }
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return offsets[low]
    }

    /// The instant at which clocks show a local time. One that they skip counts as if they had not been put forward yet,
    /// and so falls after the gap; of one that they show twice, the first.
    /// - Parameter time: µs since 1970 on the clocks' own scale.
    /// - Returns: µs since 1970 UTC.
    public func utc(fromLocal time: Int64) -> Int64 {
        // Offsets are less than a day and no two changes of one zone are as near as that.
        let before = offset(atUTC: time.saturating(-86_400_000_000))
        let after = offset(atUTC: time.saturating(86_400_000_000))
        let earlier = time.saturating(-before * 1_000_000)
        if before == after || offset(atUTC: earlier) == before { return earlier }
        let later = time.saturating(-after * 1_000_000)
        return offset(atUTC: later) == after ? later : earlier
    }

    private static func read(_ identifier: String) throws(TimeZoneError) -> [UInt8] {
        let isName = identifier.utf8.allSatisfy { byte in
            UInt8(ascii: "a") <= byte | 0x20 && byte | 0x20 <= UInt8(ascii: "z")
                || UInt8(ascii: "0") <= byte
                    && byte <= UInt8(ascii: "9")
                || "/_+-".utf8.contains(byte)
        }
        guard isName, !identifier.isEmpty, let file = fopen("/usr/share/zoneinfo/" + identifier, "rb") else {
            throw TimeZoneError(
                "the time zone '\(identifier)' is not known here: name one of the IANA database, such as Europe/Berlin, "
                    + "and see that the package tzdata is installed")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}

/// Why a time zone cannot be used.
public struct TimeZoneError: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension Int64 {
    /// The sum, or the end of the range beyond which it lies.
    fileprivate func saturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
