/// A file of the time zone database (TZif, RFC 8536). The part with 64-bit times is read, which all files since 2005
/// have.
struct TimeZoneFile {
    private let bytes: [UInt8]
    private let zone: String
    private var position = 0

    init(_ bytes: [UInt8], _ zone: String) throws(TimeZoneError) {
        self.bytes = bytes
        self.zone = zone
        guard bytes.starts(with: Array("TZif".utf8)), bytes.count > 44, bytes[4] >= UInt8(ascii: "2") else {
            throw damaged
        }
    }

    private var damaged: TimeZoneError {
        TimeZoneError("the system's file of the time zone '\(zone)' is damaged: install the package tzdata again")
    }

    /// Transitions, the offsets before and from each of them on, and what holds after the last.
    mutating func rules() throws(TimeZoneError) -> ([Int64], [Int64], RecurringRule?) {
        let first = try header()
        // The first part is the same with 32-bit times.
        position += first.times * 5 + first.types * 6 + first.characters + first.leaps * 8 + first.standard + first.ut
        let counts = try header()
        let transitions = try integers(counts.times, width: 8)
        let kinds = try take(counts.times).map { Int($0) }
        var offsets: [Int64] = []
        var isDaylight: [Bool] = []
        for _ in 0..<counts.types {
            offsets.append(try integers(1, width: 4)[0])
            isDaylight.append(try take(2).first != 0)
        }
        guard !offsets.isEmpty, kinds.allSatisfy(offsets.indices.contains) else { throw damaged }
        position += counts.characters + counts.leaps * 12 + counts.standard + counts.ut
        let initial = isDaylight.firstIndex(of: false) ?? 0
        return (transitions, [offsets[initial]] + kinds.map { offsets[$0] }, try footer())
    }

    private struct Counts {
        var ut, standard, leaps, times, types, characters: Int
    }

    private mutating func header() throws(TimeZoneError) -> Counts {
        guard try take(20).starts(with: Array("TZif".utf8)) else { throw damaged }
        let counts = try integers(6, width: 4).map { Int($0) }
        guard counts.allSatisfy({ (0...bytes.count).contains($0) }) else { throw damaged }
        return Counts(
            ut: counts[0], standard: counts[1], leaps: counts[2], times: counts[3], types: counts[4],
            characters: counts[5])
    }

    /// The line between two line feeds at the end.
    private mutating func footer() throws(TimeZoneError) -> RecurringRule? {
        let line = bytes[min(position, bytes.count)...].filter { $0 != 0x0A }
        if line.isEmpty { return nil }
        guard let rule = RecurringRule(String(decoding: line, as: UTF8.self)) else { throw damaged }
        return rule
    }

    private mutating func take(_ count: Int) throws(TimeZoneError) -> ArraySlice<UInt8> {
        guard count >= 0, position + count <= bytes.count else { throw damaged }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Big-endian, two's complement.
    private mutating func integers(_ count: Int, width: Int) throws(TimeZoneError) -> [Int64] {
        let all = Array(try take(count * width))
        return (0..<count).map { index in
            let bits = all[index * width..<(index + 1) * width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return width == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
        }
    }
}
