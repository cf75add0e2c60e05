import Columnar
import Dataflow

/// Decodes JSON objects against a contract, bytes straight to columns.
///
/// Fields stand in any order and unknown ones are skipped, but all of a record must be JSON (RFC 8259). Of a name that
/// stands twice the last value counts. A field that is missing is null.
public struct JSONRecordDecoder: RecordDecoder {
    public let schema: RecordSchema
    private let contract: ContractDescription
    private let paths: FieldTree

    public init(contract: ContractDescription) {
        self.contract = contract
        schema = contract.schema
        paths = FieldTree(contract.columns.map(\.path))
    }

    public func decode(_ records: RawRecords) -> DecodedRecords {
        var builders = contract.columns.map(JSONColumnBuilder.init)
        var rejected: [RejectedRecord] = []
        var offsets: [Int64] = []
        offsets.reserveCapacity(records.count)
        records.arena.withUnsafeBufferPointer { bytes in
            for row in 0..<records.count {
                if let rejection = decode(records, row, bytes, &builders, count: offsets.count) {
                    for index in builders.indices { builders[index].truncate(to: offsets.count) }
                    rejected.append(rejection)
                } else {
                    offsets.append(records.offsets[row])
                }
            }
        }
        let origin = RowOrigins(
            partitions: [Int32](repeating: records.partition, count: offsets.count), offsets: offsets)
        let batch = RecordBatch(
            schema: schema, columns: builders.map { $0.finish() }, count: offsets.count, origin: origin)
        return DecodedRecords(batch: batch, rejected: rejected)
    }

    /// Decodes one record; what is wrong with it, nil when nothing is.
    private func decode(
        _ records: RawRecords, _ row: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ builders: inout [JSONColumnBuilder],
        count: Int
    ) -> RejectedRecord? {
        let start = Int(records.valueStarts[row])
        let length = Int(records.valueLengths[row])
        guard length >= 0 else { return RejectedRecord(row: row, reason: .malformed, message: "has no value") }
        var mismatch: RejectedRecord?
        do throws(JSONSyntaxError) {
            var scanner = JSONScanner(bytes, start..<start + length)
            guard try scanner.peek() == UInt8(ascii: "{") else { throw scanner.failure("not a JSON object") }
            try object(&scanner, paths, depth: 1, row, count, &builders, &mismatch)
            try scanner.finish()
        } catch {
            return RejectedRecord(row: row, reason: .malformed, position: error.position, message: error.message)
        }
        if let mismatch { return mismatch }
        for index in builders.indices where builders[index].count == count {
            do { try builders[index].appendNull() } catch { return rejection(row, index, nil, error) }
        }
        return nil
    }

    private func object(
        _ scanner: inout JSONScanner, _ fields: FieldTree, depth: Int, _ row: Int, _ count: Int,
        _ builders: inout [JSONColumnBuilder], _ mismatch: inout RejectedRecord?
    ) throws(JSONSyntaxError) {
        guard depth <= JSONScanner.maximumDepth else {
            throw scanner.failure("nested deeper than \(JSONScanner.maximumDepth) levels")
        }
        scanner.position += 1
        if try scanner.peek() == UInt8(ascii: "}") {
            scanner.position += 1
            return
        }
        var hint = 0
        while true {
            guard try scanner.peek() == UInt8(ascii: "\"") else { throw scanner.failure("expected a name in quotes") }
            let name = try scanner.string()
            try scanner.expect(UInt8(ascii: ":"), "':'")
            let entry = try fields.entry(name, scanner, hint: &hint)
            let next = try scanner.peek()
            if let children = entry?.children, next == UInt8(ascii: "{") {
                try object(&scanner, children, depth: depth + 1, row, count, &builders, &mismatch)
            } else if let column = entry?.column {
                try value(&scanner, column, depth: depth, row, count, &builders, &mismatch)
            } else {
                try scanner.skipValue(depth: depth)
            }
            let byte = try scanner.peek()
            guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else {
                throw scanner.failure("expected ',' or '}'")
            }
            scanner.position += 1
            if byte == UInt8(ascii: "}") { return }
        }
    }

    /// Takes the value of a contract's column. One that does not fit is noted, and the rest of the record is still read,
    /// since what is not JSON at all is reported as that.
    private func value(
        _ scanner: inout JSONScanner, _ column: Int, depth: Int, _ row: Int, _ count: Int,
        _ builders: inout [JSONColumnBuilder], _ mismatch: inout RejectedRecord?
    ) throws(JSONSyntaxError) {
        builders[column].truncate(to: count)
        let position = scanner.position
        do {
            switch try scanner.peek() {
            case UInt8(ascii: "\""):
                let text = try scanner.string()
                if text.hasEscapes {
                    try unescaped(scanner, text).withUnsafeBufferPointer { content throws(ContractMismatch) in
                        try builders[column].appendText(content)
                    }
                } else {
                    try builders[column].appendText(UnsafeBufferPointer(rebasing: scanner.bytes[text.range]))
                }
            case UInt8(ascii: "t"):
                try scanner.literal("true")
                try builders[column].append(true)
            case UInt8(ascii: "f"):
                try scanner.literal("false")
                try builders[column].append(false)
            case UInt8(ascii: "n"):
                try scanner.literal("null")
                try builders[column].appendNull()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                try scanner.skipValue(depth: depth)
                throw ContractMismatch(message: "is an object or an array, not \(schema.fields[column].type)")
            default:
                let number = try scanner.number()
                try builders[column].appendNumber(
                    UnsafeBufferPointer(rebasing: scanner.bytes[number.range]), isInteger: number.isInteger)
            }
        } catch let error as ContractMismatch {
            mismatch = mismatch ?? rejection(row, column, position - scanner.start, error)
        } catch let error as JSONSyntaxError {
            throw error
        } catch {
            preconditionFailure("an error of another kind: \(error)")
        }
    }

    private func unescaped(_ scanner: JSONScanner, _ text: JSONScanner.Text) throws(JSONSyntaxError) -> [UInt8] {
        try scanner.unescaped(text)
    }

    private func rejection(_ row: Int, _ column: Int, _ position: Int?, _ error: ContractMismatch) -> RejectedRecord {
        RejectedRecord(
            row: row, reason: .contractViolation, field: contract.columns[column].path.joined(separator: "."),
            position: position, message: error.message)
    }
}

/// The contract's fields by their paths: what each name of an object leads to.
final class FieldTree: Sendable {
    struct Entry: Sendable {
        let name: [UInt8]
        let column: Int?
        let children: FieldTree?
    }

    private let entries: [Entry]

    convenience init(_ paths: [[String]]) { self.init(paths.enumerated().map { ($0.offset, $0.element[...]) }) }

    private init(_ paths: [(column: Int, path: ArraySlice<String>)]) {
        var order: [String] = []
        for path in paths { if let name = path.path.first, !order.contains(name) { order.append(name) } }
        entries = order.map { name in
            let mine = paths.filter { $0.path.first == name }
            let deeper = mine.filter { $0.path.count > 1 }.map { (column: $0.column, path: $0.path.dropFirst()) }
            return Entry(
                name: Array(name.utf8), column: mine.first { $0.path.count == 1 }?.column,
                children: deeper.isEmpty ? nil : FieldTree(deeper))
        }
    }

    /// What a name leads to. Records of a topic mostly have their fields in one order, so the entry after the last one
    /// is tried first.
    func entry(_ name: JSONScanner.Text, _ scanner: JSONScanner, hint: inout Int) throws(JSONSyntaxError) -> Entry? {
        if name.hasEscapes {
            let text = try scanner.unescaped(name)
            return entries.first { $0.name == text }
        }
        for offset in 0..<entries.count {
            let index = hint + offset < entries.count ? hint + offset : hint + offset - entries.count
            if matches(entries[index].name, scanner.bytes, name.range) {
                hint = index + 1 == entries.count ? 0 : index + 1
                return entries[index]
            }
        }
        return nil
    }

    @inline(__always)
    private func matches(_ name: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        guard name.count == range.count else { return false }
        for index in 0..<name.count where name[index] != bytes[range.lowerBound + index] { return false }
        return true
    }
}
