import Foundation

/// What is said of each edit, as `sentences.txt` has it: a line `## ` and the edit, then the lines. A run with
/// `TIDEMARK_SENTENCES` set to a path appends what is said to that file, to be read and put in its place.
enum Sentences {
    private static let known: [String: String] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "sentences.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        var sentences: [String: String] = [:]
        for part in ("\n" + text).components(separatedBy: "\n## ").dropFirst() {
            let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            sentences[String(lines[0])] =
                lines.count > 1 ? String(lines[1]).trimmingCharacters(in: .newlines) : ""
        }
        return sentences
    }()

    static func are(_ text: String, of edit: String) -> Bool {
        if let path = ProcessInfo.processInfo.environment["TIDEMARK_SENTENCES"] {
            let entry = Data("## \(edit)\n\(text)\n\n".utf8)
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
            if let handle = FileHandle(forWritingAtPath: path) {
                _ = try? handle.seekToEnd()
                try? handle.write(contentsOf: entry)
                try? handle.close()
            }
        }
        return known[edit] == text
    }
}
