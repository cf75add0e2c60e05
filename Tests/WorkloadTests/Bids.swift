import TestSupport

/// A bid as the tests make it, and where it is read.
struct TestBid {
    var auction, bidder, price: Int64
    /// µs since 1970 UTC, whole milliseconds.
    var time: Int64
    var partition: Int32

    var url: String { "https://example.com/\(auction)?by=\(bidder)" }

    /// The record: more fields than any workload reads, the time with its milliseconds.
    var json: String {
        let milliseconds = time / 1_000 % 86_400_000
        func digits(_ value: Int64, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - "\(value)".count)) + "\(value)"
        }
        let clock = [milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1_000 % 60]
            .map { digits($0, 2) }.joined(separator: ":")
        return #"{"auction":\#(auction),"bidder":\#(bidder),"price":\#(price),"channel":"Google","url":"\#(url)","#
            + #""dateTime":"2026-01-01T\#(clock).\#(digits(milliseconds % 1_000, 3))Z","extra":"x"}"#
    }
}

/// Bids in two partitions, and what the workloads must make of them, computed row by row.
struct Bids {
    /// As they are fed: each from one partition.
    var chunks: [[TestBid]]
    var all: [TestBid] { chunks.flatMap { $0 } }

    /// A hundred bids a second for few auctions by few bidders. One in twenty is up to 5 s late, one in fifty up to 25 s:
    /// too late for some windows or for all.
    static func generate(count: Int, seed: UInt64) -> Bids {
        var random = SplitMix(state: seed)
        let start: Int64 = 1_767_225_660_000_000
        let bids = (0..<count).map { number -> TestBid in
            var delay: Int64 = 0
            if number % 20 == 7 { delay = Int64(random.next() % 5_000) }
            if number % 50 == 11 { delay = Int64(random.next() % 25_000) }
            return TestBid(
                auction: Int64(random.next() % 400), bidder: Int64(random.next() % 4),
                price: Int64(random.next() % 1_000_000), time: start + Int64(number) * 10_000 - delay * 1_000,
                partition: Int32(number / 20 % 2))
        }
        return Bids(chunks: stride(from: 0, to: count, by: 20).map { Array(bids[$0..<min($0 + 20, count)]) })
    }

    /// Each bid with the watermark of its partition before it.
    private func withWatermarks(delay: Int64) -> [(bid: TestBid, watermark: Int64)] {
        var largest: [Int32: Int64] = [:]
        return all.map { bid in
            defer { largest[bid.partition] = max(largest[bid.partition] ?? .min, bid.time) }
            return (bid, largest[bid.partition].map { $0 - delay } ?? .min)
        }
    }

    struct Group: Hashable {
        var start, auction: Int64
    }

    /// The bids of each window and auction, without those that came when the window was closed, and how many found no
    /// window open.
    func windows(size: Int64, slide: Int64, delay: Int64) -> (groups: [Group: [TestBid]], late: Int) {
        var groups: [Group: [TestBid]] = [:]
        var late = 0
        for (bid, watermark) in withWatermarks(delay: delay) {
            let last = bid.time - bid.time % slide
            let starts = stride(from: last, to: last - size, by: -Int64.Stride(slide))
                .filter { $0 + size > bid.time && $0 + size > watermark }
            for start in starts { groups[Group(start: start, auction: bid.auction), default: []].append(bid) }
            if starts.isEmpty { late += 1 }
        }
        return (groups, late)
    }

    /// The bids that are not known when they come, and how many are too old to tell.
    func first(delay: Int64) -> (kept: [TestBid], late: Int) {
        var known: [[Int64]: Int64] = [:]
        var kept: [TestBid] = []
        var late = 0
        for (bid, watermark) in withWatermarks(delay: delay) {
            let key = [bid.auction, bid.bidder]
            if bid.time < watermark {
                late += 1
            } else if known[key].map({ $0 < watermark }) ?? true {
                known[key] = bid.time
                kept.append(bid)
            }
        }
        return (kept, late)
    }
}
