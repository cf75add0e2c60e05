import Formats
import Foundation

/// Reads the records of a file one after the other: JSON lines as they are, CSV with a header as JSON objects.
package struct RecordFile {
    /// A record's bytes and the number of its line, from 1.
    package struct Record {
        package var line: Int
        package var value: [UInt8]
    }

    private let path: String
    private let file: FileHandle
    private let isCSV: Bool
    private var isAtStart = true
    private var rest: [UInt8] = []
    private var line = 0
    private var csv = CSVRecords()
    private var header: [String]?
    private static let blockSize = 1 << 20

    /// - Throws: `RuntimeError` for a file that cannot be read or is of another kind.
    package init(_ path: String) throws {
        guard path.hasSuffix(".csv") || path.hasSuffix(".jsonl") || path.hasSuffix(".json") else {
            throw RuntimeError("\(path): records are read from .jsonl and .csv")
        }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw RuntimeError("\(path) cannot be read: check the name and its permissions")
        }
        self.path = path
        self.file = file
        isCSV = path.hasSuffix(".csv")
    }

    /// The next records; nil at the end.
    package mutating func next() throws -> [Record]? {
        let block = try nextBlock()
        if isCSV { return try nextCSV(block) }
        if block.isEmpty {
            guard !rest.isEmpty else { return nil }
            defer { rest = [] }
            line += 1
            return [Record(line: line, value: rest)]
        }
        rest += block
        var records: [Record] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: 0x0A) {
            line += 1
            let value = rest[start..<end].last == 0x0D ? rest[start..<(end - 1)] : rest[start..<end]
            if !value.isEmpty { records.append(Record(line: line, value: Array(value))) }
            start = end + 1
        }
        rest.removeFirst(start)
        return records
    }

    /// The next bytes; the byte order mark that some programs begin a file with is not among them.
    private mutating func nextBlock() throws -> Data {
        let block = try file.read(upToCount: Self.blockSize) ?? Data()
        defer { isAtStart = false }
        return isAtStart && block.starts(with: [0xEF, 0xBB, 0xBF]) ? block.dropFirst(3) : block
    }

    private mutating func nextCSV(_ block: Data) throws -> [Record]? {
        var records: [CSVRecords.Record]
        do {
            records = block.isEmpty ? try csv.finish() : try csv.take(block)
        } catch {
            throw RuntimeError("\(path), \(error)")
        }
        if header == nil, !records.isEmpty { header = records.removeFirst().fields.map(\.text) }
        if block.isEmpty && records.isEmpty { return nil }
        let names = header ?? []
        return try records.map { record in
            guard record.fields.count == names.count else {
                throw RuntimeError(
                    "\(path), line \(record.line): \(record.fields.count) fields under a header of \(names.count)")
            }
            return Record(line: record.line, value: record.json(header: names))
        }
    }
}
