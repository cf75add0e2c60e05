import Columnar
import Dataflow

/// Why a part of a nested value does not fit, and where it stands in it.
struct NestedMismatch: Error {
    /// From the column's value on: `[2].amount`; empty for the value itself.
    var path = ""
    /// In the records' bytes; nil for what is missing.
    var position: Int?
    var message: String
}

/// The values of one nested column, or of a part of it, as they are read: one builder for each part of the type.
/// Rows are put at the end; what a record left that failed, or said twice, is taken away again.
final class NestedBuilder {
    private let type: DataType
    private let isNullable: Bool
    private(set) var count = 0
    /// Made with the first null.
    private var validity: Bitmap?
    /// Where a flat value is read into before it is put at the end of the others.
    private let slot: JSONColumn
    private var flags: [Bool] = []
    private var integers: [Int64] = []
    private var doubles: [Double] = []
    private var decimals: [Int128] = []
    private var texts = BinaryValues()
    /// Of lists and maps.
    private var offsets: [Int32] = [0]
    private var children: [NestedBuilder] = []
    /// The fields of a struct by name.
    private let fields: FieldTree
    private let names: [String]
    /// Entries of a map whose key came again: they do not count.
    private var replaced: [Int32] = []

    /// - Parameter path: the names that lead here, for timestamps in other forms.
    init(_ field: Field, path: [String], _ column: ContractDescription.Column) {
        type = field.type
        isNullable = field.isNullable
        slot = JSONColumn(
            .init(
                Field(field.name, field.type.isNested ? .bool : field.type),
                timestampFormat: column.nestedTimestampFormats[path] ?? .iso8601), capacity: 1)
        var parts: [Field] = []
        switch field.type {
        case .struct(let fields): parts = fields
        case .list(let element, let containsNull): parts = [Field("", element, isNullable: containsNull)]
        case .map(let key, let value, let containsNull):
            parts = [Field("", key), Field("", value, isNullable: containsNull)]
        default: break
        }
        names = parts.map(\.name)
        fields = FieldTree(names.map { [$0] })
        children = parts.map { NestedBuilder($0, path: $0.name.isEmpty ? path : path + [$0.name], column) }
    }

    deinit { slot.deallocate() }

    // MARK: Rows

    /// Takes away the rows from `count` on, and what a row left that was not finished.
    func truncate(to count: Int) {
        if let validity, count < validity.count {
            self.validity = Bitmap(words: Array(validity.words.prefix((count + 63) / 64)), count: count)
        }
        self.count = min(count, self.count)
        let count = self.count
        switch type {
        case .struct: for child in children { child.truncate(to: count) }
        case .list, .map:
            offsets.removeLast(offsets.count - 1 - count)
            let end = offsets[count]
            for child in children { child.truncate(to: Int(end)) }
            while let last = replaced.last, last >= end { replaced.removeLast() }
        case .bool: flags.removeLast(flags.count - count)
        case .int32, .int64, .date, .timestamp: integers.removeLast(integers.count - count)
        case .double: doubles.removeLast(doubles.count - count)
        case .decimal: decimals.removeLast(decimals.count - count)
        case .string, .bytes, .json:
            texts.offsets.removeLast(texts.offsets.count - 1 - count)
            texts.bytes.removeLast(texts.bytes.count - Int(texts.offsets[count]))
        }
    }

    private func appendNull() throws(NestedMismatch) {
        guard isNullable else { throw NestedMismatch(message: "is null or missing") }
        appendEmpty()
    }

    /// Adds nulls until there are `count` rows: of records that do not have the column.
    func pad(to count: Int) { while self.count < count { appendEmpty() } }

    /// Adds a null, or what stands under one.
    private func appendEmpty() {
        if validity == nil { validity = Bitmap(repeating: true, count: count) }
        validity?.append(false)
        count += 1
        switch type {
        case .struct: for child in children { child.appendEmpty() }
        case .list, .map: offsets.append(offsets[offsets.count - 1])
        case .bool: flags.append(false)
        case .int32, .int64, .date, .timestamp: integers.append(0)
        case .double: doubles.append(0)
        case .decimal: decimals.append(0)
        case .string, .bytes, .json: texts.offsets.append(Int32(texts.bytes.count))
        }
    }

    private func endRow() {
        count += 1
        validity?.append(true)
    }

    // MARK: Reading

    /// Takes the value that the scanner is at.
    /// - Throws: `NestedMismatch` or `JSONSyntaxError`; then the row is not finished, and is to be taken away.
    func append(_ scanner: inout JSONScanner, depth: Int) throws {
        let byte = try scanner.peek()
        let position = scanner.position
        do {
            if byte == UInt8(ascii: "n") {
                try scanner.literal("null")
                return try appendNull()
            }
            switch type {
            case .struct: try appendStruct(&scanner, byte, depth: depth)
            case .list: try appendList(&scanner, byte, depth: depth)
            case .map: try appendMap(&scanner, byte, depth: depth)
            default: try appendFlat(&scanner, byte, depth: depth)
            }
        } catch let error as ContractMismatch {
            throw NestedMismatch(position: position, message: error.message)
        } catch var error as NestedMismatch {
            if error.path.isEmpty { error.position = error.position ?? position }
            throw error
        }
    }

    private func appendFlat(_ scanner: inout JSONScanner, _ byte: UInt8, depth: Int) throws {
        if type == .json {
            let start = scanner.position
            try scanner.skipValue(depth: depth)
            texts.append(scanner.bytes[start..<scanner.position])
            return endRow()
        }
        switch byte {
        case UInt8(ascii: "\""):
            let text = try scanner.string()
            if type == .string {
                if text.hasEscapes {
                    texts.append(try scanner.unescaped(text))
                } else {
                    texts.append(scanner.bytes[text.range])
                }
                return endRow()
            }
            if text.hasEscapes {
                let content = try scanner.unescaped(text)
                try content.withUnsafeBufferPointer { content throws(ContractMismatch) in
                    try slot.take(text: content, 0)
                }
            } else {
                try slot.take(text: UnsafeBufferPointer(rebasing: scanner.bytes[text.range]), 0)
            }
        case UInt8(ascii: "t"):
            try scanner.literal("true")
            try slot.take(true, 0)
        case UInt8(ascii: "f"):
            try scanner.literal("false")
            try slot.take(false, 0)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            throw ContractMismatch(message: "is an object or an array, not \(type)")
        default:
            let number = try scanner.number()
            try slot.take(
                number: UnsafeBufferPointer(rebasing: scanner.bytes[number.range]), isInteger: number.isInteger, 0)
        }
        appendSlot()
    }

    /// Puts the value that was read at the end.
    private func appendSlot() {
        switch type {
        case .bool: flags.append(slot.integers[0] != 0)
        case .double: doubles.append(slot.doubles[0])
        case .decimal: decimals.append(slot.decimals[0])
        default: integers.append(slot.integers[0])
        }
        endRow()
    }

    private func appendStruct(_ scanner: inout JSONScanner, _ byte: UInt8, depth: Int) throws {
        let row = count
        var hint = 0
        try forEachMember(&scanner, byte, depth: depth) { scanner, name in
            guard let index = try fields.entry(name, scanner, hint: &hint)?.column else {
                return try scanner.skipValue(depth: depth + 1)
            }
            // Of a name that stands twice the last counts.
            if children[index].count > row { children[index].truncate(to: row) }
            do { try children[index].append(&scanner, depth: depth + 1) } catch var error as NestedMismatch {
                error.path = "." + names[index] + error.path
                throw error
            }
        }
        for (child, name) in zip(children, names) where child.count == row {
            do { try child.appendNull() } catch {
                throw NestedMismatch(path: "." + name, message: error.message)
            }
        }
        endRow()
    }

    private func appendList(_ scanner: inout JSONScanner, _ byte: UInt8, depth: Int) throws {
        guard byte == UInt8(ascii: "[") else { throw try Self.mismatch(&scanner, "an array", depth: depth) }
        try Self.checkDepth(scanner, depth)
        let first = children[0].count
        scanner.position += 1
        if try scanner.peek() == UInt8(ascii: "]") {
            scanner.position += 1
        } else {
            while true {
                do { try children[0].append(&scanner, depth: depth + 1) } catch var error as NestedMismatch {
                    error.path = "[\(children[0].count - first)]" + error.path
                    throw error
                }
                let next = try scanner.peek()
                guard next == UInt8(ascii: ",") || next == UInt8(ascii: "]") else {
                    throw scanner.failure("expected ',' or ']'")
                }
                scanner.position += 1
                if next == UInt8(ascii: "]") { break }
            }
        }
        offsets.append(Int32(children[0].count))
        endRow()
    }

    private func appendMap(_ scanner: inout JSONScanner, _ byte: UInt8, depth: Int) throws {
        let first = children[0].count
        try forEachMember(&scanner, byte, depth: depth) { scanner, name in
            do {
                try children[0].append(key: name, scanner)
                try children[1].append(&scanner, depth: depth + 1)
            } catch var error as NestedMismatch {
                // A key is a value of the record, which messages do not hold: its number among the others tells.
                error.path = "{\(children[1].count - first)}" + error.path
                throw error
            }
        }
        noteReplaced(from: first)
        offsets.append(Int32(children[0].count))
        endRow()
    }

    private func append(key: JSONScanner.Text, _ scanner: JSONScanner) throws {
        let start = key.range.lowerBound - 1
        let content = key.hasEscapes ? try scanner.unescaped(key) : Array(scanner.bytes[key.range])
        switch type {
        case .string: texts.append(content)
        case .int32, .int64:
            let text = String(decoding: content, as: UTF8.self)
            guard let value = Int64(text), type == .int64 || Int32(exactly: value) != nil else {
                throw NestedMismatch(position: start, message: "has a key that is not \(type)")
            }
            integers.append(value)
        case .bool:
            guard let value = Bool(String(decoding: content, as: UTF8.self)) else {
                throw NestedMismatch(position: start, message: "has a key that is not \(type)")
            }
            flags.append(value)
        default:
            do {
                try content.withUnsafeBufferPointer { content throws(ContractMismatch) in
                    try slot.take(text: content, 0)
                }
            } catch { throw NestedMismatch(position: start, message: "has a key that is not \(type)") }
            return appendSlot()
        }
        endRow()
    }

    /// Finds keys that came twice among the entries of the last map: the last one counts.
    private func noteReplaced(from first: Int) {
        let keys = children[0]
        guard keys.count - first > 1 else { return }
        if keys.type == .string, keys.count - first <= 16 {
            for entry in first..<keys.count {
                for later in entry + 1..<keys.count where keys.texts[entry].elementsEqual(keys.texts[later]) {
                    replaced.append(Int32(entry))
                    break
                }
            }
            return
        }
        var last: [Scalar: Int] = [:]
        for entry in first..<keys.count { last[keys.key(entry)] = entry }
        guard last.count < keys.count - first else { return }
        for entry in first..<keys.count where last[keys.key(entry)] != entry { replaced.append(Int32(entry)) }
    }

    /// A value by which keys can be told apart.
    private func key(_ entry: Int) -> Scalar {
        switch type {
        case .bool: .bool(flags[entry])
        case .double: .double(doubles[entry])
        case .decimal: .decimal(decimals[entry], scale: 0)
        case .string, .bytes, .json: .bytes(Array(texts[entry]))
        default: .int64(integers[entry])
        }
    }

    /// Walks an object; `body` takes each member's value.
    private func forEachMember(
        _ scanner: inout JSONScanner, _ byte: UInt8, depth: Int,
        _ body: (inout JSONScanner, JSONScanner.Text) throws -> Void
    ) throws {
        guard byte == UInt8(ascii: "{") else { throw try Self.mismatch(&scanner, "an object", depth: depth) }
        try Self.checkDepth(scanner, depth)
        scanner.position += 1
        if try scanner.peek() == UInt8(ascii: "}") {
            scanner.position += 1
            return
        }
        while true {
            guard try scanner.peek() == UInt8(ascii: "\"") else { throw scanner.failure("expected a name in quotes") }
            let name = try scanner.string()
            try scanner.expect(UInt8(ascii: ":"), "':'")
            try body(&scanner, name)
            let next = try scanner.peek()
            guard next == UInt8(ascii: ",") || next == UInt8(ascii: "}") else {
                throw scanner.failure("expected ',' or '}'")
            }
            scanner.position += 1
            if next == UInt8(ascii: "}") { return }
        }
    }

    private static func checkDepth(_ scanner: JSONScanner, _ depth: Int) throws {
        guard depth <= JSONScanner.maximumDepth else {
            throw scanner.failure("nested deeper than \(JSONScanner.maximumDepth) levels")
        }
    }

    private static func mismatch(
        _ scanner: inout JSONScanner, _ wanted: String, depth: Int
    ) throws -> NestedMismatch {
        let position = scanner.position
        try scanner.skipValue(depth: depth)
        return NestedMismatch(position: position, message: "is not \(wanted)")
    }

    // MARK: Columns

    func finish() -> ColumnVector {
        // What a field that is never null has under a null of its struct is no null of its own.
        let validity = isNullable && validity.map { $0.popCount < count } ?? false ? validity : nil
        let values: ColumnVector.Values
        switch type {
        case .bool: values = .bool(flags)
        case .int32, .date: values = .int32(integers.map { Int32(truncatingIfNeeded: $0) })
        case .int64, .timestamp: values = .int64(integers)
        case .double: values = .double(doubles)
        case .decimal: values = .decimal(decimals)
        case .string, .bytes, .json: values = .binary(texts)
        case .struct: values = .struct(StructValues(count: count, children: children.map { $0.finish() }))
        case .list, .map: values = .list(lists())
        }
        return ColumnVector(type, values, validity: validity)
    }

    /// Without entries that were replaced.
    private func lists() -> ListValues {
        let all = ListValues(offsets: offsets, children: children.map { $0.finish() })
        guard !replaced.isEmpty else { return all }
        var kept: [Int32] = []
        var bounds: [Int32] = [0]
        var next = 0
        for row in 0..<count {
            for entry in offsets[row]..<offsets[row + 1] {
                if next < replaced.count, replaced[next] == entry { next += 1 } else { kept.append(entry) }
            }
            bounds.append(Int32(kept.count))
        }
        return ListValues(offsets: bounds, children: all.children.map { $0.taking(kept) })
    }
}
