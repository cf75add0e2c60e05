/// The bids, one after the other, as NEXMark has them: 10,000 of an event-time second from 2026-01-01T00:00:00Z on, 1 %
/// of them up to 5 s out of order. Ten thousand auctions are open; half of the bids go to a hundred of them, the lower the
/// hotter. Three of four bids come from a thousand of fifty thousand bidders. One bid in 50 repeats auction and bidder of
/// the one before.
public struct BidSequence: LineSequence {
    private var number: UInt64 = 0
    private var auction: UInt64 = 0
    private var bidder: UInt64 = 0
    private static let channels = ["Google", "Facebook", "Baidu", "Apple"].map { Array($0.utf8) }

    public init() {}

    /// Writes the next bid as a line.
    public mutating func appendNext(to line: inout [UInt8]) {
        let order = mixed(number * 4 + 1)
        let money = mixed(number * 4 + 3)
        choosePartners(mixed(number * 4 + 2), repeats: (money >> 56) % 50 == 0 && number > 0)
        let delay = order % 100 == 0 ? (order >> 32) % 5000 : 0
        // Nothing is before the first second.
        let time = max(number / 10, delay) - delay
        line.add("{\"auction\":")
        line.add(auction)
        line.add(",\"bidder\":")
        line.add(bidder)
        line.add(",\"price\":")
        line.add(100 + money % 1000 &* (money >> 20) % 100_000)
        line.add(",\"channel\":\"")
        line += Self.channels[Int((money >> 40) % 4)]
        line.add("\",\"url\":\"https://www.nexmark.com/item.htm?query=1&channel_id=")
        line.add((money >> 12) % 1_000_000)
        line.add("\",\"dateTime\":\"2026-01-")
        line.add(time: time)
        line.add("Z\",\"extra\":\"")
        let letters = mixed(number * 4)
        for index in 0..<16 as Range<UInt64> { line.append(UInt8(ascii: "a") + UInt8(letters >> (4 * index) & 15)) }
        line.add("\"}\n")
        number += 1
    }

    private mutating func choosePartners(_ random: UInt64, repeats: Bool) {
        if repeats { return }
        let first = (random >> 8) % 100
        let second = (random >> 24) % 100
        let isHot = random & 1 == 1
        auction = 10_000 + number / 100 + (isHot ? min(first, second) * 97 : (random >> 8) % 10_000)
        let isFrequent = (random >> 60) % 4 != 0
        bidder = 1000 + (isFrequent ? (random >> 40) % 1000 : (random >> 36) % 50_000)
    }
}

/// SplitMix64 of a number (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
func mixed(_ number: UInt64) -> UInt64 {
    var bits = number &+ 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
}

extension [UInt8] {
    mutating func add(_ text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0) } }

    mutating func add(_ number: UInt64) {
        if number >= 10 { add(number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// `ddThh:mm:ss.mmm`.
    /// - Parameter time: ms since the month began.
    mutating func add(time: UInt64) {
        let second = time / 1000 % 86_400
        add(time / 86_400_000 + 1, digits: 2)
        append(UInt8(ascii: "T"))
        add(second / 3600, digits: 2)
        append(UInt8(ascii: ":"))
        add(second / 60 % 60, digits: 2)
        append(UInt8(ascii: ":"))
        add(second % 60, digits: 2)
        append(UInt8(ascii: "."))
        add(time % 1000, digits: 3)
    }

    private mutating func add(_ number: UInt64, digits: Int) {
        if digits > 1 { add(number / 10, digits: digits - 1) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
