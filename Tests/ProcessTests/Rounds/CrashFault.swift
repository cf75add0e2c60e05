import Foundation
import TestSupport

/// What befalls a process in one round.
enum CrashFault: Hashable, CustomStringConvertible {
    /// Killed at a moment that its files show.
    case kill(KillMoment)
    /// Killed at a moment of its talk with the brokers.
    case killAt(KafkaGate.Moment)
    /// Told to stop.
    case stop
    /// The disk is full: the process stops and says so, and room is made.
    case diskFull
    /// Calls to the disk fail at random: the process stops with a sentence.
    case failingDisk(DiskFailure)
    /// The disk is slow; killed in the end.
    case slowDisk
    /// The brokers go away for some seconds; killed after they came back.
    case brokersAway
    /// The brokers' process is halted for some seconds; killed after it went on.
    case brokersHalted

    /// A call that fails now and then, or writes less than it was told.
    enum DiskFailure: String, CaseIterable {
        case fsync = "posix/io/sync/fsync"
        case write = "posix/io/rw/write"
        case rename = "posix/io/dir/rename"
        case open = "posix/io/oc/open"
        case shortWrite = "posix/io/rw/write/reduce"
    }

    /// For the line that a round prints.
    var description: String {
        switch self {
        case .kill(let moment): "killed, \(moment)"
        case .killAt(let moment): "killed, \(moment) at the brokers"
        case .stop: "stopped"
        case .diskFull: "disk full"
        case .failingDisk(let failure): "failing \(failure)"
        case .slowDisk: "slow disk"
        case .brokersAway: "brokers away"
        case .brokersHalted: "brokers halted"
        }
    }

    static var all: [CrashFault] {
        KillMoment.allCases.map { .kill($0) } + KafkaGate.Moment.allCases.map { .killAt($0) } + [.stop]
            + (SmallDisk.isPossible ? [.diskFull] : [])
            + (DiskShims.fiu == nil ? [] : DiskFailure.allCases.map { .failingDisk($0) })
            + (DiskShims.slowDisk == nil ? [] : [.slowDisk])
            + [.brokersAway, .brokersHalted]
    }
}

/// Libraries that stand before the system's own calls.
enum DiskShims {
    /// Those of libfiu, which `fiu-run` would name.
    static let fiu: String? = {
        let paths = ["run", "posix"].map { "/usr/lib/fiu/fiu_\($0)_preload.so" }
        return paths.allSatisfy(FileManager.default.fileExists) ? paths.joined(separator: " ") : nil
    }()

    /// `slow_disk.c`, compiled: libfiu cannot delay a call.
    static let slowDisk: String? = {
        let library = Program.directory.appending(path: "slow_disk.so").path
        let source = Program.topologies + "/../Tests/Support/slow_disk.c"
        let built = try? Program.run(
            "/usr/bin/env", ["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
        return built?.status == 0 ? library : nil
    }()

    static func environment(_ failure: CrashFault.DiskFailure, number: Int32) -> [String: String] {
        let probability = failure == .shortWrite ? 0.5 : 0.04
        return [
            "LD_PRELOAD": fiu ?? "",
            "FIU_ENABLE": "enable_random name=\(failure.rawValue),probability=\(probability),failinfo=\(number)",
        ]
    }
}
