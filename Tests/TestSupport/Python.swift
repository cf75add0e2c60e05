import Foundation

/// The Python that `make setup` made, with the readers of `Tests/requirements.txt`.
public enum Python {
    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// The interpreter: `TIDEMARK_PYTHON`, else the one of `.venv`; nil where there is none.
    public static let path: String? = {
        let named = ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"]
        let path = named ?? tests.deletingLastPathComponent().appendingPathComponent(".venv/bin/python").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    /// Runs a script of `Tests/Support`, and gives what it printed.
    /// - Parameter input: what it reads from standard input.
    /// - Throws: `PythonError` when it fails; its own message stands on standard error.
    public static func run(_ script: String, _ arguments: [String], input: String? = nil) throws -> String {
        try run(file: tests.appendingPathComponent("Support/\(script)"), arguments, input: input)
    }

    /// Runs a script of `topologies`, as `invoice-revenue/oracle.py`.
    public static func run(topology script: String, _ arguments: [String]) throws -> String {
        let topologies = tests.deletingLastPathComponent().appendingPathComponent("topologies")
        return try run(file: topologies.appendingPathComponent(script), arguments, input: nil)
    }

    private static func run(file script: URL, _ arguments: [String], input: String?) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path ?? "/nowhere")
        process.arguments = [script.path] + arguments
        let output = Pipe()
        process.standardOutput = output
        let directory = try TemporaryDirectory()
        if let input {
            let file = directory.path + "/input"
            try Data(input.utf8).write(to: URL(fileURLWithPath: file))
            process.standardInput = FileHandle(forReadingAtPath: file)
        }
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw PythonError(
                description:
                    "\(script.lastPathComponent) \(arguments.first ?? "") ended with \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self)
    }
}

public struct PythonError: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}
