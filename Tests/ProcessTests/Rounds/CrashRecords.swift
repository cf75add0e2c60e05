import TestSupport

/// A record for one of the topologies that are killed.
struct CrashRecord {
    var topic: String
    var key: String
    var value: String
}

/// Random records, the same for a seed: five seconds of event time for each, out of order by up to a minute, some of them
/// twice, some against the contract, and some hours late.
///
/// The topologies' watermarks are two hours behind, longer than what two rounds produce. Event time does not wait for a
/// partition that is read to its end, so that another may be read through all that is new before the first has told that
/// it has more; by that, too, no record is late here but those that are late in their own partition.
struct CrashRecords {
    private var random: SplitMix
    private var number = 0
    private var last: CrashRecord?

    init(seed: UInt64) { random = SplitMix(state: seed) }

    private mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func chance(_ percent: Int) -> Bool { pick(0..<100) < percent }

    /// The next records of a topology.
    mutating func next(_ count: Int, of topology: CrashTopology) -> [CrashRecord] {
        var records: [CrashRecord] = []
        while records.count < count {
            number += 1
            // None of the first: a partition must have a watermark by which a record is late.
            let isLate = number > 1500 && chance(1)
            let behind = isLate ? pick(10_800_000..<21_600_000) : pick(0..<60_000)
            // No two records have the same time.
            let time = Self.time(number * 5_000_000 - behind * 1000 + number % 1000)
            if chance(3), let last {
                records.append(last)
            } else {
                var record = make(topology, time)
                if chance(2) { spoil(&record) } else if !isLate { last = record }
                records.append(record)
            }
        }
        return records
    }

    private static func time(_ microseconds: Int) -> String {
        // A day later, so that late ones are of this month too.
        let moment = microseconds + 86_400_000_000
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (seconds, fraction) = moment.quotientAndRemainder(dividingBy: 1_000_000)
        let clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map(two).joined(separator: ":")
        let digits = String(1_000_000 + fraction).dropFirst()
        return "2026-03-\(two(2 + seconds / 86_400))T\(clock).\(digits)Z"
    }

    private static func amount(_ cents: Int) -> String { "\(cents / 100).\(two(cents % 100))" }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private mutating func make(_ topology: CrashTopology, _ time: String) -> CrashRecord {
        let amount = Self.amount(pick(1..<100_000))
        switch topology {
        case .pages, .visits:
            let user = "user \(pick(0..<200))"
            return CrashRecord(
                topic: "visits", key: user,
                value: #"{"id":"v\#(number)","user":"\#(user)","page":"/\#(pick(0..<40))","at":"\#(time)","#
                    + #""spent":"\#(amount)"}"#)
        case .orders where chance(45):
            let customer = "customer \(pick(0..<100))"
            return CrashRecord(
                topic: "orders", key: customer,
                value: #"{"id":"o\#(number)","customer":"\#(customer)","placed_at":"\#(time)","amount":"\#(amount)"}"#)
        case .orders:
            // Mostly of an order of the last ten minutes, now and then of one that is too old.
            let order = "o\(max(1, number - (chance(90) ? pick(0..<120) : pick(300..<480))))"
            return CrashRecord(
                topic: "payments", key: order,
                value: #"{"number":\#(number),"order_id":"\#(order)","paid_at":"\#(time)","paid":"\#(amount)"}"#)
        case .accounts:
            let account = pick(0..<300)
            return CrashRecord(
                topic: "accounts", key: "\(account)",
                value: #"{"account":\#(account),"changed_at":"\#(time)","owner":"owner \#(pick(0..<1000))","#
                    + #""balance":"\#(amount)","deleted":\#(chance(10))}"#)
        }
    }

    /// Makes a record one that a contract does not take.
    private mutating func spoil(_ record: inout CrashRecord) {
        record.value = chance(50) ? String(record.value.dropLast()) : #"{"note":"nothing that a contract asks for"}"#
    }
}

/// The topologies of `crash-topologies`.
enum CrashTopology: String, CaseIterable {
    /// Windows.
    case pages
    /// Sessions.
    case visits
    /// A join of two topics.
    case orders
    /// Changes of a table's rows, from which the table is made.
    case accounts

    var sources: [String] {
        switch self {
        case .pages, .visits: ["visits"]
        case .orders: ["orders", "payments"]
        case .accounts: ["accounts"]
        }
    }

    /// The topics that it writes, exactly once.
    var results: [String] {
        switch self {
        case .pages: ["page.counts"]
        case .visits: ["sessions"]
        case .orders: ["settled"]
        case .accounts: ["accounts.audit", "accounts.now"]
        }
    }

    var table: String {
        switch self {
        case .pages: "gold/page_counts"
        case .visits: "gold/sessions"
        case .orders: "silver/settled_orders"
        case .accounts: "silver/accounts"
        }
    }
}
