import Foundation
import TestSupport
import Testing

/// `tidemark bench` as a process, over files as they are found.
@Suite struct BenchTests {
    private struct Result: Decodable {
        var events, malformed, rows: Int
        var sums: [String: String]
        var cpuSeconds, eventsPerCpuSecond: Double
        var peakRss: Int
    }

    private func bench(_ workload: String, _ directory: TemporaryDirectory, threads: Int) throws -> Result {
        let arguments = ["bench", workload, "--input", directory.path, "--threads", "\(threads)", "--json"]
        let run = try Program.run("tidemark", arguments)
        #expect(run.status == 0, "\(run.errors)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Result.self, from: Data(run.output.utf8))
    }

    private func write(_ lines: String, _ name: String, _ directory: TemporaryDirectory) throws {
        try Data(lines.utf8).write(to: URL(fileURLWithPath: directory.path + "/" + name))
    }

    private func bid(_ auction: Int, price: Int, extra: String = "") -> String {
        #"{"auction":\#(auction),"price":\#(price),"dateTime":"2026-01-01T00:00:01Z","extra":"\#(extra)"}"#
    }

    @Test(arguments: [1, 2, 3]) func everyLineOfEveryFileIsARecord(threads: Int) throws {
        let directory = try TemporaryDirectory()
        // More than a round takes, then lines far longer than those before, then one without its end.
        let many = (0..<40_000).map { bid($0 % 10, price: 1) + "\n" }.joined()
        let long = (0..<20).map { _ in bid(3, price: 100, extra: String(repeating: "x", count: 500_000)) + "\n" }
        try write(many + long.joined() + bid(4, price: 7), "a.jsonl", directory)
        try write("\n\n" + bid(5, price: 9) + "\n\nno bid\n", "b.json", directory)
        try write("", "c.json", directory)
        try write(bid(6, price: 1_000_000), "not-read.txt", directory)
        let result = try bench("W2", directory, threads: threads)
        #expect(result.events == 40_023 && result.malformed == 1 && result.rows == 10)
        #expect(result.sums["bids"] == "40022" && result.sums["total"] == "42016" && result.sums["highest"] == "123")
        #expect(result.cpuSeconds > 0 && result.eventsPerCpuSecond > 0 && result.peakRss > 1 << 20)
    }

    @Test func whatCannotBeMeasuredIsSaid() throws {
        let directory = try TemporaryDirectory()
        let run = try Program.run("tidemark", ["bench", "W2", "--input", directory.path])
        #expect(run.status == 1)
        #expect(
            run.errors
                == "error: \(directory.path) holds no *.jsonl and no *.json: name a directory of bids with --input\n")
    }
}
