import Foundation

/// Standard output.
public enum StandardOutput {
    /// - Throws: `RuntimeError` when it cannot be written, as when a disk is full.
    public static func write(_ bytes: [UInt8]) throws {
        if let reason = writeAll(bytes, to: 1) { throw RuntimeError("standard output cannot be written: \(reason)") }
    }

    /// Writes a text and ends the line.
    public static func line(_ text: String) throws { try write(Array("\(text)\n".utf8)) }
}

/// Standard error. What cannot be written is dropped: a run does not end because nobody reads its progress.
public enum StandardError {
    public static func write(_ text: String) { _ = writeAll(Array(text.utf8), to: 2) }
}

/// Gives the reason when not everything could be written.
private func writeAll(_ bytes: [UInt8], to file: Int32) -> String? {
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { write(file, $0.baseAddress! + written, bytes.count - written) }
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { return String(cString: strerror(errno)) }
        written += count
    }
    return nil
}
