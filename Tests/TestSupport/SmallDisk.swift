import Foundation

/// A small file system in memory, for what happens when it is full. Only root can mount one.
public final class SmallDisk {
    public let path: String
    private let directory: TemporaryDirectory
    private let filler: String

    /// Whether this process may mount one.
    public static let isPossible: Bool = { (try? SmallDisk()) != nil }()

    public init() throws {
        directory = try TemporaryDirectory()
        path = directory.path
        filler = path + "/filler"
        guard Self.run("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", path]) else {
            throw PythonError(description: "cannot mount a file system")
        }
    }

    deinit { _ = Self.run("umount", ["-l", path]) }

    private static func run(_ tool: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Takes the room but for so many bytes.
    public func fill(leaving bytes: Int) throws {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw PythonError(description: "no file system at \(path)") }
        let free = Int(status.f_bavail) * Int(status.f_bsize)
        try Data(count: max(0, free - bytes)).write(to: URL(fileURLWithPath: filler))
    }

    /// Gives the room back.
    public func makeRoom() throws { try FileManager.default.removeItem(atPath: filler) }

    /// Lets nobody write any more.
    public func makeReadOnly() -> Bool { Self.run("mount", ["-o", "remount,ro", path]) }
}
