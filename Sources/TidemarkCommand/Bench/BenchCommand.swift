import ArgumentParser
import Columnar
import Dataflow
import Formats
import Foundation
import Runtime
import Streams
import Workloads

/// `tidemark bench`: the reference workloads over files.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Runs a reference workload over files and measures it.",
        discussion: """
            Each file is a partition, read in rounds as Kafka would give it, through the decoder and the operators of a \
            topology's run. Rows are summed up and not written.

              W1  filter and projection             W3  hopping windows, each bid in five
              W2  tumbling windows, three aggregates  W4  the first bid of each bidder for each auction
              W6  a join of orders and shipments within ten seconds; the input has a directory for each

            Example:
              tidemark bench W2 --input bids --threads 2 --json
            """)
    @Argument(help: "W1, W2, W3, W4 or W6.") var workload: Workload
    @Option(help: "A directory of bids (W6: orders, shipments) as JSON lines: its *.jsonl and *.json.") var input:
        String
    @Option(help: "Worker threads, 1 to 128.") var threads = 1
    @Flag(help: "Print an object.") var json = false

    func run() throws {
        do {
            guard (1...128).contains(threads) else { throw RuntimeError("--threads \(threads): it must be 1 to 128") }
            let result = try BenchRun(workload, input: input, threads: threads).run()
            print(json ? try result.json() : result.text)
        } catch {
            TopologyCommand.fail(error)
        }
    }
}

extension Workload: ExpressibleByArgument {}

/// What a run took and gave.
struct BenchResult: Encodable {
    var workload: String
    var threads: Int
    var events: Int
    var late: Int
    var malformed: Int
    /// Wall time.
    var seconds: Double
    /// Of all threads, with the start of the process.
    var cpuSeconds: Double
    var eventsPerCPUSecond: Double
    /// Bytes of memory that the process held at most.
    var peakRSS: Int
    var rows: Int
    /// By column of the result: see `CheckSums`.
    var sums: [String: String]
    /// Records that a round takes from each partition, which decides in which order partitions meet.
    var roundRecords: Int

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    var text: String {
        let checks = sums.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return """
            \(workload): \(events) events (\(late) late, \(malformed) malformed) in \(rounded(seconds)) s, \
            \(rounded(cpuSeconds)) s of CPU, \(threads) \(threads == 1 ? "thread" : "threads")
            \(rounded(eventsPerCPUSecond / 1e6)) million events per CPU second, \(peakRSS >> 20) MiB at most
            \(rows) rows; sums: \(checks)
            """
    }

    private func rounded(_ value: Double) -> String { String(format: "%.2f", value) }
}
