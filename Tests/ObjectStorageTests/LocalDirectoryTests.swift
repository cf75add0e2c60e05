import Foundation
import ObjectStorage
import Testing

@Suite struct LocalDirectoryTests {
    let path = NSTemporaryDirectory() + "tidemark-" + UUID().uuidString

    @Test func objectsComeBackAndAreListedInOrder() throws {
        let store = try LocalDirectory(path + "/a/b")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try store.put("log/2.json", [2])
        try store.put("log/10.json", large)
        try store.put("x", [])
        #expect(try store.get("log/10.json") == large && store.get("x").isEmpty)
        try store.put("log/2.json", [3, 3])
        #expect(try store.get("log/2.json") == [3, 3])
        #expect(try store.list(prefix: "log/").map(\.path) == ["log/10.json", "log/2.json"])
        #expect(try store.list(prefix: "log/2").map(\.size) == [2])
        #expect(try store.list(prefix: "").map(\.path) == ["log/10.json", "log/2.json", "x"])
        #expect(try store.list(prefix: "none/").isEmpty)
        try store.delete("x")
        try store.delete("x")
        #expect(throws: StorageError(.notFound, "cannot read \(path)/a/b/x: it does not exist")) { try store.get("x") }
        // Nothing half written stays behind, under any name.
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: path + "/a/b/log").sorted() == ["10.json", "2.json"])
    }

    @Test func ofManyWritersOneWins() async throws {
        let store = try LocalDirectory(path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for round in 0..<20 {
            let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
                for writer in 0..<8 as Range<UInt8> {
                    group.addTask { try store.putIfAbsent("commit-\(round)", [writer]) ? writer : nil }
                }
                return try await group.reduce(into: [UInt8]()) { winners, winner in winners += winner.map { [$0] } ?? []
                }
            }
            #expect(winners.count == 1)
            #expect(try store.get("commit-\(round)") == winners)
        }
    }

    @Test func errorsSayWhereAndWhy() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try LocalDirectory(path)
        try store.put("file", [1])
        #expect(throws: StorageError(.other, "\(path)/file is a file where a directory is needed: name another place"))
        {
            try LocalDirectory(path + "/file")
        }
        #expect(throws: StorageError.self) { try store.put("file/below", [1]) }
        #expect(throws: StorageError.self) { try LocalDirectory("/proc/nowhere") }
    }

    @Test func framesAreCheckedBeforeTheyAreRead() throws {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let frame = ZstdFrame.compress(bytes)
        #expect(frame.count < 2000)
        #expect(try ZstdFrame.decompress(frame) == bytes)
        #expect(try ZstdFrame.decompress(ZstdFrame.compress([])) == [])
        for length in 0..<frame.count {
            #expect(throws: StorageError.self) { try ZstdFrame.decompress(Array(frame[..<length])) }
        }
        #expect(throws: StorageError.self) { try ZstdFrame.decompress(frame, limit: 9_999) }
    }

    @Test func theChecksumOfTheStandard() {
        #expect(Checksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(Checksum.crc32c([UInt8](0..<32)) == 0x46DD_794E)
        #expect(Checksum.crc32c(Array("123456789".utf8)) == 0xE306_9283)
    }
}
