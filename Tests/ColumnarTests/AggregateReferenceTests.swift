import Columnar
import Foundation
import Testing

@Suite struct AggregateReferenceTests {
    /// `TIDEMARK_WRITE_DOCS=1` writes the file anew.
    @Test func theReferenceIsUpToDate() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/AGGREGATES.md")
        if ProcessInfo.processInfo.environment["TIDEMARK_WRITE_DOCS"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(AggregateReference.markdown.utf8).write(to: file)
        }
        let written = try String(contentsOf: file, encoding: .utf8)
        #expect(written == AggregateReference.markdown, "write it anew with TIDEMARK_WRITE_DOCS=1")
    }
}
