import Foundation
import TestSupport
import Testing
import TidemarkTesting

/// The invoice topology against a batch computation in Python that shares nothing with it, over generated invoices with
/// duplicates, disorder, late and invalid records.
@Suite(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup"))
struct OracleTests {
    struct Expected: Decodable {
        let customer_id: Int
        let window_start: String
        let invoices: Int
        let revenue: String

        /// The row as `TopologyDriver` shows it.
        func text() throws -> String {
            let time = window_start.replacingOccurrences(of: " ", with: "T")
            let start = try #require(ISO8601DateFormatter().date(from: time)).timeIntervalSince1970
            let unscaled = try #require(Int(revenue.replacingOccurrences(of: ".", with: "")))
            return "customer_id=\(customer_id) window_start=\(Int(start))000000 invoices=\(invoices) "
                + "revenue=\(unscaled)e-2"
        }
    }

    /// Every mode, with one lane and with several; rounds of 1, 50 and 1000 records.
    @Test(arguments: [
        (TopologyDriver.Mode.asFed, [1], 1000), (.asFed, [3], 50), (.oneRowBatches, [2], 50),
        (.restartAfterEveryEpoch, [1, 3, 2], 50),
    ])
    func theTableEqualsABatchComputation(mode: TopologyDriver.Mode, parallelism: [Int], round: Int) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let records = directory.appendingPathComponent("invoices.jsonl").path
        let rows = directory.appendingPathComponent("expected.jsonl")
        _ = try Python.run(
            topology: "invoice-revenue/invoices.py", [records, "--count", "4000", "--customers", "30", "--seed", "3"])
        let counts = try Python.run(
            topology: "invoice-revenue/oracle.py", [records, "--partitions", "4", "--expected", rows.path])
        let expected = try String(contentsOf: rows, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Expected.self, from: Data($0.utf8)).text()
        }

        let driver = try TopologyDriver(InvoiceRevenue.self, mode: mode, parallelism: parallelism)
        try feed(driver, Python.run("partitioned.py", [records, "customer_id", "4"]), round: round)
        #expect(!expected.isEmpty && driver.rows(of: "gold.customer_revenue") == expected.sorted())
        let found = driver.reconciliation
        #expect(
            counts.hasPrefix(
                "expected: \(expected.count) rows; read \(found.read), filtered \(found.filtered), "
                    + "processed \(found.processed), late \(found.late), duplicate \(found.duplicate), "
                    + "malformed \(found.malformed)\n"), "\(counts)")
        #expect(found.late > 0 && found.duplicate > 0 && found.malformed > 0 && found.isBalanced)
        #expect(driver.deadLetters.count == found.late + found.duplicate + found.malformed)
    }

    /// Feeds lines `partition TAB record`, in rounds; the first records one by one, so that every partition is known
    /// before event time advances.
    private func feed(_ driver: TopologyDriver, _ lines: String, round: Int) throws {
        var waiting: [Int32: [String]] = [:]
        for (number, line) in lines.split(separator: "\n").enumerated() {
            let parts = line.split(separator: "\t", maxSplits: 1)
            waiting[try #require(Int32(parts[0])), default: []].append(String(parts[1]))
            guard number < 30 || number % round == 0 else { continue }
            for (partition, records) in waiting.sorted(by: { $0.key < $1.key }) {
                try driver.feed(records, topic: "invoices", partition: partition)
            }
            waiting = [:]
        }
        for (partition, records) in waiting.sorted(by: { $0.key < $1.key }) {
            try driver.feed(records, topic: "invoices", partition: partition)
        }
        try driver.endInput()
    }

    /// The oracles' comparison passes what is right and refuses what is wrong.
    @Test func theOraclesCanFail() throws { _ = try Python.run(topology: "batch_check_test.py", []) }
}
