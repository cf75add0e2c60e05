import Columnar
import Foundation
import Testing

@Suite struct FunctionReferenceTests {
    /// `TIDEMARK_WRITE_DOCS=1` writes the file anew.
    @Test func theReferenceIsUpToDate() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/FUNCTIONS.md")
        if ProcessInfo.processInfo.environment["TIDEMARK_WRITE_DOCS"] == "1" {
            try Data(ScalarFunction.reference.utf8).write(to: file)
        }
        let written = try String(contentsOf: file, encoding: .utf8)
        #expect(written == ScalarFunction.reference, "write it anew with TIDEMARK_WRITE_DOCS=1")
    }
}
