/// Records, one after the other, as lines.
public protocol LineSequence {
    /// Writes the next record as a line.
    mutating func appendNext(to line: inout [UInt8])
}

/// Orders, 10,000 of an event-time second from 2026-01-01T00:00:00Z on, 1 % of them up to 5 s out of order. Each has its
/// number.
public struct OrderSequence: LineSequence {
    private var number: UInt64 = 0

    public init() {}

    public mutating func appendNext(to line: inout [UInt8]) {
        let random = mixed(number * 2 + 1)
        let delay = random % 100 == 0 ? (random >> 32) % 5000 : 0
        line.add("{\"order\":")
        line.add(number)
        line.add(",\"customer\":")
        line.add((random >> 8) % 50_000)
        line.add(",\"amount\":")
        line.add(100 + (random >> 24) % 1_000_000)
        line.add(",\"placedAt\":\"2026-01-")
        line.add(time: max(number / 10, delay) - delay)
        line.add("Z\",\"note\":\"")
        for index in 0..<16 as Range<UInt64> { line.append(UInt8(ascii: "a") + UInt8(random >> (4 * index) & 15)) }
        line.add("\"}\n")
        number += 1
    }
}

/// Shipments, as many and as fast as orders; each of one that was placed up to 15 s before.
public struct ShipmentSequence: LineSequence {
    private var number: UInt64 = 0
    private static let carriers = ["north", "south", "east", "west"].map { Array($0.utf8) }

    public init() {}

    public mutating func appendNext(to line: inout [UInt8]) {
        let random = mixed(number * 2 + 2)
        let age = random % min(150_000, number + 1)
        line.add("{\"order\":")
        line.add(number - age)
        line.add(",\"carrier\":\"")
        line += Self.carriers[Int((random >> 40) % 4)]
        line.add("\",\"shippedAt\":\"2026-01-")
        line.add(time: number / 10)
        line.add("Z\",\"note\":\"")
        for index in 0..<16 as Range<UInt64> { line.append(UInt8(ascii: "a") + UInt8(random >> (4 * index) & 15)) }
        line.add("\"}\n")
        number += 1
    }
}
