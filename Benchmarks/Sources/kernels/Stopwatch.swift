import Foundation

/// Times kernels. What else a machine does disturbs upwards only, so that the best of several runs counts.
struct Stopwatch {
    /// One kernel's time.
    private struct Measurement: Encodable {
        var name: String
        /// What is counted: a row, an event, …
        var unit: String
        /// ns of CPU time of all threads, for each.
        var cpuNanoseconds: Double
        /// How many go through in a second of wall time.
        var perSecond: Double
    }

    /// How large what a kernel made is.
    private struct Size: Encodable {
        var name: String
        var bytes: Int
    }

    /// Runs of each kernel.
    let runs: Int
    private var measurements: [Measurement] = []
    private var sizes: [Size] = []

    init(runs: Int) { self.runs = runs }

    /// Measures `body`, which works on so many of what is called `unit`.
    /// - Parameter prepare: called before each run, and not measured.
    mutating func measure<Prepared>(
        _ name: String, _ count: Int, _ unit: String, prepare: () throws -> Prepared, _ body: (Prepared) throws -> Void
    ) rethrows {
        var cpu = Double.infinity
        var wall = Double.infinity
        for _ in 0..<runs {
            let prepared = try prepare()
            let began = (Self.now(CLOCK_PROCESS_CPUTIME_ID), Self.now(CLOCK_MONOTONIC))
            try body(prepared)
            cpu = min(cpu, Self.now(CLOCK_PROCESS_CPUTIME_ID) - began.0)
            wall = min(wall, Self.now(CLOCK_MONOTONIC) - began.1)
        }
        measurements.append(
            Measurement(
                name: name, unit: unit, cpuNanoseconds: cpu * 1e9 / Double(count), perSecond: Double(count) / wall))
    }

    mutating func measure(_ name: String, _ count: Int, _ unit: String, _ body: () throws -> Void) rethrows {
        try measure(name, count, unit, prepare: {}, body)
    }

    /// Notes how large something is that was made.
    mutating func note(_ name: String, bytes: Int) { sizes.append(Size(name: name, bytes: bytes)) }

    /// Seconds.
    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(measurements), as: UTF8.self)
    }

    var table: String {
        let width = measurements.map(\.name.count).max() ?? 0
        let times = measurements.map { measurement in
            measurement.name.padding(toLength: width, withPad: " ", startingAt: 0)
                + String(
                    format: "%9.2f ns of CPU, %8.2f million a second, each ", measurement.cpuNanoseconds,
                    measurement.perSecond / 1e6) + measurement.unit
        }
        return (times + sizes.map { "\($0.name): \($0.bytes) bytes" }).joined(separator: "\n")
    }
}

/// Keeps a result from being optimised away.
@inline(never) func keep<Value>(_ value: Value) { withExtendedLifetime(value) {} }

/// A directory that is removed with its owner.
final class ScratchDirectory {
    let path = NSTemporaryDirectory() + "tidemark-benchmark-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    /// A copy of another one.
    init(copying other: ScratchDirectory) throws { try FileManager.default.copyItem(atPath: other.path, toPath: path) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
