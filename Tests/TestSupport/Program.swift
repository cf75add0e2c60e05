import Foundation

/// A program of this package as a process.
public final class Program {
    private let process = Process()
    private let output: URL
    private let errors: URL
    private let directory: TemporaryDirectory

    /// Where the programs stand: beside the tests.
    public static let directory: URL = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let built = Python.tests.deletingLastPathComponent().appendingPathComponent(".build/debug")
        let isBeside = FileManager.default.isExecutableFile(atPath: beside.appendingPathComponent("flight-delays").path)
        return isBeside ? beside : built
    }()

    /// What a program ended with.
    public struct Result: Sendable {
        public var status: Int32
        /// Whether a signal ended it.
        public var wasKilled: Bool
        public var output: String
        public var errors: String
    }

    /// Starts a program.
    /// - Parameters:
    ///   - name: of a product, or the path of another program.
    ///   - environment: added to this process' own, without its settings of Tidemark.
    public init(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], in place: String? = nil
    ) throws {
        directory = try TemporaryDirectory()
        output = URL(fileURLWithPath: directory.path + "/output")
        errors = URL(fileURLWithPath: directory.path + "/errors")
        for url in [output, errors] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
        process.executableURL = name.hasPrefix("/") ? URL(fileURLWithPath: name) : Self.directory.appending(path: name)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("TIDEMARK_KAFKA") }.merging(environment) { _, new in new }
        process.currentDirectoryURL = URL(fileURLWithPath: place ?? directory.path)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// Runs a program to its end.
    public static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], in place: String? = nil
    ) throws -> Result {
        try Program(name, arguments, environment: environment, in: place).wait()
    }

    public var processIdentifier: Int32 { process.processIdentifier }

    public var isRunning: Bool { process.isRunning }

    /// Ends the process as a crash would: it gets no say.
    public func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// Sends a signal.
    public func signal(_ number: Int32) { Foundation.kill(process.processIdentifier, number) }

    /// What it wrote to standard error so far.
    public var errorText: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Waits for the end, and kills what takes longer.
    public func wait(seconds: Double) throws -> Result {
        wait(seconds: seconds) { !isRunning }
        if isRunning { kill() }
        return try wait()
    }

    /// Waits until something holds, for at most this long, or until the program ends.
    public func wait(seconds: Double, until holds: () -> Bool) {
        let deadline = Date() + seconds
        while isRunning && !holds() && Date() < deadline { usleep(10_000) }
    }

    /// Waits for the end.
    public func wait() throws -> Result {
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
            output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }
}
