import Foundation

/// A small file system in memory, for what happens when it is full. Only root can mount one.
public final class SmallDisk {
    public let path: String
    private let directory: TemporaryDirectory
    private let size: Int

    /// Whether this process may mount one.
    public static let isPossible: Bool = { (try? SmallDisk()) != nil }()

    public init(megabytes: Int = 24) throws {
        directory = try TemporaryDirectory()
        path = directory.path
        size = megabytes << 20
        guard Self.run("mount", ["-t", "tmpfs", "-o", "size=\(size)", "tmpfs", path]) else {
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

    /// Takes the room but for so many bytes, in whole pages of 4 KiB, by making the disk smaller.
    public func fill(leaving bytes: Int) throws {
        // Whoever writes meanwhile may be faster.
        for _ in 0..<20 where Self.run("mount", ["-o", "remount,size=\(try used() + max(bytes, 4096))", path]) {
            return
        }
        throw PythonError(description: "cannot make the file system at \(path) smaller")
    }

    private func used() throws -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw PythonError(description: "no file system at \(path)") }
        return Int(status.f_blocks - status.f_bfree) * Int(status.f_frsize)
    }

    /// Gives the room back.
    public func makeRoom() throws {
        guard Self.run("mount", ["-o", "remount,size=\(size)", path]) else {
            throw PythonError(description: "cannot make the file system at \(path) larger")
        }
    }

    /// Lets nobody write any more.
    public func makeReadOnly() -> Bool { Self.run("mount", ["-o", "remount,ro", path]) }
}
