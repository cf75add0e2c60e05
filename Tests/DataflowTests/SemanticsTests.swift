import Foundation
import Testing

@testable import Dataflow

/// docs/SEMANTICS.md: every example in its tables is run, so that page and engine cannot drift apart.
@Suite struct SemanticsTests {
    struct Example: CustomTestStringConvertible, Sendable {
        var section, stream, timeline: String
        var testDescription: String { "\(section), \(stream): \(timeline)" }
    }

    /// The rows of the tables whose first column is the stream and whose second is a timeline, by section.
    static let examples: [Example] = {
        let page = URL(fileURLWithPath: #filePath).appending(path: "../../../docs/SEMANTICS.md").standardized
        let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        var examples: [Example] = []
        var section = ""
        var isExamples = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            if cells.count < 2 { isExamples = false }
            if cells.first == "Stream", cells.count > 1, cells[1] == "Timeline" {
                isExamples = true
            } else if isExamples, cells[0].hasPrefix("`") {
                let codes = cells.prefix(2).map { String($0.dropFirst().dropLast()) }
                examples.append(Example(section: section, stream: codes[0], timeline: codes[1]))
            }
        }
        return examples
    }()

    @Test(arguments: examples)
    func theExampleIsTrue(_ example: Example) { TimelineRun.check(example.stream, example.timeline) }

    @Test(arguments: [
        "Watermark", "Windows", "Sessions", "Lateness", "Emission", "Deduplication", "Time to live",
        "Joins",
        "Ingestion time and processing time",
    ])
    func theSectionHasExamples(_ section: String) {
        #expect(Self.examples.filter { $0.section == section }.count >= 4, "\(section)")
    }
}
