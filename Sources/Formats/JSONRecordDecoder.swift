import Columnar
import Dataflow

/// Decodes JSON objects against a contract, bytes straight to columns.
///
/// Fields stand in any order and unknown ones are skipped, but all of a record must be JSON (RFC 8259). Of a name that
/// stands twice the last value counts. A field that is missing is null. Records that look like those before them are read
/// by their shape (`JSONTemplate`); all others, and whatever is wrong, field by field.
public struct JSONRecordDecoder: RecordDecoder {
    public let schema: RecordSchema
    private let contract: ContractDescription
    private let paths: FieldTree
    /// The shapes of the records that came, the most recent first.
    private var templates: [JSONTemplate] = []
    private var misses = 0
    private static let templateLimit = 4

    public init(contract: ContractDescription) {
        self.contract = contract
        schema = contract.schema
        for field in schema.fields {
            precondition(
                field.type.depth <= DataType.maximumDepth,
                "column '\(field.name)' is nested deeper than \(DataType.maximumDepth) levels")
        }
        let whole = contract.columns.indices.filter {
            if case .whole = JSONColumn.Kind(contract.columns[$0].field.type) { true } else { false }
        }
        paths = FieldTree(contract.columns.map(\.path), whole: Set(whole))
    }

    public mutating func decode(_ records: RawRecords) -> DecodedRecords {
        let columns = JSONColumns(contract, capacity: records.count)
        var rejected: [RejectedRecord] = []
        var offsets: [Int64] = []
        offsets.reserveCapacity(records.count)
        let vectors = records.arena.withUnsafeBufferPointer { bytes in
            for row in 0..<records.count {
                if let rejection = decode(records, row, bytes, columns, count: offsets.count) {
                    columns.clear(offsets.count)
                    rejected.append(rejection)
                } else {
                    offsets.append(records.offsets[row])
                }
            }
            return (0..<columns.count).map { columns.all[$0].finish(offsets.count, bytes) }
        }
        let origin = RowOrigins(
            partitions: [Int32](repeating: records.partition, count: offsets.count), offsets: offsets)
        let batch = RecordBatch(schema: schema, columns: vectors, count: offsets.count, origin: origin)
        return DecodedRecords(batch: batch, rejected: rejected)
    }

    /// Decodes one record; what is wrong with it, nil when nothing is.
    /// - Parameter count: the row that it takes.
    private mutating func decode(
        _ records: RawRecords, _ row: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ columns: JSONColumns, count: Int
    ) -> RejectedRecord? {
        let start = Int(records.valueStarts[row])
        let length = Int(records.valueLengths[row])
        guard length >= 0 else { return RejectedRecord(row: row, reason: .malformed, message: "has no value") }
        let range = start..<start + length
        if length > 0, readByTemplate(bytes, range, columns, count) { return nil }
        if let rejection = decodeFully(bytes, range, row, columns, count) { return rejection }
        learn(bytes, range, columns)
        return nil
    }

    /// Tries the shapes that were seen, the one that fitted last first.
    private mutating func readByTemplate(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ columns: JSONColumns, _ count: Int
    ) -> Bool {
        for index in templates.indices {
            if templates[index].read(bytes, range, into: columns.all, count) {
                if index > 0 { templates.swapAt(0, index) }
                return true
            }
            columns.clear(count)
        }
        return false
    }

    /// Learns the shape of a good record that none of the known ones fitted. A topic whose records are all different
    /// teaches nothing: after enough of them only every hundredth is looked at.
    private mutating func learn(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ columns: JSONColumns) {
        misses += 1
        guard misses < 100 || misses % 100 == 0 else { return }
        guard let template = JSONTemplate(bytes, range, paths, columns) else { return }
        if templates.count == Self.templateLimit { templates.removeLast() }
        templates.insert(template, at: 0)
    }

    /// Decodes a record of any form, or says exactly what is wrong with it.
    private func decodeFully(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ row: Int, _ columns: JSONColumns, _ count: Int
    ) -> RejectedRecord? {
        var mismatch: RejectedRecord?
        do throws(JSONSyntaxError) {
            var scanner = JSONScanner(bytes, range)
            guard try scanner.peek() == UInt8(ascii: "{") else { throw scanner.failure("not a JSON object") }
            try object(&scanner, paths, depth: 1, row, count, columns, &mismatch)
            try scanner.finish()
        } catch {
            return RejectedRecord(row: row, reason: .malformed, position: error.position, message: error.message)
        }
        if let mismatch { return mismatch }
        for index in 0..<columns.count where columns.all[index].states[count] == JSONColumn.State.unset {
            do throws(ContractMismatch) { try columns.all[index].setNull(count) } catch {
                return rejection(row, index, nil, error)
            }
        }
        return nil
    }

    private func object(
        _ scanner: inout JSONScanner, _ fields: FieldTree, depth: Int, _ row: Int, _ count: Int,
        _ columns: JSONColumns, _ mismatch: inout RejectedRecord?
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
                if let entry, let column = entry.column, entry.isWhole {
                    let position = scanner.position
                    try whole(&scanner, column, depth: depth, row, count, columns, &mismatch)
                    scanner.position = position
                }
                try object(&scanner, children, depth: depth + 1, row, count, columns, &mismatch)
            } else if let entry, let column = entry.column, entry.isWhole {
                try whole(&scanner, column, depth: depth, row, count, columns, &mismatch)
            } else if let column = entry?.column {
                try value(&scanner, column, depth: depth, row, count, columns, &mismatch)
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

    /// Takes all of a value: JSON of any form, or a nested one.
    private func whole(
        _ scanner: inout JSONScanner, _ column: Int, depth: Int, _ row: Int, _ count: Int,
        _ columns: JSONColumns, _ mismatch: inout RejectedRecord?
    ) throws(JSONSyntaxError) {
        columns.all[column].states[count] = JSONColumn.State.unset
        let position = scanner.position
        do { try columns.all[column].take(whole: &scanner, count) } catch let error as NestedMismatch {
            scanner.position = position
            try scanner.skipValue(depth: depth)
            var rejected = rejection(
                row, column, error.position.map { $0 - scanner.start }, ContractMismatch(message: error.message))
            rejected.field = (rejected.field ?? "") + error.path
            mismatch = mismatch ?? rejected
        } catch let error as JSONSyntaxError {
            throw error
        } catch {
            preconditionFailure("an error of another kind: \(error)")
        }
    }

    /// Takes the value of a contract's column. One that does not fit is noted, and the rest of the record is still read,
    /// since what is not JSON at all is reported as that.
    private func value(
        _ scanner: inout JSONScanner, _ column: Int, depth: Int, _ row: Int, _ count: Int,
        _ columns: JSONColumns, _ mismatch: inout RejectedRecord?
    ) throws(JSONSyntaxError) {
        // Of a name that stands twice the last counts.
        columns.all[column].states[count] = JSONColumn.State.unset
        let position = scanner.position
        do {
            switch try scanner.peek() {
            case UInt8(ascii: "\""):
                try take(scanner.string(), scanner, column, count, columns)
            case UInt8(ascii: "t"):
                try scanner.literal("true")
                try columns.all[column].take(true, count)
            case UInt8(ascii: "f"):
                try scanner.literal("false")
                try columns.all[column].take(false, count)
            case UInt8(ascii: "n"):
                try scanner.literal("null")
                try columns.all[column].setNull(count)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                try scanner.skipValue(depth: depth)
                throw ContractMismatch(message: "is an object or an array, not \(schema.fields[column].type)")
            default:
                let number = try scanner.number()
                try columns.all[column].take(
                    number: UnsafeBufferPointer(rebasing: scanner.bytes[number.range]), isInteger: number.isInteger,
                    count)
            }
        } catch let error as ContractMismatch {
            mismatch = mismatch ?? rejection(row, column, position - scanner.start, error)
        } catch let error as JSONSyntaxError {
            throw error
        } catch {
            preconditionFailure("an error of another kind: \(error)")
        }
    }

    /// Takes a string: a text column the bytes where they stand, unless there are escapes to resolve.
    private func take(
        _ text: JSONScanner.Text, _ scanner: JSONScanner, _ column: Int, _ count: Int, _ columns: JSONColumns
    ) throws {
        let isText = schema.fields[column].type == .string
        if text.hasEscapes {
            let content = try scanner.unescaped(text)
            if isText { return columns.all[column].set(unescaped: content, count) }
            try content.withUnsafeBufferPointer { content throws(ContractMismatch) in
                try columns.all[column].take(text: content, count)
            }
        } else if isText {
            columns.all[column].set(textAt: text.range.lowerBound, text.range.count, count)
        } else {
            try columns.all[column].take(text: UnsafeBufferPointer(rebasing: scanner.bytes[text.range]), count)
        }
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
        /// Whether the column takes all of the value, whatever its form.
        let isWhole: Bool
        let children: FieldTree?
    }

    private let entries: [Entry]

    /// - Parameter whole: the columns that take all of a value.
    convenience init(_ paths: [[String]], whole: Set<Int> = []) {
        self.init(paths.enumerated().map { ($0.offset, $0.element[...]) }, whole)
    }

    private init(_ paths: [(column: Int, path: ArraySlice<String>)], _ whole: Set<Int>) {
        var order: [String] = []
        for path in paths { if let name = path.path.first, !order.contains(name) { order.append(name) } }
        entries = order.map { name in
            let mine = paths.filter { $0.path.first == name }
            let deeper = mine.filter { $0.path.count > 1 }.map { (column: $0.column, path: $0.path.dropFirst()) }
            let column = mine.first { $0.path.count == 1 }?.column
            return Entry(
                name: Array(name.utf8), column: column, isWhole: column.map { whole.contains($0) } ?? false,
                children: deeper.isEmpty ? nil : FieldTree(deeper, whole))
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
