import Testing
import TidemarkTesting

/// One partition has nearly everything, so that several lanes decode its records.
@Suite struct SkewTests {
    @Test func theRecordsOfALargePartitionAreDividedAndNothingChanges() throws {
        let records = (0..<7_000).map { number in
            switch number % 100 {
            case 17: #"{"invoice_id":"i-\#(number)","customer_id":"none"}"#
            case 50: "no JSON"
            // Seen before, and behind its window.
            case 60: InvoiceRevenueTests.invoice("i-\(number - 1)", number % 7, "00:10:00.000", "1.00")
            case 70 where number > 100: InvoiceRevenueTests.invoice("late-\(number)", 1, "00:00:01.000", "1.00")
            default:
                InvoiceRevenueTests.invoice("i-\(number)", number % 7, Self.time(seconds: 600 + number / 20), "2.50")
            }
        }
        var input = TopologyInput()
        input.feed(Array(records[..<6_000]), topic: "invoices", partition: 1)
        input.feed(Array(records[6_000...]), topic: "invoices", partition: 1)
        input.endInput()
        let outcome = try HostileHarness(
            InvoiceRevenue.self,
            ways: [
                .init(.asFed), .init(.asFed, parallelism: [2]), .init(.asFed, parallelism: [3]),
                .init(.restartAfterEveryEpoch, parallelism: [1, 3, 2]),
            ]
        ).run(input)
        #expect(outcome.reconciliation.malformed == 140)
        #expect(outcome.reconciliation.late >= 69)
        #expect(outcome.reconciliation.processed > 6_000)
    }

    private static func time(seconds: Int) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).000"
    }
}
